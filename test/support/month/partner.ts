/** A partner whose daemon is started, stopped and killed in this process: the whole of `start`, on the sandbox's clock. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Services, State } from '../../../src/cli/services.ts';
import { openDaemon } from '../../../src/cli/start.ts';
import type { Cursors, Ledger } from '../../../src/core/store-port.ts';
import type { Daemon } from '../../../src/daemon/daemon.ts';
import { SANDBOX_CREDENTIALS, type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { createServices } from '../../../src/wiring/services.ts';
import { createFakeTerminal } from '../../unit/cli/fake-services.ts';
import { createDrivenScheduler, type DrivenScheduler } from '../driven-scheduler.ts';
import { connectSandbox, memoryCredentials, quietLogger } from '../sandbox-remotes.ts';

export const CONNECTION = 'contoso';

export interface Partner {
  readonly sandbox: Sandbox;
  /** The daemon that runs; throws while none does. */
  readonly daemon: Daemon;
  readonly isUp: boolean;
  readonly configFile: string;
  /** How often a new refresh token was saved. */
  readonly rotations: () => number;
  /** A ledger handle on the state, whatever the daemon does. */
  readonly ledger: Ledger;
  start(): Promise<void>;
  /** As SIGTERM does. */
  stop(): Promise<void>;
  /** As SIGKILL does: nothing is committed any more from this moment on, and the lock is free. */
  kill(): Promise<void>;
  /** Moves time on; the daemon, if it is up, keeps its schedule. */
  pass(hours: number): Promise<void>;
  writeConfiguration(schedule: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

interface Life {
  readonly daemon: Daemon;
  readonly scheduler: DrivenScheduler;
  readonly end: AbortController;
  readonly state: State;
  /** Set when the process is dead: what it still tries comes to nothing. */
  readonly dead: { is: boolean };
}

/** Every method of a dead process's ledger and cursors fails. */
function mortal<T extends object>(inner: T, dead: { readonly is: boolean }): T {
  return new Proxy(inner, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (dead.is) throw new Error('The process is dead.');
        return Reflect.apply(value, target, given);
      };
    },
  });
}

