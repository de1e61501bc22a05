/** `/query`, `/queryAll` and their further pages; the tooling API's query in its own envelope. */
import { type ApiAnswer, type ApiCall, type ApiContext, notAllowed } from './http.ts';
import { refuse } from './salesforce-error.ts';
import { type ResultSet, runQuery } from './soql-query.ts';

function resultOf(context: ApiContext, call: ApiCall, includeDeleted: boolean, pageSize: number): ResultSet {
  const { org, actor, locators } = context;
  const soql = call.query.get('q');
  if (soql === null) throw refuse('MALFORMED_QUERY', 'A query string has to be specified');
  return runQuery({
    parts: org.parts,
    actor,
    soql,
    includeDeleted,
    childPageSize: pageSize,
    openChildPage: (rest, version) => locators.open(rest, version, 0),
  });
}

/** A locator of either resource is followed under either. */
export function handleQuery(context: ApiContext, call: ApiCall): ApiAnswer {
  const { locators } = context;
  if (call.method !== 'GET') notAllowed(call, ['GET', 'HEAD']);
  const pageSize = locators.pageSize(call.headers['sforce-query-options']);
  const [resource, locator] = call.segments;
  if (locator !== undefined) return { status: 200, json: locators.next(locator, call.version, pageSize) };
  const includeDeleted = resource?.toLowerCase() === 'queryall';
  const result = resultOf(context, call, includeDeleted, pageSize);
  return { status: 200, json: locators.first(result, call.version, pageSize) };
}

export function handleToolingQuery(context: ApiContext, call: ApiCall): ApiAnswer {
  const { locators } = context;
  const pageSize = locators.pageSize(undefined);
  const result = resultOf(context, call, false, pageSize);
  const { totalSize, done, records } = locators.first(result, call.version, pageSize);
  const entityTypeName = records.length === 0 ? null : result.object.name;
  return {
    status: 200,
    json: { size: records.length, totalSize, done, queryLocator: null, entityTypeName, records },
  };
}
