/** Which rows a condition can hold for, from the indexes, so that a small window over many rows stays cheap. */
import { toId18 } from './ids.ts';
import type { SObject } from './object.ts';
import type { Comparison, Condition, Literal } from './soql-ast.ts';
import { type BoundPath, bindPath, type QueryContext } from './soql-bind.ts';
import type { FieldValue } from './values.ts';

/** Ids of which no other row can match, or null when every row has to be looked at. */
export function candidates(
  context: QueryContext,
  object: SObject,
  condition: Condition | null,
): ReadonlySet<string> | null {
  if (condition === null) return null;
  switch (condition.type) {
    case 'and': {
      let best: ReadonlySet<string> | null = null;
      for (const term of condition.terms) {
        const found = candidates(context, object, term);
        if (found !== null && (best === null || found.size < best.size)) best = found;
      }
      return best;
    }
    case 'or': {
      const all = new Set<string>();
      for (const term of condition.terms) {
        const found = candidates(context, object, term);
        if (found === null) return null;
        for (const id of found) all.add(id);
      }
      return all;
    }
    case 'not':
      return null;
    case 'compare': {
      const { path, operator, value } = condition;
      return fromIndex(context, bindPath(context, object, path), object, operator, [value]);
    }
    case 'in':
      return condition.negated || 'select' in condition.values
        ? null
        : fromIndex(context, bindPath(context, object, condition.path), object, '=', condition.values);
  }
}

function fromIndex(
  context: QueryContext,
  bound: BoundPath,
  object: SObject,
  operator: Comparison,
  literals: readonly Literal[],
): ReadonlySet<string> | null {
  const { store } = context.parts;
  const own = inOneTable(context, bound, operator, literals);
  if (own === null) return null;
  // From the rows at the end of the path back down to those that point at them.
  let ids = own;
  for (let index = bound.steps.length - 1; index >= 0; index -= 1) {
    const table = store.table(bound.steps[index - 1]?.target.name ?? object.name);
    const column = bound.steps[index]?.field.name ?? '';
    const pointing = new Set<string>();
    for (const id of ids) for (const pointer of table.idsWith(column, id)) pointing.add(pointer);
    ids = pointing;
  }
  return ids;
}

function inOneTable(
  { parts }: QueryContext,
  { object, field }: BoundPath,
  operator: Comparison,
  literals: readonly Literal[],
): ReadonlySet<string> | null {
  const table = parts.store.table(object.name);
  const [literal] = literals;
  if (field.name === 'SystemModstamp' && literal?.type === 'datetime' && literals.length === 1) {
    if (operator === '>' || operator === '>=') return new Set(table.idsStamped(literal.value, null));
    if (operator === '=') return new Set(table.idsStamped(literal.value, literal.value));
    return null;
  }
  if (operator !== '=') return null;
  const values: FieldValue[] = [];
  for (const wanted of literals) {
    if (wanted.type !== 'text' || wanted.value === '') return null;
    values.push(wanted.value);
  }
  if (field.type === 'id') return new Set(values.flatMap((value) => toId18(String(value)) ?? []));
  const isIndexed = field.type === 'reference' || field.externalId || field.idLookup;
  if (!isIndexed) return null;
  const keys = field.type === 'reference' ? values.map((value) => toId18(String(value))) : values;
  return new Set(keys.flatMap((key) => [...table.idsWith(field.name, key)]));
}
