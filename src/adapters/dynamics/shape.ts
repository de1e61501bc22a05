/**
 * What the mapping's paths are in this environment: columns with their choices, lookups with the rows they lead to,
 * child tables. It is plain data, so that the feed's cursor can carry it from run to run.
 */
import { z } from 'zod';
import { ConfigurationError } from '../../core/errors.ts';
import { filterColumns } from '../../core/filter.ts';
import type { CrmSelection } from '../../core/mapping-types.ts';
import type { Attribute, Choice, ColumnKind, Table } from './metadata.ts';

const ChoiceSchema = z.object({
  value: z.number(),
  label: z.string(),
  state: z.number().nullable(),
  defaultStatus: z.number().nullable(),
}) satisfies z.ZodType<Choice>;

const KINDS = ['text', 'number', 'flag', 'day', 'instant', 'choice', 'choices', 'lookup', 'other'] as const;
const Kind = z.enum(KINDS) satisfies z.ZodType<ColumnKind>;

/** A column of the opportunity itself. */
const OwnColumn = z.object({
  path: z.string(),
  column: z.string(),
  kind: Kind,
  choices: z.array(ChoiceSchema),
});
export type OwnColumn = z.infer<typeof OwnColumn>;

/** Where a lookup may lead: relationships from the opportunity on, and the column there (null: that table has none). */
const Target = z.object({
  steps: z.array(z.string()),
  set: z.string(),
  key: z.string(),
  column: z.string().nullable(),
  kind: Kind,
});
export type Target = z.infer<typeof Target>;

/** Whether a lookup's target is the account directly behind it. */
export function isAccount({ set, steps }: Target): boolean {
  return set === 'accounts' && steps.length === 1;
}

/** Whether a lookup's target is the contact directly behind it. */
export function isPerson({ set, steps }: Target): boolean {
  return set === 'contacts' && steps.length === 1;
}

/** A path through a lookup; the first target that is filled counts. */
const LookupPath = z.object({ path: z.string(), lookup: z.string(), targets: z.array(Target) });
export type LookupPath = z.infer<typeof LookupPath>;

/** A column of rows that point to the opportunity; their values are joined by semicolons. */
const ChildPath = z.object({
  path: z.string(),
  set: z.string(),
  key: z.string(),
  /** The child's lookup to the opportunity. */
  parent: z.string(),
  /** The same as it is called when a row is bound; absent where it is called like its column. */
  navigation: z.string().optional(),
  column: z.string(),
  kind: Kind,
});
export type ChildPath = z.infer<typeof ChildPath>;

export const Shape = z.object({
  /** Milliseconds since the epoch. */
  loadedAt: z.number(),
  userId: z.string(),
  /** Whether the referral id is an alternate key that is in force. */
  isKeyed: z.boolean(),
  own: z.array(OwnColumn),
  lookups: z.array(LookupPath),
  children: z.array(ChildPath),
  states: z.array(ChoiceSchema),
  statuses: z.array(ChoiceSchema),
});
export type Shape = z.infer<typeof Shape>;

export interface Environment {
  readonly tables: ReadonlyMap<string, Table | null>;
  readonly userId: string;
}

/** Every path that the mapping needs, each once. */
export function neededPaths(selection: CrmSelection): string[] {
  const byName = new Map<string, string>();
  const paths = [
    selection.referralIdPath,
    ...selection.paths,
    ...selection.bookkeeping,
    ...Object.values(selection.customer),
    ...filterColumns(selection.include),
  ];
  for (const path of paths) if (!byName.has(path.toLowerCase())) byName.set(path.toLowerCase(), path);
  return [...byName.values()];
}

/** Logical names are lower case; a mapping may spell them as the environment's pages do. */
export function segmentsOf(path: string): { readonly first: string; readonly second: string | null } {
  const [first = '', second] = path.toLowerCase().split('.');
  return { first, second: second ?? null };
}

/** Singular forms of a name that may be a table's name in URLs. */
export function tableNames(name: string): string[] {
  return [name, name.replace(/ies$/, 'y'), name.replace(/es$/, ''), name.replace(/s$/, '')].filter(
    (form, index, forms) => forms.indexOf(form) === index,
  );
}

/** The mapped paths (in the mapping's spelling) that the environment does not have. */
export function missingPaths(selection: CrmSelection, environment: Environment): string[] {
  return neededPaths(selection).filter((path) => resolve(path, environment) === null);
}

/**
 * The shape of a mapping in an environment.
 * @throws ConfigurationError naming every mapped column that is missing
 */
