/** A shape at work: what to ask for, how to read a row by the mapping's paths, and which rows are in scope. */
import { ConfigurationError } from '../../core/errors.ts';
import { evaluateFilter } from '../../core/filter.ts';
import type { CrmSelection, StageRow } from '../../core/mapping-types.ts';
import type { CrmValue } from '../../core/ports.ts';
import { namedOptions, numberOf, type Spelling, spellingOf } from './choices.ts';
import { type FilterColumn, renderFilter } from './odata.ts';
import { CONTACT_COLUMNS, USER_COLUMNS } from './people.ts';
import type { Row } from './schema.ts';
import { type ChildPath, type OwnColumn, type Shape, segmentsOf, type Target } from './shape.ts';

const BASE_COLUMNS = ['opportunityid', 'modifiedon', 'createdon', '_modifiedby_value', '_customerid_value'];
const MAX_EXPANDED = 15;
const FORMATTED = '@OData.Community.Display.V1.FormattedValue';

export interface View {
  readonly shape: Shape;
  readonly selection: CrmSelection;
  /** The opportunity's own columns: all that a delta or a written row can bring. */
  readonly select: string;
  /** Rows that lookups lead to; empty when there are none. */
  readonly expand: string;
  /** Whether a row alone, without what is related to it, lacks anything. */
  readonly needsRelated: boolean;
  /** The wire name of the column that carries the referral id. */
  readonly referralIdColumn: string;
  /** Values by mapping path; what the row does not have is absent. */
  valuesOf(row: Row): Record<string, CrmValue>;
  /** Whether the filter selects a row with these values, or our tag marks it. */
  isInScope(values: Readonly<Record<string, CrmValue>>): boolean;
  /** An OData condition that holds at least for the rows in scope; null where none can be given. */
  scope(): string | null;
  own(path: string): OwnColumn | null;
  /** Whether a stage is told by this column of rows that point to the opportunity, which only people move. */
  isForeignStage(path: string): boolean;
  /** Whether every option in the row was there when the shape was made. */
  knowsOptionsOf(row: Row): boolean;
}

/**
 * Builds the view of a shape.
 * @throws ConfigurationError when the mapping contradicts itself about a choice, or follows too many lookups
 */
export function createView(shape: Shape, selection: CrmSelection, stages: readonly StageRow[]): View {
  const named = namedOptions(stages, selection.stageField, selection.include);
  const byPath = new Map(shape.own.map((column) => [column.path.toLowerCase(), column]));
  const spellings = new Map<string, Spelling>(
    shape.own.flatMap((column) =>
      column.kind === 'choice' || column.kind === 'choices' ? [[column.path, spellingOf(column, named)]] : [],
    ),
  );
  const own = (path: string): OwnColumn | null => byPath.get(path.toLowerCase()) ?? null;
  const select = distinct([...BASE_COLUMNS, ...shape.own.map(({ column }) => column)]).join(',');
  const expand = expandOf(shape, selection);
  const tagPath = selection.referralIdPath;

  const foreignStages = new Set(
    stages.flatMap(({ crm }) =>
      typeof crm === 'string'
        ? []
        : Object.keys(crm).flatMap((path) => (path.includes('.') ? path.toLowerCase() : [])),
    ),
  );

  const filterColumn = (name: string): FilterColumn | null => {
    const column = own(name);
    if (column === null) return null;
    const { kind } = column;
    if (kind === 'choices' || kind === 'lookup' || kind === 'other') return null;
    return { property: column.column, kind, numberOf: (value) => numberOf(column, value) };
  };

  return {
    shape,
    selection,
    select,
    expand,
    needsRelated:
      expand !== '' || shape.children.length > 0 || selection.products || needsChildren(selection),
    referralIdColumn: segmentsOf(tagPath).first,
    own,
    isForeignStage: (path) => foreignStages.has(path.toLowerCase()),
    knowsOptionsOf: (row) =>
      shape.own.every(({ kind, column, choices }) => {
        const value = row[column];
        return (
          kind !== 'choice' || typeof value !== 'number' || choices.some((choice) => choice.value === value)
        );
      }),
    valuesOf(row) {
      const values: Record<string, CrmValue> = {};
      for (const column of shape.own) {
        const value = ownValue(column, row[column.column], spellings.get(column.path));
        if (value !== undefined) values[column.path] = value;
      }
      for (const { path, targets } of shape.lookups) {
        const value = lookupValue(row, targets);
        if (value !== undefined) values[path] = value;
      }
      return values;
    },
    isInScope(values) {
      const tag = values[tagPath];
      if (typeof tag === 'string' && tag !== '') return true;
      return evaluateFilter(selection.include, (name) => values[own(name)?.path ?? name]);
    },
    scope() {
      const filter = renderFilter(selection.include, filterColumn);
      return filter === null ? null : `(${filter} or ${segmentsOf(tagPath).first} ne null)`;
    },
  };
}

