/**
 * What a Dataverse environment lacks for a mapping. Microsoft's own connector brings columns of its own; where they are
 * there (told by their display names, because their logical names are not published) they are named, so that the
 * mapping can use them and an organization can switch over in place.
 */
import type { ConnectionConfig } from '../../core/config-types.ts';
import type { Mapping } from '../../core/mapping-types.ts';
import type { DynamicsClient } from './client.ts';
import { describeTables } from './describe.ts';
import { knownTargets, type Table } from './metadata.ts';
import { type ColumnNeed, columnNeeds, keyName } from './setup-definitions.ts';
import { segmentsOf, tableNames } from './shape.ts';

export { applySetup } from './setup-apply.ts';

export interface SetupOptions {
  readonly client: DynamicsClient;
  readonly mapping: Mapping;
  /** The publisher's prefix for new columns, and the solution they go into. */
  readonly setup: ConnectionConfig['setup'];
  readonly signal: AbortSignal;
}

/**
 * One thing that the mapping needs.
 *
 * - `there`: nothing to do
 * - `adoptable`: Microsoft's connector has such a column; put `adopt` into the mapping instead of making another
 * - `missing`: `applySetup` creates it
 * - `foreign`: it is missing, and its name belongs to another publisher: correct the mapping, or install that solution
 */
export interface SetupStep {
  readonly kind: 'column' | 'table' | 'key' | 'tracking';
  /** The mapping's path, or the table's name. */
  readonly path: string;
  readonly table: string;
  readonly label: string;
  readonly state: 'there' | 'adoptable' | 'missing' | 'foreign';
  /** The logical name of the column to use instead; null unless adoptable. */
  readonly adopt: string | null;
  readonly need: ColumnNeed | null;
}

export interface SetupPlan {
  readonly steps: readonly SetupStep[];
  readonly opportunityMetadataId: string | null;
}

const MICROSOFT_PREFIX = 'msft_';

/** Compares the environment with what the mapping needs. Sends no write. @throws RemoteError */
export async function planSetup({ client, mapping, setup, signal }: SetupOptions): Promise<SetupPlan> {
  const needs = columnNeeds(mapping);
  const tables = await describe(client, needs, signal);
  const opportunity = tables.get('opportunity') ?? null;
  const prefix = `${setup.publisherPrefix.toLowerCase()}_`;
  const steps: SetupStep[] = [];
  const addedTables = new Set<string>();
  for (const need of needs) {
    const { first, second } = segmentsOf(need.path);
    const lookup = opportunity?.attributes.get(first);
    if (second === null) {
      steps.push(columnStep(need, 'opportunity', first, opportunity, prefix));
      continue;
    }
    if (lookup !== undefined) {
      const target = lookup.targets[0] ?? first;
      steps.push(columnStep(need, target, second, tables.get(target) ?? null, prefix));
      continue;
    }
    const child = tableNames(first).find((name) => (tables.get(name) ?? null) !== null) ?? null;
    if (child !== null) {
      steps.push(columnStep(need, child, second, tables.get(child) ?? null, prefix));
    } else if (!addedTables.has(first)) {
      addedTables.add(first);
      const state = first.startsWith(prefix) && second.startsWith(prefix) ? 'missing' : 'foreign';
      steps.push({
        kind: 'table',
        path: need.path,
        table: first,
        label: 'Solutions',
        state,
        adopt: null,
        need,
      });
    }
  }
  steps.push(keyStep(mapping, opportunity, setup.publisherPrefix), trackingStep(opportunity));
  return { steps, opportunityMetadataId: opportunity?.metadataId ?? null };
}

async function describe(
  client: DynamicsClient,
  needs: readonly ColumnNeed[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Table | null>> {
  const dotted = needs.map(({ path }) => segmentsOf(path)).filter(({ second }) => second !== null);
  const targets = dotted.flatMap(({ first }) => [...knownTargets(first)]);
  const options = { signal, isFresh: true };
  const light = [...new Set(targets)];
  const described = await describeTables(client, { full: ['opportunity'], light }, options);
  const tables = new Map(described.tables);
  const attributes = tables.get('opportunity')?.attributes;
  const lookups = dotted.flatMap(({ first }) => attributes?.get(first)?.targets ?? []);
  const children = dotted.flatMap(({ first }) => (attributes?.has(first) === true ? [] : tableNames(first)));
  const more = {
    full: [...new Set(children)],
    light: [...new Set(lookups)].filter((name) => !tables.has(name)),
  };
  if (more.full.length + more.light.length > 0) {
    const rest = await describeTables(client, more, options);
    for (const [name, table] of rest.tables) tables.set(name, table);
  }
  return tables;
}

function columnStep(
  need: ColumnNeed,
  tableName: string,
  column: string,
  table: Table | null,
  prefix: string,
): SetupStep {
  const step = { kind: 'column', path: need.path, table: tableName, label: need.label, need } as const;
  if (table?.attributes.has(column) === true) return { ...step, state: 'there', adopt: null };
  const label = need.label.toLowerCase();
  const adopt = [...(table?.attributes.values() ?? [])].find(
    ({ logicalName, displayName }) =>
      logicalName.startsWith(MICROSOFT_PREFIX) && displayName?.trim().toLowerCase() === label,
  );
  if (adopt !== undefined) return { ...step, state: 'adoptable', adopt: adopt.logicalName };
  return { ...step, state: column.startsWith(prefix) ? 'missing' : 'foreign', adopt: null };
}

function keyStep(mapping: Mapping, opportunity: Table | null, prefix: string): SetupStep {
  const column = segmentsOf(mapping.tag.referralId).first;
  const isThere =
    opportunity?.keys.some(({ columns }) => columns.length === 1 && columns[0] === column) ?? false;
  return {
    kind: 'key',
    path: mapping.tag.referralId,
    table: 'opportunity',
    label: `Alternate key ${keyName(prefix)}`,
    state: isThere ? 'there' : 'missing',
    adopt: null,
    need: null,
  };
}

function trackingStep(opportunity: Table | null): SetupStep {
  return {
    kind: 'tracking',
    path: 'opportunity',
    table: 'opportunity',
    label: 'Change tracking',
    state: opportunity?.tracksChanges === false ? 'missing' : 'there',
    adopt: null,
    need: null,
  };
}
