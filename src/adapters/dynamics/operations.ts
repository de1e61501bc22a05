/** Sends writes in batches without a common fate: each record's failure is its own. */
import { RemoteError } from '../../core/errors.ts';
import type { Clock } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import { notSent } from './errors.ts';
import type { BatchItem, ItemAnswer } from './multipart.ts';

/** Writes in one batch: longer ones only trade the limit on requests for the one on execution time. */
export const MAX_OPERATIONS = 100;
const ATTEMPTS = 3;
const MIN_WAIT_MS = 1_000;
/** A longer pause is for the next run. */
const MAX_WAIT_MS = 60_000;

/** One record's write. */
export interface Operation {
  /** In words that start a sentence: `Update opportunity 7cf7…`. */
  readonly operation: string;
  readonly item: BatchItem;
}

/** What became of it. */
export type Sent =
  | { readonly ok: true; readonly answer: ItemAnswer; readonly requestId: string | null }
  | { readonly ok: false; readonly error: RemoteError };

export interface SentBatch {
  /** By position of the operations. */
  readonly sent: readonly Sent[];
  /** Answers to the parts that travelled behind the last batch; empty when it failed. */
  readonly trailing: readonly ItemAnswer[];
  /** Why every further request would fail as well; null when this one was answered. */
  readonly failure: RemoteError | null;
}

export interface SendOptions {
  readonly client: DynamicsClient;
  readonly clock: Clock;
  readonly operation: string;
  readonly signal: AbortSignal;
}

/**
 * Sends at most a batch's worth of operations. Those that the server puts off (an inner 429) are sent again after the
 * pause it asks for; nothing else is ever sent twice. Never throws for a remote failure.
 * @param trailing queries that are carried out after the writes
 */
export async function sendOperations(
  options: SendOptions,
  operations: readonly Operation[],
  trailing: readonly BatchItem[],
): Promise<SentBatch> {
  const sent: (Sent | undefined)[] = operations.map(() => undefined);
  let pending = operations.map((_operation, index) => index);
  let answers: readonly ItemAnswer[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const batch = pending.flatMap((index) => operations[index] ?? []);
    const result = await sendOnce(options, batch, trailing);
    pending.forEach((index, position) => {
      sent[index] = result.sent[position];
    });
    if (result.failure === null || attempt === 1) answers = result.trailing;
    const putOff = pending.filter((index) => isPutOff(sent[index]));
    const waitMs = Math.max(MIN_WAIT_MS, ...putOff.map((index) => retryAfterOf(sent[index])));
    const isOver =
      putOff.length === 0 || attempt >= ATTEMPTS || waitMs > MAX_WAIT_MS || result.failure !== null;
    if (isOver || options.signal.aborted) {
      const halted = putOff.map((index) => sent[index]).find((entry) => entry?.ok === false);
      return {
        sent: operations.map(
          (entry, index) => sent[index] ?? { ok: false, error: unanswered(entry.operation) },
        ),
        trailing: answers,
        // A server that still asks for a pause would refuse the next batch too.
        failure: result.failure ?? (halted?.ok === false ? halted.error : null),
      };
    }
    await options.clock.sleep(waitMs, options.signal).catch(() => {});
    pending = putOff;
  }
}

function isPutOff(entry: Sent | undefined): boolean {
  return entry?.ok === false && entry.error.code === 'rate-limited' && !entry.error.outcomeUnknown;
}

function retryAfterOf(entry: Sent | undefined): number {
  return entry?.ok === false ? entry.error.retryAfterMs : 0;
}

async function sendOnce(
  { client, operation, signal }: SendOptions,
  operations: readonly Operation[],
  trailing: readonly BatchItem[],
): Promise<SentBatch> {
  const items = [...operations.map(({ item }) => item), ...trailing];
  try {
    const answer = await client.batch(items, { operation, isWrite: true, signal });
    return {
      sent: operations.map((entry, index) =>
        outcomeOf(client, entry, answer.items[index] ?? [], answer.requestId),
      ),
      trailing: answer.items.slice(operations.length),
      failure: null,
    };
  } catch (error) {
    if (!(error instanceof RemoteError)) {
      if (!signal.aborted) throw error;
      const aborted = new RemoteError(`${operation} was stopped before its answer came.`, {
        code: 'unavailable',
        system: 'crm',
        outcomeUnknown: true,
      });
      return { sent: operations.map(() => ({ ok: false, error: aborted })), trailing: [], failure: aborted };
    }
    return { sent: operations.map(() => ({ ok: false, error })), trailing: [], failure: error };
  }
}

function outcomeOf(
  client: DynamicsClient,
  { operation, item }: Operation,
  answer: ItemAnswer,
  requestId: string | null,
): Sent {
  const failed = answer.find(({ status }) => status >= 400);
  if (failed !== undefined) {
    const context = { operation, isWrite: true, isOneRecord: true, table: 'opportunity' };
    return { ok: false, error: client.errorOf(failed, context) };
  }
  const expected = 'changeSet' in item ? item.changeSet.length : 1;
  if (answer.length < expected) return { ok: false, error: unanswered(operation) };
  return { ok: true, answer, requestId: answer[0]?.headers.req_id ?? requestId };
}

function unanswered(operation: string): RemoteError {
  return new RemoteError(
    `${operation} got no answer of its own in the batch; whether it was carried out is not known. It is looked at in the next run.`,
    { code: 'unavailable', system: 'crm', outcomeUnknown: true },
  );
}

/** Outcomes of operations that were not sent, because what happened to the ones before concerns all. */
export function notSentOutcome(reason: RemoteError): Sent {
  return { ok: false, error: notSent(reason) };
}
