/**
 * Lists can only be replaced whole, and their entries hold more than the core knows (titles, prices, preferences).
 * So the entries as last read are kept for a while, and sent back with our changes laid over them.
 */
import type { Person, Solution } from '../../core/deal.ts';
import type { ReferralId } from '../../core/ids.ts';
import { canonicalText } from './text.ts';

type RawEntry = Readonly<Record<string, unknown>>;

export interface RawLists {
  readonly team: readonly RawEntry[];
  readonly contacts: readonly RawEntry[];
  readonly solutions: readonly RawEntry[];
}

export interface RawListCache {
  /** Remembers the lists of a referral that was read at this version. */
  remember(id: ReferralId, version: string | null, row: unknown): void;
  /** The lists at exactly this version, or null. */
  recall(id: ReferralId, version: string): RawLists | null;
}

/** Builds a cache of the referrals read most recently. */
export function createRawListCache(capacity = 2_000): RawListCache {
  const entries = new Map<ReferralId, { readonly version: string; readonly lists: RawLists }>();
  return {
    remember(id, version, row) {
      entries.delete(id);
      if (version === null) return;
      entries.set(id, { version, lists: rawListsOf(row) });
      const oldest = entries.size > capacity ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
    },
    recall(id, version) {
      const entry = entries.get(id);
      return entry?.version === version ? entry.lists : null;
    },
  };
}

function rawListsOf(row: unknown): RawLists {
  return {
    team: listAt(row, 'team'),
    contacts: listAt(row, 'customerProfile', 'team'),
    solutions: listAt(row, 'details', 'requirements', 'solutions'),
  };
}

function isEntry(value: unknown): value is RawEntry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listAt(row: unknown, ...path: readonly string[]): readonly RawEntry[] {
  let value = row;
  for (const key of path) value = isEntry(value) ? value[key] : undefined;
  if (Array.isArray(value)) return value.filter(isEntry);
  return isEntry(value) ? [value] : [];
}

/** People as members on the wire, each over the entry with the same e-mail; what means the same stays as it was. */
export function mergeMembers(
  people: readonly Person[],
  raw: readonly RawEntry[] | undefined,
): readonly RawEntry[] {
  return people.map(({ firstName, lastName, email, phone }) => {
    const entry =
      (email === null ? findByName(raw, firstName, lastName) : findEntry(raw, 'email', email)) ?? {};
    return {
      ...entry,
      firstName: keepOr(firstName, entry.firstName),
      lastName: keepOr(lastName, entry.lastName),
      phoneNumber: keepOr(phone, entry.phoneNumber),
      email: entry.email ?? email,
    };
  });
}

/** Solutions on the wire, each over the entry with the same id. */
export function mergeSolutions(
  solutions: readonly Solution[],
  raw: readonly RawEntry[] | undefined,
): readonly RawEntry[] {
  return solutions.map(({ id, name }) => {
    const entry = findEntry(raw, 'id', id);
    if (entry === undefined) return name === null ? { id, type: 'Name' } : { id, name, type: 'Name' };
    return name === null ? entry : { ...entry, name: keepOr(name, entry.name) };
  });
}

/** What is there when it reads as the wanted text, so that nobody's spelling is rewritten for nothing. */
function keepOr(wanted: string | null, present: unknown): unknown {
  return typeof present === 'string' && canonicalText(present) === wanted ? present : wanted;
}

function findEntry(
  raw: readonly RawEntry[] | undefined,
  key: string,
  wanted: string | null,
): RawEntry | undefined {
  if (wanted === null) return undefined;
  return raw?.find((entry) => {
    const value = entry[key];
    return typeof value === 'string' && canonicalText(value)?.toLowerCase() === wanted.toLowerCase();
  });
}

/** Members without an e-mail are told apart by their names. */
function findByName(
  raw: readonly RawEntry[] | undefined,
  firstName: string | null,
  lastName: string | null,
): RawEntry | undefined {
  const textOf = (value: unknown): string | null => (typeof value === 'string' ? canonicalText(value) : null);
  return raw?.find(
    (entry) =>
      textOf(entry.email) === null &&
      textOf(entry.firstName) === firstName &&
      textOf(entry.lastName) === lastName,
  );
}
