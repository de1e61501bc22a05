/**
 * Adoption: two records that were a pair before we ever agreed on anything. Equal values become the baseline; where
 * they differ nobody can say which side moved, so neither is overwritten until a person decides, whoever the mapping
 * lets win later edits.
 */
import type { Deal, FieldName } from './deal.ts';
import { groupOf, isFieldName, specOf } from './fields.ts';
import { agree } from './reconcile.ts';
import type { FieldPolicy } from './reconciliation.ts';
import type { Link } from './store-port.ts';

/**
 * Where a link keeps the groups that differed when it was adopted, beside what its columns last got: the link is the
 * one thing that is committed together with the baseline of the groups that agreed.
 */
const DIFFERED = 'differedAtAdoption';

/** Whether nothing was ever agreed on or written for a link: a pair that was just found or just accepted. */
export function isUnsynced({ baseline, written }: Pick<Link, 'baseline' | 'written'>): boolean {
  return Object.keys(baseline).length === 0 && Object.keys(written).length === 0;
}

/** Where a link keeps the groups of which a cut-off update leaves unclear whose value is the newer. */
const UNCLEAR = 'unclearSinceUpdate';

/** The groups of a link that differed at its adoption; they wait for a person until they have a baseline. */
export function heldGroups({ written }: Pick<Link, 'written'>): ReadonlySet<FieldName> {
  return groupsIn(written[DIFFERED]);
}

/** The groups that an update without an answer has left unclear; they wait in the same way. */
export function unclearGroups({ written }: Pick<Link, 'written'>): ReadonlySet<FieldName> {
  return groupsIn(written[UNCLEAR]);
}

function groupsIn(text: string | null | undefined): ReadonlySet<FieldName> {
  return new Set((text ?? '').split(',').filter((name): name is FieldName => isFieldName(name)));
}

/** `Link.written` with the groups that wait for a person; unchanged when there are none. */
export function withHeldGroups(written: Link['written'], groups: readonly FieldName[]): Link['written'] {
  return groups.length === 0 ? written : { ...written, [DIFFERED]: groups.join(',') };
}

/** `Link.written` with groups that have become unclear, beside those that were; unchanged when there are none. */
export function withUnclearGroups(written: Link['written'], groups: Iterable<FieldName>): Link['written'] {
  const before = unclearGroups({ written });
  const all = new Set([...before, ...groups]);
  return all.size === before.size ? written : { ...written, [UNCLEAR]: [...all].join(',') };
}

/** `Link.written` without the unclear groups that have a baseline again: whoever differs later has changed them anew. */
export function withoutAgreedGroups(written: Link['written'], baseline: Link['baseline']): Link['written'] {
  const before = unclearGroups({ written });
  const left = [...before].filter((group) => !Object.hasOwn(baseline, group));
  if (left.length === before.size) return written;
  const { [UNCLEAR]: _agreed, ...rest } = written;
  return left.length === 0 ? rest : { ...rest, [UNCLEAR]: left.join(',') };
}

/**
 * The groups on which two records that were never synced disagree, as far as both sides are known. What Partner Center
 * takes only at creation is left out: nothing can be decided about it, it is only worth a notice.
 *
 * @param opportunity the CRM's deal with what it implies
 */
export function disagreements(
  opportunity: Deal,
  referral: Deal,
  policies: ReadonlyMap<FieldName, FieldPolicy>,
): readonly FieldName[] {
  return [...policies]
    .filter(([group, { sync }]) => {
      if (specOf(group).referral !== 'patch' && sync === 'toPartnerCenter') return false;
      const known = groupOf(group).filter(
        (field) => Object.hasOwn(opportunity, field) && Object.hasOwn(referral, field),
      );
      return (
        known.includes(group) &&
        !known.every((field) => agree(field, opportunity[field], referral[field], null))
      );
    })
    .map(([group]) => group);
}
