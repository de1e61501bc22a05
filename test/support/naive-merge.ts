/**
 * A second three-way merge, written from the rules alone and sharing no code with the real one: for values of which
 * equal means identical, both must say the same.
 */
import type { Deal, FieldName, FieldValue } from '../../src/core/deal.ts';
import type { AgreedPair, ReconcileInput } from '../../src/core/reconciliation.ts';

/** What a merge decides, as far as it can be compared. */
export interface Merged {
  readonly toReferral: Record<string, unknown>;
  readonly toOpportunity: Record<string, unknown>;
  readonly agreed: Record<string, AgreedPair>;
  readonly conflicts: (readonly [field: string, applied: string | null])[];
  readonly notices: (readonly [field: string, code: string])[];
}

export const GROUPS: readonly (readonly FieldName[])[] = [
  ['notes'],
  ['campaignId'],
  ['closeDate'],
  ['amount', 'currency'],
];

const text = (value: unknown): string => JSON.stringify(value ?? null);

export function naiveMerge(input: ReconcileInput): Merged {
  const merged: Merged = { toReferral: {}, toOpportunity: {}, agreed: {}, conflicts: [], notices: [] };
  for (const members of GROUPS) mergeGroup(input, members, merged);
  return merged;
}

function mergeGroup(input: ReconcileInput, members: readonly FieldName[], out: Merged): void {
  const { opportunity, referral, baseline, frozen, decisions, withheld } = input;
  const [group] = members;
  const policy = group === undefined ? undefined : input.policy.get(group);
  if (group === undefined || policy === undefined) return;
  const pairOf = (field: FieldName): AgreedPair => ({
    opportunity: opportunity[field],
    referral: referral[field],
  });
  const differing = members.filter((field) => text(opportunity[field]) !== text(referral[field]));
  const agreeOn = (fields: readonly FieldName[]): void => {
    for (const field of fields)
      if (text(baseline[field]) !== text(pairOf(field))) out.agreed[field] = pairOf(field);
  };
  const moved = (deal: Deal, half: keyof AgreedPair): boolean =>
    members.some((field) => text(deal[field]) !== text(baseline[field]?.[half]));
  const travel = (from: 'crm' | 'partnerCenter', isForced: boolean): void => {
    if (!isForced && policy.sync === (from === 'crm' ? 'toCrm' : 'toPartnerCenter')) {
      for (const field of members) out.agreed[field] = pairOf(field);
      out.notices.push([group, 'one-way']);
    } else if (from === 'crm' && frozen.has(group)) out.notices.push([group, 'frozen']);
    else {
      const [source, target] = from === 'crm' ? [opportunity, out.toReferral] : [referral, out.toOpportunity];
      const whole = group === 'amount';
      for (const field of members)
        if (whole || differing.includes(field)) target[field] = source[field];
        else out.agreed[field] = pairOf(field);
    }
  };
  const clash = (): void => {
    const byRule =
      policy.sync === 'both' || (policy.sync === 'toPartnerCenter' && !known) ? policy.conflict : policy.sync;
    const winner =
      decisions[group] ??
      (byRule === 'toPartnerCenter' ? 'crm' : byRule === 'toCrm' ? 'partnerCenter' : byRule);
    const applied = winner === 'ask' || (winner === 'crm' && frozen.has(group)) ? null : winner;
    if (decisions[group] === undefined || (applied === null && winner === 'crm'))
      for (const field of differing) out.conflicts.push([field, applied]);
    if (applied !== null) travel(applied, true);
  };
  const known = baseline[group] !== undefined;
  // A currency without an amount is no value.
  const telling = members.filter((field) => field !== 'currency');
  const isEmpty = (deal: Deal): boolean => telling.every((field) => (deal[field] ?? null) === null);
  const [mine, theirs] = [moved(opportunity, 'opportunity'), moved(referral, 'referral')];
  if (differing.length === 0) return agreeOn(members);
  if (withheld.has(group) && (!known || mine)) return;
  if (!known && isEmpty(referral) && !isEmpty(opportunity) && policy.sync !== 'toCrm')
    return travel('crm', false);
  if (!known && isEmpty(opportunity) && !isEmpty(referral) && policy.sync !== 'toPartnerCenter')
    return travel('partnerCenter', false);
  if (!known || (mine && theirs)) return clash();
  if (mine) return travel('crm', false);
  if (theirs) travel('partnerCenter', false);
}

/** The real merge's answer in the same form. */
export function comparable({
  referralChanges,
  opportunityChanges,
  baselineChanges,
  conflicts,
  notices,
}: {
  readonly referralChanges: Deal;
  readonly opportunityChanges: Deal;
  readonly baselineChanges: Readonly<Partial<Record<FieldName, AgreedPair>>>;
  readonly conflicts: readonly {
    readonly field: FieldName;
    readonly applied: string | null;
    readonly opportunity: FieldValue;
  }[];
  readonly notices: readonly { readonly field: FieldName; readonly code: string }[];
}): Merged {
  return {
    toReferral: { ...referralChanges },
    toOpportunity: { ...opportunityChanges },
    agreed: { ...baselineChanges },
    conflicts: conflicts.map(({ field, applied }) => [field, applied]),
    notices: notices.map(({ field, code }) => [field, code]),
  };
}
