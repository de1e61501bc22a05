import type { ChildProcess } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, finish, start, type Workplace } from './command-line.ts';

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  /** Resolves with the first log line from now on or before that says this. */
  says(message: string): Promise<Readonly<Record<string, unknown>>>;
  readonly finished: ReturnType<typeof finish>;
}

const SERVER = 'server: { port: 0 }\nschedule: { sync: "0 0 1 1 *" }\n';
let place: Workplace;
const children: ChildProcess[] = [];

beforeEach(async () => {
  place = await createWorkplace({ opportunities: 4 });
  await appendFile(place.configFile, SERVER);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await place.close();
});

/** Starts the daemon in a process of its own and waits until its server is up. */
async function startDaemon(): Promise<Running> {
  const child = start(['start', '--config', place.configFile]);
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)));
    for (const wake of waiting) wake();
  });
  const finished = finish(child);
  const says = (message: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const look = (): void => {
        const found = lines.find(({ msg }) => msg === message);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      finished.then(({ stderr }) => reject(new Error(`It never said "${message}":\n${stderr}`)), reject);
    });
  const { url } = await says('The daemon is up');
  return { child, url: String(url), says, finished };
}

describe('the daemon as a process', () => {
  it('runs at once, lets people look and decide beside it, and stops with 0 at the first signal', async () => {
    const daemon = await startDaemon();
    const first = await daemon.says('Run finished');
    expect(first).toMatchObject({ connection: 'sandbox', kind: 'scheduled', runId: expect.any(String) });

    expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${daemon.url}/metrics`)).text()).toContain('process_resident_memory_bytes');
    const [sync, second, status, retry] = [
      await place.cli('sync'),
      await place.cli('start'),
      await place.json('status'),
      await place.cli('attention', 'retry'),
    ];
    expect([sync.code, second.code, retry.code]).toEqual([6, 6, 0]);
    expect(sync.stderr).toContain('`start`');
    expect(status.document).toMatchObject({
      holder: { pid: daemon.child.pid, command: 'start' },
      connections: [{ lastRun: { outcome: first.outcome } }],
    });
    expect((await place.cli('status')).stdout).toContain(
      `The daemon is running: process ${daemon.child.pid}`,
    );

    daemon.child.kill('SIGTERM');
    const { code, stdout } = await daemon.finished;
    expect([code, stdout]).toEqual([0, '']);
    expect((await place.cli('status')).stdout).toContain('No daemon is running.');
  });

  it('finishes the write under way at the first signal; its commit is there, and nothing is sent after it', async () => {
    const { hooks, partnerCenter } = place.sandbox;
    let writes = 0;
    const underWay = new Promise<void>((resolve) => {
      hooks.beforeEffect = (_request, system, write) => {
        if (system !== 'partner-center' || !write) return;
        writes += 1;
        resolve();
      };
    });
    const daemon = await startDaemon();
    await underWay;
    daemon.child.kill('SIGINT');

    expect((await daemon.finished).code).toBe(0);
    const links = partnerCenter.referrals().filter(({ organizationId }) => organizationId !== 'msft').length;
    expect((await place.json('status')).document).toMatchObject({
      connections: [{ unanswered: 0, lastRun: { outcome: 'incomplete' } }],
    });
    expect(links).toBe(writes);
  });

  it('ends at once at the second signal', async () => {
    const { hooks } = place.sandbox;
    const held = new Promise<void>((resolve) => {
      hooks.beforeEffect = (_request, system, write) => {
        if (system !== 'partner-center' || !write) return undefined;
        resolve();
        return new Promise<void>(() => {});
      };
    });
    const daemon = await startDaemon();
    await held;
    // Signals within a moment are one, as a terminal and a launcher may both pass on a Ctrl-C; so several are sent.
    const again = setInterval(() => daemon.child.kill('SIGTERM'), 20);

    const { code } = await daemon.finished;
    clearInterval(again);

    expect(code).toBe(4);
  });

  it('reads its configuration again at SIGHUP, and keeps the old one when the new one is wrong', async () => {
    const daemon = await startDaemon();
    await daemon.says('Run finished');
    const good = await readFile(place.configFile, 'utf8');

    await writeFile(place.configFile, good.replace('settleSeconds: 0', 'settleSecond: 0'));
    daemon.child.kill('SIGHUP');
    await daemon.says('The configuration could not be read again; the one before stays in force');
    const told = await (await fetch(`${daemon.url}/readyz`)).json();
    await writeFile(place.configFile, good);
    daemon.child.kill('SIGHUP');
    await daemon.says('The configuration was read again');

    expect(told).toMatchObject({ ready: true, configuration: expect.stringContaining('settleSecond') });
    expect(await (await fetch(`${daemon.url}/readyz`)).json()).toMatchObject({ configuration: null });
    daemon.child.kill('SIGTERM');
    expect((await daemon.finished).code).toBe(0);
  });

  it('does not start with a wrong configuration', async () => {
    await writeFile(place.configFile, 'connections: []\n');

    const { code, stderr } = await place.cli('start');

    expect(code).toBe(2);
    expect(stderr).toContain('connections: must not be empty');
  });
});
