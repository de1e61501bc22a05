/** `$apply`, as far as counting rows by columns goes. */
import { wireName } from './column.ts';
import { badRequest, unknownProperty } from './dataverse-error.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, contextUrl } from './http.ts';
import { wireValue } from './render.ts';
import { columnOnWire } from './row-scope.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';
import type { JsonRecord } from './values.ts';

const FORM =
  /^(?:groupby\(\(([\w,\s]+)\)(?:,\s*aggregate\(\$count as (\w+)\))?\)|aggregate\(\$count as (\w+)\))$/;

/** Separates `filter(…)/` from the transformation after it. */
export function splitApply(apply: string): { readonly filter: string | null; readonly apply: string } {
  const [, filter, rest] = /^filter\((.*)\)\/((?:groupby|aggregate)\(.*)$/.exec(apply.trim()) ?? [];
  return filter === undefined || rest === undefined ? { filter: null, apply } : { filter, apply: rest };
}

/** `groupby((a,b),aggregate($count as n))` and `aggregate($count as n)`. @throws DataverseError for anything else */
export function aggregate(
  { org, actor }: ApiContext,
  call: ApiCall,
  table: Table,
  apply: string,
  rows: readonly Row[],
): ApiAnswer {
  const match = FORM.exec(apply.trim());
  if (match === null) throw badRequest('0x80060888', 'This transformation of $apply is not supported here.');
  const [, grouped, groupCount, totalCount] = match;
  const context = contextUrl(call, table.entitySet);
  if (totalCount !== undefined) {
    return { status: 200, json: { '@odata.context': context, value: [{ [totalCount]: rows.length }] } };
  }
  const columns = (grouped ?? '').split(',').map((name) => {
    const column = columnOnWire(org.parts, actor, table, name.trim());
    if (column === undefined) throw unknownProperty(name.trim(), table.name);
    return column;
  });
  const groups = new Map<string, { json: JsonRecord; count: number }>();
  for (const { values } of rows) {
    const cells = columns.map((column) => wireValue(column, values[column.name]));
    const key = JSON.stringify(cells);
    const group = groups.get(key) ?? {
      json: Object.fromEntries(columns.map((column, index) => [wireName(column), cells[index]])),
      count: 0,
    };
    group.count += 1;
    groups.set(key, group);
  }
  const value = [...groups.values()].map(({ json, count }) =>
    groupCount === undefined ? json : { ...json, [groupCount]: count },
  );
  return { status: 200, json: { '@odata.context': context, value } };
}
