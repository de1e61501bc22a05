/** G2 on the wire: each edit is there in the end, or was changed again by somebody who saw it, or an item names it. */
import { groupOf } from '../../../../src/core/fields.ts';
import type { Edit } from '../people.ts';
import type { Field, Scalar } from '../place.ts';
import type { Named, WireHistory } from '../simulate.ts';

const alike = (field: Field, a: unknown, b: Scalar): boolean => {
  if (a === null || a === undefined || b === null) return (a ?? null) === b;
  if (field === 'amount') return Number(a) === Number(b);
  return field === 'closeDate' ? String(a).slice(0, 10) === b : String(a) === b;
};

function isNamed(named: readonly Named[], edit: Edit, ids: ReadonlySet<string | null>): boolean {
  return named.some(({ sequence, item }) => {
    if (sequence < edit.sequence || !(ids.has(item.opportunityId) || ids.has(item.referralId))) return false;
    if (item.kind === 'conflict')
      return item.values.some(
        ({ field, opportunity, referral }) =>
          field === edit.field && alike(edit.field, edit.side === 'crm' ? opportunity : referral, edit.value),
      );
    return item.code !== 'one-way' && groupOf(edit.field).some((member) => item.fields.includes(member));
  });
}

export function checkEdits({ place, people, named, violations }: WireHistory): void {
  const referralOf = new Map(place.opportunities().map((id) => [id, place.referralOf(id)]));
  const opportunityOf = new Map([...referralOf].map(([id, referralId]) => [referralId, id]));
  const referrals = new Map(place.referrals().map((referral) => [String(referral.id), referral]));
  for (const [index, edit] of people.edits.entries()) {
    const { side, id, field, value } = edit;
    const other = side === 'crm' ? referralOf.get(id) : opportunityOf.get(id);
    const referral = referrals.get(side === 'crm' ? '' : id);
    const final =
      side === 'crm'
        ? place.atCrm(id)[field]
        : referral === undefined
          ? null
          : place.atPartner(referral)[field];
    if (alike(field, final, value)) continue;
    const ids = new Set<string | null>([id, other ?? id]);
    const isSuperseded = people.edits
      .slice(index + 1)
      .some((later) => ids.has(later.id) && later.field === field && alike(field, later.replaced, value));
    if (isSuperseded || isNamed(named, edit, ids)) continue;
    violations.push(`G2 the ${side} edit of ${field} of ${id} to ${value} is lost: it ended as ${final}`);
  }
}
