/** From the parsed file to the configuration that everything else works with: paths absolute, absences explicit. */
import { dirname, resolve } from 'node:path';
import type {
  AppSignIn,
  Config,
  ConnectionConfig,
  DynamicsConfig,
  SalesforceConfig,
  Schedule,
  WebhooksConfig,
} from '../core/config-types.ts';
import type { Mapping } from '../core/mapping-types.ts';
import type { ParsedConfig, ParsedConnection } from './config-schema.ts';
import type { ParsedWebhooks } from './webhook-schema.ts';

export interface LoadedMapping {
  /** Absolute path. */
  readonly file: string;
  readonly mapping: Mapping;
}

/** What paths count from, and what the environment adds to them. */
interface Place {
  readonly directory: string;
  /** The file with a federated token that the platform names; empty: none. */
  readonly tokenFile: string;
}

/**
 * @param file the configuration file's absolute path
 * @param mappings the mapping of each connection, by its place in the file
 * @param tokenFile the file with a federated token that the environment names; empty: none
 */
export function toConfig(
  { state, server, credentials, schedule, connections }: ParsedConfig,
  file: string,
  mappings: ReadonlyMap<number, LoadedMapping>,
  tokenFile = '',
): Config {
  const directory = dirname(file);
  const keyFile = orNull(credentials.keyFile);
  return {
    file,
    state: state.kind === 'embedded' ? { kind: 'embedded', dir: resolve(directory, state.dir) } : state,
    server: toServer(server),
    credentials: {
      keyFile: keyFile === null ? null : resolve(directory, keyFile),
      warnDays: [...new Set(credentials.warnDays)].sort((left, right) => right - left),
    },
    schedule,
    connections: connections.map((connection, index) => {
      const loaded = mappings.get(index);
      if (loaded === undefined)
        throw new TypeError(`The mapping of connection ${connection.name} was not loaded.`);
      const neighbours = connections
        .filter((other) => other !== connection && isNeighbour(other, connection))
        .map(({ name }) => name);
      const assembled = toConnection(connection, schedule, { directory, tokenFile }, loaded);
      return neighbours.length === 0 ? assembled : { ...assembled, neighbours };
    }),
  };
}

/** Whether two connections see the same referrals and give them ids of the same form. */
function isNeighbour(a: ParsedConnection, b: ParsedConnection): boolean {
  return (
    a.crm.kind === b.crm.kind &&
    a.partnerCenter.baseUrl === b.partnerCenter.baseUrl &&
    a.partnerCenter.tenantId.toLowerCase() === b.partnerCenter.tenantId.toLowerCase()
  );
}

function toConnection(
  connection: ParsedConnection,
  schedule: Schedule,
  place: Place,
  { file: mappingFile, mapping }: LoadedMapping,
): ConnectionConfig {
  const { name, crm, partnerCenter, limits, graph, notify, webhooks, policy, setup } = connection;
  const { schedule: own } = connection;
  const { directory } = place;
  const partner = {
    ...partnerCenter,
    clientSecret: orNull(partnerCenter.clientSecret),
    certificateFile: fileOrNull(partnerCenter.certificateFile, directory),
    refreshToken: orNull(partnerCenter.refreshToken),
    organizationId: orNull(partnerCenter.organizationId),
  };
  return {
    name,
    crm: crm.kind === 'salesforce' ? toSalesforce(crm, directory) : toDynamics(crm, place),
    partnerCenter: partner,
    limits: { ...limits, crm: { ...limits.crm, requestsPerSecond: limits.crm.requestsPerSecond ?? null } },
    graph: graph === undefined ? null : toGraph(graph, partner, place),
    notify: {
      webhook: notify?.webhook ?? null,
      timeZone: notify?.timeZone ?? partnerCenter.timeZone,
      quietHours: notify?.quietHours ?? null,
      digest: notify?.digest ?? null,
      urgent: notify?.urgent ?? [],
    },
    ...(webhooks === undefined ? {} : { webhooks: toWebhooks(webhooks, directory) }),
    schedule: {
      sync: own?.sync ?? schedule.sync,
      audit: own?.audit ?? schedule.audit,
      related: own?.related ?? schedule.related,
    },
    mappingFile,
    mapping,
    policy,
    setup,
  };
}

