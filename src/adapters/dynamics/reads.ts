/** Reads opportunities and stages that somebody asks for by name. */
import type { OpportunityId } from '../../core/ids.ts';
import { canonicalGuid } from '../../core/ids.ts';
import type { StageRow } from '../../core/mapping-types.ts';
import type { Crm, CrmStage, OpportunityRecord } from '../../core/ports.ts';
import type { DynamicsClient } from './client.ts';
import { chunksOf, inOptions, queryText } from './odata.ts';
import type { Org } from './org.ts';
import { readQueries } from './queries.ts';
import { opportunityIdOf } from './records.ts';
import { MAX_IDS, readRecords } from './rows.ts';

export type Reads = Pick<Crm, 'read' | 'findByReferralIds' | 'listStages'>;

export interface ReadOptions {
  readonly client: DynamicsClient;
  readonly org: Org;
  readonly stages: readonly StageRow[];
  readonly stageField: string;
}

/** Builds the reads. */
export function createReads({ client, org, stages, stageField }: ReadOptions): Reads {
  return {
    async read(ids, { signal }) {
      // A deal may carry the id of another CRM; asked for here, it would fail the whole request.
      const own = ids.filter((id) => canonicalGuid(id) !== null);
      const operation = 'Read opportunities';
      const records =
        own.length === 0
          ? new Map<OpportunityId, OpportunityRecord>()
          : await readRecords({ client, view: await org.view(signal), operation, signal }, own);
      return new Map<OpportunityId, OpportunityRecord | null>(ids.map((id) => [id, records.get(id) ?? null]));
    },
    async findByReferralIds(referralIds, { signal }) {
      if (referralIds.length === 0) return [];
      const view = await org.view(signal);
      const operation = 'Find opportunities by referral id';
      const paths = chunksOf([...new Set(referralIds)], MAX_IDS).map(
        (chunk) =>
          `opportunities${queryText({ $select: 'opportunityid', ...inOptions(view.referralIdColumn, chunk) })}`,
      );
      const { rows } = await readQueries(client, paths, { operation, signal });
      const ids = rows.flat().flatMap((row) => opportunityIdOf(row) ?? []);
      if (ids.length === 0) return [];
      return [...(await readRecords({ client, view, operation, signal }, ids)).values()];
    },
    async listStages({ signal }) {
      const view = await org.view(signal);
      const columns = new Set(
        stages.flatMap(({ crm }) => (typeof crm === 'string' ? [stageField] : Object.keys(crm))),
      );
      return [...columns].flatMap((path) => {
        const own = view.own(path);
        return (own?.choices ?? []).map(({ value, label, state }): CrmStage => {
          // Only states and status reasons say whether a deal is over.
          const code = own?.column === 'statecode' ? value : (state ?? 0);
          return { name: label, isActive: true, isClosed: code !== 0, isWon: code === 1 };
        });
      });
    },
  };
}
