/**
 * Updates that must not overwrite what somebody else changed since the record was read.
 *
 * A row's PATCH may carry `If-Unmodified-Since` (to the second). Whether the parts of a composite heed it is not
 * documented, so a harmless PATCH that must be refused finds it out once; where they do not, rows go one by one.
 */
import { RemoteError } from '../../core/errors.ts';
import type { OpportunityId } from '../../core/ids.ts';
import type { CrmValue } from '../../core/ports.ts';
import type { SalesforceClient } from './client.ts';
import { type CompositeResult, errorOfPart, MAX_PARTS, type Part, sendComposite } from './composite.ts';
import { pageOfPart, queryPart } from './query.ts';
import { instantOf } from './records.ts';
import { hostFailureOf, notSent, toWriteError } from './saves.ts';
import { renderIn } from './soql.ts';

/** Rows in a guarded composite; one part reads them back. */
export const MAX_GUARDED = MAX_PARTS - 1;
const LONG_AGO = new Date(0).toUTCString();
const OPERATION = 'Update opportunity';
/** Rows that go one by one, at a time. */
const SINGLE_CONCURRENCY = 5;

export interface GuardedRow {
  readonly id: OpportunityId;
  readonly columns: Readonly<Record<string, CrmValue>>;
  /** The stamp of the version that the decision was made on. */
  readonly ifVersion: string;
}

/** Null for a row that was written. */
export interface GuardedAnswer {
  readonly errors: readonly (RemoteError | null)[];
  /** The composite with the read-back part, where there was one. */
  readonly result: CompositeResult | null;
  /** Why every further request would fail as well. */
  readonly failure: RemoteError | null;
}

export interface Guard {
  /** Writes at most `MAX_GUARDED` rows. Never throws for a remote failure. */
  write(rows: readonly GuardedRow[], readBack: Part | null, signal: AbortSignal): Promise<GuardedAnswer>;
}

/** Builds the guard; what composites heed is found out at the first write. */
export function createGuard(client: SalesforceClient): Guard {
  let isHeeded: boolean | null = null;

  async function write(
    rows: readonly GuardedRow[],
    readBack: Part | null,
    signal: AbortSignal,
  ): Promise<GuardedAnswer> {
    const [first, ...others] = rows;
    if (first === undefined) return { errors: [], result: null, failure: null };
    let current = rows;
    if (isHeeded === null) {
      try {
        const found = await probe(client, first, signal);
        isHeeded = found.isHeeded;
        current = [found.row, ...others];
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        return { errors: rows.map(() => error), result: null, failure: hostFailureOf(error) };
      }
    }
    return isHeeded === true
      ? writeTogether(client, current, readBack, signal)
      : writeSingly(client, current, signal);
  }

  return { write };
}

interface Probe {
  /** Null when the row gave no telling answer. */
  readonly isHeeded: boolean | null;
  /** The row, with its version moved on when the probe itself was what moved it. */
  readonly row: GuardedRow;
}

/** An empty PATCH under a condition that cannot hold: refused (412) where the condition is heeded. */
async function probe(client: SalesforceClient, row: GuardedRow, signal: AbortSignal): Promise<Probe> {
  const operation = 'Probe conditional updates';
  const { userId } = await client.signIn(signal);
  const soql = `SELECT Id, SystemModstamp, LastModifiedById FROM Opportunity WHERE ${renderIn('Id', [row.id])}`;
  const parts = [
    queryPart(client, 'before', { soql }),
    patchPart(client, 'probe', { ...row, columns: {} }, LONG_AGO),
    queryPart(client, 'after', { soql }),
  ];
  // It changes nothing, whatever becomes of it, so it may be repeated.
  const result = await sendComposite(client, { operation, parts, isWrite: false, signal });
  const status = result.find('probe')?.httpStatusCode ?? 0;
  if (status === 412) return { isHeeded: true, row };
  if (status < 200 || status >= 300) return { isHeeded: null, row };
  const [before] = pageOfPart(result, 'before', operation).rows;
  const [now] = pageOfPart(result, 'after', operation).rows;
  const wasUnmoved = instantOf(before?.SystemModstamp) === instantOf(row.ifVersion);
  const movedByUs = userId !== null && now?.LastModifiedById === userId;
  const version = typeof now?.SystemModstamp === 'string' ? now.SystemModstamp : row.ifVersion;
  return { isHeeded: false, row: wasUnmoved && movedByUs ? { ...row, ifVersion: version } : row };
}

function patchPart(
  client: SalesforceClient,
  referenceId: string,
  row: GuardedRow,
  unmodifiedSince: string,
): Part {
  return {
    referenceId,
    method: 'PATCH',
    url: `${client.root}/sobjects/Opportunity/${row.id}`,
    httpHeaders: { 'If-Unmodified-Since': unmodifiedSince },
    body: row.columns,
  };
}

/** The second of the version, as an HTTP date. Without a readable version nothing may be overwritten. */
function httpDate(version: string): string {
  return new Date(instantOf(version) ?? 0).toUTCString();
}

async function writeTogether(
  client: SalesforceClient,
  rows: readonly GuardedRow[],
  readBack: Part | null,
  signal: AbortSignal,
): Promise<GuardedAnswer> {
  const parts = rows.map((row, index) => patchPart(client, `row${index}`, row, httpDate(row.ifVersion)));
  try {
    const all = readBack === null ? parts : [...parts, readBack];
    const result = await sendComposite(client, { operation: OPERATION, parts: all, isWrite: true, signal });
    const { requestId } = result;
    return {
      errors: rows.map(({ id }, index) =>
        errorOfPart(
          result.find(`row${index}`),
          { operation: `${OPERATION} ${id}`, requestId, isWrite: true },
          true,
        ),
      ),
      result,
      failure: null,
    };
  } catch (error) {
    const failure = toWriteError(error, OPERATION, signal);
    if (failure.status !== 400 || failure.outcomeUnknown || rows.length < 2) {
      return { errors: rows.map(() => failure), result: null, failure: hostFailureOf(failure) };
    }
    // Refused as a whole for one row's sake: apart, only that one fails.
    return writeSingly(client, rows, signal);
  }
}

async function writeSingly(
  client: SalesforceClient,
  rows: readonly GuardedRow[],
  signal: AbortSignal,
): Promise<GuardedAnswer> {
  const errors: (RemoteError | null)[] = rows.map(() => null);
  const waiting = [...rows.entries()];
  let failure: RemoteError | null = null;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, row] = next;
      const error = failure === null ? await writeOne(client, row, signal) : notSent(failure);
      errors[index] = error;
      if (error !== null) failure ??= hostFailureOf(error);
    }
  };
  await Promise.all(Array.from({ length: SINGLE_CONCURRENCY }, work));
  return { errors, result: null, failure };
}

async function writeOne(
  client: SalesforceClient,
  row: GuardedRow,
  signal: AbortSignal,
): Promise<RemoteError | null> {
  const operation = `${OPERATION} ${row.id}`;
  try {
    await client.call({
      operation,
      method: 'PATCH',
      path: `/sobjects/Opportunity/${row.id}`,
      headers: { 'If-Unmodified-Since': httpDate(row.ifVersion) },
      body: row.columns,
      isWrite: true,
      isOneRecord: true,
      signal,
    });
    return null;
  } catch (error) {
    return toWriteError(error, operation, signal);
  }
}
