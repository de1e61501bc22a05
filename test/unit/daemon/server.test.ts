import { afterEach, describe, expect, it } from 'vitest';
import type { CredentialState } from '../../../src/daemon/connection.ts';
import { useRawBodies } from '../../../src/daemon/server.ts';
import { askDaemon, daemonUrlOf } from '../../../src/wiring/ask-daemon.ts';
import {
  clockOf,
  configOf,
  connectionOf,
  type DaemonBench,
  SCHEDULE,
  startBench,
} from '../../support/daemon.ts';
import { createWorld } from '../../support/world.ts';

const benches: DaemonBench[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

async function open(options: Parameters<typeof startBench>[0]): Promise<DaemonBench> {
  const bench = await startBench(options);
  benches.push(bench);
  await bench.daemon.runner.idle();
  return bench;
}

function get({ daemon }: DaemonBench, url: string, headers: Record<string, string> = {}) {
  return daemon.app.inject({ url, headers });
}

const outage = () => {
  throw Object.assign(new Error('The state is out of reach.'));
};

describe('health', () => {
  it('is up while the process is, whatever the connections do', async () => {
    const world = createWorld();
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world, { engine: async () => outage() })],
    });

    const up = await get(bench, '/healthz');
    const ready = await get(bench, '/readyz');

    expect([up.statusCode, up.json()]).toEqual([200, { status: 'up' }]);
    expect(ready.statusCode).toBe(503);
    expect(ready.json().connections).toEqual([
      {
        connection: 'contoso',
        ready: false,
        reason: 'No run has been completed yet. The state is out of reach.',
        lastCompleteRun: null,
      },
    ]);
  });

  it('goes bad when more than three scheduled times pass without a complete run, and good again with the next', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    let isOut = false;
    const bench = await open({
      clock: clockOf(world),
      connections: [
        connectionOf('contoso', world, {
          engine: async (progress) => (isOut ? outage() : { ...world.dependencies, progress }),
        }),
        connectionOf('fabrikam', createWorld()),
      ],
    });
    expect((await get(bench, '/readyz')).statusCode).toBe(200);

    isOut = true;
    await bench.pass(15);
    expect((await get(bench, '/readyz')).statusCode).toBe(200);
    await bench.pass(5);
    const late = await get(bench, '/readyz');
    isOut = false;
    await bench.pass(5);

    expect(late.statusCode).toBe(503);
    expect(late.json()).toMatchObject({
      ready: false,
      connections: [
        {
          connection: 'contoso',
          ready: false,
          reason:
            'The last complete run ended 2026-11-20T12:01:00.000Z, more than 3 scheduled times ago. The state is out of reach.',
        },
        { connection: 'fabrikam', ready: true, reason: null },
      ],
    });
    expect((await get(bench, '/readyz')).statusCode).toBe(200);
  });

  it('does not alarm on a Monday morning when the schedule keeps office hours', async () => {
    const world = createWorld({ now: '2026-11-20T16:58:00.000Z' });
    const schedule = { ...SCHEDULE, sync: '*/5 8-16 * * 1-5' };
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world, { schedule })],
    });

    await bench.pass(2 * 24 * 60 + 15 * 60);

    expect(world.dependencies.now().toISOString()).toBe('2026-11-23T07:58:00.000Z');
    expect((await get(bench, '/readyz')).statusCode).toBe(200);
  });

  it('is bad after a restart in an outage when the last complete run was long ago', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    const well = await startBench({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });
    await well.daemon.runner.idle();
    await well.close();
    const restart = () =>
      open({
        clock: clockOf(world),
        connections: [connectionOf('contoso', world, { engine: async () => outage() })],
      });

    world.pass(5);
    expect((await get(await restart(), '/readyz')).statusCode).toBe(200);
    world.pass(24 * 60);
    expect((await get(await restart(), '/readyz')).statusCode).toBe(503);
  });

  it('is bad when credentials are dead, and good when they live again', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    let state: CredentialState = 'dead';
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world, { credential: () => state })],
    });

    const dead = await get(bench, '/readyz');
    state = 'dying';
    await bench.pass(5);

    expect(dead.statusCode).toBe(503);
    expect(dead.json().connections[0].reason).toContain('A sign-in was refused');
    expect((await get(bench, '/readyz')).statusCode).toBe(200);
    expect(bench.daemon.runner.status()).toMatchObject([{ credentials: 'dying' }]);
  });
});

