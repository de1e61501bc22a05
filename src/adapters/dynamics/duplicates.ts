/** Creates that met a row which is there already. */
import { RemoteError } from '../../core/errors.ts';
import type { OpportunityDraft, WriteOutcome } from '../../core/ports.ts';
import { chunksOf, inOptions, queryText } from './odata.ts';
import { MAX_OPERATIONS } from './operations.ts';
import { readQueries } from './queries.ts';
import { opportunityIdOf } from './records.ts';
import type { WriteOptions } from './update.ts';
import type { View } from './view.ts';

/** The error of a create that was refused because there is a row of its key. */
export function asDuplicate(error: RemoteError, duplicateIds: readonly string[]): RemoteError {
  const { remoteCode, status, requestId } = error;
  return new RemoteError(
    'The opportunity was not created: there is one of this referral already. Look at the records that have the same key.',
    { code: 'duplicate', system: 'crm', remoteCode, status, requestId, duplicateIds },
  );
}

/** Names the rows that a create met, which the server does not. */
export async function nameDuplicates(
  { client }: WriteOptions,
  view: View,
  drafts: readonly OpportunityDraft[],
  outcomes: (WriteOutcome | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  const met = outcomes.flatMap((outcome, index) => {
    const draft = drafts[index];
    return outcome?.ok === false && outcome.error.code === 'duplicate' && draft !== undefined
      ? [{ index, referralId: draft.referralId, error: outcome.error }]
      : [];
  });
  if (met.length === 0) return;
  const column = view.referralIdColumn;
  const paths = chunksOf(met, MAX_OPERATIONS).map(
    (chunk) =>
      `opportunities${queryText({
        $select: `opportunityid,${column}`,
        ...inOptions(
          column,
          chunk.map(({ referralId }) => referralId),
        ),
      })}`,
  );
  try {
    const { rows } = await readQueries(client, paths, {
      operation: 'Find opportunities by referral id',
      signal,
    });
    for (const { index, referralId, error } of met) {
      const ids = rows
        .flat()
        .filter((row) => String(row[column]).toLowerCase() === referralId)
        .flatMap((row) => opportunityIdOf(row) ?? []);
      if (ids.length > 0) outcomes[index] = { ok: false, error: asDuplicate(error, ids) };
    }
  } catch (error) {
    if (!(error instanceof RemoteError) && !signal.aborted) throw error;
  }
}
