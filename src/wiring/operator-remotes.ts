/** Builds what reaches the company's people: its directory, mail to the operators, a webhook. All of it is optional. */
import type { HostLimitRegistry } from '../adapters/http/index.ts';
import type { Remotes } from '../cli/services.ts';
import type { ConnectionConfig, HostLimits } from '../core/config-types.ts';
import { AT_ONCE } from '../core/delivery.ts';
import type { CallOptions, CheckResult, Directory, MessageChannel, OwnerMail } from '../core/ports.ts';
import { SIGN_IN_LIMITS } from './authentication.ts';
import { livesOf } from './credential-lives.ts';
import type { ClientFor, RemotesOptions } from './remotes.ts';

/** Mail takes at most four requests at a time from one app and mailbox. */
const GRAPH_LIMITS: HostLimits = { concurrency: 4, requestsPerSecond: null };
const WEBHOOK_LIMITS: HostLimits = { concurrency: 1, requestsPerSecond: 1 };
/** A run does not wait long to tell somebody. */
const ATTEMPTS = 3;
const MAX_RETRY_AFTER_MS = 10_000;

type OperatorRemotes = Pick<Remotes, 'directory' | 'channels' | 'messages' | 'checkGraph'>;

/** The directory, the channels and the settings of messages that a configuration asks for. Nothing is sent. */
export async function createOperatorRemotes(
  { connection, credentials, limits, warnDays, consoleUrl }: RemotesOptions,
  clientFor: ClientFor,
): Promise<OperatorRemotes> {
  const [graph, webhook] = await Promise.all([
    createGraphRemotes(connection, clientFor),
    createWebhook(connection, limits),
  ]);
  const { notify } = connection;
  return {
    directory: graph?.directory ?? null,
    channels: [...(graph?.channels ?? []), ...webhook],
    messages: {
      delivery: notify === undefined ? AT_ONCE : notify,
      consoleUrl,
      ownerMail: graph?.ownerMail ?? null,
      credentialLives: () => livesOf(connection, credentials),
      warnDays,
    },
    ...(graph === null ? {} : { checkGraph: graph.check }),
  };
}

interface GraphRemotes {
  readonly directory: Directory | null;
  readonly channels: readonly MessageChannel[];
  readonly ownerMail: OwnerMail | null;
  readonly check: (options: CallOptions) => Promise<readonly CheckResult[]>;
}

async function createGraphRemotes(
  { graph: config, name }: ConnectionConfig,
  clientFor: ClientFor,
): Promise<GraphRemotes | null> {
  if (config === null) return null;
  const { directory, notify, reminders } = config;
  if (!directory && notify === null && reminders === null) return null;
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
  /** Each mailbox once. */
  const mailboxes = new Map([
    ...(reminders === null ? [] : [[reminders.from, 'graph.reminders.from'] as const]),
    ...(notify === null ? [] : [[notify.from, 'graph.notify.from'] as const]),
  ]);
  return {
    directory: directory ? graph.directory : null,
    channels: notify === null ? [] : [graph.mail(notify)],
    ownerMail: reminders === null ? null : graph.ownerMail(reminders.from),
    check: (options) =>
      Promise.all([
        ...(directory ? [graph.checkDirectory(options)] : []),
        ...[...mailboxes].map(([from, key]) => graph.checkMailbox(from, key, options)),
      ]),
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
