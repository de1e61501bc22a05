/** A linked pair: what must travel which way, what waits, and what a person must see. */
import { heldGroups, unclearGroups } from './adoption.ts';
import { hashed, validBaseline } from './agreed.ts';
import { closingHold, WIN_TOO_EARLY } from './closing-hold.ts';
import { type Deal, kindOf } from './deal.ts';
import { decideInvite } from './decide-invite.ts';
import { decideRegistration } from './decide-registration.ts';
import { keptByMicrosoft } from './kept-by-microsoft.ts';
import { pathBetween } from './lifecycle.ts';
import type { LinkedInput } from './linked-input.ts';
import { inWordsOf } from './mapping-stages.ts';
import { addConflicts, findingsFor } from './pair-findings.ts';
import { capitalised, type Decision, NOTHING, recordLabel } from './plan.ts';
import { frozenOn, policiesOf } from './policies.ts';
import type { Referral } from './ports.ts';
import { reconcile } from './reconcile.ts';
import type { ReconcileInput } from './reconciliation.ts';
import type { Link } from './store-port.ts';
import { SLOW_RETRY_MINUTES, settledAt } from './timing.ts';
import { towardsOpportunity } from './towards-opportunity.ts';
import { towardsReferral } from './towards-referral.ts';

/** Decides on a linked, visible pair. Pure; never throws on any record. */
export function decideLinked(input: LinkedInput): Decision {
  const { link, opportunity, mapped, referral, mapping, timing } = input;
  const quietAt = settledAt(opportunity, timing);
  if (quietAt !== null) return { ...NOTHING, lookAgainAt: quietAt };
  const findings = findingsFor(link);
  if (referral.malformed.length > 0) {
    findings.add(
      'parked',
      'malformed-referral',
      [],
      `Referral ${referral.id} cannot be relied on (${referral.malformed.join('; ')}); look at it in Partner Center.`,
    );
    return { ...NOTHING, findings: findings.list, lookAgainAt: timing.after(SLOW_RETRY_MINUTES) };
  }
  const other = otherTag(referral, link);
  if (other !== null) {
    findings.add(
      'parked',
      'tags-disagree',
      ['tag'],
      `Referral ${referral.id} is linked with opportunity ${link.opportunityId} but now carries ${other}; correct its CRM id in Partner Center. Nothing is carried meanwhile.`,
    );
    return { ...NOTHING, findings: findings.list, lookAgainAt: timing.after(SLOW_RETRY_MINUTES) };
  }
  for (const problem of mapped.problems) {
    findings.add(
      'parked',
      problem.code,
      [problem.field],
      `Opportunity ${link.opportunityId}: ${problem.text}. The other fields go on.`,
    );
  }
  for (const [field, value] of Object.entries(referral.unknown)) {
    findings.add(
      'notice',
      'unknown-value',
      [field],
      `Referral ${referral.id} holds ${field} "${value}", which this version does not know; it is left as it is.`,
    );
  }

  const deal = inWordsOf(referral.deal.state, withImpliedVisibility(mapped.deal), opportunity, mapping);
  const hold = closingHold(input, deal);
  if (hold !== null && hold.why !== null)
    findings.add('notice', WIN_TOO_EARLY, [], `Opportunity ${link.opportunityId} ${hold.why}.`);
  const policy = new Map(policiesOf(mapping, referral, mapped.deal));
  if (hold !== null) policy.delete('state');
  const held = heldGroups(link);
  const unclear = unclearGroups(link);
  const isAnswerable = referral.deal.state === 'Received';
  const isAnswered = (deal.state ?? 'Received') !== 'Received' && hold === null;
  const agreed = validBaseline(link.baseline, input.hashOf);
  const merged = reconcile({
    baseline: acceptedOnTheWay(agreed, deal, referral.deal),
    opportunity: deal,
    referral: referral.deal,
    policy,
    frozen: frozenOn(referral, link),
    withheld: isAnswerable && !isAnswered ? new Set(policy.keys()) : new Set(),
    decisions: input.decisions,
    undecided: new Set([...held, ...unclear]),
  });

  const kept = keptByMicrosoft({ link, mapped, referral, baseline: agreed });
  for (const notice of [...merged.notices, ...kept.notices]) {
    findings.add(
      'notice',
      notice.code,
      [notice.field],
      `${capitalised(recordLabel(link.opportunityId, link.referralId))}: ${notice.field} ${notice.text}.`,
    );
  }
  addConflicts(findings, merged, { held, unclear });
  const referralActions = towardsReferral(input, merged, findings);
  const opportunityActions = towardsOpportunity(input, merged, findings);
  const invite = unlessHeld(
    decideInvite({ link, opportunity, deal, referral, mapped, timing }),
    held.has('help') && input.decisions.help !== 'crm' ? link : null,
    deal,
  );
  const registration = decideRegistration({ link, opportunity, mapped, referral, mapping, timing });
  findings.list.push(...invite.findings, ...registration.findings);

  return {
    actions: [...referralActions, ...opportunityActions, ...invite.actions, ...registration.actions],
    baseline: hashed({ ...merged.baselineChanges, ...kept.baselineChanges }, input.hashOf),
    findings: findings.list,
    lookAgainAt:
      hold?.until ??
      (findings.list.some(({ kind }) => kind === 'parked') ? timing.after(SLOW_RETRY_MINUTES) : null),
    rules: merged.rules,
  };
}

/** Asking for help implies that Microsoft sees the deal, as in Microsoft's own connector. */
export function withImpliedVisibility(deal: Deal): Deal {
  return kindOf(deal) === 'co-sell' ? { ...deal, visibleToMicrosoft: true } : deal;
}

/** Whose CRM id the referral carries, in words, where it is not the linked opportunity's; null: that one's, or none. */
function otherTag({ tag }: Referral, link: Link): string | null {
  if (tag.kind === 'foreign') return 'a CRM id of another system';
  return tag.kind === 'opportunity' && tag.id !== link.opportunityId
    ? `the id of opportunity ${tag.id}`
    : null;
}

/**
 * A received deal that was accepted meanwhile is on its way to whatever the CRM has closed it as, so only the CRM's
 * stage still has to travel. Otherwise an acceptance of ours whose answer was lost would look like somebody's edit.
 */
function acceptedOnTheWay(
  baseline: ReconcileInput['baseline'],
  { state: wanted }: Deal,
  { state }: Deal,
): ReconcileInput['baseline'] {
  const agreed = baseline.state;
  if (agreed?.referral !== 'Received' || state !== 'Accepted') return baseline;
  const isOnTheWay = (pathBetween(state, wanted ?? state)?.length ?? 0) > 0;
  return isOnTheWay ? { ...baseline, state: { ...agreed, referral: state } } : baseline;
}

/** Whoever asked for help before a pair was adopted may have had an answer: Microsoft is invited when a person says so. */
function unlessHeld(
  invite: ReturnType<typeof decideInvite>,
  link: Link | null,
  { help }: Deal,
): typeof invite {
  if (link === null || invite.actions.length === 0) return invite;
  const findings = findingsFor(link);
  findings.add(
    'conflict',
    'differs-at-adoption',
    ['help'],
    'help was asked for in the CRM before the pair was adopted, but Microsoft has no part in the deal: clear it in the CRM, or invite Microsoft with `cosell-sync attention resolve --take crm`.',
    [{ field: 'help', baseline: undefined, opportunity: help, referral: null, applied: null }],
  );
  return { actions: [], findings: findings.list };
}
