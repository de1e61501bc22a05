/** Dynamics 365 as a CRM: opportunities of one environment, through Dataverse's Web API. */
import { createHash } from 'node:crypto';
import type { ConnectionConfig, DynamicsConfig } from '../../core/config-types.ts';
import { filterText } from '../../core/filter.ts';
import type { CrmSelection, Mapping, StageRow } from '../../core/mapping-types.ts';
import type { Crm, Logger } from '../../core/ports.ts';
import type { AppTokens } from '../entra/index.ts';
import { type Clock, type HttpClient, systemClock } from '../http/index.ts';
import { createDynamicsTokens } from './auth.ts';
import { checkDynamics } from './check.ts';
import { createDynamicsClient, MAX_CONCURRENT_REQUESTS } from './client.ts';
import { createOpportunities } from './create.ts';
import { createCustomers } from './customers.ts';
import { readChanges } from './feed.ts';
import { createLookups } from './lookups.ts';
import { createOrg } from './org.ts';
import { createReads } from './reads.ts';
import { addRelated } from './related-rows.ts';
import type { Creates } from './rights.ts';
import { addColumns, suggestColumns } from './setup-columns.ts';
import { missingPaths, neededPaths } from './shape.ts';
import { updateOpportunities } from './update.ts';

export { createDynamicsTokens } from './auth.ts';
export { createDynamicsClient, type DynamicsClient, type DynamicsClientOptions } from './client.ts';
export {
  applySetup,
  planSetup,
  type SetupOptions,
  type SetupPlan,
  type SetupStep,
} from './setup.ts';

/** Dataverse lets a transaction run this long, and a row's time is older than its commit by that much. */
const DEFAULT_OVERLAP_MS = 5 * 60_000;
const DEFAULT_TIMEOUT_MS = 150_000;
const DEFAULT_PAGE_SIZE = 2_000;

export interface DynamicsOptions {
  readonly config: DynamicsConfig;
  readonly selection: CrmSelection;
  /** The mapping's stage rows: options that they name by number are read as numbers, all others as labels. */
  readonly stages: readonly StageRow[];
  /** An HTTP client for an origin: asked for the environment, and for the sign-in service unless `tokens` is given. */
  readonly http: (baseUrl: string) => HttpClient;
  readonly logger: Logger;
  /** What columns the mapping needs and where new ones go; without it, none can be made. */
  /** What the policy lets be created, so that `check` asks for no right in vain; everything unless given. */
  readonly creates?: Creates;
  /** Where the daemon takes the environment's events, so that `check` looks whether a webhook leads there; null: nowhere. */
  readonly eventPath?: string | null;
  readonly setup?: { readonly mapping: Mapping; readonly place: ConnectionConfig['setup'] };
  readonly clock?: Clock;
  readonly tokens?: AppTokens;
  /** `off` finds changes by their times although the environment could tell them. */
  readonly changeTracking?: 'auto' | 'off';
  readonly overlapMs?: number;
  /** Deadline of one attempt at a request, its body included. */
  readonly timeoutMs?: number;
  readonly pageSize?: number;
  /** Requests at a time; Dataverse refuses more than 52 of one user. */
  readonly maxConcurrentRequests?: number;
}

/** Builds the adapter. Nothing is sent before the first call. */
export function createDynamics(options: DynamicsOptions): Crm {
  const { config, selection, stages, http, logger, setup, clock = systemClock } = options;
  const {
    changeTracking = 'auto',
    overlapMs = DEFAULT_OVERLAP_MS,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    pageSize = DEFAULT_PAGE_SIZE,
    maxConcurrentRequests = MAX_CONCURRENT_REQUESTS,
    creates = { opportunities: true, accounts: true },
    eventPath = null,
  } = options;
  const tokens = options.tokens ?? createDynamicsTokens(config, http, clock);
  const client = createDynamicsClient({ config, http, tokens, clock, timeoutMs, maxConcurrentRequests });
  const org = createOrg({ client, selection, stages, clock });
  const reads = createReads({ client, org, stages, stageField: selection.stageField });
  const lookups = createLookups(client, org);
  const customers = createCustomers(client, org);
  const writes = { client, org, lookups, customers, clock };
  const feed = { client, org, selection, logger, clock, changeTracking, overlapMs, pageSize };
  return {
    kind: 'dynamics',
    feedIdentity: feedIdentityOf(config, selection),
    // A connection or a team membership that is removed leaves no trace.
    hasSilentChanges: selection.people.some((from) => from === 'connections' || from === 'opportunityTeam'),
    changes: (cursor, call) => readChanges(feed, cursor, call),
    ...reads,
    findAccounts: customers.findAccounts,
    create: (drafts, call) => createOpportunities(writes, drafts, call),
    addRelated: (rows, call) => addRelated({ client, org, customers, clock }, rows, call),
    update: (updates, call) => updateOpportunities(writes, updates, call),
    check: (call) => checkDynamics({ client, org, selection, stages, creates, eventPath, clock }, call),
    missingColumns: async ({ signal }) => missingPaths(selection, await org.describe(signal)),
    ...(setup === undefined
      ? {}
      : {
          suggestColumns: (wanted, { signal }) =>
            suggestColumns({ client, mapping: setup.mapping, setup: setup.place, signal }, wanted),
          async createColumns(columns, { signal }) {
            const done = await addColumns(
              { client, mapping: setup.mapping, setup: setup.place, signal, clock },
              columns,
            );
            org.forget();
            return done;
          },
        }),
  };
}

/** What a cursor covers: the host, who looks (rights decide what is seen), the filter, the columns, what is around. */
function feedIdentityOf({ url, apiVersion, auth }: DynamicsConfig, selection: CrmSelection): string {
  const { people, products, include } = selection;
  const parts = [
    new URL(url).host,
    apiVersion,
    auth.flow === 'managedIdentity' ? auth.flow : auth.tenantId,
    auth.clientId,
    'opportunity',
    filterText(include),
    neededPaths(selection),
    people,
    products,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
