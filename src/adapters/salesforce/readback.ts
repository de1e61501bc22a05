/** Looking at rows in the same call that wrote them, or that is about to. */
import { RemoteError } from '../../core/errors.ts';
import type { OpportunityId } from '../../core/ids.ts';
import type { OpportunityRecord } from '../../core/ports.ts';
import type { SalesforceClient } from './client.ts';
import type { CompositeResult, Part } from './composite.ts';
import type { Org } from './org.ts';
import { chunksForIn, hasAllChildren, pageOfPart, queryPart, runQueries } from './query.ts';
import type { Reads } from './reads.ts';
import { opportunityIdOf } from './records.ts';
import type { Row } from './schema.ts';
import { renderIn } from './soql.ts';

const OPERATION = 'Read opportunities back';
const READ_BACK = 'readBack';
const NEXT_VERSIONS = 'nextVersions';

/** Queries that read rows back by a column's values, as parts behind the writes. */
export function readBackParts(
  { client, org }: { readonly client: SalesforceClient; readonly org: Org },
  column: string,
  values: readonly string[],
): Part[] {
  return chunksForIn(values).map((chunk, index) =>
    queryPart(client, `${READ_BACK}${index}`, {
      soql: `SELECT ${org.columns.select} FROM Opportunity WHERE ${renderIn(column, chunk)}`,
    }),
  );
}

/** What was read back. A read-back that failed or was cut short only means that the caller has to look later. */
export async function readBackRecords(
  { client, reads }: { readonly client: SalesforceClient; readonly reads: Reads },
  result: CompositeResult,
  signal: AbortSignal,
): Promise<ReadonlyMap<OpportunityId, OpportunityRecord>> {
  const records = new Map<OpportunityId, OpportunityRecord>();
  for (let index = 0; result.find(`${READ_BACK}${index}`) !== undefined; index += 1) {
    try {
      const { userId } = await client.signIn(signal);
      for (const row of pageOfPart(result, `${READ_BACK}${index}`, OPERATION).rows) {
        if (!hasAllChildren(row)) continue;
        const record = reads.toRecord(row, userId);
        records.set(record.id, record);
      }
    } catch (error) {
      if (!(error instanceof RemoteError) && !signal.aborted) throw error;
    }
  }
  return records;
}

function versionsPlan(ids: readonly OpportunityId[]): { readonly soql: string } {
  return { soql: `SELECT Id, SystemModstamp FROM Opportunity WHERE ${renderIn('Id', ids)}` };
}

/** The versions of rows, as a part behind other writes. */
export function versionsPart(client: SalesforceClient, ids: readonly OpportunityId[]): Part {
  return queryPart(client, NEXT_VERSIONS, versionsPlan(ids));
}

/** The versions of rows as they are now. @throws RemoteError */
export async function readVersions(
  client: SalesforceClient,
  ids: readonly OpportunityId[],
  signal: AbortSignal,
): Promise<ReadonlyMap<OpportunityId, string>> {
  const { pages } = await runQueries({ client, operation: 'Read versions', signal }, [versionsPlan(ids)]);
  return toVersions(pages[0]?.rows ?? []);
}

/** The versions that came with a composite; null when they could not be read: then ask for them by themselves. */
export function versionsOf(result: CompositeResult): ReadonlyMap<OpportunityId, string> | null {
  try {
    return toVersions(pageOfPart(result, NEXT_VERSIONS, 'Read versions').rows);
  } catch (error) {
    if (error instanceof RemoteError) return null;
    throw error;
  }
}

function toVersions(rows: readonly Row[]): ReadonlyMap<OpportunityId, string> {
  const versions = new Map<OpportunityId, string>();
  for (const row of rows) {
    const id = opportunityIdOf(row);
    if (id !== null && typeof row.SystemModstamp === 'string') versions.set(id, row.SystemModstamp);
  }
  return versions;
}
