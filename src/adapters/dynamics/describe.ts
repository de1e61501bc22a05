/** Asks the environment for its tables: columns, choices, lookups, keys. */
import type { z } from 'zod';
import { parseJsonText } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import { unreadable } from './errors.ts';
import {
  type Attribute,
  type Choice,
  COLUMN_KINDS,
  knownTable,
  knownTargets,
  type Table,
} from './metadata.ts';
import type { BatchItem, ItemAnswer } from './multipart.ts';
import { nameText, queryText, quote } from './odata.ts';
import { AttributeList, ChoiceList, DateTimeList, EntityAnswer, LookupList, WhoAmIAnswer } from './schema.ts';

const CHOICE_TYPES = ['Picklist', 'MultiSelectPicklist', 'State', 'Status'] as const;

/** What is asked of one table: its columns, and if wanted the choices, targets and day columns among them. */
interface TableQuery {
  readonly name: string;
  readonly paths: {
    readonly entity: string;
    readonly attributes: string;
    readonly choices: readonly string[];
    readonly lookups: string | null;
    readonly dates: string | null;
  };
}

function tableQuery(name: string, isFull: boolean): TableQuery {
  const entity = `EntityDefinitions(LogicalName=${quote(nameText(name))})`;
  const cast = (type: string, options: Readonly<Record<string, string>>): string =>
    `${entity}/Attributes/Microsoft.Dynamics.CRM.${type}AttributeMetadata${queryText(options)}`;
  return {
    name,
    paths: {
      entity: `${entity}${queryText({
        $select:
          'MetadataId,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,ChangeTrackingEnabled,IsOptimisticConcurrencyEnabled',
        ...(isFull ? { $expand: 'Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)' } : {}),
      })}`,
      attributes: `${entity}/Attributes${queryText({
        $select: 'LogicalName,SchemaName,AttributeType,IsCustomAttribute,DisplayName',
      })}`,
      choices: isFull
        ? CHOICE_TYPES.map((type) => {
            const isOwn = type === 'State' || type === 'Status';
            return cast(type, {
              $select: 'LogicalName',
              $expand: isOwn ? 'OptionSet' : 'OptionSet,GlobalOptionSet',
            });
          })
        : [],
      lookups: isFull ? cast('Lookup', { $select: 'LogicalName,Targets' }) : null,
      dates: isFull ? cast('DateTime', { $select: 'LogicalName,DateTimeBehavior' }) : null,
    },
  };
}

export interface Described {
  /** By logical name; null where the environment has no such table. */
  readonly tables: ReadonlyMap<string, Table | null>;
  readonly userId: string;
  readonly organizationId: string | null;
}

export interface DescribeOptions {
  readonly signal: AbortSignal;
  /** Bypasses the server's caches, which may be half a minute behind a change of columns. */
  readonly isFresh?: boolean;
}

/**
 * Asks who we are and what the tables are like, in one request.
 * @param full tables of which choices, lookups' targets, day columns and keys are wanted
 * @param light tables of which the columns' names and types are enough
 * @throws RemoteError
 */
export async function describeTables(
  client: DynamicsClient,
  { full, light = [] }: { readonly full: readonly string[]; readonly light?: readonly string[] },
  { signal, isFresh = false }: DescribeOptions,
): Promise<Described> {
  const operation = 'Describe tables';
  const queries = [
    ...full.map((name) => tableQuery(name, true)),
    ...light.filter((name) => !full.includes(name)).map((name) => tableQuery(name, false)),
  ];
  const paths = [
    'WhoAmI',
    ...queries.flatMap(({ paths: { entity, attributes, choices, lookups, dates } }) =>
      [entity, attributes, ...choices, lookups, dates].filter((path) => path !== null),
    ),
  ];
  const headers = isFresh ? { Consistency: 'Strong' } : {};
  const items = paths.map((path): BatchItem => ({ method: 'GET', url: `${client.root}/${path}`, headers }));
  const answer = await client.batch(items, { operation, isWrite: false, signal });
  const itemOf = (path: string): ItemAnswer | undefined => answer.items[paths.indexOf(path)];
  const us = parseBody(client, itemOf('WhoAmI'), WhoAmIAnswer, operation, false);
  if (us === null) throw unreadable(operation, answer.requestId, false);
  const tables = new Map(queries.map((query) => [query.name, toTable(client, query, itemOf)] as const));
  return { tables, userId: us.UserId.toLowerCase(), organizationId: us.OrganizationId ?? null };
}

