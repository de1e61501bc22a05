/**
 * Saves many records at once, each on its own: one record's failure is its own, in collections of 200 that travel
 * together in composites. Nothing here is ever sent twice without an answer that says it was not carried out.
 */
import { RemoteError } from '../../core/errors.ts';
import { canonicalSalesforceId } from '../../core/ids.ts';
import type { CrmValue } from '../../core/ports.ts';
import type { SalesforceClient } from './client.ts';
import { type CompositeResult, errorOfPart, type Part, sendComposite } from './composite.ts';
import { errorOfItems, unreadable } from './errors.ts';
import { SaveResults } from './schema.ts';
import { chunksOf } from './soql.ts';

/** Records in a collection. */
export const MAX_COLLECTION = 200;

export interface SaveItem {
  /** Present for an update. */
  readonly id?: string;
  readonly columns: Readonly<Record<string, CrmValue>>;
}

/** What became of one record. */
export type Saved =
  | { readonly ok: true; readonly id: string; readonly requestId: string | null }
  | { readonly ok: false; readonly error: RemoteError };

export interface SaveContext {
  readonly client: SalesforceClient;
  /** In words that start a sentence: `Update opportunities`. */
  readonly operation: string;
  readonly object: 'Opportunity' | 'Account' | 'Contact' | 'OpportunityContactRole' | 'OpportunityLineItem';
  readonly method: 'POST' | 'PATCH';
  readonly signal: AbortSignal;
}

export interface SaveAnswer {
  /** By position of the items. */
  readonly saved: readonly Saved[];
  /** The composite, for the parts that travelled along; null when it had to be taken apart or failed. */
  readonly result: CompositeResult | null;
  /** Why every further request would fail as well; null when this one was answered. */
  readonly failure: RemoteError | null;
}

/** A part of a composite that travels behind the collections, such as a query that reads the records back. */
export type TrailingPart = Part;

/**
 * Saves at most a composite's worth of items. Never throws for a remote failure: each item has its outcome.
 * @param trailing parts that are carried out after the collections
 */
export async function saveItems(
  context: SaveContext,
  items: readonly SaveItem[],
  trailing: readonly TrailingPart[] = [],
): Promise<SaveAnswer> {
  const attempt = await trySave(context, items, trailing);
  if (!attempt.ok) {
    const { error } = attempt;
    return { saved: await takeApart(context, items, error), result: null, failure: hostFailureOf(error) };
  }
  const saved: Saved[] = [];
  for (const group of attempt.groups) {
    if (group.saved instanceof RemoteError)
      saved.push(...(await takeApart(context, group.items, group.saved)));
    else saved.push(...group.saved);
  }
  return { saved, result: attempt.result, failure: null };
}

interface Group {
  readonly items: readonly SaveItem[];
  /** Outcomes by position, or the error of the whole collection. */
  readonly saved: readonly Saved[] | RemoteError;
}

type Attempt =
  | { readonly ok: true; readonly groups: readonly Group[]; readonly result: CompositeResult }
  | { readonly ok: false; readonly error: RemoteError };

async function trySave(
  context: SaveContext,
  items: readonly SaveItem[],
  trailing: readonly TrailingPart[],
): Promise<Attempt> {
  const { client, operation, signal } = context;
  const groups = chunksOf(items, MAX_COLLECTION);
  const parts = groups.map((group, index) => collectionPart(context, group, `save${index}`));
  try {
    const result = await sendComposite(client, {
      operation,
      parts: [...parts, ...trailing],
      isWrite: true,
      signal,
    });
    return {
      ok: true,
      result,
      groups: groups.map((group, index) => ({
        items: group,
        saved: readGroup(context, group, result, `save${index}`),
      })),
    };
  } catch (error) {
    return { ok: false, error: toWriteError(error, operation, signal) };
  }
}

