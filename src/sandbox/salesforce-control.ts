/** Control routes to the Salesforce org: records, as people of the org create, edit and delete them. */
import { z } from 'zod';
import type { ControlRoute } from './control.ts';
import { type SalesforceOrg, type SalesforceStandIn, SalesforceSwitchesPatch } from './salesforce/index.ts';

const Values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const Limit = z.coerce.number().int().min(1).max(2000);
const DEFAULT_LIMIT = '200';

/** Routes under `/salesforce`. Writes act as the administrator, or as the user that `?as=` names. */
export function salesforceRoutes(org: SalesforceOrg, standIn: SalesforceStandIn): readonly ControlRoute[] {
  const asUser = (query: URLSearchParams) => org.as(query.get('as') ?? org.adminUserId);

  function existing(type: string, id: string) {
    const values = org.find(type, id);
    if (values === null) throw new RangeError(`The sandbox's Salesforce has no ${type} ${id}.`);
    return values;
  }

  return [
    { method: 'GET', path: '/salesforce/switches', does: 'Behaviour of the org', run: () => org.switches },
    {
      method: 'PATCH',
      path: '/salesforce/switches',
      does: 'Changes some switches: {name: value, …}',
      run: ({ body }) => Object.assign(org.switches, SalesforceSwitchesPatch.parse(body)),
    },
    {
      method: 'GET',
      path: '/salesforce/change-events',
      does: 'The newest replay id and how many listen',
      run: () => ({ newest: standIn.changeEvents.newest, subscribers: standIn.changeEvents.subscribers }),
    },
    {
      method: 'DELETE',
      path: '/salesforce/change-events',
      does: 'Forgets all listeners; with ?events=true also the events so far, as three days do',
      run({ query }) {
        if (query.get('events') === 'true') standIn.changeEvents.expire();
        standIn.changeEvents.dropClients();
      },
    },
    {
      method: 'GET',
      path: '/salesforce/query',
      does: 'Rows of a SOQL query, as the administrator sees them: ?q=SELECT …',
      run: ({ query }) => ({
        records: org.query(
          z
            .string()
            .min(1)
            .parse(query.get('q') ?? ''),
        ),
      }),
    },
    {
      method: 'GET',
      path: '/salesforce/records/:type',
      does: 'Rows of one object with all columns; ?limit=N, 200 unless given',
      run({ params, query }) {
        const limit = Limit.parse(query.get('limit') ?? DEFAULT_LIMIT);
        const object = org.schema.find(params.type ?? '')?.name;
        if (object === undefined)
          throw new RangeError(`The sandbox's Salesforce has no object ${params.type}.`);
        const rows: unknown[] = [];
        for (const { values } of org.store.table(object).rows()) {
          if (rows.length === limit) break;
          if (values.IsDeleted !== true) rows.push(values);
        }
        return { records: rows };
      },
    },
    {
      method: 'GET',
      path: '/salesforce/records/:type/:id',
      does: 'One row with all columns',
      run: ({ params }) => existing(params.type ?? '', params.id ?? ''),
    },
    {
      method: 'POST',
      path: '/salesforce/records/:type',
      does: 'Creates a row: {Column: value, …}; ?as=USER_ID acts as that user',
      run({ params, query, body }) {
        const id = asUser(query).create(params.type ?? '', Values.parse(body));
        return existing(params.type ?? '', id);
      },
    },
    {
      method: 'PATCH',
      path: '/salesforce/records/:type/:id',
      does: 'Edits a row: {Column: value, …}; ?as=USER_ID acts as that user',
      run({ params, query, body }) {
        existing(params.type ?? '', params.id ?? '');
        asUser(query).update(params.type ?? '', params.id ?? '', Values.parse(body));
        return existing(params.type ?? '', params.id ?? '');
      },
    },
    {
      method: 'DELETE',
      path: '/salesforce/records/:type/:id',
      does: 'Deletes a row into the recycle bin; ?as=USER_ID acts as that user',
      run({ params, query }) {
        existing(params.type ?? '', params.id ?? '');
        asUser(query).delete(params.type ?? '', params.id ?? '');
      },
    },
    {
      method: 'DELETE',
      path: '/salesforce/sessions',
      does: 'Ends every session: the next requests are answered 401',
      run: () => standIn.signIn.expireAll(),
    },
    {
      method: 'GET',
      path: '/salesforce/writes',
      does: 'Accepted writes with what changed; ?since=N those after entry N',
      run({ query }) {
        const mark = z.coerce
          .number()
          .int()
          .min(0)
          .parse(query.get('since') ?? '0');
        return { entries: org.writeLog.filter(({ n }) => n > mark) };
      },
    },
  ];
}
