/** From values by mapping path to the body of a write: options by number, days as days, lookups bound to one row. */
import { RemoteError } from '../../core/errors.ts';
import { parseDay } from '../../core/lenses/calendar.ts';
import { parseFlag } from '../../core/lenses/flag.ts';
import type { CrmValue } from '../../core/ports.ts';
import { numberOf } from './choices.ts';
import type { LookupPath, OwnColumn, Target } from './shape.ts';
import type { View } from './view.ts';

/** A body as it is sent, apart from the two columns that only move by the CRM's own actions. */
export interface Columns {
  readonly body: Readonly<Record<string, CrmValue>>;
  /** The status reason that was asked for, by number. */
  readonly status: number | null;
}

/** Columns ready to be sent, or why a value cannot be written. */
export type Resolved =
  | { readonly ok: true; readonly columns: Columns }
  | { readonly ok: false; readonly error: RemoteError; readonly isUnknownOption: boolean };

/** A row that a value has to be bound to. */
export interface Wanted {
  readonly target: Target;
  readonly text: string;
}

/** Ids of the rows of a target whose column has the text. */
export type IdsOf = (wanted: Wanted) => readonly string[];

/** The rows that some values have to be bound to. */
export function wantedRows(values: Readonly<Record<string, CrmValue>>, view: View): Wanted[] {
  return Object.entries(values).flatMap(([path, value]) => {
    const target = bindingOf(lookupOf(path, view));
    return target === null || value === null || value === '' ? [] : [{ target, text: String(value) }];
  });
}

function lookupOf(path: string, { shape, selection }: View): LookupPath | null {
  // A customer belongs to more than one deal, so its columns are never written through one.
  const isCustomer = Object.values(selection.customer).includes(path);
  return isCustomer ? null : (shape.lookups.find((lookup) => lookup.path === path) ?? null);
}

/** The table that a lookup is written to: the first that has the column, directly behind it. */
function bindingOf(lookup: LookupPath | null): (Target & { readonly column: string }) | null {
  const target = lookup?.targets.find(({ steps, column }) => steps.length === 1 && column !== null);
  if (target === undefined || target.column === null) return null;
  return { ...target, column: target.column };
}

/** The body for values by mapping path. Columns of child tables and of the customer are left out. */
export function toColumns(values: Readonly<Record<string, CrmValue>>, view: View, idsOf: IdsOf): Resolved {
  const body: Record<string, CrmValue> = {};
  let status: number | null = null;
  for (const [path, value] of Object.entries(values)) {
    const own = view.own(path);
    if (own !== null) {
      const written = ownValue(own, value);
      if (written === undefined) {
        const isUnknownOption = own.kind === 'choice' || own.kind === 'choices';
        return unresolved(
          path,
          isUnknownOption ? 'the column has no such option' : `it cannot hold the value`,
          isUnknownOption,
        );
      }
      if (own.column === 'statuscode') status = typeof written === 'number' ? written : null;
      else if (own.column !== 'statecode') body[own.column] = written;
      continue;
    }
    if (view.isForeignStage(path) && value !== null)
      return unresolved(
        path,
        `it would have to be "${String(value)}", and a business process is moved by hand`,
      );
    const lookup = lookupOf(path, view);
    const target = bindingOf(lookup);
    if (lookup === null || target === null) continue;
    const navigation = lookup.lookup === 'ownerid' ? 'ownerid' : (target.steps[0] ?? lookup.lookup);
    if (value === null || value === '') {
      body[navigation] = null;
      continue;
    }
    const ids = idsOf({ target, text: String(value) });
    const [id] = ids;
    if (id === undefined) return unresolved(path, `no row of ${target.set} has the value`);
    if (ids.length > 1) return unresolved(path, `${ids.length} rows of ${target.set} have the value`);
    body[`${navigation}@odata.bind`] = `/${target.set}(${id})`;
  }
  return { ok: true, columns: { body, status } };
}

/** The value as the column takes it; undefined when it cannot hold it. */
function ownValue(column: OwnColumn, value: CrmValue): CrmValue | undefined {
  if (value === null || value === '') return null;
  switch (column.kind) {
    case 'choice':
      return typeof value === 'boolean' ? undefined : (numberOf(column, value) ?? undefined);
    case 'choices': {
      const names = String(value)
        .split(';')
        .map((name) => name.trim())
        .filter((name) => name !== '');
      const numbers = names.map((name) => numberOf(column, name));
      return numbers.includes(null) ? undefined : numbers.join(',');
    }
    case 'day':
      return parseDay(String(value).slice(0, 10)) ?? undefined;
    case 'instant': {
      // Noon keeps the day the same in most time zones.
      const day = parseDay(String(value));
      return day === null ? String(value) : `${day}T12:00:00Z`;
    }
    case 'flag':
      return parseFlag(value) ?? undefined;
    case 'number': {
      const number = Number(value);
      return typeof value === 'boolean' || !Number.isFinite(number) ? undefined : number;
    }
    case 'text':
      return String(value);
    case 'lookup':
    case 'other':
      return value;
  }
}

function unresolved(path: string, why: string, isUnknownOption = false): Resolved {
  const error = new RemoteError(
    `${path} was not written: ${why}. Correct the mapping, or create what it names in Dynamics 365.`,
    { code: 'rejected', system: 'crm', fields: [path] },
  );
  return { ok: false, error, isUnknownOption };
}
