/** Updates of opportunities: bookkeeping in bulk, everything else under the version it was decided on. */
import { RemoteError } from '../../core/errors.ts';
import type { OpportunityId } from '../../core/ids.ts';
import type {
  CallOptions,
  CrmValue,
  OpportunityRecord,
  OpportunityUpdate,
  WriteOutcome,
} from '../../core/ports.ts';
import type { Clock } from '../http/index.ts';
import type { SalesforceClient } from './client.ts';
import { type CompositeResult, MAX_HEAVY_PARTS, type Part } from './composite.ts';
import { type Guard, type GuardedRow, MAX_GUARDED } from './guarded.ts';
import { asOneRecords, isLocked, mayTryAgain } from './locks.ts';
import type { Lookups } from './lookups.ts';
import type { Org } from './org.ts';
import { readBackParts, readBackRecords, readVersions, versionsOf, versionsPart } from './readback.ts';
import type { Reads } from './reads.ts';
import { instantOf } from './records.ts';
import { MAX_COLLECTION, notSent, type Saved, saveItems } from './saves.ts';
import { chunksOf } from './soql.ts';

export interface WriteOptions {
  readonly client: SalesforceClient;
  readonly org: Org;
  readonly reads: Reads;
  readonly lookups: Lookups;
  readonly guard: Guard;
  readonly clock: Clock;
}

/** Two guarded composites cost what one batch by re-read versions costs, and are safer. */
const MAX_BY_GUARD = 2 * MAX_GUARDED;
const OPERATION = 'Update opportunities';

interface PendingRow {
  readonly id: OpportunityId;
  readonly columns: Readonly<Record<string, CrmValue>>;
  readonly ifVersion: string | null;
}

type Outcomes = Map<PendingRow, WriteOutcome>;

/** Updates opportunities; see `Crm.update`. Outcomes are in the order of the updates. */
export async function updateOpportunities(
  options: WriteOptions,
  updates: readonly OpportunityUpdate[],
  { signal }: CallOptions,
): Promise<readonly WriteOutcome[]> {
  const { lookups } = options;
  const resolved = await lookups.resolve(
    updates.map(({ values }) => values),
    signal,
  );
  const rows = updates.map(({ id, ifVersion }, index): PendingRow => {
    const entry = resolved[index];
    return { id, columns: entry?.ok === true ? entry.columns : {}, ifVersion: ifVersion ?? null };
  });
  const outcomes: Outcomes = new Map();
  rows.forEach((row, index) => {
    const entry = resolved[index];
    if (entry?.ok === false) outcomes.set(row, { ok: false, error: entry.error });
    // Only an account's columns, or ones that this org lacks: there is nothing to send.
    else if (Object.keys(row.columns).length === 0) {
      outcomes.set(row, { ok: true, id: row.id, record: null, requestId: null });
    }
  });

  let pending = rows.filter((row) => !outcomes.has(row));
  for (let attempt = 1; pending.length > 0; attempt += 1) {
    await writeRows(options, pending, outcomes, signal);
    pending = pending.filter((row) => isLocked(outcomes.get(row)));
    if (pending.length === 0 || !(await mayTryAgain(options.clock, attempt, signal))) break;
  }
  if (
    [...outcomes.values()].some(
      (outcome) => !outcome.ok && outcome.error.remoteCode === 'INVALID_CROSS_REFERENCE_KEY',
    )
  ) {
    lookups.forget();
  }
  return rows.map((row) => {
    const outcome = outcomes.get(row) ?? { ok: false, error: missingOutcome(row.id) };
    // Somebody is changing the row at this moment: it is to be looked at again, like one that has changed.
    return isLocked(outcome)
      ? { ok: false, error: asOneRecords(outcome.error, 'version-conflict') }
      : outcome;
  });
}

function missingOutcome(id: OpportunityId): RemoteError {
  return new RemoteError(`Update opportunity ${id} was not sent.`, { code: 'unavailable', system: 'crm' });
}

async function writeRows(
  options: WriteOptions,
  rows: readonly PendingRow[],
  outcomes: Outcomes,
  signal: AbortSignal,
): Promise<void> {
  // Bookkeeping of the same record would move the version that a guarded update waits for, so it comes second.
  const guarded = rows.flatMap((row) => (row.ifVersion === null ? [] : [{ row, ifVersion: row.ifVersion }]));
  const free = rows.filter((row) => row.ifVersion === null);
  let halted: RemoteError | null = null;
  const halt = (error: RemoteError | null): void => {
    halted ??= error;
  };
  if (guarded.length > MAX_BY_GUARD) {
    halt(await writeByVersion(options, guarded, outcomes, signal));
  } else {
    for (const chunk of chunksOf(guarded, MAX_GUARDED)) {
      if (halted === null) halt(await writeByGuard(options, chunk, outcomes, signal));
    }
  }
  for (const chunk of chunksOf(free, freeChunkSize(free.length))) {
    if (halted === null) halt(await writeFree(options, chunk, outcomes, signal));
  }
  const reason: RemoteError | null = halted;
  if (reason === null) return;
  for (const row of rows) if (!outcomes.has(row)) outcomes.set(row, { ok: false, error: notSent(reason) });
}

/** Five collections travel together, or three with the queries that read them back. */
function freeChunkSize(count: number): number {
  return count <= 3 * MAX_COLLECTION ? 3 * MAX_COLLECTION : MAX_HEAVY_PARTS * MAX_COLLECTION;
}