function needsChildren({ people }: CrmSelection): boolean {
  return people.includes('connections') || people.includes('opportunityTeam');
}

function ownValue({ kind }: OwnColumn, value: unknown, spelling: Spelling | undefined): CrmValue | undefined {
  if (value === null) return null;
  if (kind === 'choice' && typeof value === 'number') return spelling?.(value) ?? value;
  if (kind === 'choices' && typeof value === 'string') {
    return value
      .split(',')
      .filter((part) => part !== '')
      .map((part) => String(spelling?.(Number(part)) ?? part))
      .join(';');
  }
  return toCrmValue(value);
}

function toCrmValue(value: unknown): CrmValue | undefined {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? value : undefined;
}

/** The row at the end of some relationships: undefined when it was not asked for, null when there is none. */
export function rowAt(row: Row, steps: readonly string[]): Row | null | undefined {
  let current: Row = row;
  for (const step of steps) {
    const next = current[step];
    if (next === undefined || next === null) return next;
    if (typeof next !== 'object' || Array.isArray(next)) return undefined;
    current = next as Row;
  }
  return current;
}

function lookupValue(row: Row, targets: readonly Target[]): CrmValue | undefined {
  let isKnown = false;
  for (const { steps, column, kind } of targets) {
    const found = rowAt(row, steps);
    if (found !== undefined) isKnown = true;
    // The first row that is there counts, also where it has nothing to say: its neighbour is somebody else.
    if (found !== undefined && found !== null)
      return column === null ? null : relatedValue(found, column, kind);
  }
  return isKnown ? null : undefined;
}

/** A column of a related row; options and lookups by their names. */
export function relatedValue(row: Row, column: string, kind: Target['kind']): CrmValue | undefined {
  if (kind === 'choice' || kind === 'choices') {
    return toCrmValue(row[`${column}${FORMATTED}`] ?? row[column]);
  }
  if (kind === 'lookup') return toCrmValue(row[`_${column}_value${FORMATTED}`] ?? row[`_${column}_value`]);
  return toCrmValue(row[column]);
}

/** The name under which a related row's column is selected. */
export function selectName(column: string, kind: Target['kind']): string {
  return kind === 'lookup' ? `_${column}_value` : column;
}

interface Branch {
  readonly columns: Set<string>;
  readonly below: Map<string, Branch>;
}

const newBranch = (): Branch => ({ columns: new Set(), below: new Map() });

/** The `$expand` that brings every row that values and people are read from. */
function expandOf({ lookups }: Shape, { people }: CrmSelection): string {
  const root = newBranch();
  const want = (steps: readonly string[], columns: readonly string[]): void => {
    let branch = root;
    for (const step of steps) {
      const next = branch.below.get(step) ?? newBranch();
      branch.below.set(step, next);
      branch = next;
    }
    for (const column of columns) branch.columns.add(column);
  };
  for (const { targets } of lookups) {
    for (const { steps, key, column, kind } of targets)
      want(steps, [key, ...(column === null ? [] : [selectName(column, kind)])]);
  }
  if (people.includes('owner')) want(['owninguser'], USER_COLUMNS);
  if (people.includes('primaryContact')) {
    want(['parentcontactid'], CONTACT_COLUMNS);
    // A deal with a person: the customer is the contact.
    want(['customerid_contact'], CONTACT_COLUMNS);
  }
  if (root.below.size > MAX_EXPANDED) {
    throw new ConfigurationError([
      `The mapping follows ${root.below.size} lookups of the opportunity; Dataverse follows at most ${MAX_EXPANDED} in one query. Map fewer.`,
    ]);
  }
  return render(root);
}

function render({ below }: Branch): string {
  return [...below]
    .map(([step, branch]) => {
      const nested = render(branch);
      const select = branch.columns.size === 0 ? [] : [`$select=${[...branch.columns].join(',')}`];
      return `${step}(${[...select, ...(nested === '' ? [] : [`$expand=${nested}`])].join(';')})`;
    })
    .join(',');
}

/** Child paths of one table, which are read by one query. */
export function childTables(shape: Shape): readonly (readonly [ChildPath, ...ChildPath[]])[] {
  const byTable = new Map<string, [ChildPath, ...ChildPath[]]>();
  for (const child of shape.children) {
    const key = `${child.set}.${child.parent}`;
    const group = byTable.get(key);
    if (group === undefined) byTable.set(key, [child]);
    else group.push(child);
  }
  return [...byTable.values()];
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
