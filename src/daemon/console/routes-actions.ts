/** What a person may do from the page. Each is a command, too, and goes into the audit trail under the person's name. */
import type { FastifyInstance } from 'fastify';
import type { HistoryEntry } from '../../core/store-port.ts';
import { decide } from './decisions.ts';
import type { ConsoleConnection, ConsoleDependencies } from './dependencies.ts';
import { ConsoleError } from './errors.ts';
import type { EventStreams } from './events.ts';
import { BODY_LIMIT, DecisionInput, PreviewInput, RunInput, read } from './inputs.ts';
import type { Previews } from './previews.ts';
import { findConnection } from './routes-data.ts';
import type { Visitors } from './routes-session.ts';

export interface ActionRoutes extends ConsoleDependencies {
  readonly visitors: Visitors;
  readonly previews: Previews;
  readonly streams: EventStreams;
}

export function addActionRoutes(api: FastifyInstance, context: ActionRoutes): void {
  const { connections, runner, now, visitors, previews, streams, onError } = context;
  const named = (name: string): ConsoleConnection => findConnection(connections(), name);
  const isRunning = (name: string): boolean =>
    runner.status().some(({ connection, running }) => connection === name && running !== null);

  api.post('/attention/decide', BODY_LIMIT, async (request, reply) => {
    const { name: by } = visitors.ensureActor(request);
    const { connection, action, items } = read(DecisionInput, request.body);
    const ledger = await named(connection).ledger();
    const results = await decide({ ledger, now }, { action, items, by });
    const done = results.filter(({ ok }) => ok).length;
    if (done > 0) streams.send('changed', { type: 'decided', connection });
    if (done === 0 && results.length === 1) {
      const [result] = results;
      const status = result?.reason === 'refused' ? 422 : result?.reason === 'gone' ? 410 : 409;
      reply.code(status);
      return { error: { code: result?.reason, message: result?.message }, results };
    }
    return { results };
  });

  api.post('/runs', BODY_LIMIT, async (request, reply) => {
    const { name: by } = visitors.ensureActor(request);
    const { connection, full } = read(RunInput, request.body);
    const { config, ledger } = named(connection);
    await (await ledger()).commit({ history: [asked(by, now().toISOString(), full)] });
    const waits = isRunning(config.name);
    runner.request(config.name, { kind: full ? 'audit' : 'manual', who: by }).catch(onError);
    return reply.code(202).send({
      message: waits ? 'A run is on; another one follows it.' : 'The run has been asked for.',
    });
  });

  api.post('/plan', BODY_LIMIT, async (request, reply) => {
    const { name: by } = visitors.ensureActor(request);
    const connection = named(read(PreviewInput, request.body).connection);
    if (isRunning(connection.config.name)) {
      throw new ConsoleError(
        409,
        'run-under-way',
        'A run is on, so a plan would be out of date before it is made. Ask again when it has finished.',
      );
    }
    return reply.code(202).send(previews.start(connection, by));
  });
}

/** A run that a person asked for is no record's history, and is kept all the same. */
function asked(by: string, at: string, full: boolean): HistoryEntry {
  return {
    at,
    runId: null,
    opportunityId: null,
    referralId: null,
    field: 'run',
    who: 'operator',
    by,
    to: 'ledger',
    from: null,
    value: full ? 'a full comparison' : 'a run',
    rule: 'asked for on the console',
    requestId: null,
  };
}
