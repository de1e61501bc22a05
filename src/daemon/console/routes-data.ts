/** What the page reads. Nothing here changes anything, and nothing asks a remote. */
import type { FastifyInstance } from 'fastify';
import type { DealKind, DealState } from '../../core/deal.ts';
import { type PipelineDay, pipelineDays } from '../../views/pipeline.ts';
import { attentionGroups } from './attention.ts';
import { dealPage } from './deal-page.ts';
import type { ConsoleConnection, ConsoleDependencies } from './dependencies.ts';
import { ConsoleError } from './errors.ts';
import type { EventStreams } from './events.ts';
import { AttentionInput, DealParams, DealsInput, PipelineInput, read } from './inputs.ts';
import { overviewOf } from './overview.ts';
import type { Previews } from './previews.ts';
import type { DealSort, ReadModel } from './read-model.ts';
import { signedOut, type Visitors } from './routes-session.ts';
import { SECURITY_HEADERS } from './security.ts';

export interface DataRoutes extends ConsoleDependencies {
  readonly readModel: ReadModel;
  readonly visitors: Visitors;
  readonly previews: Previews;
  readonly streams: EventStreams;
}

const DAY_MS = 86_400_000;
/** Sorting by these begins with the largest. */
const DESCENDING: ReadonlySet<string> = new Set(['changed', 'amount']);

/** The connection of this name. @throws ConsoleError 404 */
export function findConnection(connections: readonly ConsoleConnection[], name: string): ConsoleConnection {
  const found = connections.find(({ config }) => config.name === name);
  if (found === undefined)
    throw new ConsoleError(404, 'unknown-connection', `The configuration has no connection "${name}".`);
  return found;
}

export function addDataRoutes(api: FastifyInstance, context: DataRoutes): void {
  const { connections, now, readModel, visitors, previews, streams } = context;
  const named = (name: string): ConsoleConnection => findConnection(connections(), name);
  /** The connections that a request is about. */
  const chosen = (name: string | undefined): readonly ConsoleConnection[] =>
    name === undefined ? connections() : [named(name)];

  api.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });

  const reading = {
    onRequest: async (request: Parameters<Visitors['ensureReader']>[0]) => visitors.ensureReader(request),
  };

  api.get('/overview', reading, async () => ({
    now: now().toISOString(),
    connections: await Promise.all(
      connections().map((connection) => overviewOf(connection, context, readModel)),
    ),
  }));

  api.get('/deals', reading, async (request) => {
    const input = read(DealsInput, request.query);
    if (input.connection !== undefined) named(input.connection);
    const { offset, limit, sort } = input;
    const page = await readModel.deals({
      filter: {
        state: (input.state ?? null) as DealState | null,
        kind: (input.kind ?? null) as DealKind | null,
        origin: input.origin ?? null,
        favorites: input.favorites,
        owner: input.owner?.trim() || null,
        expiring: input.expiring,
        outOfStep: input.outOfStep,
      },
      connection: input.connection ?? null,
      archived: input.archived,
      text: input.q ?? null,
      sort: sort as DealSort,
      descending: input.order === undefined ? DESCENDING.has(sort) : input.order === 'desc',
      offset,
      limit,
    });
    return { ...page, offset, limit };
  });

  api.get('/deals/:connection/:id', reading, async (request) => {
    const { connection, id } = read(DealParams, request.params);
    return dealPage(named(connection), id, now());
  });

  api.get('/inbound', reading, async () => readModel.inbound());

  api.get('/pipeline', reading, async (request) => {
    const { connection, days } = read(PipelineInput, request.query);
    const to = now().toISOString().slice(0, 10);
    const from = new Date(now().getTime() - (days - 1) * DAY_MS).toISOString().slice(0, 10);
    const series = await Promise.all(
      chosen(connection).map(async (one) => {
        const kept: readonly PipelineDay[] = await pipelineDays(await one.ledger(), from, to);
        // Today is as it is now; what was kept this morning is older.
        const { pipeline, building } = await readModel.standing(one);
        const past = kept.filter(({ day }) => building !== null || day !== to);
        return {
          connection: one.config.name,
          days: building === null ? [...past, { day: to, cells: pipeline }] : past,
        };
      }),
    );
    return { from, to, series };
  });

  api.get('/attention', reading, async (request) => {
    const { connection = null, code = null, offset, limit } = read(AttentionInput, request.query);
    if (connection !== null) named(connection);
    return { groups: await attentionGroups(connections(), { connection, code, offset, limit }) };
  });

  api.get('/plan/:connection', reading, async (request) => {
    const { connection } = request.params as { readonly connection: string };
    return previews.find(named(connection).config.name);
  });

  // The page keeps its stream open by itself.
  api.get('/events', (request, reply) => {
    if (!visitors.mayRead(request)) throw signedOut();
    if (streams.isFull)
      throw new ConsoleError(
        503,
        'too-many-pages',
        'Too many pages of the console are open; close some. This one goes on without news.',
        { retryAfterSeconds: 60 },
      );
    reply.hijack();
    streams.open(reply.raw, SECURITY_HEADERS, () => visitors.mayRead(request));
  });

  api.get('/*', async () => {
    throw new ConsoleError(404, 'nothing-here', 'There is nothing at this address.');
  });
}
