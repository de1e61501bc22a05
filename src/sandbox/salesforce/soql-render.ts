/** Rows as the API shows them: `attributes` first, then the columns in the order of the select list. */
import { visibleFields } from './access.ts';
import { emptyValue, type Field } from './field.ts';
import type { SObject } from './object.ts';
import { refuse } from './salesforce-error.ts';
import type { Path, SelectItem } from './soql-ast.ts';
import { bindPath, type QueryContext } from './soql-bind.ts';
import { errorAt } from './soql-lexer.ts';
import { type FieldValue, isRecord, type JsonRecord, textOf, type Values } from './values.ts';

/** Rows below a parent, found and rendered by the query module. */
export type RenderChildren = (parentId: string, version: string) => JsonRecord | null;

interface ParentNode {
  readonly kind: 'parent';
  readonly name: string;
  readonly field: Field;
  readonly node: RenderNode;
}

type RenderItem =
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'children'; readonly name: string; readonly render: RenderChildren }
  | ParentNode;

export interface RenderNode {
  readonly object: SObject;
  readonly items: RenderItem[];
}

/** The columns to show, as a tree of parents. */
export function buildTree(
  context: QueryContext,
  object: SObject,
  select: readonly SelectItem[],
  bindChildren: (item: Extract<SelectItem, { type: 'subquery' }>) => { name: string; render: RenderChildren },
): RenderNode {
  const root: RenderNode = { object, items: [] };
  const seen = new Set<string>();
  for (const item of select) {
    if (item.type === 'subquery') {
      root.items.push({ kind: 'children', ...bindChildren(item) });
    } else if (item.type === 'fields') {
      for (const field of visibleFields(context.parts, context.actor, object)) {
        const isWanted = item.group === 'all' || field.custom === (item.group === 'custom');
        if (isWanted) root.items.push({ kind: 'field', field });
      }
    } else if (item.type === 'field') {
      addField(context, root, object, item.path, seen);
    } else {
      throw refuse('MALFORMED_QUERY', 'Grouped query cannot use child relationships in the SELECT list');
    }
  }
  return root;
}

function addField(
  context: QueryContext,
  root: RenderNode,
  object: SObject,
  path: Path,
  seen: Set<string>,
): void {
  const bound = bindPath(context, object, path);
  const key = [...bound.steps.map(({ field }) => field.name), bound.field.name].join('.');
  if (seen.has(key)) {
    throw errorAt(context.soql, path.at, 'MALFORMED_QUERY', `duplicate field selected: ${bound.field.name}`);
  }
  seen.add(key);
  let node = root;
  for (const { field, target } of bound.steps) {
    const name = field.relationshipName ?? '';
    let parent = node.items.find((item): item is ParentNode => item.kind === 'parent' && item.name === name);
    if (parent === undefined) {
      parent = { kind: 'parent', name, field, node: { object: target, items: [] } };
      node.items.push(parent);
    }
    node = parent.node;
  }
  node.items.push({ kind: 'field', field: bound.field });
}

/** `attributes` of a row. */
export function attributesOf(object: SObject, id: string, version: string): JsonRecord {
  return { type: object.name, url: `/services/data/v${version}/sobjects/${object.name}/${id}` };
}

/** One row by its tree. */
export function renderRow(
  context: QueryContext,
  node: RenderNode,
  values: Values,
  version: string,
): JsonRecord {
  const id = textOf(values, 'Id') ?? '';
  const row: JsonRecord = { attributes: attributesOf(node.object, id, version) };
  for (const item of node.items) {
    if (item.kind === 'field') row[item.field.name] = renderValue(item.field, values);
    else if (item.kind === 'children') row[item.name] = item.render(id, version);
    else {
      const parentId = textOf(values, item.field.name);
      const parent = parentId === null ? null : context.parts.store.read(item.node.object.name, parentId);
      row[item.name] = parent === null ? null : renderRow(context, item.node, parent, version);
    }
  }
  return row;
}

/** A column's value on the wire; a compound address as an object, or null when all of it is empty. */
export function renderValue(field: Field, values: Values): FieldValue | JsonRecord {
  if (field.type !== 'address') return values[field.name] ?? emptyValue(field);
  const prefix = field.name.replace(/Address$/, '');
  const part = (name: string): FieldValue => values[`${prefix}${name}`] ?? null;
  const address = {
    city: part('City'),
    country: part('Country'),
    geocodeAccuracy: part('GeocodeAccuracy'),
    latitude: part('Latitude'),
    longitude: part('Longitude'),
    postalCode: part('PostalCode'),
    state: part('State'),
    street: part('Street'),
  };
  return Object.values(address).every((value) => value === null) ? null : address;
}

/** How many rows of the page a rendered row takes: itself and its child rows. */
export function rowsIn(row: JsonRecord): number {
  let count = 1;
  for (const value of Object.values(row)) {
    if (isRecord(value) && Array.isArray(value.records)) count += value.records.length;
  }
  return count;
}
