/**
 * The three-way merge: what each side must be told so that both agree again, decided field by field (or group by
 * group) on canonical values. Pure, total, and blind to how the values travel.
 *
 * The baseline of a field is the *pair* of values both servers held when they last agreed. Each side is compared with
 * its own half, so a value that one side stores shortened or coarser is not an edit.
 */
import type { Deal, FieldName, FieldValue } from './deal.ts';
import { groupOf, specOf, type Winner } from './fields.ts';
import { canonicalJson, sameValue } from './lenses/equality.ts';
import { hasEnded } from './lifecycle.ts';
import { reconcileList, unchanged } from './reconcile-list.ts';
import type { Draft, FieldPolicy, ReconcileInput, Reconciliation } from './reconciliation.ts';

/** Decides every mapped group. Never throws. */
export function reconcile(input: ReconcileInput): Reconciliation {
  const draft: Draft = {
    referralChanges: {},
    opportunityChanges: {},
    baselineChanges: {},
    conflicts: [],
    notices: [],
    rules: {},
  };
  for (const [group, policy] of input.policy) reconcileGroup(input, group, policy, draft);
  // The draft's keys are field names and its values came from deals.
  return draft as Reconciliation;
}

function isEmpty(value: FieldValue): boolean {
  return (
    value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)
  );
}

function reconcileGroup(input: ReconcileInput, group: FieldName, policy: FieldPolicy, draft: Draft): void {
  const { baseline, opportunity, referral } = input;
  const members = groupOf(group).filter(
    (field) => Object.hasOwn(opportunity, field) && Object.hasOwn(referral, field),
  );
  // A group whose naming field is unknown on either side decides nothing.
  if (!members.includes(group)) return;
  if (members.every((field) => agree(field, opportunity[field], referral[field], null)))
    return adopt(input, members, draft);
  const agreed = baseline[group];
  const opportunityChanged = members.some(
    (field) => !unchanged(field, baseline[field]?.opportunity, opportunity[field]),
  );
  if (input.withheld.has(group) && (agreed === undefined || opportunityChanged)) return;
  if (agreed === undefined) return withoutBaseline(input, group, members, policy, draft);

  const spec = specOf(group);
  if (spec.kind === 'people' || spec.kind === 'solutions')
    return reconcileList(input, group, agreed, policy, draft);

  const referralChanged = members.some(
    (field) => !unchanged(field, baseline[field]?.referral, referral[field]),
  );
  if (!opportunityChanged && !referralChanged) return;
  if (opportunityChanged && !referralChanged) return send(input, group, members, 'crm', policy, draft);
  if (referralChanged && !opportunityChanged)
    return send(input, group, members, 'partnerCenter', policy, draft);
  conflict(input, group, members, winnerOf(policy, true), draft);
}

/**
 * Whether the two sides' values mean the same, for a value that would travel to `target` (null: neither). Only one side
 * may keep a reason: a connector carries the state without it.
 */
export function agree(
  field: FieldName,
  opportunity: FieldValue,
  referral: FieldValue,
  target: 'crm' | 'partnerCenter' | null,
): boolean {
  if (field === 'salesStage' && target === 'partnerCenter')
    return opportunity === null || opportunity === referral;
  if (field === 'reason' && target === null && (isEmpty(opportunity) || isEmpty(referral))) return true;
  return sameValue(field, opportunity, referral);
}

/** Both sides mean the same: only the baseline moves, and only where it is not there yet. */
function adopt(
  { baseline, opportunity, referral }: ReconcileInput,
  members: readonly FieldName[],
  draft: Draft,
): void {
  for (const field of members) {
    const held = baseline[field];
    const pair = { opportunity: opportunity[field], referral: referral[field] };
    if (canonicalJson(held) === canonicalJson(pair)) continue;
    // A sales stage chosen in the CRM while Partner Center holds none is still an edit to send.
    if (
      field === 'salesStage' &&
      held !== undefined &&
      !isEmpty(pair.opportunity) &&
      isEmpty(pair.referral) &&
      held.opportunity !== pair.opportunity
    ) {
      draft.referralChanges[field] = pair.opportunity;
      draft.rules[field] = 'changed in the CRM only';
      continue;
    }
    draft.baselineChanges[field] = pair;
    draft.rules[field] = held === undefined ? 'equal, adopted' : 'same on both sides';
  }
}

/** Whether a side says nothing of a group. A currency alone, which every record has, says nothing of the amount. */
function hasNothing(deal: Deal, group: FieldName, members: readonly FieldName[]): boolean {
  return group === 'amount' ? isEmpty(deal.amount) : members.every((field) => isEmpty(deal[field]));
}

function withoutBaseline(
  input: ReconcileInput,
  group: FieldName,
  members: readonly FieldName[],
  policy: FieldPolicy,
  draft: Draft,
): void {
  const { opportunity, referral } = input;
  if (specOf(group).referral !== 'patch' && policy.sync === 'toPartnerCenter') {
    // Nothing can be sent any more, so the two values are remembered as they are and the difference is shown.
    for (const field of members)
      draft.baselineChanges[field] = { opportunity: opportunity[field], referral: referral[field] };
    draft.notices.push({
      field: group,
      code: 'differs-at-adoption',
      text: 'differs between the CRM and Partner Center, where it cannot be changed any more',
    });
    return;
  }
  if (input.undecided?.has(group) === true) return undecided(input, group, members, draft);
  const emptyThere = hasNothing(referral, group, members);
  const emptyHere = hasNothing(opportunity, group, members);
  if (emptyThere && !emptyHere && policy.sync !== 'toCrm')
    return send(input, group, members, 'crm', policy, draft, 'empty in Partner Center, filled');
  if (emptyHere && !emptyThere && policy.sync !== 'toPartnerCenter')
    return send(input, group, members, 'partnerCenter', policy, draft, 'empty in the CRM, filled');
  conflict(input, group, members, winnerOf(policy, false), draft);
}

