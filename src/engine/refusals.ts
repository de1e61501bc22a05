/** Telling an opportunity in the same run what Partner Center refused about it, in Partner Center's own words. */
import type { Mapping } from '../core/mapping-types.ts';
import type { Finding } from '../core/plan.ts';
import { SLOW_RETRY_MINUTES, type Timing } from '../core/timing.ts';
import { parkedBookkeeping, refusalBookkeeping } from './bookkeeping.ts';
import { noteKey } from './decide.ts';
import type { Decided } from './decided.ts';
import type { EngineDependencies } from './dependencies.ts';
import { fingerprint } from './digest.ts';

/**
 * What was decided, with a note in place of what was refused.
 * @param refused findings of this round by opportunity
 */
export async function withRefusals(
  { ledger, mapping }: Pick<EngineDependencies, 'ledger' | 'mapping'>,
  decided: readonly Decided[],
  refused: ReadonlyMap<string, Finding>,
  timing: Timing,
): Promise<readonly Decided[]> {
  if (refused.size === 0) return decided;
  const entries: Decided[] = [];
  for (const entry of decided) {
    const { subject } = entry;
    const finding = subject.kind === 'referral' ? undefined : refused.get(subject.opportunity?.id ?? '');
    if (finding === undefined) entries.push(entry);
    else {
      const told = (await ledger.meta(noteKey(finding.opportunityId ?? ''))) === fingerprint(finding.message);
      entries.push(asRefused(entry, finding, told, mapping, timing));
    }
  }
  return entries;
}

function asRefused(
  entry: Decided,
  finding: Finding,
  told: boolean,
  mapping: Mapping,
  timing: Timing,
): Decided {
  const { subject, link, decision } = entry;
  const edits = decision.actions.filter(({ type }) => type === 'update-opportunity');
  const rest = {
    ...entry,
    parkedNote: null,
    bookkeeping: null,
    decision: {
      ...decision,
      actions: edits,
      findings: [finding, ...decision.findings],
      lookAgainAt: timing.after(SLOW_RETRY_MINUTES),
    },
  };
  if (link !== null) return { ...rest, bookkeeping: refusalBookkeeping(mapping, link, finding, timing.now) };
  const opportunity = subject.kind === 'referral' ? null : subject.opportunity;
  const note =
    told || opportunity === null ? null : parkedBookkeeping(mapping, opportunity.id, finding, timing.now);
  return { ...rest, parkedNote: note };
}
