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

/** Groups that a person decides whatever the mapping says, as long as they have no baseline. */
interface Undecided {
  /** Those that differed when the pair was adopted. */
  readonly held: ReadonlySet<FieldName>;
  /** Those that an update without an answer has left unclear. */
  readonly unclear: ReadonlySet<FieldName>;
}

const DECIDE = 'neither was overwritten; decide with `cosell-sync attention resolve`';

/** Adds the merge's conflicts, one finding a group of fields. */
export function addConflicts(
  findings: PairFindings,
  merged: Pick<Reconciliation, 'conflicts'>,
  undecided: Undecided,
): void {
  const groups = new Map<FieldName, Reconciliation['conflicts'][number][]>();
  for (const conflict of merged.conflicts) {
    const { group } = specOf(conflict.field);
    groups.set(group, [...(groups.get(group) ?? []), conflict]);
  }
  for (const [group, conflicts] of groups) {
    const { code, text } = inWords(group, conflicts, undecided);
    const fields = conflicts.map(({ field }) => field).join(' and ');
    findings.add('conflict', code, [group], `${fields} ${text}.`, conflicts);
  }
}

function inWords(
  group: FieldName,
  conflicts: Reconciliation['conflicts'],
  { held, unclear }: Undecided,
): { readonly code: string; readonly text: string } {
  const applied = conflicts[0]?.applied ?? null;
  if (applied === null && conflicts.every(({ baseline }) => baseline === undefined)) {
    if (held.has(group))
      return {
        code: 'differs-at-adoption',
        text: `differed on both sides when the pair was adopted: ${DECIDE}`,
      };
    if (unclear.has(group))
      return {
        code: 'unclear-update',
        text: `differ since an update of the daemon was cut off, and the record was changed before anybody could see what became of it, so nobody can tell which value is the newer: ${DECIDE}`,
      };
  }
  if (applied === null) return { code: 'both-changed', text: `changed differently on both sides: ${DECIDE}` };
  const winner = applied === 'crm' ? "the CRM's" : "Partner Center's";
  return {
    code: 'overruled',
    text: `changed differently on both sides: ${winner} value was applied as the mapping says; the other is kept here`,
  };
}
