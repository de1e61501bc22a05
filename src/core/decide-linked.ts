/** A linked pair: what must travel which way, what waits, and what a person must see. */

import { heldGroups } from './adoption.ts';
import { CLOSING, closingHold, WIN_TOO_EARLY } from './closing-hold.ts';
import type { Deal, DealState, FieldName } from './deal.ts';
import { decideInvite } from './decide-invite.ts';
import { decideRegistration } from './decide-registration.ts';
import { FIELDS, specOf } from './fields.ts';
import { keptByMicrosoft } from './kept-by-microsoft.ts';
import { isTerminal, pathBetween } from './lifecycle.ts';
import type { MappedOpportunity } from './mapping.ts';
import { inWordsOf } from './mapping-stages.ts';
import type { Mapping } from './mapping-types.ts';
import { type TextLimits, toCrmChanges } from './mapping-write.ts';
import {
  type Action,
  type Decision,
  type Finding,
  irreversibleOf,
  NOTHING,
  plannedChanges,
  recordLabel,
} from './plan.ts';
import { frozenOn, policiesOf } from './policies.ts';
import type { OpportunityRecord, Referral } from './ports.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';
import type { Baseline, Link } from './store-port.ts';
import { SLOW_RETRY_MINUTES, settledAt, type Timing } from './timing.ts';

export interface LinkedInput {
  readonly link: Link;
  readonly opportunity: OpportunityRecord;
  readonly mapped: MappedOpportunity;
  readonly referral: Referral;
  readonly mapping: Mapping;
  /** Hash of a field's mapping: a baseline made under another one counts as none. */
  readonly hashOf: (field: FieldName) => string;
  readonly limits: TextLimits;
  readonly timing: Timing;
  readonly pastCloseDate: 'park' | 'send';
  /** A person's decisions on conflicts whose values have not moved since. */
  readonly decisions: Readonly<Partial<Record<FieldName, 'crm' | 'partnerCenter'>>>;
}

/** Fields that a deal cannot be without: emptied in the CRM they stay as they are in Partner Center. */
const REQUIRED: ReadonlySet<FieldName> = new Set(['amount', 'currency', 'closeDate']);

