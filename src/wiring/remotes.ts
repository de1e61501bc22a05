/** Builds the adapters of a connection. They are loaded when a connection is made, because they take their time. */
import type { Exchange, HostLimitRegistry, HttpClient, RequestCounters } from '../adapters/http/index.ts';
import type { Remotes } from '../cli/services.ts';
import type { ConnectionConfig, HostLimits } from '../core/config-types.ts';
import type { System } from '../core/errors.ts';
import type { CrmSelection } from '../core/mapping-types.ts';
import type { Crm, Logger } from '../core/ports.ts';
import type { Credentials } from '../store/index.ts';
import { createTokens, SIGN_IN_LIMITS } from './authentication.ts';
import { createOperatorRemotes } from './operator-remotes.ts';

export interface RemotesOptions {
  readonly connection: ConnectionConfig;
  readonly selection: CrmSelection;
  readonly credentials: Credentials;
  /** Shared by all connections, so that a host sees one client. */
  readonly limits: HostLimitRegistry;
  readonly logger: Logger;
  /** Days before the end of a credential at which to warn. */
  readonly warnDays: readonly number[];
  /** Where people reach the console; null where nobody says. */
  readonly consoleUrl: string | null;
}

export type ClientFor = (
  baseUrl: string,
  system: System,
  settings: HostLimits,
  attempts?: number,
) => HttpClient;

/** The adapters, with requests counted by system. Nothing is sent. */
export async function createRemotes(options: RemotesOptions): Promise<Remotes> {
  const { connection, credentials, limits, logger } = options;
  const { createHttpClient } = await import('../adapters/http/index.ts');
  const counters: Readonly<Record<System, RequestCounters>> = {
    crm: none(),
    partnerCenter: none(),
    graph: none(),
    entra: none(),
    webhook: none(),
  };
  const clientFor: ClientFor = (baseUrl, system, settings, attempts) =>
    createHttpClient({
      baseUrl,
      system,
      limit: limits.forHost(baseUrl, settings),
      ...(attempts === undefined ? {} : { attempts }),
      // A machine's identity is asked for at a link-local address.
      linkLocal: system === 'entra',
      counters: counters[system],
      onExchange: (exchange) => logExchange(logger, connection.name, exchange),
    });

  const [crm, partnerCenter, operators] = await Promise.all([
    createCrm(options, clientFor),
    createPartner(connection, credentials, clientFor),
    createOperatorRemotes(options, clientFor),
  ]);
  return {
    crm,
    partnerCenter,
    ...operators,
    requests: () => ({
      crm: counters.crm.requests,
      partnerCenter: counters.partnerCenter.requests,
      graph: counters.graph.requests,
      retries: counters.crm.retries + counters.partnerCenter.retries + counters.graph.retries,
    }),
    missingColumns:
      crm.missingColumns === undefined ? null : (call) => crm.missingColumns?.(call) ?? Promise.resolve([]),
    ...(crm.suggestColumns === undefined ? {} : { suggestColumns: crm.suggestColumns.bind(crm) }),
    createColumns: crm.createColumns?.bind(crm) ?? null,
  };
}

function none(): RequestCounters {
  return { requests: 0, retries: 0 };
}

function logExchange(logger: Logger, connection: string, exchange: Exchange): void {
  logger.debug({ connection, ...exchange }, 'Request answered');
}

async function createCrm(
  { connection, selection, logger }: RemotesOptions,
  clientFor: ClientFor,
): Promise<Crm> {
  const { name, crm, mapping, limits, policy, webhooks } = connection;
  if (crm.kind === 'dynamics') {
    const { createDynamics } = await import('../adapters/dynamics/index.ts');
    return createDynamics({
      config: crm,
      selection,
      stages: mapping.stages,
      http: (baseUrl) =>
        new URL(baseUrl).origin === new URL(crm.url).origin
          ? clientFor(baseUrl, 'crm', limits.crm)
          : clientFor(baseUrl, 'entra', SIGN_IN_LIMITS),
      logger,
      creates: { opportunities: policy.inbound.create, accounts: policy.inbound.accounts === 'create' },
      eventPath: (webhooks?.dynamics ?? null) === null ? null : `/webhooks/dataverse/${name}`,
      setup: { mapping, place: connection.setup },
    });
  }
  const { createSalesforce } = await import('../adapters/salesforce/index.ts');
  const stageNames = [
    ...new Set(mapping.stages.flatMap((row) => (typeof row.crm === 'string' ? [row.crm] : []))),
  ];
  return createSalesforce({
    config: crm,
    selection,
    http: (baseUrl) => clientFor(baseUrl, 'crm', limits.crm),
    logger,
    limits: { shareOfDailyQuota: limits.crm.shareOfDailyQuota },
    stageNames,
  });
}

async function createPartner(connection: ConnectionConfig, credentials: Credentials, clientFor: ClientFor) {
  const { name, partnerCenter: config, limits } = connection;
  const { createPartnerCenter } = await import('../adapters/partner-center/index.ts');
  const tokens = await createTokens(
    connection,
    credentials,
    clientFor(config.authority, 'entra', SIGN_IN_LIMITS),
  );
  return createPartnerCenter({
    http: clientFor(config.baseUrl, 'partnerCenter', limits.partnerCenter),
    accessToken: (request) => tokens.getToken('referrals', request),
    connection: name,
    timeZone: config.timeZone,
    organizationId: config.organizationId,
  });
}
