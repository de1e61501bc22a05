/** What a person must see of one pair, under keys that stay the same from run to run. */
import type { FieldName } from './deal.ts';
import { specOf } from './fields.ts';
import type { Finding } from './plan.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { Link } from './store-port.ts';

/** Findings about one pair, as they are collected. */
export interface PairFindings {
  readonly list: Finding[];
  add(
    kind: Finding['kind'],
    code: string,
    fields: readonly string[],
    text: string,
    values?: Finding['values'],
  ): void;
}

/** Collects findings about one pair under stable keys. */
export function findingsFor(link: Pick<Link, 'opportunityId' | 'referralId'>): PairFindings {
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

/** Adds the merge's conflicts, one finding a group of fields. @param held groups that wait for a person since the pair was adopted */
export function addConflicts(
  findings: PairFindings,
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
