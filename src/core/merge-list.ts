/**
 * Three-way merge of a keyed list (team, contacts, solutions) towards Partner Center, which can only replace a whole
 * list: what is sent is the list as last read there plus the CRM's own changes; what others added stays.
 */
import type { FieldName, FieldValue, Person, Solution } from './deal.ts';
import type { Winner } from './fields.ts';
import { sameValue } from './lenses/equality.ts';
import { personKey } from './lenses/people.ts';
import { solutionKey } from './lenses/solutions.ts';
import type { AgreedPair } from './reconciliation.ts';

type Entry = Person | Solution;

export interface MergedList {
  /** The whole list to send; null when nothing may be sent. */
  readonly result: Person[] | Solution[] | null;
  readonly conflict: { readonly applied: 'crm' | 'partnerCenter' | null } | null;
  readonly notices: readonly { readonly code: 'edit-beats-removal' | 'last-entry'; readonly text: string }[];
}

function keyOf(entry: Entry): string {
  return 'id' in entry ? solutionKey(entry) : personKey(entry);
}

function index(list: FieldValue): Map<string, Entry> {
  const entries = Array.isArray(list) ? (list as readonly unknown[]) : [];
  return new Map(
    entries
      .filter((entry): entry is Entry => typeof entry === 'object' && entry !== null)
      .map((entry) => [keyOf(entry), entry]),
  );
}

/** Merges the CRM's changes since the baseline into the referral's list. */
export function mergeList(
  field: FieldName,
  baseline: AgreedPair,
  opportunity: FieldValue,
  referral: FieldValue,
  winner: Winner,
): MergedList {
  const before = index(baseline.opportunity);
  const beforeThere = index(baseline.referral);
  const now = index(opportunity);
  const there = index(referral);
  // A list of nothing is an empty list, so that an entry which is not there is like none but another such.
  const same = (a: Entry | undefined, b: Entry | undefined): boolean =>
    sameValue(field, [a] as FieldValue, [b] as FieldValue);
  const result = new Map(there);
  const notices: MergedList['notices'][number][] = [];
  let clash = false;

  for (const [key, entry] of now) {
    if (same(before.get(key), entry)) continue;
    const editedThere = !same(beforeThere.get(key), there.get(key));
    if (editedThere && !same(there.get(key), entry)) {
      clash = true;
      if (winner !== 'crm') continue;
    }
    result.set(key, entry);
  }
  for (const key of before.keys()) {
    if (now.has(key) || !there.has(key)) continue;
    if (!same(beforeThere.get(key), there.get(key))) {
      notices.push({
        code: 'edit-beats-removal',
        text: 'an entry was removed in the CRM but edited in Partner Center; it stays',
      });
    } else result.delete(key);
  }

  const applied = winner === 'ask' ? null : winner;
  const conflict = clash ? { applied } : null;
  if (clash && applied === null) return { result: null, conflict, notices };
  if (result.size === 0 && there.size > 0) {
    notices.push({
      code: 'last-entry',
      text: 'the last entry was removed in the CRM; Partner Center needs at least one, so it stays until another is named',
    });
    return { result: null, conflict, notices };
  }
  return { result: [...result.values()] as Person[] | Solution[], conflict, notices };
}
