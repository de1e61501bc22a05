/** What this process knows of the environment: asked once, kept in the feed's cursor, asked again when it is old. */
import type { CrmSelection, StageRow } from '../../core/mapping-types.ts';
import type { Clock } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import { describeTables } from './describe.ts';
import { knownTargets } from './metadata.ts';
import type { Row } from './schema.ts';
import { type Environment, neededPaths, type Shape, segmentsOf, shapeOf, tableNames } from './shape.ts';
import { createView, type View } from './view.ts';

/** What is still unknown after asking is not asked for again and again. */
const MIN_AGE_MS = 10 * 60_000;
/** Labels may be renamed; a day later everybody has seen it. */
const MAX_AGE_MS = 24 * 60 * 60_000;

export interface Org {
  /** The shape, asked for where it is unknown or old. @throws RemoteError, ConfigurationError */
  view(signal: AbortSignal): Promise<View>;
  /** The same for rows that were read: options that nobody knew when the shape was made are asked for. */
  viewFor(rows: readonly Row[], signal: AbortSignal): Promise<View>;
  /** Asks again, unless that has just been done. */
  renew(signal: AbortSignal): Promise<View>;
  /** The view as far as known, without asking; null when it is not. */
  readonly known: View | null;
  /** Takes over what an earlier process found. */
  recall(shape: Shape): void;
  /** Forgets it, so that columns and choices added since are found. */
  forget(): void;
  /** Everything the mapping's paths can lead to, as it is now. */
  describe(signal: AbortSignal): Promise<Environment & { readonly organizationId: string | null }>;
}

export interface OrgOptions {
  readonly client: DynamicsClient;
  readonly selection: CrmSelection;
  readonly stages: readonly StageRow[];
  readonly clock: Clock;
}

/** Builds the view of one environment. */
export function createOrg({ client, selection, stages, clock }: OrgOptions): Org {
  let known: View | null = null;
  let underWay: Promise<View> | null = null;

  async function describe(signal: AbortSignal): ReturnType<Org['describe']> {
    const firsts = [...new Set(neededPaths(selection).map((path) => segmentsOf(path).first))];
    const light = [...new Set(firsts.flatMap((first) => [...knownTargets(first)]))];
    const described = await describeTables(client, { full: ['opportunity'], light }, { signal });
    const tables = new Map(described.tables);
    const attributes = tables.get('opportunity')?.attributes;
    const lookups = firsts.flatMap((first) => attributes?.get(first)?.targets ?? []);
    // What the opportunity has no column for can only be a table of rows that point to it.
    const children = neededPaths(selection).flatMap((path) => {
      const { first, second } = segmentsOf(path);
      return second === null || attributes?.has(first) === true ? [] : tableNames(first);
    });
    const more = {
      full: [...new Set(children)],
      light: [...new Set(lookups)].filter((name) => !tables.has(name)),
    };
    if (more.full.length + more.light.length > 0) {
      const rest = await describeTables(client, more, { signal });
      for (const [name, table] of rest.tables) tables.set(name, table);
    }
    return { tables, userId: described.userId, organizationId: described.organizationId };
  }

  async function load(signal: AbortSignal): Promise<View> {
    const shape = shapeOf(selection, await describe(signal), clock.now());
    known = createView(shape, selection, stages);
    return known;
  }

  function view(signal: AbortSignal, maxAgeMs = MAX_AGE_MS): Promise<View> {
    if (known !== null && clock.now() - known.shape.loadedAt < maxAgeMs) return Promise.resolve(known);
    underWay ??= load(signal).finally(() => {
      underWay = null;
    });
    return underWay;
  }

  return {
    describe,
    get known() {
      return known;
    },
    recall(shape) {
      known ??= createView(shape, selection, stages);
    },
    forget() {
      known = null;
    },
    view: (signal) => view(signal),
    renew: (signal) => view(signal, MIN_AGE_MS),
    async viewFor(rows, signal) {
      const current = await view(signal);
      return rows.every((row) => current.knowsOptionsOf(row)) ? current : view(signal, MIN_AGE_MS);
    },
  };
}
