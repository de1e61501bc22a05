/** Bookkeeping of what was added beside opportunities, row by row. */
import type { RemoteError } from '../../core/errors.ts';
import { canonicalSalesforceId } from '../../core/ids.ts';
import type { CrmValue, RelatedRows } from '../../core/ports.ts';
import type { SalesforceClient } from './client.ts';
import type { Org } from './org.ts';
import { MAX_COLLECTION, notSent, type SaveContext, type Saved, saveItems } from './saves.ts';
import type { Row } from './schema.ts';
import { chunksOf } from './soql.ts';

export interface RelatedOptions {
  readonly client: SalesforceClient;
  readonly org: Org;
}

/** What is known so far about each of the rows asked for. */
export interface Tally {
  readonly rows: RelatedRows;
  added: number;
  readonly omitted: string[];
  error: RemoteError | null;
}

/** An id of a row in its canonical form, or null. */
export function idOf(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? canonicalSalesforceId(value) : null;
}

/** Saves rows one by one for all that matters, in collections. Outcomes are in the order of the rows. */
export async function saveAll(
  { client }: RelatedOptions,
  request: Pick<SaveContext, 'object' | 'operation' | 'signal'>,
  rows: readonly Readonly<Record<string, CrmValue>>[],
): Promise<readonly Saved[]> {
  const saved: Saved[] = [];
  let halted: RemoteError | null = null;
  for (const chunk of chunksOf(rows, MAX_COLLECTION)) {
    if (halted !== null) {
      for (const _row of chunk) saved.push({ ok: false, error: notSent(halted) });
      continue;
    }
    const answer = await saveItems(
      { client, method: 'POST', ...request },
      chunk.map((columns) => ({ columns })),
    );
    saved.push(...answer.saved);
    halted = answer.failure;
  }
  return saved;
}

/**
 * Takes a refusal of one row as something left out; what concerns the host, or is unknown, as a failure. A refusal is
 * told by its code: the server's words may repeat contact details.
 */
export function note(tally: Tally, what: string, error: RemoteError): void {
  if (error.stopsHost || error.outcomeUnknown) tally.error ??= error;
  else tally.omitted.push(`${what} (refused: ${error.remoteCode ?? error.code})`);
}
