/** Salesforce as a CRM: opportunities of one org, through its REST API. */
import { createHash } from 'node:crypto';
import type { SalesforceConfig } from '../../core/config-types.ts';
import type { CrmSelection } from '../../core/mapping-types.ts';
import type { Crm, Logger } from '../../core/ports.ts';
import { type Clock, type HttpClient, systemClock } from '../http/index.ts';
import { listenToChanges } from './change-events.ts';
import { checkSalesforce } from './check.ts';
import { createSalesforceClient } from './client.ts';
import { createColumns } from './columns.ts';
import { createOpportunities } from './create.ts';
import { readChanges } from './feed.ts';
import { createGuard } from './guarded.ts';
import { createLookups } from './lookups.ts';
import { createOrg } from './org.ts';
import { createReads } from './reads.ts';
import { addRelated } from './related-rows.ts';
import { suggestColumns } from './resolve-names.ts';
import { createMissingColumns } from './setup.ts';
import { updateOpportunities } from './update.ts';

export { createSalesforceClient, type SalesforceClient, type SalesforceClientOptions } from './client.ts';

const DEFAULT_OVERLAP_MS = 10 * 60_000;
const DEFAULT_TIMEOUT_MS = 150_000;

export interface SalesforceOptions {
  readonly config: SalesforceConfig;
  readonly selection: CrmSelection;
  /** An HTTP client for an origin: asked for the login host, and for the instance that the sign-in names. */
  readonly http: (baseUrl: string) => HttpClient;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly limits: {
    /** Part of the org's daily API calls that we may use, 0 to 1. */
    readonly shareOfDailyQuota: number;
  };
  /**
   * How far before the end of the last read each read of the feed starts. A row's stamp is older than its commit by as
   * long as its transaction ran; ten minutes is the longest that Salesforce lets one run.
   */
  readonly overlapMs?: number;
  /** Deadline of one attempt at a request, its body included. */
  readonly timeoutMs?: number;
  /** Stages that the mapping names, for `check`. */
  readonly stageNames?: readonly string[];
}

/**
 * Builds the adapter. Nothing is sent before the first call.
 * @throws ConfigurationError when the mapping names something that cannot be a Salesforce column
 */
export function createSalesforce(options: SalesforceOptions): Crm {
  const { config, selection, http, logger, clock = systemClock } = options;
  const { overlapMs = DEFAULT_OVERLAP_MS, timeoutMs = DEFAULT_TIMEOUT_MS, stageNames = [] } = options;
  const { shareOfDailyQuota } = options.limits;
  const client = createSalesforceClient({ config, http, clock, shareOfDailyQuota, timeoutMs });
  const org = createOrg(client, selection, logger);
  const reads = createReads({ client, org, selection });
  const lookups = createLookups(client, org);
  const guard = createGuard(client);
  const writes = { client, org, reads, lookups, guard, clock };
  return {
    kind: 'salesforce',
    feedIdentity: feedIdentityOf(config, selection),
    // Team members are deleted without a trace.
    hasSilentChanges: selection.people.includes('opportunityTeam'),
    changes: (cursor, call) =>
      readChanges({ client, org, selection, overlapMs, now: clock.now }, cursor, call),
    lacking: () => {
      const dropped = new Set(org.dropped);
      return selection.paths.filter((path) => dropped.has(path.toLowerCase()));
    },
    read: reads.read,
    findByReferralIds: reads.findByReferralIds,
    create: (drafts, call) => createOpportunities({ ...writes, selection }, drafts, call),
    addRelated: (rows, call) => addRelated({ client, org }, rows, call),
    update: (updates, call) => updateOpportunities(writes, updates, call),
    ...(config.changeEvents === true
      ? {
          listen: (from, onHint, { signal }) =>
            listenToChanges({ client, clock, logger }, from, onHint, signal),
        }
      : {}),
    findAccounts: reads.findAccounts,
    listStages: reads.listStages,
    missingColumns: ({ signal }) => org.findMissing(signal),
    suggestColumns: (wanted, { signal }) => suggestColumns(org, wanted, signal),
    createColumns: (columns, { signal }) => createMissingColumns({ client, org }, columns, signal),
    dailyRequests: () => client.usage,
    check: (call) => checkSalesforce({ config, client, org, reads, selection, stageNames, clock }, call),
  };
}

/** What a cursor covers: the host, who looks (rights decide what is seen), the filter and the columns. */
function feedIdentityOf({ loginUrl, auth }: SalesforceConfig, selection: CrmSelection): string {
  const user = auth.flow === 'jwtBearer' ? auth.username : auth.clientId;
  const columns = createColumns(selection, new Set());
  const parts = [new URL(loginUrl).host, user, 'Opportunity', columns.scope(), columns.select];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
