/** Builds what reaches the company's people: its directory, mail to the operators, a webhook. All of it is optional. */
import type { HostLimitRegistry } from '../adapters/http/index.ts';
import type { Remotes } from '../cli/services.ts';
import type { ConnectionConfig, HostLimits } from '../core/config-types.ts';
import type { MessageChannel } from '../core/ports.ts';
import { SIGN_IN_LIMITS } from './authentication.ts';
import type { ClientFor } from './remotes.ts';

/** Mail takes at most four requests at a time from one app and mailbox. */
const GRAPH_LIMITS: HostLimits = { concurrency: 4, requestsPerSecond: null };
const WEBHOOK_LIMITS: HostLimits = { concurrency: 1, requestsPerSecond: 1 };
/** A run does not wait long to tell somebody. */
const ATTEMPTS = 3;
const MAX_RETRY_AFTER_MS = 10_000;

/** The directory and channels that a connection's configuration asks for. Nothing is sent. */
export async function createOperatorRemotes(
  connection: ConnectionConfig,
  clientFor: ClientFor,
  limits: HostLimitRegistry,
): Promise<Pick<Remotes, 'directory' | 'channels'>> {
  const [graph, webhook] = await Promise.all([
    createGraphRemotes(connection, clientFor),
    createWebhook(connection, limits),
  ]);
  return { directory: graph.directory ?? null, channels: [...(graph.channels ?? []), ...webhook] };
}

async function createGraphRemotes(
  connection: ConnectionConfig,
  clientFor: ClientFor,
): Promise<Pick<Remotes, 'directory' | 'channels'>> {
  const { graph: config, name } = connection;
  if (config === null || (!config.directory && config.notify === null)) return {};
  const [{ createGraph, graphScope }, { createAppSignIn }] = await Promise.all([
    import('../adapters/graph/index.ts'),
    import('../adapters/entra/index.ts'),
  ]);
  const graph = createGraph({
    http: clientFor(config.baseUrl, 'graph', GRAPH_LIMITS, ATTEMPTS),
    tokens: createAppSignIn({
      signIn: config.app,
      scope: graphScope(config.baseUrl),
      http: (origin) => clientFor(origin, 'entra', SIGN_IN_LIMITS, ATTEMPTS),
      operation: `Sign-in of connection "${name}" to Microsoft Graph`,
      section: 'graph',
    }),
  });
  return {
    directory: config.directory ? graph.directory : null,
    channels: config.notify === null ? [] : [graph.mail(config.notify)],
  };
}

/** The client of a webhook reports to no log: the path is part of the secret. */
async function createWebhook(
  { notify }: ConnectionConfig,
  limits: HostLimitRegistry,
): Promise<readonly MessageChannel[]> {
  if (notify === undefined || notify.webhook === null) return [];
  const { url, on } = notify.webhook;
  const { origin } = new URL(url);
  const [{ createWebhookChannel }, { createHttpClient }] = await Promise.all([
    import('../adapters/webhook/index.ts'),
    import('../adapters/http/index.ts'),
  ]);
  const http = createHttpClient({
    baseUrl: origin,
    system: 'webhook',
    limit: limits.forHost(origin, WEBHOOK_LIMITS),
    attempts: ATTEMPTS,
    maxRetryAfterMs: MAX_RETRY_AFTER_MS,
  });
  return [createWebhookChannel({ url, on, http })];
}
