/** A ledger of plain maps: many times faster than a database, and held to the same contract. For simulations. */
import { createHash } from 'node:crypto';
import { refuseMoved, refuseMovedMeta } from '../../src/core/decided-elsewhere.ts';
import { LinkConflictError } from '../../src/core/errors.ts';
import type { OpportunityId, ReferralId } from '../../src/core/ids.ts';
import type { OpportunityRecord, Referral } from '../../src/core/ports.ts';
import type {
  AttentionItem,
  Cursors,
  DueRecord,
  HistoryEntry,
  Intent,
  Ledger,
  LedgerChanges,
  Link,
  RunReport,
  Seen,
  Side,
} from '../../src/core/store-port.ts';
import { mergeItem } from '../../src/store/embedded/attention.ts';
import { millisecondTime, referralIdsIn, sortableTime } from '../../src/store/embedded/rows.ts';

/** What outlives the ledger's handles. */
export interface PlainState {
  readonly opportunities: Map<OpportunityId, Seen<OpportunityRecord>>;
  readonly referrals: Map<ReferralId, Seen<Referral>>;
  links: ReadonlyMap<OpportunityId, Link>;
  readonly intents: Map<string, Intent>;
  readonly items: Map<string, AttentionItem>;
  readonly history: HistoryEntry[];
  readonly runs: Map<string, RunReport>;
  readonly meta: Map<string, string>;
  readonly cursors: Map<string, string>;
  readonly lineage: string;
  createdAt: string | null;
  serial: number;
}

