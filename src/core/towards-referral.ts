/** What a merge sends to Partner Center, as actions in their legal order; what cannot be sent is told instead. */
import { MAX_LIST_ITEMS } from './checklist.ts';
import { CLOSING } from './closing-hold.ts';
import type { Deal, DealState, FieldName } from './deal.ts';
import { specOf } from './fields.ts';
import { pathBetween } from './lifecycle.ts';
import type { LinkedInput } from './linked-input.ts';
import type { PairFindings } from './pair-findings.ts';
import {
  type Action,
  capitalised,
  irreversibleOf,
  plannedChanges,
  recordLabel,
  rulesInWords,
} from './plan.ts';
import { reasonProblem } from './reasons.ts';
import type { Reconciliation } from './reconciliation.ts';

/** Fields that a deal cannot be without: emptied in the CRM they stay as they are in Partner Center. */
const REQUIRED: ReadonlySet<FieldName> = new Set(['amount', 'currency', 'closeDate']);

/** Lists that Partner Center takes only so many entries of. */
const LISTS: readonly FieldName[] = ['team', 'solutions'];
const STATE_GROUP: readonly FieldName[] = ['state', 'reason', 'salesStage'];

/** The actions on the referral. */
export function towardsReferral(
  input: LinkedInput,
  merged: Reconciliation,
  findings: PairFindings,
): Action[] {
  const { link, opportunity, referral } = input;
  const changes: Record<string, unknown> = { ...merged.referralChanges };
  const label = capitalised(recordLabel(link.opportunityId, link.referralId));
  withholdUnsendable(input, changes, findings);

  const from = referral.deal.state ?? null;
  const isOpen = from === 'Received' || from === 'Accepted';
  const retag = referral.tag.kind === 'none' && isOpen ? { tag: link.opportunityId } : {};
  const steps = stateSteps(input, changes, findings);
  if (steps === null) {
    // An answer that cannot be given yet holds back what would have gone with it.
    const held = from === 'Received' ? Object.keys(changes) : STATE_GROUP;
    for (const field of held) delete changes[field];
  }
  const base = {
    opportunityId: link.opportunityId,
    referralId: link.referralId,
    order: `${opportunity.modifiedAt} ${opportunity.id}`,
  };
  const action = (
    type: 'update-referral' | 'accept-referral' | 'decline-referral' | 'close-referral',
    write: Deal,
    extra: object,
    reason: string,
  ): Action => ({
    ...base,
    type,
    write: { deal: write, ...extra },
    irreversible: irreversibleOf(write),
    changes: plannedChanges(referral.deal, write),
    reason: `${label}: ${reason}`,
  });
  const actions: Action[] = [];
  let rest: Deal = { ...changes } as Deal;
  let tag: object = retag;
  if (steps?.[0] === 'Accepted') {
    const first = Object.fromEntries(
      Object.entries(rest).filter(([field]) => specOf(field as FieldName).whileAccepting),
    ) as Deal;
    actions.push(
      action(
        'accept-referral',
        { ...first, state: 'Accepted' },
        { tag: link.opportunityId },
        'the stage left the on-hold stage, which accepts the deal',
      ),
    );
    rest = Object.fromEntries(Object.entries(rest).filter(([field]) => !Object.hasOwn(first, field))) as Deal;
    tag = {};
    if (steps.length === 1) {
      const { state: _accepted, reason: _reason, ...others } = rest;
      rest = others;
    }
  }
  const last = steps?.at(-1);
  if (last === 'Declined')
    actions.push(
      action(
        'decline-referral',
        { state: 'Declined', reason: rest.reason ?? null },
        {},
        'the stage means declined',
      ),
    );
  else if (last !== undefined && CLOSING.has(last))
    actions.push(
      action('close-referral', { ...rest, state: last }, tag, `the stage means ${last} and has held`),
    );
  else if (Object.keys(rest).length > 0 || Object.keys(tag).length > 0) {
    const why = Object.keys(rest).length > 0 ? rulesInWords(rest, merged.rules) : 'its CRM id is restored';
    actions.push(action('update-referral', rest, tag, why));
  }
  return actions;
}

/** Takes out what Partner Center must not get: required fields emptied, amounts of nothing, dates gone by, long lists. */
function withholdUnsendable(
  { pastCloseDate, timing, link }: LinkedInput,
  changes: Record<string, unknown>,
  findings: PairFindings,
): void {
  for (const field of REQUIRED) {
    if (!Object.hasOwn(changes, field)) continue;
    const value = changes[field];
    const { group } = specOf(field);
    const why =
      value === null
        ? 'was emptied in the CRM, but a deal cannot be without it'
        : field === 'amount' && !(Number(value) > 0)
          ? 'is not above zero in the CRM, which Partner Center does not take'
          : field === 'closeDate' && pastCloseDate === 'park' && String(value) < timing.today
            ? 'was moved to a day that has passed'
            : null;
    if (why === null) continue;
    findings.add(
      'parked',
      'not-sendable',
      [field],
      `Opportunity ${link.opportunityId}: ${field} ${why}; Partner Center keeps its value until it is corrected.`,
    );
    for (const name of Object.keys(changes))
      if (specOf(name as FieldName).group === group) delete changes[name];
  }
  for (const field of LISTS) {
    const list = changes[field];
    if (!Array.isArray(list) || list.length <= MAX_LIST_ITEMS) continue;
    findings.add(
      'parked',
      'not-sendable',
      [field],
      `Opportunity ${link.opportunityId}: its deal would have ${list.length} entries of ${field}, and Partner Center takes at most ${MAX_LIST_ITEMS}; Partner Center keeps its list until some are removed.`,
    );
    delete changes[field];
  }
}

/** The legal way to the state the CRM means; null when the state does not move or must not. */
function stateSteps(
  { link, referral, mapping }: LinkedInput,
  changes: Record<string, unknown>,
  findings: PairFindings,
): readonly DealState[] | null {
  const wanted = changes.state as DealState | null | undefined;
  const from = referral.deal.state;
  if (wanted === undefined) return [];
  if (wanted === null || from === undefined || from === null) return null;
  const path = pathBetween(from, wanted);
  if (path === null) {
    findings.add(
      'parked',
      'illegal-transition',
      ['state'],
      `Opportunity ${link.opportunityId}: its stage means ${wanted}, but a deal that is ${from} cannot become that; move the stage or close the deal in Partner Center.`,
    );
    return null;
  }
  const problem = reasonProblem(
    wanted,
    (changes.reason as string | null | undefined) ?? null,
    mapping.reasons,
  );
  if (problem !== null) {
    findings.add('parked', problem.code, ['reason'], `Opportunity ${link.opportunityId}: ${problem.text}.`);
    return null;
  }
  return path;
}