/** Opens a partner with stand-ins of its own; the daemon is not started yet. */
export async function openPartner(
  schedule: Readonly<Record<string, string>>,
  startsAt: string,
): Promise<Partner> {
  const sandbox = await startSandbox({ frozenAt: new Date(startsAt) });
  const folder = await mkdtemp(join(tmpdir(), 'cosell-sync-month-'));
  const configFile = join(folder, 'cosell-sync.yaml');
  const tokens = memoryCredentials();
  let rotations = 0;
  const credentials = {
    ...tokens,
    save(name: string, value: string) {
      rotations += 1;
      return tokens.save(name, value);
    },
  };
  const now = (): Date => sandbox.clock.now();
  const writeConfiguration = (given: Readonly<Record<string, string>>): Promise<void> =>
    writeFile(configFile, stringify(configurationOf(sandbox, folder, given)));
  await writeConfiguration(schedule);

  const servicesFor = (end: AbortController, scheduler: DrivenScheduler, dead: Life['dead']): Services => {
    const services = createServices({
      globals: {
        command: 'start',
        config: configFile,
        connection: null,
        json: false,
        quiet: true,
        color: false,
      },
      env: {},
      cwd: folder,
      terminal: createFakeTerminal(),
      stop: end.signal,
      abort: dead.is ? end.signal : new AbortController().signal,
      nodeVersion: process.version,
      logTo: { write() {} },
    });
    const { engine } = services;
    return Object.assign(services, {
      now,
      logger: async () => quietLogger,
      async connect(_config: unknown, { mapping }: Parameters<Services['connect']>[1]) {
        const remotes = connectSandbox(sandbox, mapping, { credentials, waitsOnSandboxClock: true });
        const { crm, partnerCenter, counters } = remotes;
        return {
          crm,
          partnerCenter,
          requests: () => ({
            crm: counters.crm.requests,
            partnerCenter: counters.partnerCenter.requests,
            graph: 0,
            retries: counters.crm.retries + counters.partnerCenter.retries,
          }),
          missingColumns: null,
          createColumns: null,
        };
      },
      engine: async (...given: Parameters<Services['engine']>) => ({
        ...(await engine.apply(services, given)),
        now,
        logger: quietLogger,
      }),
      surroundings: async () => ({
        scheduler,
        supervisor: { ready: () => {}, reloading: () => {}, stopping: () => {} },
        random: () => 0.5,
        deadline: () => new AbortController().signal,
        routes: [],
      }),
    });
  };

  let life: Life | null = null;
  let reader: { readonly state: State; readonly ledger: Ledger } | null = null;
  const alive = (): Life => {
    if (life === null) throw new Error('The daemon is not running.');
    return life;
  };
  const end = async ({ daemon, end: signal, state }: Life): Promise<void> => {
    signal.abort();
    await daemon.close();
    await state.close();
    life = null;
  };
  const partner: Partner = {
    sandbox,
    configFile,
    writeConfiguration,
    rotations: () => rotations,
    get daemon() {
      return alive().daemon;
    },
    get isUp() {
      return life !== null;
    },
    get ledger() {
      if (reader === null) throw new Error('Nothing has run yet.');
      return reader.ledger;
    },
    async start() {
      const dead = { is: false };
      const signal = new AbortController();
      const scheduler = createDrivenScheduler({
        now,
        set: (time) => sandbox.clock.advance(Math.max(0, time.getTime() - now().getTime())),
      });
      const services = servicesFor(signal, scheduler, dead);
      const opened = await services.openState(await services.loadConfig(), 'write');
      const state: State = {
        ledger: async (name) => mortal<Ledger>(await opened.ledger(name), dead),
        cursors: async (name) => mortal<Cursors>(await opened.cursors(name), dead),
        close: () => opened.close(),
      };
      const daemon = await openDaemon(services, state);
      life = { daemon, scheduler, end: signal, state, dead };
      await daemon.runner.idle();
      if (reader === null) {
        const beside = await services.openState(await services.loadConfig(), 'decide');
        reader = { state: beside, ledger: await beside.ledger(CONNECTION) };
      }
    },
    stop: () => end(alive()),
    async kill() {
      const victim = alive();
      victim.dead.is = true;
      await end(victim);
    },
    async pass(hours) {
      const milliseconds = hours * 3_600_000;
      if (life === null) sandbox.clock.advance(milliseconds);
      else {
        const { scheduler, daemon } = life;
        await scheduler.advance(milliseconds, () => daemon.runner.idle());
      }
    },
    async close() {
      if (life !== null) await end(life);
      await reader?.state.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return partner;
}

function configurationOf({ urls }: Sandbox, folder: string, schedule: Readonly<Record<string, string>>) {
  const { partnerCenter, salesforce } = SANDBOX_CREDENTIALS;
  return {
    state: { kind: 'embedded', dir: join(folder, 'state') },
    server: { port: 0 },
    schedule,
    connections: [
      {
        name: CONNECTION,
        crm: {
          kind: 'salesforce',
          loginUrl: urls.salesforce,
          auth: { flow: 'clientCredentials', ...salesforce },
        },
        partnerCenter: {
          baseUrl: urls.partnerCenter,
          webhookBaseUrl: urls.partnerCenter,
          authority: urls.entra,
          tenantId: partnerCenter.tenantId,
          clientId: partnerCenter.clientId,
          clientSecret: partnerCenter.clientSecret,
          refreshToken: partnerCenter.refreshToken,
        },
        mapping: resolve(import.meta.dirname, '../../../config/mapping.sandbox.yaml'),
        policy: {
          settleSeconds: 60,
          closeHoldMinutes: 15,
          pastCloseDate: 'send',
          inbound: { accounts: 'create' },
        },
      },
    ],
  };
}
