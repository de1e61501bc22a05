/** Reads opportunities, accounts and stages that somebody asks for by name. */
import type { OpportunityId, ReferralId } from '../../core/ids.ts';
import { canonicalSalesforceId } from '../../core/ids.ts';
import type { CrmSelection, CustomerKey } from '../../core/mapping-types.ts';
import type { AccountCandidate, Crm, CrmStage, OpportunityRecord } from '../../core/ports.ts';
import type { SalesforceClient } from './client.ts';
import { unreadable } from './errors.ts';
import type { Org } from './org.ts';
import { after, readIn, runToEnd } from './query.ts';
import { lowerKeys, toRecord, valueAt } from './records.ts';
import type { Row } from './schema.ts';
import { pathText, quote } from './soql.ts';

export interface ReadOptions {
  readonly client: SalesforceClient;
  readonly org: Org;
  readonly selection: CrmSelection;
}

export type Reads = Pick<Crm, 'read' | 'findByReferralIds' | 'findAccounts' | 'listStages'> & {
  /** The record of a row that was read with the current columns. @throws RemoteError when the row is unreadable */
  toRecord(row: Row, userId: string | null): OpportunityRecord;
};

/** Builds the reads. */
export function createReads({ client, org, selection }: ReadOptions): Reads {
  const recordOf = (row: Row, userId: string | null): OpportunityRecord => {
    const { people, products } = selection;
    const record = toRecord(row, { paths: org.columns.paths, people, products, userId });
    if (record === null) throw unreadable('Read opportunities', null, false);
    return record;
  };

  async function readBy(
    column: string,
    values: readonly string[],
    operation: string,
    signal: AbortSignal,
  ): Promise<OpportunityRecord[]> {
    if (values.length === 0) return [];
    const { userId } = await client.signIn(signal);
    const rows = await org.attempt(
      (columns) =>
        readIn(
          { client, operation, signal },
          { select: columns.select, from: 'Opportunity', column },
          values,
        ),
      signal,
    );
    return rows.map((row) => recordOf(row, userId));
  }

  return {
    toRecord: recordOf,
    async read(ids, { signal }) {
      // A deal may carry the id of another CRM; asked for here, it would fail the whole request.
      const own = [...new Set(ids)].filter((id) => canonicalSalesforceId(id) !== null);
      const records = await readBy('Id', own, 'Read opportunities', signal);
      const byId = new Map<OpportunityId, OpportunityRecord | null>(ids.map((id) => [id, null]));
      for (const record of records) byId.set(record.id, record);
      return byId;
    },
    findByReferralIds: (ids: readonly ReferralId[], { signal }) =>
      readBy(selection.referralIdPath, [...new Set(ids)], 'Find opportunities by referral id', signal),
    async findAccounts({ duns, name }, { signal }) {
      return org.attempt(async () => {
        const columns = accountColumns(selection, org.columns.paths);
        const context = { client, operation: 'Find accounts', signal };
        const search = async (column: string, value: string): Promise<AccountCandidate[]> => {
          const select = [...new Set(['Id', 'Name', ...Object.values(columns)])].join(', ');
          const from = `SELECT ${select} FROM Account WHERE ${column} = ${quote(value)}`;
          const plan = (afterId: string | null) => ({
            soql: `${[from, ...after(afterId)].join(' AND ')} ORDER BY Id ASC`,
          });
          return (await runToEnd(context, [plan])).flat().map((row) => toCandidate(row, columns));
        };
        if (duns !== null && columns.duns !== undefined) {
          const byDuns = await search(columns.duns, duns);
          if (byDuns.length > 0) return byDuns;
        }
        return search('Name', name);
      }, signal);
    },
    async listStages({ signal }) {
      const select =
        'SELECT Id, ApiName, MasterLabel, IsActive, IsClosed, IsWon, SortOrder FROM OpportunityStage';
      const plan = (afterId: string | null) => ({
        soql: `${[select, ...after(afterId)].join(' WHERE ')} ORDER BY Id ASC`,
      });
      const [rows = []] = await runToEnd({ client, operation: 'List opportunity stages', signal }, [plan]);
      const sorted = [...rows].sort(
        (left, right) => Number(left.SortOrder ?? 0) - Number(right.SortOrder ?? 0),
      );
      return sorted.flatMap((row): CrmStage[] => {
        const name = row.ApiName ?? row.MasterLabel;
        if (typeof name !== 'string') return [];
        return [
          {
            name,
            isActive: row.IsActive === true,
            isClosed: row.IsClosed === true,
            isWon: row.IsWon === true,
          },
        ];
      });
    },
  };
}

/** The account's own columns by customer key: `Account.BillingCity` is `BillingCity`; what the org lacks is left out. */
function accountColumns(
  selection: CrmSelection,
  known: readonly string[],
): Partial<Record<CustomerKey, string>> {
  const names = new Set(known.map((path) => path.toLowerCase()));
  const columns: Partial<Record<CustomerKey, string>> = {};
  for (const key of ['country', 'postalCode', 'city', 'duns'] as const) {
    const path = selection.customer[key];
    if (path !== undefined && isAccountPath(path) && names.has(path.toLowerCase()))
      columns[key] = accountColumn(path);
  }
  return columns;
}

/** Whether the path is a column of the opportunity's own account. */
export function isAccountPath(path: string): boolean {
  return /^account\.[^.]+$/i.test(path);
}

/** `Account.BillingCity` → `BillingCity` */
export function accountColumn(path: string): string {
  return pathText(path.replace(/^account\./i, ''));
}

function toCandidate(row: Row, columns: Partial<Record<CustomerKey, string>>): AccountCandidate {
  const byName = lowerKeys(row);
  const text = (column: string | undefined): string | null => {
    const value = column === undefined ? null : valueAt(byName, column);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const id = canonicalSalesforceId(typeof row.Id === 'string' ? row.Id : '');
  if (id === null) throw unreadable('Find accounts', null, false);
  return {
    id,
    name: text('Name'),
    country: text(columns.country),
    postalCode: text(columns.postalCode),
    city: text(columns.city),
    duns: text(columns.duns),
  };
}
