/** Updates of opportunities: each under the version it was decided on, bookkeeping under "as long as it exists". */
import { RemoteError } from '../../core/errors.ts';
import type { OpportunityId } from '../../core/ids.ts';
import type { CallOptions, OpportunityRecord, OpportunityUpdate, WriteOutcome } from '../../core/ports.ts';
import { type Clock, parseJsonText } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import { type Standing, transitionItem } from './closing.ts';
import type { Columns } from './columns.ts';
import type { Customers } from './customers.ts';
import type { Lookups } from './lookups.ts';
import type { BatchItem, ItemAnswer } from './multipart.ts';
import { chunksOf, inOptions, queryText } from './odata.ts';
import { MAX_OPERATIONS, notSentOutcome, type Sent, sendOperations } from './operations.ts';
import type { Org } from './org.ts';
import { readQueries } from './queries.ts';
import { opportunityIdOf, toRecord } from './records.ts';
import { MAX_IDS, recordParts, recordsOfParts } from './rows.ts';
import { Row } from './schema.ts';
import type { View } from './view.ts';

export interface WriteOptions {
  readonly client: DynamicsClient;
  readonly org: Org;
  readonly lookups: Lookups;
  readonly customers: Customers;
  readonly clock: Clock;
}

const OPERATION = 'Update opportunities';

interface Pending {
  readonly index: number;
  readonly update: OpportunityUpdate;
  readonly item: BatchItem;
  /** Whether the answer brings the row as it is then, so that it need not be read. */
  readonly isRepresented: boolean;
}

/** Updates opportunities; see `Crm.update`. Outcomes are in the order of the updates. */
export async function updateOpportunities(
  options: WriteOptions,
  updates: readonly OpportunityUpdate[],
  { signal }: CallOptions,
): Promise<readonly WriteOutcome[]> {
  const { client, org, lookups } = options;
  const resolved = await lookups.resolve(
    updates.map(({ values }) => values),
    signal,
  );
  const view = await org.view(signal);
  const moving = updates.filter(({ transition }) => transition !== undefined);
  const standings = await readStandings(options, moving, signal);
  const outcomes: (WriteOutcome | undefined)[] = updates.map(() => undefined);
  const pending: Pending[] = [];
  updates.forEach((update, index) => {
    const entry = resolved[index];
    if (entry?.ok !== true) {
      if (entry !== undefined) outcomes[index] = { ok: false, error: entry.error };
      return;
    }
    const planned = plan(client.root, update, entry.columns, view, standings.get(update.id) ?? null);
    if (planned === null) outcomes[index] = { ok: true, id: update.id, record: null, requestId: null };
    else if (planned instanceof RemoteError) outcomes[index] = { ok: false, error: planned };
    else pending.push({ index, update, ...planned });
  });

  let halted: RemoteError | null = null;
  for (const chunk of chunksOf(pending, MAX_OPERATIONS)) {
    if (halted !== null) {
      for (const { index, update } of chunk)
        outcomes[index] = toOutcome(update.id, notSentOutcome(halted), new Map());
      continue;
    }
    halted = await writeChunk(options, view, chunk, outcomes, signal);
  }
  // A row that a value was bound to may be gone; the next write looks for it anew.
  if (outcomes.some((outcome) => outcome?.ok === false && outcome.error.code === 'rejected'))
    lookups.forget();
  return outcomes.map(
    (outcome, index) =>
      outcome ?? { ok: false, error: refused(updates[index]?.id ?? '', 'it was not sent', 'unavailable') },
  );
}

/** Where opportunities stand whose state is to move: an action takes no version, so it is compared just before. */
async function readStandings(
  { client }: WriteOptions,
  updates: readonly OpportunityUpdate[],
  signal: AbortSignal,
): Promise<ReadonlyMap<OpportunityId, Standing>> {
  const standings = new Map<OpportunityId, Standing>();
  if (updates.length === 0) return standings;
  const paths = chunksOf(
    updates.map(({ id }) => id),
    MAX_IDS,
  ).map(
    (ids) =>
      `opportunities${queryText({ $select: 'opportunityid,statecode', ...inOptions('opportunityid', ids) })}`,
  );
  const { rows } = await readQueries(client, paths, { operation: 'Read where opportunities stand', signal });
  for (const row of rows.flat()) {
    const id = opportunityIdOf(row);
    const version = row['@odata.etag'];
    if (id !== null && typeof version === 'string' && typeof row.statecode === 'number')
      standings.set(id, { state: row.statecode, version });
  }
  return standings;
}

