/** From the parsed file to the configuration that everything else works with: paths absolute, absences explicit. */
import { dirname, resolve } from 'node:path';
import type {
  Config,
  ConnectionConfig,
  DynamicsConfig,
  SalesforceConfig,
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

/**
 * @param file the configuration file's absolute path
 * @param mappings the mapping of each connection, by its place in the file
 */
export function toConfig(
  { state, server, schedule, connections }: ParsedConfig,
  file: string,
  mappings: ReadonlyMap<number, LoadedMapping>,
): Config {
  const directory = dirname(file);
  return {
    file,
    state: state.kind === 'embedded' ? { kind: 'embedded', dir: resolve(directory, state.dir) } : state,
    server: toServer(server),
    schedule,
    connections: connections.map((connection, index) => {
      const loaded = mappings.get(index);
      if (loaded === undefined)
        throw new TypeError(`The mapping of connection ${connection.name} was not loaded.`);
      const neighbours = connections
        .filter((other) => other !== connection && isNeighbour(other, connection))
        .map(({ name }) => name);
      const assembled = toConnection(connection, directory, loaded.file, loaded.mapping);
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
  { name, crm, partnerCenter, limits, graph, notify, webhooks, policy, setup }: ParsedConnection,
  directory: string,
  mappingFile: string,
  mapping: Mapping,
): ConnectionConfig {
  return {
    name,
    crm: crm.kind === 'salesforce' ? toSalesforce(crm, directory) : toDynamics(crm, directory),
    partnerCenter: {
      ...partnerCenter,
      clientSecret: orNull(partnerCenter.clientSecret),
      refreshToken: orNull(partnerCenter.refreshToken),
      organizationId: orNull(partnerCenter.organizationId),
    },
    limits: { ...limits, crm: { ...limits.crm, requestsPerSecond: limits.crm.requestsPerSecond ?? null } },
    graph: graph === undefined ? null : toGraph(graph, partnerCenter),
    ...(notify?.webhook === undefined ? {} : { notify: { webhook: notify.webhook } }),
    ...(webhooks === undefined ? {} : { webhooks: toWebhooks(webhooks, directory) }),
    mappingFile,
    mapping,
    policy,
    setup,
  };
}

function toServer({ publicUrl, token, ...server }: ParsedConfig['server']): Config['server'] {
  return { ...server, token: orNull(token), ...(publicUrl === undefined ? {} : { publicUrl }) };
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
  directory: string,
): DynamicsConfig {
  const file = orNull(auth.certificateFile);
  return {
    ...crm,
    auth: {
      ...auth,
      clientSecret: orNull(auth.clientSecret),
      certificateFile: file === null ? null : resolve(directory, file),
    },
  };
}

function toGraph(
  { baseUrl, directory, notify, ...app }: NonNullable<ParsedConnection['graph']>,
  partner: ParsedConnection['partnerCenter'],
): NonNullable<ConnectionConfig['graph']> {
  const clientSecret = orNull(app.clientSecret);
  const own =
    app.clientId === undefined || clientSecret === null ? null : { clientId: app.clientId, clientSecret };
  return {
    baseUrl,
    directory,
    notify: notify ?? null,
    app: own && {
      authority: app.authority ?? partner.authority,
      tenantId: app.tenantId ?? partner.tenantId,
      ...own,
    },
  };
}

/** Empty text from the environment is how a variable says that there is nothing. */
function orNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
