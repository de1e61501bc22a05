/** The fake CRM as the daemon meets it: a paged feed by time with overlap, boundaries at each call, and faults. */
import { RemoteError } from '../../src/core/errors.ts';
import { evaluateFilter } from '../../src/core/filter.ts';
import type { OpportunityId } from '../../src/core/ids.ts';
import type {
  Crm,
  CrmValue,
  OpportunityPage,
  OpportunityRecord,
  WriteOutcome,
} from '../../src/core/ports.ts';
import { inspectWords } from './checks/secrecy.ts';
import { inspectCrmUpdate } from './checks/sending.ts';
import { refusal, silenceOf, slowDown } from './fault-desk.ts';
import type { Gate } from './gate.ts';
import type { Server } from './server.ts';
import { FAKE_POISON } from './users.ts';

/** How far below the last walk's start each walk begins: later commits than this are the audit's to find. */
export const FEED_OVERLAP_MS = 5 * 60_000;

export interface CrmCursor {
  /** The server's time when the last complete walk began; null during the first. */
  readonly since: number | null;
  /** Where a walk that was interrupted goes on. */
  readonly after: { readonly at: string; readonly id: string } | null;
  readonly startedAt: number | null;
  /** For the checker: everything saved up to here was delivered. */
  readonly covered: number;
  readonly covering: number;
}

const START: CrmCursor = { since: null, after: null, startedAt: null, covered: 0, covering: 0 };

export function parseCrmCursor(text: string | null): CrmCursor {
  return text === null ? START : (JSON.parse(text) as CrmCursor);
}

/** Whether the feed shows a row at all. */
export function isFollowed({ mapping }: Server, record: OpportunityRecord): boolean {
  const tag = record.values[mapping.tag.referralId];
  return (
    evaluateFilter(mapping.include, (column) => record.values[column]) ||
    (typeof tag === 'string' && tag !== '')
  );
}