export function createPlainState(lineage: string): PlainState {
  return {
    opportunities: new Map(),
    referrals: new Map(),
    links: new Map(),
    intents: new Map(),
    items: new Map(),
    history: [],
    runs: new Map(),
    meta: new Map(),
    cursors: new Map(),
    lineage,
    createdAt: null,
    serial: 0,
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byId = (a: { readonly id: string }, b: { readonly id: string }): number => byText(a.id, b.id);
const sooner = (a: AttentionItem, b: AttentionItem): number =>
  byText(millisecondTime(a.since), millisecondTime(b.since)) || byText(a.id, b.id);

function pick<K, V>(map: ReadonlyMap<K, V>, keys: readonly K[]): Map<K, V> {
  return new Map(
    [...new Set(keys)].sort().flatMap((key) => {
      const value = map.get(key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** Opens a ledger on a state; what was committed is seen by every handle. */
export function openPlainLedger(state: PlainState, connection: string, now: () => Date): Ledger {
  const created = state.createdAt === null;
  state.createdAt ??= now().toISOString();
  const createdAt = state.createdAt;
  const records = (): OpportunityRecord[] => [...state.opportunities.values()].map(({ record }) => record);
  const referrals = (): Referral[] => [...state.referrals.values()].map(({ record }) => record);
  const open = (): AttentionItem[] => [...state.items.values()].filter((item) => item.state === 'open');
  const dueBy = (time: string): DueRecord[] => {
    const of = (side: Side, id: string, dueAt: string | null, changed: string): DueRecord[] =>
      dueAt === null || millisecondTime(dueAt) > time
        ? []
        : [{ side, id, dueAt: millisecondTime(dueAt), modifiedAt: sortableTime(changed) }];
    return [
      ...[...state.opportunities.values()].flatMap(({ record, dueAt }) =>
        of('opportunity', record.id, dueAt, record.modifiedAt),
      ),
      ...[...state.referrals.values()].flatMap(({ record, dueAt }) =>
        of('referral', record.id, dueAt, record.updatedAt),
      ),
    ].sort((a, b) => byText(a.modifiedAt, b.modifiedAt) || byText(a.id, b.id));
  };

  return {
    identity: async () => ({ lineage: state.lineage, serial: state.serial, createdAt, created }),
    commit: async (changes) => commit(state, connection, changes),
    opportunities: async (ids) => pick(state.opportunities, ids),
    referrals: async (ids) => pick(state.referrals, ids),
    referralVersion: (id) => state.referrals.get(id)?.record.version,
    referralsTagged: async (ids) =>
      referrals()
        .filter(({ tag }) => tag.kind === 'opportunity' && ids.includes(tag.id))
        .sort(byId),
    referralsOfEngagement: async (id) =>
      referrals()
        .filter(({ engagementId }) => engagementId === id)
        .sort(byId),
    opportunitiesTagged: async (ids) =>
      records()
        .filter((record) => [...referralIdsIn(record)].some((id) => ids.some((wanted) => wanted === id)))
        .sort(byId),
    due: async (time, limit) => dueBy(millisecondTime(time)).slice(0, Math.max(0, limit)),
    countDue: async (time) => dueBy(millisecondTime(time)).length,
    linksByOpportunity: async (ids) => pick(state.links, ids),
    linksByReferral: async (ids) =>
      new Map(
        [...state.links.values()]
          .filter(({ referralId }) => ids.includes(referralId))
          .map((link) => [link.referralId, link]),
      ),
    links: async ({ status, limit = Number.POSITIVE_INFINITY, after = '' }) =>
      [...state.links.values()]
        .filter((link) => link.opportunityId > after && (status === undefined || link.status === status))
        .sort((a, b) => byText(a.opportunityId, b.opportunityId))
        .slice(0, limit),
    counts: async () => ({
      links: state.links.size,
      opportunities: state.opportunities.size,
      referrals: state.referrals.size,
    }),
    intents: async () =>
      [...state.intents.values()].sort((a, b) => byText(a.since, b.since) || byText(a.id, b.id)),
    attention: async (filter) =>
      [...state.items.values()]
        .filter(
          (item) =>
            (filter.state === undefined || item.state === filter.state) &&
            (filter.kind === undefined || item.kind === filter.kind) &&
            (filter.code === undefined || item.code === filter.code) &&
            (filter.since === undefined || millisecondTime(item.since) >= millisecondTime(filter.since)),
        )
        .sort(sooner),
    attentionAbout: async ({ opportunityIds, referralIds }) =>
      open()
        .filter(
          ({ opportunityId, referralId }) =>
            (opportunityId !== null && opportunityIds.includes(opportunityId)) ||
            (referralId !== null && referralIds.includes(referralId)),
        )
        .sort(sooner),
    attentionByKeys: async (keys) => pick(state.items, keys),
    async findAttention(text) {
      const prefix = text.trim().toLowerCase();
      if (!/^[0-9a-f]{1,64}$/u.test(prefix)) return null;
      const found = [...state.items.values()].filter(({ id }) => id.startsWith(prefix)).sort(byId);
      const [first] = found;
      return first !== undefined && (found.length === 1 || first.id === prefix) ? first : null;
    },
    history: async ({ opportunityId, referralId }, field) =>
      state.history.filter(
        (entry) =>
          ((opportunityId !== undefined && entry.opportunityId === opportunityId) ||
            (referralId !== undefined && entry.referralId === referralId)) &&
          (field === undefined || entry.field === field),
      ),
    runs: async (limit) => [...state.runs.values()].reverse().slice(0, Math.max(0, limit)),
    meta: async (key) => state.meta.get(key) ?? null,
    close: async () => {},
  };
}

/** In the order of the port: unlink before link, resolve before raise. A refused link refuses everything. */
function commit(state: PlainState, connection: string, changes: LedgerChanges): void {
  refuseMoved(changes.asSeen ?? [], (key) => state.items.get(key));
  refuseMovedMeta(changes.metaAsSeen ?? {}, (key) => state.meta.get(key) ?? null);
  const links = linksAfter(state, changes);
  state.serial += 1;
  for (const seen of changes.opportunities ?? []) state.opportunities.set(seen.record.id, seen);
  for (const seen of changes.referrals ?? []) state.referrals.set(seen.record.id, seen);
  for (const { side, id, dueAt } of changes.due ?? []) {
    const map: Map<string, Seen<unknown>> = side === 'opportunity' ? state.opportunities : state.referrals;
    const seen = map.get(id);
    if (seen !== undefined) map.set(id, { ...seen, dueAt });
  }
  state.links = links;
  for (const intent of changes.intents ?? []) state.intents.set(intent.id, intent);
  for (const id of changes.settledIntents ?? []) state.intents.delete(id);
  for (const key of changes.resolved ?? []) {
    const item = state.items.get(key);
    if (item !== undefined) state.items.set(key, { ...item, state: 'resolved' });
  }
  for (const item of changes.attention ?? []) {
    const held = state.items.get(item.key);
    state.items.set(
      item.key,
      held === undefined ? { ...item, id: idOf(state, connection, item.key) } : mergeItem(held, item),
    );
  }
  state.history.push(...(changes.history ?? []));
  if (changes.run !== undefined) state.runs.set(changes.run.runId, changes.run);
  for (const [key, value] of Object.entries(changes.meta ?? {})) {
    if (value === null) state.meta.delete(key);
    else state.meta.set(key, value);
  }
}

function linksAfter(state: PlainState, changes: LedgerChanges): ReadonlyMap<OpportunityId, Link> {
  if (changes.links === undefined && changes.unlink === undefined) return state.links;
  const links = new Map(state.links);
  for (const id of changes.unlink ?? []) links.delete(id);
  for (const link of changes.links ?? []) {
    for (const other of links.values())
      if ((other.opportunityId === link.opportunityId) !== (other.referralId === link.referralId))
        throw new LinkConflictError(link, other);
    links.set(link.opportunityId, link);
  }
  return links;
}

function idOf(state: PlainState, connection: string, key: string): string {
  const digest = createHash('sha256')
    .update(connection + key)
    .digest('hex');
  const taken = new Set([...state.items.values()].map(({ id }) => id));
  let length = 8;
  while (taken.has(digest.slice(0, length))) length += 1;
  return digest.slice(0, length);
}

/** Cursors that live with the state. */
export function plainCursors({ cursors }: PlainState): Cursors {
  return {
    load: async (key) => cursors.get(key) ?? null,
    save: async (key, value) => void cursors.set(key, value),
    reset: async () => cursors.clear(),
  };
}
