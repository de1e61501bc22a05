import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { clockOf, configOf, connectionOf, type DaemonBench, startBench } from '../../support/daemon.ts';
import { createWorld, type World } from '../../support/world.ts';

/** A door that runs wait at; it opens when it is told. */
function createDoor() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Kinds of the runs that began since the bench was made, by connection. */
function begun({ events }: DaemonBench, connection: string): string[] {
  return events.flatMap((event) =>
    event.type === 'run-started' && event.connection === connection ? [event.kind] : [],
  );
}

async function firstRun(bench: DaemonBench): Promise<void> {
  await bench.daemon.runner.idle();
  bench.events.length = 0;
}

/** A connection whose runs wait at a door once it is shut. */
function slowConnection(name: string, world: World) {
  let door: ReturnType<typeof createDoor> | null = null;
  const connection = connectionOf(name, world, {
    async engine(progress) {
      await door?.opened;
      return { ...world.dependencies, connection: name, progress };
    },
  });
  return {
    connection,
    shut(): () => void {
      const shut = createDoor();
      door = shut;
      return () => {
        door = null;
        shut.open();
      };
    },
  };
}

describe('the runner', () => {
  it('runs each connection at once when it starts, and by its schedule then', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    const bench = await startBench({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world)],
    });
    await bench.daemon.runner.idle();
    expect(bench.daemon.runner.status()).toMatchObject([
      { connection: 'contoso', state: 'idle', nextRun: '2026-11-20T12:05:00.000Z', completedHere: true },
    ]);
    bench.events.length = 0;

    await bench.pass(15);

    expect(begun(bench, 'contoso')).toEqual(['scheduled', 'scheduled', 'scheduled']);
    await bench.close();
  });

  it('never has two runs of a connection at a time, and makes up for passed times once', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    const { connection, shut } = slowConnection('contoso', world);
    const bench = await startBench({ clock: clockOf(world), connections: [connection] });
    await firstRun(bench);
    const open = shut();
    const { scheduler, daemon } = bench;

    await scheduler.advance(12 * 60_000, () => turn());
    expect(begun(bench, 'contoso')).toEqual(['scheduled']);
    expect(daemon.runner.status()).toMatchObject([{ state: 'running', waiting: true }]);
    open();
    await daemon.runner.idle();

    expect(begun(bench, 'contoso')).toEqual(['scheduled', 'scheduled']);
    await bench.close();
  });

  it('runs connections side by side: a slow one holds up no other', async () => {
    const slow = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    const quick = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    const { connection, shut } = slowConnection('slow', slow);
    const bench = await startBench({
      clock: clockOf(slow),
      connections: [connection, connectionOf('quick', quick)],
    });
    await firstRun(bench);
    const open = shut();

    const report = bench.daemon.runner.request('slow', { kind: 'manual', who: 'test' });
    const other = await bench.daemon.runner.request('quick', { kind: 'manual', who: 'test' });

    expect(other?.outcome).toBe('clean');
    expect(bench.daemon.runner.status()).toMatchObject([{ state: 'running' }, { state: 'idle' }]);
    open();
    expect((await report)?.outcome).toBe('clean');
    await bench.close();
  });

  it('lets one connection fail and the others go on, and tries it again', async () => {
    const world = createWorld();
    let isBroken = true;
    const broken = connectionOf('broken', world, {
      async engine(progress) {
        if (isBroken) throw new Error('ledger.db is damaged');
        return { ...world.dependencies, connection: 'broken', progress };
      },
    });
    const bench = await startBench({
      clock: clockOf(world),
      connections: [broken, connectionOf('well', createWorld())],
    });
    await bench.daemon.runner.idle();

    expect(bench.daemon.runner.status()).toMatchObject([
      { connection: 'broken', failure: { message: 'ledger.db is damaged' }, lastCompleteRun: null },
      { connection: 'well', failure: null, completedHere: true },
    ]);
    isBroken = false;
    await bench.pass(5);

    expect(bench.daemon.runner.status()).toMatchObject([
      { failure: null, completedHere: true },
      { completedHere: true },
    ]);
    await bench.close();
  });

  it('makes one run of everything that waits, of the kind that covers most', async () => {
    const world = createWorld();
    const { connection, shut } = slowConnection('contoso', world);
    const bench = await startBench({ clock: clockOf(world), connections: [connection] });
    await firstRun(bench);
    const { runner } = bench.daemon;
    const open = shut();
    const first = runner.request('contoso', { kind: 'manual', who: 'test' });
    await turn();

    const waiting = (['hint', 'scheduled', 'audit', 'related'] as const).map((kind) =>
      runner.request('contoso', { kind, who: 'test' }),
    );
    open();
    const reports = await Promise.all(waiting);

    expect(begun(bench, 'contoso')).toEqual(['manual', 'audit']);
    expect(new Set(reports.map((report) => report?.runId)).size).toBe(1);
    expect((await first)?.runId).not.toBe(reports[0]?.runId);
    await bench.close();
  });

  it('makes one run of what is asked for at the same moment, and logs no name of a person', async () => {
    const world = createWorld();
    const lines: unknown[] = [];
    const log = (fields: unknown): void => void lines.push(fields);
    const bench = await startBench({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world)],
      logger: { debug: log, info: log, warn: log, error: log },
    });
    await firstRun(bench);

    await Promise.all([
      bench.daemon.runner.request('contoso', { kind: 'scheduled', who: 'schedule' }),
      bench.daemon.runner.request('contoso', { kind: 'related', who: 'Dana Kowalski' }),
    ]);

    expect(begun(bench, 'contoso')).toEqual(['related']);
    expect(JSON.stringify(lines)).not.toContain('Kowalski');
    expect(lines).toContainEqual({ connection: 'contoso', kind: 'related', who: ['schedule', 'somebody'] });
    await bench.close();
  });

  it('answers null for a connection that it does not have, and once it is stopping', async () => {
    const world = createWorld();
    const bench = await startBench({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });

    expect(await bench.daemon.runner.request('nobody', { kind: 'manual', who: 'test' })).toBeNull();
    await bench.close();
    expect(await bench.daemon.runner.request('contoso', { kind: 'manual', who: 'test' })).toBeNull();
    expect(bench.events).toContainEqual({ type: 'stopping' });
    expect(bench.told).toEqual(['ready', 'stopping']);
  });

  it('finishes the write under way and its commit when it is stopped, and begins nothing more', async () => {
    const world = createWorld();
    world.crm.add({ Name: 'First' });
    world.crm.add({ Name: 'Second' });
    const bench = await startBench({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });
    await new Promise<void>((resolve) => {
      world.partnerCenter.onWrite = () => {
        bench.stop();
        resolve();
      };
    });

    await bench.close();

    const written = world.partnerCenter.referrals.size;
    expect(written).toBeGreaterThan(0);
    expect((await world.ledger.links({})).length).toBe(written);
    expect((await world.ledger.runs(1))[0]).toMatchObject({
      outcome: 'incomplete',
      stopped: 'It was asked to stop.',
    });
  });

  it('tells listeners of every step, and one that throws disturbs nobody', async () => {
    const world = createWorld();
    world.crm.add();
    const bench = await startBench({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });
    bench.daemon.runner.subscribe(() => {
      throw new Error('a page went away');
    });
    const end = bench.daemon.runner.subscribe(() => {});
    await firstRun(bench);
    end();

    const report = await bench.daemon.runner.request('contoso', { kind: 'manual', who: 'test' });

    expect(bench.events.map(({ type }) => type)).toEqual([
      'run-started',
      ...bench.events.filter(({ type }) => type === 'run-progress').map(({ type }) => type),
      'run-finished',
    ]);
    expect(bench.events.at(-1)).toMatchObject({ type: 'run-finished', kind: 'manual', report });
    await bench.close();
  });

  it('knows after a restart when the last complete run and audit were', async () => {
    const world = createWorld({ now: '2026-11-20T03:16:00.000Z' });
    const start = () => startBench({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });
    const bench = await start();
    await bench.daemon.runner.idle();
    await bench.pass(3);
    expect(begun(bench, 'contoso')).toContain('audit');
    const [before] = bench.daemon.runner.status();
    await bench.close();
    world.pass(1);

    const again = await start();

    expect(before?.lastCompleteAudit).toBe('2026-11-20T03:17:00.000Z');
    expect(again.daemon.runner.status()).toMatchObject([
      { lastCompleteAudit: before?.lastCompleteAudit, lastCompleteRun: before?.lastCompleteRun },
    ]);
    await again.close();
  });

  it('drops a connection without waiting for its run, and never runs it twice when it comes back', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    const { connection, shut } = slowConnection('slow', world);
    const other = connectionOf('other', createWorld());
    const clock = clockOf(world);
    const bench = await startBench({ clock, connections: [connection, other] });
    await firstRun(bench);
    const { daemon } = bench;
    const open = shut();
    const underWay = daemon.runner.request('slow', { kind: 'manual', who: 'test' });
    await turn();

    bench.next = { config: configOf(), connections: [other] };
    await daemon.reload();
    expect(daemon.runner.status().map((one) => one.connection)).toEqual(['other']);
    expect(await daemon.runner.request('slow', { kind: 'manual', who: 'test' })).toBeNull();
    bench.next = { config: configOf(), connections: [connection, other] };
    await daemon.reload();
    await turn();
    expect(begun(bench, 'slow')).toEqual(['manual']);
    open();

    expect((await underWay)?.outcome).toBe('clean');
    await daemon.runner.idle();
    expect(begun(bench, 'slow')).toEqual(['manual', 'scheduled']);
    await bench.close();
  });

  it('forgets what is old after each complete audit, and only then', async () => {
    const world = createWorld({ now: '2026-11-20T03:14:00.000Z' });
    let tidied = 0;
    const tidy = async (): Promise<number> => {
      tidied += 1;
      return 7;
    };
    const bench = await startBench({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world, { tidy })],
    });
    await bench.pass(2);
    expect(tidied).toBe(0);

    await bench.pass(2);

    expect(tidied).toBe(1);
    await bench.close();
  });

  it('moves an audit by its jitter', async () => {
    const world = createWorld({ now: '2026-11-20T03:16:00.000Z' });
    const bench = await startBench({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world)],
      random: () => 0.5,
    });
    await firstRun(bench);

    await bench.pass(8);
    expect(begun(bench, 'contoso')).toEqual(['scheduled']);
    await bench.pass(0.75);

    expect(begun(bench, 'contoso')).toEqual(['scheduled', 'audit']);
    await bench.close();
  });
});
