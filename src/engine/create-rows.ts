/** Sends new opportunities; a value that the CRM has no row for is left out rather than the opportunity. */
import type { Deal } from '../core/deal.ts';
import { isFieldName, specOf } from '../core/fields.ts';
import { type Leavable, leavables, leftOutOf } from '../core/left-out.ts';
import { canonicalPerson } from '../core/lenses/people.ts';
import { writtenAsDeal } from '../core/mapping.ts';
import type { Action, Finding } from '../core/plan.ts';
import type { Referral, WriteOutcome } from '../core/ports.ts';
import type { Baseline, Intent } from '../core/store-port.ts';
import { baselineFrom, createdFields } from './baseline.ts';
import { type CrmContext, outcomesOf } from './crm-context.ts';
import type { EngineDependencies } from './dependencies.ts';
import { toItem } from './findings.ts';

export type Create = Extract<Action, { type: 'create-opportunity' }>;

/** A create under way: what is sent, for which deal, under which intent. */
export interface Row {
  readonly action: Create;
  readonly referral: Referral;
  readonly intent: Intent;
}

/** What both sides will hold of a received deal: its own values, and in the row what the draft writes of them. */
export function carriedBy(
  { mapping, hashOf }: Pick<EngineDependencies, 'mapping' | 'hashOf'>,
  { draft: { values } }: Create,
  { deal }: Referral,
): Baseline {
  const { fallback } = mapping.team;
  // Nobody writes people: a row without its own shows those who stand in for them.
  const people = { team: fallback === null ? [] : [canonicalPerson(fallback, null)], contacts: [] };
  const drafted: Deal = { ...deal, ...people, ...writtenAsDeal(values, mapping) };
  return baselineFrom(createdFields(deal), drafted, deal, hashOf);
}

/** What was left out of a row, and the CRM's words. */
interface Left {
  readonly leavable: Leavable;
  readonly why: string;
}

/**
 * Creates rows; those that only lack a campaign of the deal's name, or a currency, are created without it. A deal that
 * somebody waits to be answered must not wait for that.
 * @returns the rows as they were sent in the end, and their outcomes in the same order
 */
export async function createRows(
  context: CrmContext,
  planned: readonly Row[],
): Promise<{ readonly rows: readonly Row[]; readonly outcomes: readonly WriteOutcome[] }> {
  const { dependencies, options } = context;
  const create = (rows: readonly Row[]): Promise<readonly WriteOutcome[]> =>
    outcomesOf(rows.length, () =>
      dependencies.crm.create(
        rows.map(({ action }) => action.draft),
        options,
      ),
    );
  const rows = [...planned];
  const outcomes = [...(await create(rows))];
  const left = rows.map((): Left[] => []);
  const kinds = leavables(dependencies.mapping);
  for (let attempt = 0; attempt < kinds.length; attempt += 1) {
    const again: number[] = [];
    for (const [index, row] of rows.entries()) {
      const outcome = outcomes[index];
      const found = outcome === undefined ? null : refusedFor(outcome, row, kinds);
      if (found === null) continue;
      rows[index] = without(dependencies, row, found.leavable);
      left[index]?.push(found);
      again.push(index);
    }
    if (again.length === 0) break;
    const sent = again.flatMap((index) => rows[index] ?? []);
    // What both sides will agree on is less now, and is written down before it is sent.
    await dependencies.ledger.commit({ intents: sent.map(({ intent }) => intent) });
    const answers = await create(sent);
    for (const [position, index] of again.entries()) {
      const answer = answers[position];
      if (answer !== undefined) outcomes[index] = answer;
    }
  }
  await tell(context, rows, outcomes, left);
  return { rows, outcomes };
}

/** What a refused row may go without, where that is all it was refused for. */
function refusedFor(outcome: WriteOutcome, { action }: Row, kinds: readonly Leavable[]): Left | null {
  if (outcome.ok || outcome.error.code !== 'rejected') return null;
  const [field, ...others] = outcome.error.fields;
  const leavable = kinds.find(({ refused }) => refused === field);
  if (leavable === undefined || others.length > 0 || !Object.hasOwn(action.draft.values, leavable.refused))
    return null;
  return { leavable, why: outcome.error.message };
}

/** The row without what it may go without, in what is sent, planned and written down. */
function without(dependencies: EngineDependencies, row: Row, { group, paths }: Leavable): Row {
  const { draft, changes } = row.action;
  const values = Object.fromEntries(Object.entries(draft.values).filter(([path]) => !paths.has(path)));
  const action: Create = {
    ...row.action,
    draft: { ...draft, values },
    changes: changes.filter(({ field }) => !isFieldName(field) || specOf(field).group !== group),
  };
  const carried = carriedBy(dependencies, action, row.referral);
  return { ...row, action, intent: { ...row.intent, carried } };
}

async function tell(
  { dependencies, state }: CrmContext,
  rows: readonly Row[],
  outcomes: readonly WriteOutcome[],
  left: readonly (readonly Left[])[],
): Promise<void> {
  const notices = rows.flatMap(({ referral }, index): readonly Finding[] => {
    const outcome = outcomes[index];
    if (outcome?.ok !== true) return [];
    return (left[index] ?? []).map(({ leavable, why }) =>
      leftOutOf(outcome.id, referral, leavable.group, why),
    );
  });
  if (notices.length === 0) return;
  const at = dependencies.now().toISOString();
  await dependencies.ledger.commit({ attention: notices.map((notice) => toItem(notice, at, undefined)) });
  for (const { key } of notices) state.raised.set(key, 'notice');
}