/** Collects findings about one pair under stable keys. */
export function findingsFor(link: Pick<Link, 'opportunityId' | 'referralId'>): {
  readonly list: Finding[];
  add(
    kind: Finding['kind'],
    code: string,
    fields: readonly string[],
    text: string,
    values?: Finding['values'],
  ): void;
} {
  const list: Finding[] = [];
  const { opportunityId, referralId } = link;
  return {
    list,
    add(kind, code, fields, text, values = []) {
      const key = `${kind}:${code}:${opportunityId}${fields.length === 0 ? '' : `:${fields.join('+')}`}`;
      list.push({ key, kind, code, opportunityId, referralId, fields, message: text, values });
    },
  };
}

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
  if (
    referral.tag.kind === 'foreign' ||
    (referral.tag.kind === 'opportunity' && referral.tag.id !== link.opportunityId)
  ) {
    const other =
      referral.tag.kind === 'foreign'
        ? 'a CRM id of another system'
        : `the id of opportunity ${referral.tag.id}`;
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

  const deal = inWordsOf(
    referral.deal.state,
    withImpliedVisibility(mapped.deal, mapping),
    opportunity,
    mapping,
  );
  const hold = closingHold(input, deal);
  if (hold !== null && hold.why !== null)
    findings.add('notice', WIN_TOO_EARLY, [], `Opportunity ${link.opportunityId} ${hold.why}.`);
  const policy = new Map(policiesOf(mapping, referral, mapped.deal));
  if (hold !== null) policy.delete('state');
  const held = heldGroups(link);
  const answering = referral.deal.state === 'Received';
  const accepting =
    answering &&
    deal.state !== undefined &&
    deal.state !== null &&
    deal.state !== 'Received' &&
    hold === null;
  const agreed = validBaseline(link.baseline, input.hashOf);
  const merged = reconcile({
    baseline: acceptedOnTheWay(agreed, deal, referral.deal),
    opportunity: deal,
    referral: referral.deal,
    policy,
    frozen: frozenOn(referral, link),
    withheld: answering && !accepting ? new Set(policy.keys()) : new Set(),
    decisions: input.decisions,
    undecided: held,
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
  addConflicts(findings, merged, held);
  const referralActions = towardsReferral(input, deal, merged, findings);
  const opportunityActions = towardsOpportunity(input, merged, findings);
  const invite = unlessHeld(
    decideInvite({ link, opportunity, deal, referral, mapped, mapping, timing }),
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
export function withImpliedVisibility(deal: Deal, mapping: Mapping): Deal {
  const asks =
    deal.help !== undefined && deal.help !== null && mapping.fields.some(({ field }) => field === 'help');
  return asks ? { ...deal, visibleToMicrosoft: true } : deal;
}

/** Baselines made under the present mapping, as pairs. */
export function validBaseline(
  baseline: Baseline,
  hashOf: (field: FieldName) => string,
): Parameters<typeof reconcile>[0]['baseline'] {
  return Object.fromEntries(
    FIELDS.map(({ name }) => [name, baseline[name]] as const)
      .filter(([name, entry]) => entry !== undefined && entry.mapping === hashOf(name))
      .map(([name, entry]) => [name, { opportunity: entry?.opportunity, referral: entry?.referral }]),
  );
}

/**
 * A received deal that was accepted meanwhile is on its way to whatever the CRM has closed it as, so only the CRM's
 * stage still has to travel. Otherwise an acceptance of ours whose answer was lost would look like somebody's edit.
 */
function acceptedOnTheWay(
  baseline: Parameters<typeof reconcile>[0]['baseline'],
  { state: wanted }: Deal,
  { state }: Deal,
): Parameters<typeof reconcile>[0]['baseline'] {
  const agreed = baseline.state;
  if (agreed === undefined || agreed.referral !== 'Received' || state !== 'Accepted') return baseline;
  if (wanted === undefined || wanted === null || wanted === state) return baseline;
  if (pathBetween(state, wanted) === null) return baseline;
  return { ...baseline, state: { ...agreed, referral: state } };
}

/** Agreed pairs as ledger entries. */
export function hashed(
  pairs: Reconciliation['baselineChanges'],
  hashOf: (field: FieldName) => string,
): Baseline {
  return Object.fromEntries(
    FIELDS.map(({ name }) => [name, pairs[name]] as const)
      .filter(([, pair]) => pair !== undefined)
      .map(([name, pair]) => [
        name,
        { opportunity: pair?.opportunity ?? null, referral: pair?.referral ?? null, mapping: hashOf(name) },
      ]),
  );
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

function addConflicts(
  findings: ReturnType<typeof findingsFor>,
  merged: Reconciliation,
  held: ReadonlySet<FieldName>,
): void {
  const groups = new Map<FieldName, Reconciliation['conflicts'][number][]>();
  for (const conflict of merged.conflicts) {
    const { group } = specOf(conflict.field);
    groups.set(group, [...(groups.get(group) ?? []), conflict]);
  }
  for (const [group, conflicts] of groups) {
    const applied = conflicts[0]?.applied ?? null;
    const fields = conflicts.map(({ field }) => field);
    if (applied === null && held.has(group) && conflicts.every(({ baseline }) => baseline === undefined)) {
      findings.add(
        'conflict',
        'differs-at-adoption',
        [group],
        `${fields.join(' and ')} differed on both sides when the pair was adopted: neither was overwritten; decide with \`cosell-sync attention resolve\`.`,
        conflicts,
      );
      continue;
    }
    const outcome =
      applied === null
        ? 'neither was overwritten; decide with `cosell-sync attention resolve`'
        : `${applied === 'crm' ? "the CRM's" : "Partner Center's"} value was applied as the mapping says; the other is kept here`;
    findings.add(
      'conflict',
      applied === null ? 'both-changed' : 'overruled',
      [group],
      `${fields.join(' and ')} changed differently on both sides: ${outcome}.`,
      conflicts,
    );
  }
}

// ── Towards Partner Center ─────────────────────────────────────────────────────────────────────────────────

function towardsReferral(
  input: LinkedInput,
  deal: Deal,
  merged: Reconciliation,
  findings: ReturnType<typeof findingsFor>,
): Action[] {
  const { link, opportunity, referral } = input;
  const changes: Record<string, unknown> = { ...merged.referralChanges };
  const label = capitalised(recordLabel(link.opportunityId, link.referralId));
  withholdUnsendable(input, changes, findings);

  const retag =
    referral.tag.kind === 'none' && referral.deal.state !== undefined && !isClosedState(referral.deal.state)
      ? { tag: link.opportunityId }
      : {};
  const steps = stateSteps(input, changes, findings);
  if (steps === null) {
    delete changes.state;
    delete changes.reason;
    delete changes.salesStage;
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
  if (steps !== null && referral.deal.state === 'Received' && steps[0] === 'Accepted') {
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
        { state: 'Declined', reason: deal.reason ?? null },
        {},
        'the stage means declined',
      ),
    );
  else if (last !== undefined && CLOSING.has(last))
    actions.push(
      action('close-referral', { ...rest, state: last }, tag, `the stage means ${last} and has held`),
    );
  else if (Object.keys(rest).length > 0 || Object.keys(tag).length > 0) {
    const why =
      Object.keys(rest).length > 0
        ? Object.keys(rest)
            .map((field) => `${field} ${merged.rules[field as FieldName] ?? ''}`.trim())
            .join(', ')
        : 'its CRM id is restored';
    actions.push(action('update-referral', rest, tag, why));
  }
  return actions;
}

function isClosedState(state: DealState | null): boolean {
  return state !== null && isTerminal(state);
}

/** Takes out what Partner Center must not get: required fields emptied, amounts of nothing, dates gone by. */
function withholdUnsendable(
  { pastCloseDate, timing, link }: LinkedInput,
  changes: Record<string, unknown>,
  findings: ReturnType<typeof findingsFor>,
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
}

/** The legal way to the state the CRM means; null when the state does not move or must not. */
function stateSteps(
  { link, referral }: LinkedInput,
  changes: Record<string, unknown>,
  findings: ReturnType<typeof findingsFor>,
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
  if (wanted === 'Declined' && (changes.reason === undefined || changes.reason === null)) {
    findings.add(
      'parked',
      'reason-missing',
      ['reason'],
      `Opportunity ${link.opportunityId}: declining needs a reason; fill the decline reason.`,
    );
    return null;
  }
  return path;
}

// ── Towards the CRM ────────────────────────────────────────────────────────────────────────────────────────

function towardsOpportunity(
  input: LinkedInput,
  merged: Reconciliation,
  findings: ReturnType<typeof findingsFor>,
): Action[] {
  const { link, opportunity, mapped, mapping, limits } = input;
  if (Object.keys(merged.opportunityChanges).length === 0) return [];
  const { values, problems, transition } = toCrmChanges(
    merged.opportunityChanges,
    opportunity,
    mapping,
    limits,
  );
  for (const problem of problems) {
    // Nobody can answer an expired deal any more: an opportunity without a stage for that is told, not held up.
    const isExpired = problem.code === 'stage-unmapped' && merged.opportunityChanges.state === 'Expired';
    findings.add(
      isExpired ? 'notice' : 'parked',
      problem.code,
      [problem.field],
      `Opportunity ${link.opportunityId}: ${problem.text}. The other fields go on.`,
    );
  }
  if (Object.keys(values).length === 0) return [];
  const failed = new Set(problems.map(({ field }) => field));
  const deal = Object.fromEntries(
    Object.entries(merged.opportunityChanges).filter(([field]) => !failed.has(field as FieldName)),
  ) as Deal;
  return [
    {
      type: 'update-opportunity',
      opportunityId: link.opportunityId,
      referralId: link.referralId,
      update: {
        id: link.opportunityId,
        values,
        ifVersion: opportunity.version,
        ...(transition === null ? {} : { transition }),
      },
      deal,
      irreversible: [],
      changes: plannedChanges(mapped.deal, deal),
      reason: `${capitalised(recordLabel(link.opportunityId, link.referralId))}: ${Object.keys(deal)
        .map((field) => `${field} ${merged.rules[field as FieldName] ?? ''}`.trim())
        .join(', ')}`,
      order: `${opportunity.modifiedAt} ${opportunity.id}`,
    },
  ];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