function collectionPart(
  { client, object, method }: SaveContext,
  items: readonly SaveItem[],
  referenceId: string,
): Part {
  return {
    referenceId,
    method,
    url: `${client.root}/composite/sobjects`,
    body: {
      allOrNone: false,
      records: items.map(({ id, columns }) => ({
        attributes: { type: object },
        ...(id === undefined ? {} : { id }),
        ...columns,
      })),
    },
  };
}

function readGroup(
  { operation }: SaveContext,
  items: readonly SaveItem[],
  result: CompositeResult,
  referenceId: string,
): readonly Saved[] | RemoteError {
  const { requestId } = result;
  const part = result.find(referenceId);
  const error = errorOfPart(part, { operation, requestId, isWrite: true });
  if (error !== null) return error;
  const parsed = SaveResults.safeParse(part?.body);
  if (!parsed.success) return unreadable(operation, null, true);
  return items.map((_item, index): Saved => {
    const answer = parsed.data[index];
    // Fewer answers than records: what became of the rest must be looked at.
    if (answer === undefined) return { ok: false, error: unreadable(operation, null, true) };
    if (!answer.success) {
      const context = { operation, status: 400, requestId, isWrite: true, isOneRecord: true, now: 0 };
      return { ok: false, error: errorOfItems(answer.errors, context) };
    }
    const id = canonicalSalesforceId(answer.id ?? '');
    return id === null
      ? { ok: false, error: unreadable(operation, null, true) }
      : { ok: true, id, requestId };
  });
}

/**
 * A collection that was refused as a whole, by cutting it in halves until the record that spoils it is alone.
 * Only a 400 says that nothing was carried out; every other failure is that of all its records.
 */
async function takeApart(
  context: SaveContext,
  items: readonly SaveItem[],
  error: RemoteError,
): Promise<Saved[]> {
  const isRefusal = error.status === 400 && !error.outcomeUnknown;
  if (!isRefusal || items.length < 2) return items.map(() => ({ ok: false, error }));
  const middle = Math.ceil(items.length / 2);
  const halves = [items.slice(0, middle), items.slice(middle)];
  const attempts: (readonly Saved[] | RemoteError)[] = [];
  for (const half of halves) {
    const attempt = await trySave(context, half, []);
    attempts.push(attempt.ok ? (attempt.groups[0]?.saved ?? []) : attempt.error);
  }
  // A column that no record may carry spoils every half: no use in asking again for each record.
  const isEverywhere = attempts.every(
    (attempt) =>
      attempt instanceof RemoteError &&
      attempt.code === 'configuration' &&
      attempt.remoteCode === error.remoteCode,
  );
  const saved: Saved[] = [];
  for (const [index, attempt] of attempts.entries()) {
    const half = halves[index] ?? [];
    if (!(attempt instanceof RemoteError)) saved.push(...attempt);
    else if (isEverywhere) saved.push(...half.map((): Saved => ({ ok: false, error: attempt })));
    else saved.push(...(await takeApart(context, half, attempt)));
  }
  return saved;
}

/** A write's failure as an error; a write that was aborted under way may have been done. Bugs pass. */
export function toWriteError(error: unknown, operation: string, signal: AbortSignal): RemoteError {
  if (error instanceof RemoteError) return error;
  if (!signal.aborted) throw error;
  return new RemoteError(`${operation} was interrupted. The next run looks at what became of it.`, {
    code: 'unavailable',
    system: 'crm',
    outcomeUnknown: true,
  });
}

/** The failure when it is the host's; a 400 is about what was sent, not about the host. */
export function hostFailureOf(error: RemoteError): RemoteError | null {
  return error.stopsHost && error.status !== 400 ? error : null;
}

/** The error of a record that was not sent, because the host had failed before its turn. */
export function notSent(error: RemoteError): RemoteError {
  return new RemoteError(`Not sent, because an earlier request failed: ${error.message}`, {
    code: error.code,
    system: 'crm',
    remoteCode: error.remoteCode,
    status: error.status,
    requestId: error.requestId,
    retryAfterMs: error.retryAfterMs,
  });
}
