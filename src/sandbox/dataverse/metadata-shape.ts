/** `$select`, `$filter` and `$expand` over descriptions. */
import { badRequest, unknownProperty } from './dataverse-error.ts';
import { bind, type Scope } from './odata-match.ts';
import { parseFilter } from './odata-parser.ts';
import type { Scalar } from './odata-values.ts';
import type { QueryOptions } from './query-options.ts';
import { isRecord, type JsonRecord } from './values.ts';

/** A described thing: what it says of itself, and what can be expanded. */
export interface Described {
  /** Type without the `Microsoft.Dynamics.CRM.` before it. */
  readonly type: string;
  readonly json: JsonRecord;
  /** Names that `$select` and `$filter` know, where not all that is there. */
  readonly selectable?: ReadonlySet<string>;
  /** The type as part of the answer, where things of several types stand together. */
  readonly shownType?: string;
  readonly expandable: Readonly<Record<string, () => Described | readonly Described[] | null>>;
}

function scopeOf(type: string, known: ReadonlySet<string>): Scope<Described> {
  const property: Scope<Described>['property'] = (path) => {
    const [name = ''] = path;
    if (!known.has(name)) throw unknownProperty(name, type);
    return {
      type: 'any',
      read({ json }) {
        let value: unknown = json;
        for (const segment of path) value = isRecord(value) ? value[segment] : undefined;
        return typeof value === 'object' || value === undefined ? null : (value as Scalar);
      },
    };
  };
  return {
    property,
    logical: property,
    collection(path) {
      throw unknownProperty(path.join('/'), type);
    },
    now: new Date(0),
    userId: '',
  };
}

/** Things that a `$filter` leaves. */
export function filterDescribed(
  items: readonly Described[],
  { filter, aliases }: QueryOptions,
): readonly Described[] {
  const [first] = items;
  if (filter === null || first === undefined) return items;
  const known = new Set(items.flatMap(({ json, selectable }) => [...(selectable ?? Object.keys(json))]));
  return items.filter(bind(parseFilter(filter, aliases), scopeOf(first.type, known)));
}

/** One thing, with what was asked for; its id is always there. @throws DataverseError for unknown names */
export function shape(item: Described, options: QueryOptions): JsonRecord {
  if (options.top !== null || options.orderBy !== null || options.count) {
    throw badRequest('0x80060888', 'Only $select, $filter and $expand are supported for metadata.');
  }
  const { json, type, shownType } = item;
  const shown: JsonRecord =
    shownType === undefined ? {} : { '@odata.type': `#Microsoft.Dynamics.CRM.${shownType}` };
  for (const name of options.select ?? []) {
    if (!(name in json) || item.selectable?.has(name) === false) throw unknownProperty(name, type);
    shown[name] = json[name];
  }
  if (options.select === null) Object.assign(shown, json);
  shown.MetadataId = json.MetadataId;
  for (const { name, options: inner } of options.expand) {
    const expand = item.expandable[name];
    if (expand === undefined) throw unknownProperty(name, type);
    const related = expand();
    if (related === null) shown[name] = null;
    else if ('json' in related) shown[name] = shape(related, inner);
    else shown[name] = filterDescribed(related, inner).map((each) => shape(each, inner));
  }
  return shown;
}
