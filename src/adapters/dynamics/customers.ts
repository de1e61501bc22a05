/**
 * Who a deal may be with: an account, or a person without a company. Candidates for a received deal are looked for in
 * both tables, and a draft that names one is bound to the right one.
 */
import { canonicalGuid } from '../../core/ids.ts';
import type { CustomerKey } from '../../core/mapping-types.ts';
import type { AccountCandidate, Crm } from '../../core/ports.ts';
import type { DynamicsClient } from './client.ts';
import { chunksOf, inOptions, nameText, queryText, quote } from './odata.ts';
import type { Org } from './org.ts';
import { readQueries } from './queries.ts';
import { MAX_IDS } from './rows.ts';
import type { Row } from './schema.ts';
import { isAccount, isPerson, type Target } from './shape.ts';
import type { View } from './view.ts';

/** What a customer can be; each is the name of its set without the plural. */
export type CustomerKind = 'account' | 'contact';

export interface Customers {
  readonly findAccounts: Crm['findAccounts'];
  /** Which of some customers are people; those that are not in the environment count as accounts. @throws RemoteError */
  peopleAmong(ids: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
}

const MAX_REMEMBERED = 10_000;

/** Builds the search. What kind a customer is never changes, so it is asked once. */
export function createCustomers(client: DynamicsClient, org: Org): Customers {
  const kinds = new Map<string, CustomerKind>();
  const remember = (id: string, kind: CustomerKind): void => {
    if (kinds.size > MAX_REMEMBERED) kinds.clear();
    kinds.set(id, kind);
  };

  return {
    async findAccounts({ duns, name }, { signal }) {
      const view = await org.view(signal);
      const accounts = columnsOf(view, isAccount);
      const people = columnsOf(view, isPerson);
      const searches: { readonly kind: CustomerKind; readonly columns: Columns; readonly path: string }[] =
        [];
      const search = (kind: CustomerKind, columns: Columns, column: string, value: string): void => {
        // Who was merged away or closed is no customer any more; a contact with a company stands for that company.
        const and = kind === 'contact' ? ' and _parentcustomerid_value eq null' : '';
        const path = `${kind}s${queryText({
          $select: [...new Set([`${kind}id`, ...Object.values(columns)])].join(','),
          $filter: `${column} eq ${quote(value)} and statecode eq 0${and}`,
          $orderby: `${kind}id`,
        })}`;
        searches.push({ kind, columns, path });
      };
      if (duns !== null && accounts.duns !== undefined) search('account', accounts, accounts.duns, duns);
      const numbered = searches.length;
      search('account', accounts, accounts.name ?? 'name', name);
      if (people.name !== undefined) search('contact', people, people.name, name);

      const { rows } = await readQueries(
        client,
        searches.map(({ path }) => path),
        { operation: 'Find accounts', signal },
      );
      const found = searches.map(({ kind, columns }, index) =>
        (rows[index] ?? []).flatMap((row) => {
          const candidate = toCandidate(row, kind, columns);
          if (candidate !== null) remember(candidate.id, kind);
          return candidate ?? [];
        }),
      );
      const byNumber = found.slice(0, numbered).flat();
      return byNumber.length > 0 ? byNumber : found.slice(numbered).flat();
    },

    async peopleAmong(ids, signal) {
      const unknown = [...new Set(ids)].filter((id) => !kinds.has(id));
      if (unknown.length > 0) {
        const paths = chunksOf(unknown, MAX_IDS).map(
          (chunk) => `contacts${queryText({ $select: 'contactid', ...inOptions('contactid', chunk) })}`,
        );
        const { rows } = await readQueries(client, paths, { operation: 'Find customers', signal });
        const people = new Set(rows.flat().map(({ contactid }) => canonicalGuid(String(contactid))));
        for (const id of unknown) remember(id, people.has(id) ? 'contact' : 'account');
      }
      return new Set(ids.filter((id) => kinds.get(id) === 'contact'));
    },
  };
}

type Columns = Partial<Record<CustomerKey, string>>;

/** The customer's own columns by customer key: `customerid.address1_city` is `address1_city`. */
function columnsOf({ shape, selection }: View, isWanted: (target: Target) => boolean): Columns {
  const columns: Columns = {};
  for (const key of ['name', 'country', 'postalCode', 'city', 'duns'] as const) {
    const lookup = shape.lookups.find(({ path }) => path === selection.customer[key]);
    const column = lookup?.targets.find(isWanted)?.column ?? null;
    if (column !== null) columns[key] = nameText(column);
  }
  return columns;
}

function toCandidate(row: Row, kind: CustomerKind, columns: Columns): AccountCandidate | null {
  const key = row[`${kind}id`];
  const id = typeof key === 'string' ? canonicalGuid(key) : null;
  if (id === null) return null;
  const text = (column: string | undefined): string | null => {
    const value = column === undefined ? null : row[column];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    id,
    name: text(columns.name ?? (kind === 'account' ? 'name' : 'fullname')),
    country: text(columns.country),
    postalCode: text(columns.postalCode),
    city: text(columns.city),
    duns: text(columns.duns),
  };
}
