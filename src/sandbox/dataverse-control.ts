/** Control routes to the Dataverse organization: rows, as people of the organization create, edit and delete them. */
import { z } from 'zod';
import type { ControlRoute } from './control.ts';
import { type DataverseOrg, DataverseSwitchesPatch } from './dataverse/index.ts';

const Reference = z.object({ table: z.string(), id: z.string() }).strict();
const Values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), Reference]));
const Close = z.object({ outcome: z.enum(['won', 'lost']), status: z.int().optional() }).strict();
const Currency = z
  .object({
    isoCode: z.string().length(3),
    rate: z.number().positive().optional(),
    precision: z.int().min(0).max(10).optional(),
  })
  .strict();
const Limit = z.coerce.number().int().min(1).max(5000);
const Mark = z.coerce.number().int().min(0);
const DEFAULT_LIMIT = '200';

/** Routes under `/dynamics`. Writes act as the administrator, or as the user that `?as=` names. */
export function dataverseRoutes(org: DataverseOrg): readonly ControlRoute[] {
  const asUser = (query: URLSearchParams) => org.as(query.get('as') ?? org.adminUserId);

  function existing(table: string, id: string) {
    const values = org.find(table, id);
    if (values === null) throw new RangeError(`The sandbox's Dataverse has no ${table} ${id}.`);
    return values;
  }

  return [
    {
      method: 'GET',
      path: '/dynamics/switches',
      does: 'Behaviour of the organization',
      run: () => org.switches,
    },
    {
      method: 'PATCH',
      path: '/dynamics/switches',
      does: 'Changes some switches: {name: value, …}',
      run: ({ body }) => Object.assign(org.switches, DataverseSwitchesPatch.parse(body)),
    },
    {
      method: 'GET',
      path: '/dynamics/records/:table',
      does: 'Rows of one table (logical name) with all columns; ?limit=N, 200 unless given',
      run: ({ params, query }) => ({
        records: org.list(params.table ?? '').slice(0, Limit.parse(query.get('limit') ?? DEFAULT_LIMIT)),
      }),
    },
    {
      method: 'GET',
      path: '/dynamics/records/:table/:id',
      does: 'One row with all columns',
      run: ({ params }) => existing(params.table ?? '', params.id ?? ''),
    },
    {
      method: 'POST',
      path: '/dynamics/records/:table',
      does: 'Creates a row: {column: value or {table, id}, …}; ?as=USER_ID acts as that user',
      run({ params, query, body }) {
        const id = asUser(query).create(params.table ?? '', Values.parse(body));
        return existing(params.table ?? '', id);
      },
    },
    {
      method: 'PATCH',
      path: '/dynamics/records/:table/:id',
      does: 'Edits a row: {column: value or {table, id}, …}; ?as=USER_ID acts as that user',
      run({ params, query, body }) {
        existing(params.table ?? '', params.id ?? '');
        asUser(query).update(params.table ?? '', params.id ?? '', Values.parse(body));
        return existing(params.table ?? '', params.id ?? '');
      },
    },
    {
      method: 'DELETE',
      path: '/dynamics/records/:table/:id',
      does: 'Deletes a row; ?as=USER_ID acts as that user',
      run({ params, query }) {
        existing(params.table ?? '', params.id ?? '');
        asUser(query).delete(params.table ?? '', params.id ?? '');
      },
    },
    {
      method: 'POST',
      path: '/dynamics/opportunities/:id/close',
      does: 'Closes an opportunity: {outcome: won|lost, status?}; ?as=USER_ID acts as that user',
      run({ params, query, body }) {
        const { outcome, status } = Close.parse(body);
        const id = params.id ?? '';
        existing('opportunity', id);
        asUser(query).close(id, outcome, status === undefined ? {} : { status });
        return existing('opportunity', id);
      },
    },
    {
      method: 'POST',
      path: '/dynamics/opportunities/:id/reopen',
      does: 'Reopens a closed opportunity; ?as=USER_ID acts as that user',
      run({ params, query }) {
        existing('opportunity', params.id ?? '');
        asUser(query).reopen(params.id ?? '');
        return existing('opportunity', params.id ?? '');
      },
    },
    {
      method: 'POST',
      path: '/dynamics/currencies',
      does: 'Adds a currency: {isoCode, rate?, precision?}; rate: how much of it one unit of the base currency buys',
      run({ body }) {
        const { isoCode, rate = 1, precision } = Currency.parse(body);
        const id = org.addCurrency(isoCode, precision === undefined ? { rate } : { rate, precision });
        return existing('transactioncurrency', id);
      },
    },
    {
      method: 'POST',
      path: '/dynamics/expire-delta-links',
      does: 'Makes every delta link given out so far useless',
      run: () => org.expireDeltaLinks(),
    },
    {
      method: 'GET',
      path: '/dynamics/writes',
      does: 'Accepted writes with what changed; ?since=N those after entry N',
      run({ query }) {
        const mark = Mark.parse(query.get('since') ?? '0');
        return { entries: org.writeLog.filter(({ n }) => n > mark) };
      },
    },
  ];
}