describe('who may see what', () => {
  it('is everybody where only this machine can connect and there is no token', async () => {
    const world = createWorld();
    const bench = await open({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });

    expect((await get(bench, '/metrics')).statusCode).toBe(200);
  });

  it('is health for everybody and figures for whoever brings the token', async () => {
    const world = createWorld();
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world)],
      server: { token: 'open-sesame' },
    });
    const status = async (headers: Record<string, string>) =>
      (await get(bench, '/metrics', headers)).statusCode;

    expect((await get(bench, '/healthz')).statusCode).toBe(200);
    expect((await get(bench, '/readyz')).statusCode).toBe(200);
    expect(await status({})).toBe(401);
    expect(await status({ authorization: 'Bearer open-sesam' })).toBe(401);
    expect(await status({ authorization: 'open-sesame' })).toBe(401);
    expect(await status({ authorization: 'Bearer open-sesame' })).toBe(200);
    expect(await status({ authorization: 'bearer open-sesame' })).toBe(200);
  });

  it('is words from inside only for whoever brings the token', async () => {
    const world = createWorld();
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world, { engine: async () => outage() })],
      server: { token: 'open-sesame' },
    });
    bench.next = new Error('mapping.yaml: line 3');
    await bench.daemon.reload();

    const anybody = await get(bench, '/readyz');
    const operator = await get(bench, '/readyz', { authorization: 'Bearer open-sesame' });

    expect(anybody.statusCode).toBe(503);
    expect(anybody.json()).toMatchObject({
      configuration: 'It could not be read again; the log says why.',
      connections: [{ connection: 'contoso', reason: 'The last run failed; the log says why.' }],
    });
    expect(operator.json().configuration).toBe('mapping.yaml: line 3');
    expect(operator.json().connections[0].reason).toContain('out of reach');
  });

  it('is also whoever has a session that a part of the server opened', async () => {
    const world = createWorld();
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world)],
      server: { token: 'open-sesame' },
      routes: [(_app, { gate }) => gate.addSession(({ headers }) => headers.cookie === 'session=ours')],
    });

    expect((await get(bench, '/metrics', { cookie: 'session=theirs' })).statusCode).toBe(401);
    expect((await get(bench, '/metrics', { cookie: 'session=ours' })).statusCode).toBe(200);
  });
});

describe('the server', () => {
  it('hands raw bodies to the part that asked for them, and to no other', async () => {
    const world = createWorld();
    const bodies: unknown[] = [];
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world)],
      routes: [
        (app) => {
          useRawBodies(app);
          app.post('/raw', async ({ body }) => void bodies.push(body));
        },
        (app) => {
          app.post('/parsed', async ({ body }) => void bodies.push(body));
        },
      ],
    });
    const payload = '{ "a": 1 }';
    const headers = { 'content-type': 'application/json' };

    await bench.daemon.app.inject({ method: 'POST', url: '/raw', payload, headers });
    await bench.daemon.app.inject({ method: 'POST', url: '/parsed', payload, headers });

    expect(bodies).toEqual([Buffer.from(payload), { a: 1 }]);
  });

  it('says nothing of what went wrong inside, which the log does', async () => {
    const world = createWorld();
    const logged: unknown[] = [];
    const log = () => {};
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world)],
      logger: { debug: log, info: log, warn: log, error: (fields) => void logged.push(fields) },
      routes: [
        (app) => {
          app.get('/broken', async () => {
            throw new Error('the secret is 42');
          });
        },
      ],
    });

    const answer = await get(bench, '/broken');

    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('42');
    expect(logged).toMatchObject([{ route: '/broken' }]);
    expect((await get(bench, '/nothing')).statusCode).toBe(404);
  });

  it('refuses a port that is taken, by name', async () => {
    const world = createWorld();
    const bench = await open({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });
    const port = Number(new URL(bench.daemon.url).port);

    const second = startBench({
      clock: clockOf(world),
      connections: [connectionOf('contoso', createWorld())],
      server: { port },
    });

    await expect(second).rejects.toThrow(`127.0.0.1:${port} is in use; choose another server.port.`);
  });
});

describe('asking the daemon from another process', () => {
  it('tells how it is, with the words from inside for whoever has the token', async () => {
    const world = createWorld();
    const server = { token: 'open-sesame' };
    const bench = await open({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world, { engine: async () => outage() })],
      server,
    });
    const port = Number(new URL(bench.daemon.url).port);

    const told = await askDaemon(configOf({ ...server, port }));

    expect(told).toMatchObject({
      ready: false,
      connections: [{ reason: expect.stringContaining('out of reach') }],
    });
    expect(daemonUrlOf(configOf({ host: '0.0.0.0', port: 1 }))).toBe('http://127.0.0.1:1');
    expect(daemonUrlOf(configOf({ host: '::', port: 1 }))).toBe('http://[::1]:1');
    expect(await askDaemon(configOf({ port: 0 }))).toBeNull();
    await bench.close();
    expect(await askDaemon(configOf({ ...server, port }))).toBeNull();
  });
});

describe('reading the configuration again', () => {
  it('takes new connections and schedules, and drops what is gone', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    const bench = await open({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });
    const schedule = { ...SCHEDULE, sync: '*/15 * * * * *' };
    bench.next = {
      config: configOf(),
      connections: [connectionOf('fabrikam', createWorld(), { schedule })],
    };

    await bench.daemon.reload();
    await bench.daemon.runner.idle();
    bench.events.length = 0;
    await bench.pass(1);

    expect(bench.events.filter(({ type }) => type === 'run-started')).toHaveLength(4);
    expect(bench.daemon.runner.status()).toMatchObject([
      { connection: 'fabrikam', nextRun: '2026-11-20T12:02:15.000Z' },
    ]);
    expect(bench.told).toEqual(['ready', 'reloading', 'ready']);
  });

  it.each([
    ['that is wrong', () => new Error('connections[0].crm: is missing'), 'connections[0].crm: is missing'],
    [
      'with another server',
      () => ({ config: configOf({ token: 'new' }), connections: [] }),
      'server: has changed, which takes a restart.',
    ],
  ] as const)('keeps the old one and says why when it finds one %s', async (_, found, why) => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    const bench = await open({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });
    bench.next = found();

    await bench.daemon.reload();
    bench.events.length = 0;
    await bench.pass(5);

    expect(bench.daemon.reloadProblem()?.message).toContain(why);
    expect(bench.events.filter(({ type }) => type === 'run-started')).toHaveLength(1);
    expect((await get(bench, '/readyz')).json().configuration).toContain(why);
  });
});