/** They differed before anybody carried anything: a person decides, or nobody where the deal is closed for good. */
function undecided(
  input: ReconcileInput,
  group: FieldName,
  members: readonly FieldName[],
  draft: Draft,
): void {
  const { opportunity, referral } = input;
  if (group === 'state' || !hasEnded(referral)) return conflict(input, group, members, 'ask', draft);
  for (const field of members)
    draft.baselineChanges[field] = { opportunity: opportunity[field], referral: referral[field] };
  draft.notices.push({
    field: group,
    code: 'differs-at-adoption',
    text: 'differs between the CRM and Partner Center, where the deal is closed and takes no edit any more',
  });
}

/** One side changed: its value travels, if the mapping lets it. */
function send(
  input: ReconcileInput,
  group: FieldName,
  members: readonly FieldName[],
  from: 'crm' | 'partnerCenter',
  policy: FieldPolicy,
  draft: Draft,
  rule = from === 'crm' ? 'changed in the CRM only' : 'changed in Partner Center only',
): void {
  if (policy.sync !== (from === 'crm' ? 'toCrm' : 'toPartnerCenter'))
    return carry(input, group, members, from, draft, rule);
  for (const field of members) {
    draft.baselineChanges[field] = { opportunity: input.opportunity[field], referral: input.referral[field] };
    draft.rules[field] = 'one-way field changed at its target, left alone';
  }
  // People whom somebody adds by hand are expected; other edits are worth a word.
  if (!specOf(group).personal) {
    draft.notices.push({
      field: group,
      code: 'one-way',
      text: `was changed ${from === 'crm' ? 'in the CRM' : 'in Partner Center'}, but the mapping only carries it the other way`,
    });
  }
}

/** A side's value travels to the other, if Partner Center still takes it. */
function carry(
  { opportunity, referral, frozen }: ReconcileInput,
  group: FieldName,
  members: readonly FieldName[],
  from: 'crm' | 'partnerCenter',
  draft: Draft,
  rule: string,
): void {
  const target = from === 'crm' ? 'partnerCenter' : 'crm';
  if (target === 'partnerCenter') {
    const why = frozen.get(group);
    if (why !== undefined) {
      draft.notices.push({ field: group, code: 'frozen', text: why });
      return;
    }
  }
  const source = from === 'crm' ? opportunity : referral;
  const changes = target === 'partnerCenter' ? draft.referralChanges : draft.opportunityChanges;
  const differing = members.filter((field) => !agree(field, opportunity[field], referral[field], target));
  const spec = specOf(group);
  if (spec.oneWay && isEmpty(source[group])) {
    for (const field of members)
      draft.baselineChanges[field] = { opportunity: opportunity[field], referral: referral[field] };
    draft.notices.push({
      field: group,
      code: 'one-way',
      text: 'was switched off, but Microsoft never takes it back: what is shared stays shared',
    });
    return;
  }
  for (const field of members) {
    draft.rules[field] = rule;
    // A group travels whole where a half would mean something else: the amount with its currency, the state with its reason.
    if (group === 'amount' || differing.includes(field)) changes[field] = source[field];
    else draft.baselineChanges[field] = { opportunity: opportunity[field], referral: referral[field] };
  }
  // Where only the sales stage travels, the CRM needs the state with it.
  if (group === 'state' && target === 'crm') changes.state = source.state;
}

/** Whom the mapping lets win a conflict. A field that was agreed on once and only travels one way has one master. */
function winnerOf({ sync, conflict }: FieldPolicy, wasAgreed: boolean): Winner {
  if (sync === 'toCrm') return 'partnerCenter';
  return sync === 'toPartnerCenter' && wasAgreed ? 'crm' : conflict;
}

/** Both sides changed, differently: the decision of a person, else the mapping's winner, else neither. */
function conflict(
  input: ReconcileInput,
  group: FieldName,
  members: readonly FieldName[],
  byMapping: Winner,
  draft: Draft,
): void {
  const { baseline, opportunity, referral, decisions } = input;
  const decided = decisions[group];
  const winner = decided ?? byMapping;
  const blocked = winner === 'crm' && input.frozen.has(group);
  const applied = winner === 'ask' || blocked ? null : winner;
  const oneWayLoss = applied === 'crm' && specOf(group).oneWay && isEmpty(opportunity[group]);
  if (decided === undefined || blocked) {
    for (const field of members) {
      if (agree(field, opportunity[field], referral[field], null)) continue;
      draft.conflicts.push({
        field,
        baseline: baseline[field]?.opportunity,
        opportunity: opportunity[field],
        referral: referral[field],
        applied: oneWayLoss ? null : applied,
      });
    }
  }
  if (applied === null || oneWayLoss) {
    for (const field of members) draft.rules[field] = 'changed on both sides, waiting for a decision';
    return;
  }
  const who = decided === undefined ? 'the mapping' : 'a person';
  carry(
    input,
    group,
    members,
    applied,
    draft,
    `changed on both sides, ${who} chose ${applied === 'crm' ? 'the CRM' : 'Partner Center'}`,
  );
}
