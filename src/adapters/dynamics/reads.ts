/** Reads opportunities, accounts and stages that somebody asks for by name. */
import type { OpportunityId } from '../../core/ids.ts';
import { canonicalGuid } from '../../core/ids.ts';
import type { CustomerKey, StageRow } from '../../core/mapping-types.ts';
import type { AccountCandidate, Crm, CrmStage, OpportunityRecord } from '../../core/ports.ts';
import type { DynamicsClient } from './client.ts';
import { chunksOf, inOptions, nameText, queryText, quote } from './odata.ts';
import type { Org } from './org.ts';
import { readQueries } from './queries.ts';
import { opportunityIdOf } from './records.ts';
import { MAX_IDS, readRecords } from './rows.ts';
import type { Row } from './schema.ts';
import { isAccount } from './shape.ts';
import type { View } from './view.ts';

export type Reads = Pick<Crm, 'read' | 'findByReferralIds' | 'findAccounts' | 'listStages'>;

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
    async findAccounts({ duns, name }, { signal }) {
      const columns = accountColumns(await org.view(signal));
      const names = [...new Set(['accountid', ...Object.values(columns)])];
      const path = (column: string, value: string): string =>
        `accounts${queryText({
          $select: names.join(','),
          // An account that was merged away or closed is no customer any more.
          $filter: `${column} eq ${quote(value)} and statecode eq 0`,
          $orderby: 'accountid',
        })}`;
      const byDuns = duns === null || columns.duns === undefined ? [] : [path(columns.duns, duns)];
      const { rows } = await readQueries(client, [...byDuns, path(columns.name, name)], {
        operation: 'Find accounts',
        signal,
      });
      const found = rows.find((list) => list.length > 0) ?? [];
      return found.flatMap((row) => toCandidate(row, columns) ?? []);
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

type AccountColumns = Partial<Record<CustomerKey, string>> & { readonly name: string };

/** The account's own columns by customer key: `customerid.address1_city` is `address1_city`. */
function accountColumns({ shape, selection }: View): AccountColumns {
  const columns: Partial<Record<CustomerKey, string>> = {};
  for (const key of ['name', 'country', 'postalCode', 'city', 'duns'] as const) {
    const lookup = shape.lookups.find(({ path }) => path === selection.customer[key]);
    const column = lookup?.targets.find(isAccount)?.column ?? null;
    if (column !== null) columns[key] = nameText(column);
  }
  return { ...columns, name: columns.name ?? 'name' };
}

function toCandidate(row: Row, columns: AccountColumns): AccountCandidate | null {
  const id = typeof row.accountid === 'string' ? canonicalGuid(row.accountid) : null;
  if (id === null) return null;
  const text = (column: string | undefined): string | null => {
    const value = column === undefined ? null : row[column];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    id,
    name: text(columns.name),
    country: text(columns.country),
    postalCode: text(columns.postalCode),
    city: text(columns.city),
    duns: text(columns.duns),
  };
}
