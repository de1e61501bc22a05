/** Rows as they stand in an answer. */

import type { Column } from './column.ts';
import { isLookup, wireName } from './column.ts';
import { formattedValue } from './formatted.ts';
import { decimals } from './json-text.ts';
import { hasMoney } from './money.ts';
import { writeSkipToken } from './paging.ts';
import { wantsAnnotation } from './query-options.ts';
import { rowsBehind } from './schema.ts';
import { type ExpandedCollection, type Selection, type SelectionContext, shownColumns } from './selection.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';
import { isReference, type JsonRecord, type Value, type Values } from './values.ts';

const FORMATTED = 'OData.Community.Display.V1.FormattedValue';
const LOOKUP_TABLE = 'Microsoft.Dynamics.CRM.lookuplogicalname';
const NAVIGATION = 'Microsoft.Dynamics.CRM.associatednavigationproperty';
const MONEY_DIGITS = 4;

export interface RenderContext extends SelectionContext {
  /** `http://127.0.0.1:8804/api/data/v9.2` */
  readonly apiUrl: string;
  /** Patterns of annotations to add. */
  readonly annotations: readonly string[];
  /** Expanded collections hold at most so many rows. */
  readonly pageSize: number;
  /** Whether a list of rows is shown, rather than one row. */
  readonly isList: boolean;
}

export const etagOf = ({ version }: Row): string => `W/"${version}"`;

export const rowUrl = (apiUrl: string, table: Table, id: string): string =>
  `${apiUrl}/${table.entitySet}(${id})`;

/** A value on the wire. */
export function wireValue(column: Column, value: Value | undefined): unknown {
  if (isReference(value)) return value.id;
  if (typeof value !== 'number') return value ?? null;
  if (column.type === 'Money') return decimals(value, MONEY_DIGITS);
  if (column.type === 'Decimal') return decimals(value, column.precision ?? 2);
  return value;
}

function addColumn(context: RenderContext, json: JsonRecord, column: Column, values: Values): void {
  const name = wireName(column);
  const value = values[column.name];
  const annotate = (annotation: string, text: string | null): void => {
    if (text !== null && wantsAnnotation(context.annotations, annotation))
      json[`${name}@${annotation}`] = text;
  };
  if (isLookup(column) && isReference(value)) {
    const target = column.targets.find(({ table }) => table === value.table);
    annotate(NAVIGATION, target?.navigation ?? null);
    annotate(LOOKUP_TABLE, value.table);
  }
  if (context.annotations.length > 0) annotate(FORMATTED, formattedValue(context.parts, column, values));
  json[name] = wireValue(column, value);
}

/** A row with its ETag, key, currency beside money, and what was expanded. */
export function renderRow(context: RenderContext, row: Row, selection: Selection): JsonRecord {
  const { table, expand } = selection;
  const json: JsonRecord = { '@odata.etag': etagOf(row) };
  const shown = shownColumns(context, selection);
  for (const column of shown) addColumn(context, json, column, row.values);
  const unasked = [
    table.primaryId,
    ...(hasMoney(table) && shown.some(({ type }) => type === 'Money') ? ['transactioncurrencyid'] : []),
    ...expand.flatMap((item) =>
      item.kind === 'row' && item.isReference ? [item.navigation.column.name] : [],
    ),
  ];
  for (const name of unasked) {
    const column = table.columns.get(name);
    if (column !== undefined && !shown.includes(column)) addColumn(context, json, column, row.values);
  }
  for (const item of expand) {
    if (item.kind === 'collection') addCollection(context, json, row, table, item);
    else {
      const { navigation, isReference: isLink, selection: inner } = item;
      const value = row.values[navigation.column.name];
      const isHere = isReference(value) && value.table === navigation.table.name;
      const target = isHere ? context.parts.store.get(value.table, value.id) : undefined;
      const name = navigation.target.navigation;
      if (target === undefined) json[name] = null;
      else if (isLink) json[name] = { '@odata.id': rowUrl(context.apiUrl, navigation.table, target.id) };
      else json[name] = renderRow(context, target, inner);
    }
  }
  return json;
}

function addCollection(
  context: RenderContext,
  json: JsonRecord,
  row: Row,
  table: Table,
  { collection, selection, test, ordering, top, optionsText }: ExpandedCollection,
): void {
  const { store, switches } = context.parts;
  const name = collection.target.collection;
  const query = optionsText === '' ? '' : `?${optionsText}`;
  const link = `${rowUrl(context.apiUrl, table, row.id)}/${name}${query}`;
  if (context.isList && switches.collectionExpand === 'deferred') {
    json[name] = [];
    json[`${name}@odata.nextLink`] = link;
    return;
  }
  const all = rowsBehind(store, collection, row.id)
    .filter((child) => test === null || test(child))
    .sort((left, right) => ordering.compare(left, right));
  const limit = Math.min(top ?? context.pageSize, context.pageSize);
  const shown = all.slice(0, limit);
  const last = shown[shown.length - 1];
  json[name] = shown.map((child) => renderRow(context, child, selection));
  if (top !== null || all.length === shown.length || last === undefined) return;
  const token = writeSkipToken({ page: 2, at: ordering.position(last) });
  json[`${name}@odata.nextLink`] = `${link}${query === '' ? '?' : '&'}$skiptoken=${token}`;
}
