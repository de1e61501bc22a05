import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/daemon/metrics.ts';
import { clockOf, connectionOf, type DaemonBench, startBench } from '../../support/daemon.ts';
import { createWorld, type World } from '../../support/world.ts';

const ROOT = new URL('../../../', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

async function open(world: World): Promise<DaemonBench> {
  const bench = await startBench({ clock: clockOf(world), connections: [connectionOf('contoso', world)] });
  await bench.daemon.runner.idle();
  return bench;
}

/** Samples by name and labels, as they are written. */
async function samples({ daemon }: DaemonBench): Promise<ReadonlyMap<string, number>> {
  const { body } = await daemon.app.inject({ url: '/metrics' });
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Every metric's name, the process's own included. */
async function allNames(): Promise<ReadonlySet<string>> {
  const bench = await open(createWorld());
  const { runner, readiness } = bench.daemon;
  const metrics = createMetrics({
    runner,
    readiness,
    ledger: async () => createWorld().ledger,
    now: () => new Date(),
    ofProcess: true,
  });
  await bench.close();
  return new Set(metrics.names());
}

describe('the figures', () => {
  it('count events by what became of them', async () => {
    const bench = await open(createWorld());
    const { runner } = bench.daemon;
    const event = { type: 'event-received', source: 'partner-center', connections: ['contoso'] } as const;

    runner.emit({ ...event, outcome: 'taken' });
    runner.emit({ ...event, outcome: 'taken' });
    runner.emit({ ...event, outcome: 'signature-wrong' });
    const figures = await samples(bench);
    await bench.close();

    const nameOf = (outcome: string): string =>
      `cosell_sync_events_total{connection="contoso",source="partner-center",outcome="${outcome}"}`;
    expect([figures.get(nameOf('taken')), figures.get(nameOf('signature-wrong'))]).toEqual([2, 1]);
  });

  it('agree with what the runs report and the ledger holds', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z' });
    world.crm.add();
    world.crm.add({ Product__c: 'Unknown product' });
    const bench = await open(world);
    const [report] = await world.ledger.runs(1);
    await bench.pass(2);

    const figures = await samples(bench);

    const expected = {
      'cosell_sync_runs_total{connection="contoso",kind="scheduled",outcome="attention"}': 1,
      'cosell_sync_run_duration_seconds_count{connection="contoso",kind="scheduled"}': 1,
      'cosell_sync_records_read_total{connection="contoso",side="opportunity"}': 2,
      'cosell_sync_records_written_total{connection="contoso",side="referral",operation="create"}': 1,
      'cosell_sync_requests_total{connection="contoso",system="crm"}': report?.requests.crm,
      'cosell_sync_last_complete_run_age_seconds{connection="contoso"}': 120,
      'cosell_sync_links{connection="contoso"}': 1,
      'cosell_sync_attention_items{connection="contoso",kind="parked"}': 1,
      'cosell_sync_attention_items{connection="contoso",kind="conflict"}': 0,
      'cosell_sync_due_records{connection="contoso"}': 0,
      'cosell_sync_oldest_unsynced_edit_age_seconds{connection="contoso"}': 0,
      'cosell_sync_credentials_state{connection="contoso",state="ok"}': 1,
      'cosell_sync_credentials_state{connection="contoso",state="dead"}': 0,
      'cosell_sync_ready{connection="contoso"}': 1,
      'cosell_sync_running{connection="contoso"}': 0,
    };
    for (const [name, value] of Object.entries(expected))
      expect([name, figures.get(name)]).toEqual([name, value]);
    expect([...figures.keys()].some((name) => name.includes('audit_age'))).toBe(false);
    await bench.close();
  });

  it('tell the age of the oldest edit that waits', async () => {
    const world = createWorld({ now: '2026-11-20T12:01:00.000Z', policy: { maxWritesPerRun: 0 } });
    world.crm.add();
    const bench = await open(world);
    await bench.pass(3);

    const figures = await samples(bench);

    expect(figures.get('cosell_sync_oldest_unsynced_edit_age_seconds{connection="contoso"}')).toBe(180);
    expect(figures.get('cosell_sync_due_records{connection="contoso"}')).toBe(1);
    await bench.close();
  });

  it('leave out what a broken ledger cannot tell, and count the failed runs', async () => {
    const world = createWorld();
    const broken = async () => {
      throw new Error('ledger.db is damaged');
    };
    const bench = await startBench({
      clock: clockOf(world),
      connections: [connectionOf('contoso', world, { ledger: broken, engine: broken })],
    });
    await bench.daemon.runner.idle();

    const figures = await samples(bench);

    expect(
      figures.get('cosell_sync_runs_total{connection="contoso",kind="scheduled",outcome="failed"}'),
    ).toBe(1);
    expect(figures.get('cosell_sync_ready{connection="contoso"}')).toBe(0);
    expect(figures.has('cosell_sync_links{connection="contoso"}')).toBe(false);
    await bench.close();
  });

  it('carry no name, address or secret of a record', async () => {
    const world = createWorld();
    const id = world.crm.add({ Name: 'Quite secret project' });
    const bench = await open(world);

    const { body } = await bench.daemon.app.inject({ url: '/metrics' });

    expect(body).not.toContain('Quite secret');
    expect(body).not.toContain(id);
    expect(body).not.toMatch(/@/);
    await bench.close();
  });

  it('are all documented, and nothing else is', async () => {
    const ours = [...(await allNames())].filter((name) => name.startsWith('cosell_sync_')).sort();
    const documented = [...textOf('docs/metrics.md').matchAll(/^\| `(cosell_sync_\w+)`/gm)].map(
      ([, name]) => name,
    );

    expect(documented.sort()).toEqual(ours);
  });

  it('are what every query of the dashboard asks for', async () => {
    const names = await allNames();
    const dashboard: {
      panels: { title: string; targets: { expr: string }[] }[];
      templating: { list: { query: unknown }[] };
    } = JSON.parse(textOf('docs/grafana-dashboard.json'));
    const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const asked = [...queries, JSON.stringify(dashboard.templating.list)].flatMap((text) => [
      ...text.matchAll(/\b(?:cosell_sync|process|nodejs)_\w+/g),
    ]);

    expect(queries.length).toBeGreaterThan(10);
    for (const query of queries) expect(query).toMatch(/\b(?:cosell_sync|process|nodejs)_\w+/);
    const unknown = asked
      .map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))
      .filter((name) => !names.has(name));
    expect(unknown).toEqual([]);
  });
});