function toServer({ publicUrl, token, totpSecret, ...server }: ParsedConfig['server']): Config['server'] {
  return {
    ...server,
    token: orNull(token),
    ...(totpSecret === undefined ? {} : { totpSecret }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  };
}

function toWebhooks({ partnerCenter, dynamics }: ParsedWebhooks, directory: string): WebhooksConfig {
  const trustFile = orNull(partnerCenter?.trustFile);
  return {
    partnerCenter:
      partnerCenter === undefined
        ? null
        : { ...partnerCenter, trustFile: trustFile === null ? null : resolve(directory, trustFile) },
    dynamics: dynamics ?? null,
  };
}

function toSalesforce(
  { auth, ...crm }: ParsedConnection['crm'] & { kind: 'salesforce' },
  directory: string,
): SalesforceConfig {
  if (auth.flow === 'clientCredentials') return { ...crm, auth };
  const privateKeyFile = resolve(directory, auth.privateKeyFile);
  return { ...crm, auth: { ...auth, privateKeyFile, audience: orNull(auth.audience) } };
}

function toDynamics(
  { auth, ...crm }: ParsedConnection['crm'] & { kind: 'dynamics' },
  place: Place,
): DynamicsConfig {
  if (auth.flow === 'managedIdentity') return { ...crm, auth: { ...auth, clientId: orNull(auth.clientId) } };
  if (auth.flow === 'workloadIdentity')
    return { ...crm, auth: { ...auth, tokenFile: tokenFileOf(auth.tokenFile, place) } };
  return {
    ...crm,
    auth: {
      ...auth,
      clientSecret: orNull(auth.clientSecret),
      certificateFile: fileOrNull(auth.certificateFile, place.directory),
    },
  };
}

function toGraph(
  { baseUrl, directory, notify, reminders, auth, clientId, ...app }: NonNullable<ParsedConnection['graph']>,
  partner: ConnectionConfig['partnerCenter'],
  place: Place,
): NonNullable<ConnectionConfig['graph']> {
  const tenant = {
    authority: app.authority ?? partner.authority,
    tenantId: app.tenantId ?? partner.tenantId,
  };
  const signIn = (): AppSignIn => {
    if (auth?.flow === 'managedIdentity') return { ...auth, clientId: orNull(auth.clientId) };
    if (auth?.flow === 'workloadIdentity') {
      const tokenFile = tokenFileOf(auth.tokenFile, place);
      return {
        ...auth,
        authority: auth.authority ?? tenant.authority,
        tenantId: auth.tenantId ?? tenant.tenantId,
        tokenFile,
      };
    }
    const clientSecret = orNull(app.clientSecret);
    const certificateFile = fileOrNull(app.certificateFile, place.directory);
    const isOwn = clientId !== undefined && (clientSecret !== null || certificateFile !== null);
    return isOwn
      ? { flow: 'clientCredentials', ...tenant, clientId, clientSecret, certificateFile }
      : {
          flow: 'clientCredentials',
          authority: partner.authority,
          tenantId: partner.tenantId,
          clientId: partner.clientId,
          clientSecret: partner.clientSecret,
          certificateFile: partner.certificateFile ?? null,
        };
  };
  return { baseUrl, directory, notify: notify ?? null, reminders: reminders ?? null, app: signIn() };
}

function tokenFileOf(configured: string | undefined, { directory, tokenFile }: Place): string {
  return resolve(directory, orNull(configured) ?? tokenFile);
}

function fileOrNull(file: string | undefined, directory: string): string | null {
  const given = orNull(file);
  return given === null ? null : resolve(directory, given);
}

/** Empty text from the environment is how a variable says that there is nothing. */
function orNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
