/**
 * The tenant's referrals in memory. Stored bodies are never changed in place: each write puts a new one, so that the
 * write log and lagging lists can keep the old ones at no cost.
 */
import type { SandboxClock } from '../kernel/clock.ts';
import type { IdSource } from './identity.ts';
import { type JsonObject, textAt } from './json.ts';
import type { PartnerCenterSwitches } from './switches.ts';

/** Who wrote: a client through the API, a person in the portal, Microsoft, another partner, or the service. */
export type Writer = 'api' | 'portal' | 'microsoft' | 'partner' | 'service';

export interface WriteLogEntry {
  readonly n: number;
  readonly at: string;
  readonly by: Writer;
  readonly action: string;
  /** E-mail of the signed-in user, for `api` and `portal`. */
  readonly user: string | null;
  readonly id: string;
  readonly engagementId: string;
  /** Null for a create. */
  readonly before: JsonObject | null;
  readonly after: JsonObject;
  /** The precondition the client sent, for `api`. */
  readonly ifMatch: string | null;
  /** The client's MS-RequestId, for `api`. */
  readonly requestId: string | null;
}

export interface WriteContext {
  readonly by: Writer;
  readonly action: string;
  readonly user?: string | null;
  readonly ifMatch?: string | null;
  readonly requestId?: string | null;
}

/** Where a referral does not show: in lists only, or also when read by id. */
export type HiddenFrom = 'lists' | 'everything';

interface Row {
  current: JsonObject;
  versions: { readonly atMs: number; readonly body: JsonObject }[];
  /** Invisible to everybody before this instant (202 with delayed visibility). */
  readonly visibleAtMs: number;
}

/** Versions kept for lists that lag. */
const KEPT_VERSIONS = 20;
/** The oldest half of the write log goes when it grows beyond this, so that a long-lived sandbox stays small. */
const KEPT_LOG_ENTRIES = 200_000;

export interface ReferralStore {
  readonly writeLog: readonly WriteLogEntry[];
  /** Grows with each change of what can be seen. */
  readonly revision: number;
  get(id: string): JsonObject | undefined;
  /** Everything, newest state. */
  all(): Iterable<JsonObject>;
  /** What a list shows now: without what is too new. */
  listed(): Iterable<JsonObject>;
  /** Whether lists are simply the newest state, so that an answer may be kept until the next write. */
  isSettled(): boolean;
  isVisible(id: string): boolean;
  engagement(engagementId: string): readonly JsonObject[];
  /** Referrals that wait for an answer. */
  unanswered(): readonly JsonObject[];
  /** Stores a new state with its own `updatedDateTime` and eTag. */
  put(body: JsonObject, stamp: string, context: WriteContext, visibleAtMs?: number): JsonObject;
  /** Takes a referral out of sight without any write, as a change of scope would; null brings it back. */
  hide(id: string, from: HiddenFrom | null): void;
  clearLog(): void;
  onWrite(listener: (entry: WriteLogEntry) => void): void;
}

export interface StoreParts {
  readonly clock: SandboxClock;
  readonly ids: IdSource;
  readonly switches: PartnerCenterSwitches;
}

/** An empty store. */
export function createStore({ clock, ids, switches }: StoreParts): ReferralStore {
  const rows = new Map<string, Row>();
  const engagements = new Map<string, Set<string>>();
  const waiting = new Set<string>();
  const hidden = new Map<string, HiddenFrom>();
  const log: WriteLogEntry[] = [];
  const listeners: ((entry: WriteLogEntry) => void)[] = [];
  let revision = 0;
  let delayed = 0;
  let hides = 0;

  function bodies(ids: Iterable<string>): readonly JsonObject[] {
    const found: JsonObject[] = [];
    for (const id of ids) {
      const row = rows.get(id);
      if (row !== undefined) found.push(row.current);
    }
    return found;
  }

  function* listed(): Iterable<JsonObject> {
    const now = clock.now().getTime();
    const horizon = now - switches.listLagMs;
    for (const [id, row] of rows) {
      if (row.visibleAtMs > now || hidden.has(id)) continue;
      if (switches.listLagMs === 0) yield row.current;
      else {
        const shown = row.versions.findLast((version) => version.atMs <= horizon);
        if (shown !== undefined) yield shown.body;
      }
    }
  }

  return {
    writeLog: log,
    get revision() {
      return revision + hides;
    },
    get: (id) => rows.get(id.toLowerCase())?.current,
    *all() {
      for (const row of rows.values()) yield row.current;
    },
    listed,
    isSettled: () => switches.listLagMs === 0 && delayed === 0,
    isVisible(id) {
      const row = rows.get(id.toLowerCase());
      return (
        row !== undefined &&
        row.visibleAtMs <= clock.now().getTime() &&
        hidden.get(id.toLowerCase()) !== 'everything'
      );
    },
    engagement: (engagementId) => bodies(engagements.get(engagementId.toLowerCase()) ?? []),
    unanswered: () => bodies(waiting),
    put(body, stamp, context, visibleAtMs = 0) {
      const after: JsonObject = { ...body, updatedDateTime: stamp, eTag: ids.eTag(stamp) };
      const id = textAt(after, 'id') ?? '';
      const engagementId = textAt(after, 'engagementId') ?? '';
      const row = rows.get(id);
      const version = { atMs: clock.now().getTime(), body: after };
      revision += 1;
      const entry: WriteLogEntry = {
        n: revision,
        at: stamp,
        by: context.by,
        action: context.action,
        user: context.user ?? null,
        id,
        engagementId,
        before: row?.current ?? null,
        after,
        ifMatch: context.ifMatch ?? null,
        requestId: context.requestId ?? null,
      };
      log.push(entry);
      if (log.length > KEPT_LOG_ENTRIES) log.splice(0, KEPT_LOG_ENTRIES / 2);
      if (row === undefined) {
        rows.set(id, { current: after, versions: [version], visibleAtMs });
        if (visibleAtMs > version.atMs) delayed += 1;
        const members = engagements.get(engagementId) ?? new Set();
        engagements.set(engagementId, members.add(id));
      } else {
        row.current = after;
        row.versions = [...row.versions.slice(1 - KEPT_VERSIONS), version];
      }
      if (after.status === 'New') waiting.add(id);
      else waiting.delete(id);
      for (const listener of listeners) listener(entry);
      return after;
    },
    hide(id, from) {
      hides += 1;
      if (from === null) hidden.delete(id.toLowerCase());
      else hidden.set(id.toLowerCase(), from);
    },
    onWrite: (listener) => void listeners.push(listener),
    clearLog() {
      log.length = 0;
    },
  };
}