/** The request for one update; null when there is nothing to send. */
function plan(
  root: string,
  update: OpportunityUpdate,
  columns: Columns,
  view: View,
  standing: Standing | null,
): Pick<Pending, 'item' | 'isRepresented'> | RemoteError | null {
  const { id, ifVersion, transition, values } = update;
  if (transition !== undefined) {
    if (standing === null)
      return refused(id, 'it is deleted, or not shared with the application user', 'not-visible');
    if (ifVersion !== undefined && ifVersion !== standing.version)
      return refused(id, 'it moved since it was read', 'version-conflict');
    const item = transitionItem({ root, shape: view.shape, id, transition, columns, standing });
    return { item, isRepresented: false };
  }
  const body = { ...columns.body, ...(columns.status === null ? {} : { statuscode: columns.status }) };
  if (Object.keys(body).length === 0) return null;
  const isBookkeeping = Object.keys(values).every((path) => view.selection.bookkeeping.includes(path));
  // Without a version somebody's edit could be overwritten; "as long as it exists" is for what only we write. Without
  // any condition, a row that was deleted meanwhile would be created anew.
  if (ifVersion === undefined && !isBookkeeping)
    return refused(id, 'the version that it was read at is not known', 'version-conflict');
  const isRepresented = !view.needsRelated;
  return {
    isRepresented,
    item: {
      method: 'PATCH',
      url: `${root}/opportunities(${id})${isRepresented ? queryText({ $select: view.select }) : ''}`,
      headers: {
        'If-Match': ifVersion ?? '*',
        ...(isRepresented ? { Prefer: 'return=representation' } : {}),
      },
      body,
    },
  };
}

function refused(
  id: string,
  why: string,
  code: 'not-visible' | 'version-conflict' | 'unavailable',
): RemoteError {
  return new RemoteError(`Update opportunity ${id} failed: ${why}. It is looked at again.`, {
    code,
    system: 'crm',
  });
}

/** Writes a batch, and reads its rows back with it. Returns why every further batch would fail; null if it would not. */
async function writeChunk(
  options: WriteOptions,
  view: View,
  chunk: readonly Pending[],
  outcomes: (WriteOutcome | undefined)[],
  signal: AbortSignal,
): Promise<RemoteError | null> {
  const { client, clock } = options;
  const context = { client, view, operation: 'Read opportunities back', signal };
  const unread = chunk.filter(({ isRepresented }) => !isRepresented).map(({ update }) => update.id);
  const { sent, trailing, failure } = await sendOperations(
    { client, clock, operation: OPERATION, signal },
    chunk.map(({ update, item }) => ({ operation: `Update opportunity ${update.id}`, item })),
    unread.length === 0 ? [] : recordParts(context, unread),
  );
  const records = new Map<OpportunityId, OpportunityRecord>();
  try {
    if (trailing.length > 0)
      for (const [id, record] of await recordsOfParts(context, trailing)) records.set(id, record);
  } catch (error) {
    // The writes are done all the same; the caller looks later.
    if (!(error instanceof RemoteError) && !signal.aborted) throw error;
  }
  chunk.forEach(({ index, update, isRepresented }, position) => {
    const result = sent[position];
    if (result?.ok === true && isRepresented) {
      const record = representedRecord(result.answer, view);
      if (record !== null) records.set(update.id, record);
    }
    if (result !== undefined) outcomes[index] = toOutcome(update.id, result, records);
  });
  return failure;
}

/** The record in an answer that brings the row; null when it brings none. */
function representedRecord(answer: ItemAnswer, view: View): OpportunityRecord | null {
  const row = Row.safeParse(parseJsonText(answer[0]?.body ?? ''));
  return row.success ? toRecord(row.data, null, view) : null;
}

function toOutcome(
  id: OpportunityId,
  sent: Sent,
  records: ReadonlyMap<OpportunityId, OpportunityRecord>,
): WriteOutcome {
  if (!sent.ok) return sent;
  return { ok: true, id, record: records.get(id) ?? null, requestId: sent.requestId };
}