export function shapeOf(selection: CrmSelection, environment: Environment, now: number): Shape {
  const missing = missingPaths(selection, environment);
  if (missing.length > 0) {
    throw new ConfigurationError(
      missing.map((path) => `Dataverse has no column ${path}, or hides it from the application user.`),
      'The mapping names columns that are missing. `cosell-sync setup` shows them and `cosell-sync setup --apply` creates them; or correct the mapping:',
    );
  }
  const own: OwnColumn[] = [];
  const lookups: LookupPath[] = [];
  const children: ChildPath[] = [];
  for (const path of neededPaths(selection)) {
    const found = resolve(path, environment);
    if (found?.type === 'own') own.push(found.entry);
    else if (found?.type === 'lookup') lookups.push(found.entry);
    else if (found?.type === 'child') children.push(found.entry);
  }
  const opportunity = environment.tables.get('opportunity') ?? null;
  const referralId = segmentsOf(selection.referralIdPath).first;
  const choicesOf = (column: string): Choice[] => [...(opportunity?.attributes.get(column)?.choices ?? [])];
  return {
    loadedAt: now,
    userId: environment.userId,
    isKeyed:
      opportunity?.keys.some(
        ({ columns, status }) =>
          columns.length === 1 && columns[0] === referralId && (status === null || status === 'Active'),
      ) ?? false,
    own,
    lookups,
    children,
    states: choicesOf('statecode'),
    statuses: choicesOf('statuscode'),
  };
}

type Resolved =
  | { readonly type: 'own'; readonly entry: OwnColumn }
  | { readonly type: 'lookup'; readonly entry: LookupPath }
  | { readonly type: 'child'; readonly entry: ChildPath };

function resolve(path: string, { tables }: Environment): Resolved | null {
  const { first, second } = segmentsOf(path);
  const attribute = tables.get('opportunity')?.attributes.get(first) ?? null;
  if (attribute === null) return second === null ? null : resolveChild(path, first, second, tables);
  if (attribute.kind === 'lookup') return resolveLookup(path, attribute, second, tables);
  if (second !== null) return null;
  const { logicalName: column, kind, choices } = attribute;
  return { type: 'own', entry: { path, column, kind, choices: [...choices] } };
}

/** The relationship from a lookup to one of its tables, as it is called in queries and when a row is bound. */
export function navigationOf(attribute: Attribute, target: string): string {
  if (attribute.type === 'Owner') return target === 'team' ? 'owningteam' : 'owninguser';
  const base = attribute.isCustom ? attribute.schemaName : attribute.logicalName;
  return attribute.type === 'Customer' || attribute.targets.length > 1 ? `${base}_${target}` : base;
}

function resolveLookup(
  path: string,
  attribute: Attribute,
  column: string | null,
  tables: Environment['tables'],
): Resolved | null {
  const targets = attribute.targets.flatMap((name): Target[] => {
    const table = tables.get(name) ?? null;
    if (table === null) return [];
    const step = navigationOf(attribute, name);
    const account =
      attribute.type === 'Customer' && name === 'contact' ? (tables.get('account') ?? null) : null;
    return [
      // A contact stands for its company, where it has one.
      ...(account === null ? [] : [targetOf(account, [step, 'parentcustomerid_account'], column)]),
      targetOf(table, [step], column),
    ];
  });
  return targets.some((target) => target.column !== null)
    ? { type: 'lookup', entry: { path, lookup: attribute.logicalName, targets } }
    : null;
}

function targetOf(table: Table, steps: string[], column: string | null): Target {
  const { set, key } = table;
  // A contact's name is in another column than an account's.
  const isName = column === null || (column === 'name' && table.logicalName === 'contact');
  const name = isName ? table.nameColumn : column;
  const attribute = table.attributes.get(name) ?? null;
  return { steps, set, key, column: attribute === null ? null : name, kind: attribute?.kind ?? 'other' };
}

function resolveChild(
  path: string,
  name: string,
  column: string,
  tables: Environment['tables'],
): Resolved | null {
  for (const form of tableNames(name)) {
    const table = tables.get(form) ?? null;
    const attribute = table?.attributes.get(column);
    const parent = [...(table?.attributes.values() ?? [])].find(({ targets }) =>
      targets.includes('opportunity'),
    );
    if (table === null || attribute === undefined || parent === undefined) continue;
    const { set, key } = table;
    return {
      type: 'child',
      entry: {
        path,
        set,
        key,
        parent: parent.logicalName,
        navigation: navigationOf(parent, 'opportunity'),
        column,
        kind: attribute.kind,
      },
    };
  }
  return null;
}