/** The CRM's port for one life of the daemon's process. */
export function openCrm(server: Server, gate: Gate, run: number): Crm {
  const { crm, faults, history } = server;
  const deliver = (record: OpportunityRecord): void => {
    server.delivered.opportunities.set(record.id, { record, run });
    history.tell(record);
  };
  const read = <T>(where: string, effect: () => Promise<T>): Promise<T> =>
    gate.call(where, () => {
      server.requests.crm += 1;
      faults.checkCredentials('crm');
      slowDown(server, faults.take('crm', ['slow']));
      if (faults.take('crm', ['read-fails']) !== null) {
        faults.thrown();
        throw silenceOf('crm', false);
      }
      return effect();
    });

  /** A batch write with its faults; `one` says whether a row's effect happened and what came of it. */
  const batch = (
    what: 'create' | 'update',
    rows: number,
    one: (index: number) => Promise<WriteOutcome>,
  ): Promise<readonly WriteOutcome[]> =>
    gate.call(`crm.${what}`, async () => {
      server.requests.crm += 1;
      server.writeCalls += 1;
      faults.checkCredentials('crm');
      slowDown(server, faults.take('crm', ['slow']));
      const fault = faults.take('crm', [
        'refused',
        'lost-before',
        'lost-after',
        'rows-lost',
        'not-read-back',
      ]);
      if (fault?.fault === 'refused') {
        faults.thrown();
        throw refusal('crm', fault.value);
      }
      if (fault?.fault === 'lost-before' || fault?.fault === 'lost-after') {
        // Of a batch cut off in the middle, some rows may be done.
        const done = fault.fault === 'lost-before' ? 0 : 1 + (fault.value % rows);
        for (let index = 0; index < done; index += 1) await one(index);
        faults.thrown();
        server.marks.add('crm-answer-lost');
        throw silenceOf('crm', true);
      }
      const outcomes: WriteOutcome[] = [];
      for (let index = 0; index < rows; index += 1) {
        const lost = fault?.fault === 'rows-lost' && (fault.value >> (index % 8)) % 2 === 1;
        const happened = !lost || (fault.value >> ((index + 3) % 8)) % 2 === 1;
        const outcome = happened ? await one(index) : null;
        if (fault?.fault === 'not-read-back' && outcome?.ok === true) {
          server.marks.add('crm-row-not-read-back');
          outcomes.push({ ...outcome, record: null });
        } else if (!lost && outcome !== null) outcomes.push(outcome);
        else {
          faults.thrown();
          server.marks.add('crm-row-lost');
          outcomes.push({ ok: false, error: silenceOf('crm', true) });
        }
      }
      return outcomes;
    });

  return {
    kind: crm.kind,
    feedIdentity: crm.feedIdentity,
    async *changes(cursorText) {
      let cursor = parseCrmCursor(cursorText);
      let restarted = false;
      for (;;) {
        const page: OpportunityPage & { readonly cursor: CrmCursor } = await read('crm.changes', async () => {
          if (cursor.since !== null && faults.take('crm', ['cursor-forgotten']) !== null) {
            server.marks.add('cursor-replay');
            restarted = true;
            cursor = START;
          }
          const first = cursor.since === null;
          const lower = cursor.since === null ? null : new Date(cursor.since - FEED_OVERLAP_MS).toISOString();
          const now = server.now().getTime();
          const startedAt = cursor.startedAt ?? now;
          const covering = cursor.startedAt === null ? history.now() : cursor.covering;
          const { after } = cursor;
          const rows = [...crm.rows.values()]
            .filter((row) => isFollowed(server, row) && !crm.hidden.has(row.id) && !(first && row.deleted))
            .filter((row) =>
              after === null
                ? lower === null || row.modifiedAt >= lower
                : row.modifiedAt > after.at || (row.modifiedAt === after.at && row.id > after.id),
            )
            .sort((a, b) => compare(a.modifiedAt, b.modifiedAt) || compare(a.id, b.id));
          const records = rows.slice(0, server.circumstances.pageRows);
          const last = records.length === rows.length;
          const end = records.at(-1);
          const next: CrmCursor = last
            ? {
                since: Math.max(startedAt, cursor.since ?? 0),
                after: null,
                startedAt: null,
                covered: covering,
                covering: 0,
              }
            : {
                ...cursor,
                after: end === undefined ? after : { at: end.modifiedAt, id: end.id },
                startedAt,
                covering,
              };
          for (const record of records) {
            if (
              cursor.since !== null &&
              Date.parse(record.modifiedAt) < cursor.since &&
              !record.modifiedByUs
            ) {
              const held = server.delivered.opportunities.get(record.id)?.record;
              if (held === undefined || held.version !== record.version) server.marks.add('late-commit');
            }
            deliver(record);
          }
          return {
            records,
            next: JSON.stringify(next),
            serverTime: server.now().toISOString(),
            last,
            ...(restarted ? { restarted } : {}),
            cursor: next,
          };
        });
        const { cursor: next, ...given } = page;
        yield given;
        if (page.last) return;
        cursor = next;
      }
    },
    read: (ids, options) =>
      read('crm.read', async () => {
        const found = await crm.read(ids, options);
        for (const record of found.values()) if (record !== null) deliver(record);
        return found;
      }),
    findByReferralIds: (ids, options) =>
      read('crm.findByReferralIds', async () => {
        const found = await crm.findByReferralIds(ids, options);
        found.forEach(deliver);
        return found;
      }),
    findAccounts: (search, options) => read('crm.findAccounts', () => crm.findAccounts(search, options)),
    listStages: (options) => crm.listStages(options),
    check: (options) => crm.check(options),
    async create(drafts, options) {
      for (const { values, customer } of drafts)
        inspectWords(server, 'a new opportunity', [values, customer]);
      const writes = drafts.map((draft) => server.log(run, 'create-opportunity', draft.referralId, {}));
      const outcomes = await batch('create', drafts.length, async (index) => {
        const outcome = only(await crm.create(drafts.slice(index, index + 1), options));
        const write = writes[index];
        if (write !== undefined) write.effective = outcome.ok;
        return outcome;
      });
      outcomes.forEach((outcome, index) => {
        const write = writes[index];
        if (!outcome.ok || write === undefined) return;
        write.acknowledged = true;
        if (outcome.record !== null) deliver(outcome.record);
      });
      return outcomes;
    },
    async update(updates, options) {
      for (const update of updates) inspectCrmUpdate(server, update);
      const writes = updates.map(({ id, ifVersion }) =>
        server.log(run, ifVersion === undefined ? 'bookkeeping' : 'update-opportunity', id, {}),
      );
      const outcomes = await batch('update', updates.length, async (index) => {
        const update = updates[index];
        if (update === undefined) throw new TypeError('There is no such row.');
        if (isLocked(crm.rows.get(update.id))) return { ok: false, error: locked(update.id) };
        const outcome = only(await crm.update([update], options));
        const write = writes[index];
        if (write !== undefined) write.effective = outcome.ok;
        if (outcome.ok) server.keepBookkeeping(update);
        else if (outcome.error.code === 'version-conflict') server.marks.add('crm-edit-refused');
        return outcome;
      });
      outcomes.forEach((outcome, index) => {
        const write = writes[index];
        if (!outcome.ok || write === undefined) return;
        write.acknowledged = true;
        if (outcome.record !== null) deliver(outcome.record);
      });
      return outcomes;
    },
  };
}

function only(outcomes: readonly WriteOutcome[]): WriteOutcome {
  const [outcome] = outcomes;
  if (outcome === undefined) throw new TypeError('A row has no outcome.');
  return outcome;
}

function isLocked(row: OpportunityRecord | undefined): boolean {
  const notes: CrmValue | undefined = row?.values.Description;
  return typeof notes === 'string' && notes.includes(FAKE_POISON.crm);
}

function locked(id: OpportunityId): RemoteError {
  return new RemoteError(`A validation rule refuses every edit of opportunity ${id}.`, {
    code: 'rejected',
    system: 'crm',
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