interface VersionedRow {
  readonly row: PendingRow;
  readonly ifVersion: string;
}

function idsOf(rows: readonly VersionedRow[]): OpportunityId[] {
  return rows.map(({ row }) => row.id);
}

async function writeByGuard(
  options: WriteOptions,
  rows: readonly VersionedRow[],
  outcomes: Outcomes,
  signal: AbortSignal,
): Promise<RemoteError | null> {
  const guardedRows = rows.map(({ row, ifVersion }): GuardedRow => ({ ...row, ifVersion }));
  const [readBack] = readBackParts(options, 'Id', idsOf(rows));
  const { errors, result, failure } = await options.guard.write(guardedRows, readBack ?? null, signal);
  const written = rows.filter((_row, index) => errors[index] === null).map(({ row }) => row.id);
  const records =
    result === null
      ? await readAgain(options, written, signal)
      : await readBackRecords(options, result, signal);
  rows.forEach(({ row }, index) => {
    const error = errors[index] ?? null;
    const requestId = result?.requestId ?? null;
    outcomes.set(
      row,
      error === null
        ? { ok: true, id: row.id, record: records.get(row.id) ?? null, requestId }
        : { ok: false, error },
    );
  });
  return failure;
}

/** Many guarded rows: versions are read again just before each batch, together with the batch before it. */
async function writeByVersion(
  options: WriteOptions,
  rows: readonly VersionedRow[],
  outcomes: Outcomes,
  signal: AbortSignal,
): Promise<RemoteError | null> {
  const { client } = options;
  const chunks = chunksOf(rows, MAX_COLLECTION);
  let versions: ReadonlyMap<OpportunityId, string> | null = null;
  for (const [index, chunk] of chunks.entries()) {
    try {
      versions ??= await readVersions(client, idsOf(chunk), signal);
    } catch (error) {
      if (error instanceof RemoteError) return error;
      throw error;
    }
    const current: PendingRow[] = [];
    for (const { row, ifVersion } of chunk) {
      const version = versions.get(row.id);
      if (version !== undefined && instantOf(version) === instantOf(ifVersion)) current.push(row);
      else outcomes.set(row, { ok: false, error: moved(row.id, version === undefined) });
    }
    const next = chunks[index + 1];
    const trailing = next === undefined ? [] : [versionsPart(client, idsOf(next))];
    const { error, result } = await saveRows(options, current, trailing, outcomes, signal);
    if (error !== null) return error;
    versions = result === null || next === undefined ? null : versionsOf(result);
  }
  return null;
}

const writeFree = async (
  options: WriteOptions,
  rows: readonly PendingRow[],
  outcomes: Outcomes,
  signal: AbortSignal,
): Promise<RemoteError | null> => (await saveRows(options, rows, [], outcomes, signal)).error;

/** Saves rows in collections, with their read-back where it fits into the same call. */
async function saveRows(
  options: WriteOptions,
  rows: readonly PendingRow[],
  trailing: readonly Part[],
  outcomes: Outcomes,
  signal: AbortSignal,
): Promise<{ readonly error: RemoteError | null; readonly result: CompositeResult | null }> {
  if (rows.length === 0) return { error: null, result: null };
  const { client } = options;
  const readBack = readBackParts(
    options,
    'Id',
    rows.map(({ id }) => id),
  );
  const heavy = Math.ceil(rows.length / MAX_COLLECTION) + trailing.length;
  const fits = heavy + readBack.length <= MAX_HEAVY_PARTS;
  const { saved, result, failure } = await saveItems(
    { client, operation: OPERATION, object: 'Opportunity', method: 'PATCH', signal },
    rows.map(({ id, columns }) => ({ id, columns })),
    [...(fits ? readBack : []), ...trailing],
  );
  const records =
    result === null || !fits
      ? new Map<OpportunityId, OpportunityRecord>()
      : await readBackRecords(options, result, signal);
  for (const [index, row] of rows.entries()) outcomes.set(row, toOutcome(row.id, saved[index], records));
  return { error: failure, result };
}

function toOutcome(
  id: OpportunityId,
  saved: Saved | undefined,
  records: ReadonlyMap<OpportunityId, OpportunityRecord>,
): WriteOutcome {
  if (saved === undefined) return { ok: false, error: missingOutcome(id) };
  if (!saved.ok) return saved;
  return { ok: true, id, record: records.get(id) ?? null, requestId: saved.requestId };
}

async function readAgain(
  { reads }: WriteOptions,
  ids: readonly OpportunityId[],
  signal: AbortSignal,
): Promise<ReadonlyMap<OpportunityId, OpportunityRecord | null>> {
  if (ids.length === 0) return new Map();
  try {
    return await reads.read(ids, { signal });
  } catch (error) {
    if (error instanceof RemoteError || signal.aborted) return new Map();
    throw error;
  }
}

function moved(id: OpportunityId, isGone: boolean): RemoteError {
  return isGone
    ? new RemoteError(
        `Update opportunity ${id} failed: it is deleted, or not shared with the integration user.`,
        {
          code: 'not-visible',
          system: 'crm',
        },
      )
    : new RemoteError(`Update opportunity ${id} failed: it moved since it was read.`, {
        code: 'version-conflict',
        system: 'crm',
      });
}
