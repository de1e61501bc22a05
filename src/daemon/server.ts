/**
 * The daemon's HTTP server: health for everybody, figures for whoever may, and whatever else is mounted (webhooks, the
 * console). Each part gets a scope of its own, so that its parsers and hooks are its own.
 */
import fastify, { type FastifyInstance } from 'fastify';
import type { Config } from '../core/config-types.ts';
import type { Logger } from '../core/ports.ts';
import type { Ledger } from '../core/store-port.ts';
import { createGate, type Gate } from './gate.ts';
import type { Metrics } from './metrics.ts';
import { type Readiness, withoutDetails } from './readiness.ts';
import type { Runner } from './runner.ts';

/** Why the configuration could not be read again. */
export interface ReloadProblem {
  readonly at: string;
  readonly message: string;
}

/** What routes may use. */
export interface ServerContext {
  readonly runner: Runner;
  readonly gate: Gate;
  /** The configuration in force; a reload replaces it. */
  readonly config: () => Config;
  /** The ledger of a connection; also decisions are written through it. @throws StateError */
  readonly ledger: (connection: string) => Promise<Ledger>;
  readonly readiness: () => Readiness;
  /** Why the configuration on disk is not the one in force; null when it is. */
  readonly reloadProblem: () => ReloadProblem | null;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** A part of the server. It is registered as a plugin of its own: hooks and parsers it adds concern its routes only. */
export type RegisterRoutes = (app: FastifyInstance, context: ServerContext) => void | Promise<void>;

export interface ServerOptions {
  readonly context: Omit<ServerContext, 'gate'>;
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly routes: readonly RegisterRoutes[];
}

/** Larger bodies than any of our routes takes. */
const MAX_BODY_BYTES = 1024 * 1024;
/** A client that sends slower than this is cut off. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Builds the server; `listen` opens it. */
export async function createServer({
  context: given,
  metrics,
  routes,
}: ServerOptions): Promise<FastifyInstance> {
  const { server } = given.config();
  const context: ServerContext = { ...given, gate: createGate(server.token) };
  const { logger, gate } = context;
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.setErrorHandler(async (error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500)
      logger.error({ err: error, route: request.routeOptions.url ?? null }, 'A request failed');
    await reply.code(status).send({
      error: status >= 500 ? 'Something went wrong; the log says what.' : messageOf(error),
    });
  });
  app.setNotFoundHandler(async (_request, reply) => {
    await reply.code(404).send({ error: 'There is nothing here.' });
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('X-Content-Type-Options', 'nosniff');
    if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
  });

  app.get('/healthz', async () => ({ status: 'up' }));
  app.get('/readyz', async (request, reply) => {
    const readiness = context.readiness();
    const told = gate.allows(request) ? readiness : withoutDetails(readiness, context.runner.status());
    return reply.code(readiness.ready ? 200 : 503).send(told);
  });
  app.get('/metrics', { onRequest: gate.check }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  for (const register of routes) {
    await app.register(async (scope) => {
      await register(scope, context);
    });
  }
  return app;
}

/**
 * Hands bodies of every kind to the routes of this scope as they came, byte for byte: a signature is over bytes.
 * `request.body` is a Buffer then.
 */
export function useRawBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : null;
  return typeof status === 'number' && status >= 400 ? status : 500;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
