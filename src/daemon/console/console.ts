/** The console: a page at `/` and the data behind it, as one part of the daemon's server. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Asset, loadAssets } from './assets.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { ConsoleError } from './errors.ts';
import { createEventStreams } from './events.ts';
import { createPipelineRecorder } from './pipeline-recorder.ts';
import { createPreviews } from './previews.ts';
import type { ReadModel } from './read-model.ts';
import { addActionRoutes } from './routes-actions.ts';
import { addDataRoutes } from './routes-data.ts';
import { addSessionRoutes, type Visitors } from './routes-session.ts';
import { ensureHost, SECURITY_HEADERS } from './security.ts';

/** Addresses of the page's screens: each is the same file, whose script shows what the address says. */
const PAGES = ['/', '/deals', '/deals/:connection/:id', '/inbound', '/attention', '/plan', '/runs'];

/** Mounts the console. @param readModel its ledgers are to be watched wherever the process writes */
export async function registerConsole(
  app: FastifyInstance,
  dependencies: ConsoleDependencies,
  readModel: ReadModel,
): Promise<void> {
  const { access, runner, connections, now, rest, onError } = dependencies;
  const assets = await loadAssets();
  const streams = createEventStreams();
  const previews = createPreviews(now, (connection) => streams.send('preview', { connection }));
  const record = createPipelineRecorder({ connections, now, rest });

  app.setErrorHandler((error, _request, reply) => answerError(error, reply, onError));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    ensureHost(request.headers, access);
  });

  const unsubscribe = runner.subscribe((event) => {
    const { type, connection = null, progress = null } = event;
    if (type === 'run-progress') streams.send('progress', { connection, progress });
    else streams.send('changed', { type, connection });
    if (type !== 'run-finished') return;
    readModel.releaseUnused();
    if (connection !== null) record(connection).catch(onError);
  });
  app.addHook('preClose', async () => {
    unsubscribe();
    previews.stop();
    streams.close();
  });

  for (const path of PAGES)
    app.get(path, (request, reply) => sendAsset(assets.get('index.html'), request, reply));
  app.get('/assets/*', (request, reply) => {
    const { '*': path } = request.params as { readonly '*': string };
    return sendAsset(assets.get(path), request, reply);
  });

  await app.register(
    async (api) => {
      // A form of another site can send text, but no JSON.
      api.removeContentTypeParser('text/plain');
      const visitors: Visitors = addSessionRoutes(api, dependencies);
      addDataRoutes(api, { ...dependencies, readModel, visitors, previews, streams });
      addActionRoutes(api, { ...dependencies, visitors, previews, streams });
    },
    { prefix: '/api' },
  );
}

function sendAsset(asset: Asset | undefined, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (asset === undefined) throw new ConsoleError(404, 'nothing-here', 'There is nothing at this address.');
  reply.header('cache-control', 'no-cache').header('etag', asset.etag);
  const known = (request.headers['if-none-match'] ?? '').split(/\s*,\s*/);
  if (known.includes(asset.etag) || known.includes(`W/${asset.etag}`)) return reply.code(304).send();
  return reply.type(asset.type).send(asset.body);
}

async function answerError(
  error: unknown,
  reply: FastifyReply,
  onError: (error: unknown) => void,
): Promise<FastifyReply> {
  reply.headers(SECURITY_HEADERS);
  if (error instanceof ConsoleError) {
    const { status, code, message, details } = error;
    const { retryAfterSeconds } = details;
    if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds));
    return reply.code(status).send({ error: { code, message, ...details } });
  }
  const status = statusOf(error);
  if (status < 500) {
    const message = 'This request makes no sense; nothing was done. Load the page again.';
    return reply.code(status).send({ error: { code: 'bad-input', message } });
  }
  onError(error);
  const message =
    'Something went wrong on the server; its log says what. Nothing was changed by this request.';
  return reply.code(500).send({ error: { code: 'failed', message } });
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : null;
  return typeof status === 'number' && status >= 400 ? status : 500;
}