/** The body of a part; null for a part that is missing where that may be. @throws RemoteError */
function parseBody<T>(
  client: DynamicsClient,
  item: ItemAnswer | undefined,
  schema: z.ZodType<T>,
  operation: string,
  mayBeMissing: boolean,
): T | null {
  const part = item?.[0];
  if (part === undefined) throw unreadable(operation, null, false);
  if (part.status >= 400) {
    if (mayBeMissing && (part.status === 404 || part.status === 400 || part.status === 501)) return null;
    throw client.errorOf(part, { operation, isWrite: false });
  }
  const parsed = schema.safeParse(parseJsonText(part.body));
  if (!parsed.success) throw unreadable(operation, null, false);
  return parsed.data;
}

function toTable(
  client: DynamicsClient,
  { name, paths }: TableQuery,
  itemOf: (path: string) => ItemAnswer | undefined,
): Table | null {
  const operation = `Describe table ${name}`;
  const entity = parseBody(client, itemOf(paths.entity), EntityAnswer, operation, true);
  if (entity === null) return null;
  const listed = parseBody(client, itemOf(paths.attributes), AttributeList, operation, false);
  const optional = <T>(path: string | null, schema: z.ZodType<T>): T | null =>
    path === null ? null : parseBody(client, itemOf(path), schema, operation, true);
  const choiceLists = paths.choices.map((path) => optional(path, ChoiceList)?.value ?? []);
  const lookups = optional(paths.lookups, LookupList)?.value ?? [];
  const dates = optional(paths.dates, DateTimeList)?.value ?? [];

  const multiple = new Set(
    choiceLists[CHOICE_TYPES.indexOf('MultiSelectPicklist')]?.map((entry) => entry.LogicalName),
  );
  const choices = new Map(
    choiceLists.flat().map((entry) => [
      entry.LogicalName,
      (entry.OptionSet?.Options ?? entry.GlobalOptionSet?.Options ?? []).map(
        ({ Value, Label, State, DefaultStatus }): Choice => ({
          value: Value,
          label: Label ?? String(Value),
          state: State ?? null,
          defaultStatus: DefaultStatus ?? null,
        }),
      ),
    ]),
  );
  const targets = new Map(lookups.map((entry) => [entry.LogicalName, entry.Targets ?? []]));
  const days = new Set(
    dates.flatMap((entry) => (entry.DateTimeBehavior?.Value === 'DateOnly' ? [entry.LogicalName] : [])),
  );
  const attributes = (listed?.value ?? []).map((entry): [string, Attribute] => {
    const { LogicalName: logicalName, AttributeType } = entry;
    const type = AttributeType ?? '';
    const named = targets.get(logicalName) ?? [];
    const attribute: Attribute = {
      logicalName,
      schemaName: entry.SchemaName ?? logicalName,
      displayName: entry.DisplayName,
      kind: multiple.has(logicalName)
        ? 'choices'
        : days.has(logicalName)
          ? 'day'
          : (COLUMN_KINDS[type] ?? 'other'),
      type,
      // Columns that people add begin with a publisher's prefix.
      isCustom: entry.IsCustomAttribute ?? logicalName.includes('_'),
      targets: named.length > 0 || name !== 'opportunity' ? named : knownTargets(logicalName),
      choices: choices.get(logicalName) ?? [],
    };
    return [logicalName, attribute];
  });
  const known = knownTable(name);
  return {
    logicalName: name,
    metadataId: entity.MetadataId ?? null,
    set: entity.EntitySetName ?? known?.set ?? `${name}s`,
    key: entity.PrimaryIdAttribute ?? known?.key ?? `${name}id`,
    nameColumn: known?.name ?? entity.PrimaryNameAttribute ?? 'name',
    tracksChanges: entity.ChangeTrackingEnabled ?? null,
    checksVersions: entity.IsOptimisticConcurrencyEnabled ?? null,
    keys: (entity.Keys ?? []).map(({ KeyAttributes, EntityKeyIndexStatus }) => ({
      columns: KeyAttributes.map((column) => column.toLowerCase()),
      status: EntityKeyIndexStatus ?? null,
    })),
    attributes: new Map(attributes),
  };
}
