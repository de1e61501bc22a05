/** Wires the services that commands are given: configuration, state, adapters, stand-ins. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostLimitRegistry } from '../adapters/http/index.ts';
import type { ParsedGlobals } from '../cli/program.ts';
import type { Services, State, StateMode, Terminal } from '../cli/services.ts';
import type { Config } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import type { EngineDependencies } from '../engine/dependencies.ts';
import type { Credentials } from '../store/index.ts';
import type { LogStream } from './logger.ts';
import {
  holderOf,
  lockHolderOf,
  openCopy,
  openForDeciding,
  openForReading,
  openForWriting,
  type StateOptions,
  startNew,
  stateDirOf,
} from './state.ts';

/** Where the shipped configuration files are, in the repository and in the package alike. */
const SHIPPED = fileURLToPath(new URL('../../config/', import.meta.url));
const DEFAULT_CONFIG = 'config/cosell-sync.yaml';

export interface ServicesOptions {
  readonly globals: ParsedGlobals;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly terminal: Terminal;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  readonly onHangup?: Services['onHangup'];
  readonly nodeVersion: string;
  /** Where log lines go; the process's standard error unless given. */
  readonly logTo?: LogStream;
}

/** Builds the services of a process. Nothing is loaded, opened or sent before a command asks. */
export function createServices(options: ServicesOptions): Services {
  const { globals, env, cwd } = options;
  const file = globals.config ?? (env.COSELL_SYNC_CONFIG || DEFAULT_CONFIG);
  return wire(
    options,
    resolve(cwd, file),
    once(() => loadLimits()),
    once(() => loadLogger(options)),
  );
}

function wire(
  options: ServicesOptions,
  configFile: string,
  limits: () => Promise<HostLimitRegistry>,
  logger: () => Promise<Logger>,
): Services {
  const { globals, env, cwd, terminal, stop, abort, nodeVersion } = options;
  const { command } = globals;
  const now = (): Date => new Date();
  const stateOptions = async (config: Config): Promise<StateOptions> => ({
    dir: stateDirOf(config),
    now,
    logger: await logger(),
  });
  const credentialsOf = async (config: Config): Promise<Credentials> => {
    const { openCredentials } = await import('../store/index.ts');
    return openCredentials({
      dir: stateDirOf(config),
      now,
      secretKey: env.COSELL_SECRET_KEY,
      previousKey: env.COSELL_SECRET_KEY_PREVIOUS,
      keyFile: config.credentials.keyFile,
    });
  };

  async function openState(config: Config, mode: 'read'): Promise<State | null>;
  async function openState(config: Config, mode: 'write' | 'decide' | 'copy'): Promise<State>;
  async function openState(config: Config, mode: StateMode): Promise<State | null> {
    const at = await stateOptions(config);
    if (mode === 'read') return openForReading(at);
    if (mode === 'decide') return openForDeciding(at, command);
    return mode === 'copy' ? openCopy(at) : openForWriting(at, command);
  }

  return {
    terminal,
    globals: { connection: globals.connection, json: globals.json, quiet: globals.quiet },
    now,
    stop,
    abort,
    onHangup: options.onHangup ?? (() => () => {}),
    configFile,
    logger,
    holder: async (config) => holderOf(stateDirOf(config)),
    async askDaemon(config) {
      const { askDaemon } = await import('./ask-daemon.ts');
      return askDaemon(config);
    },
    async surroundings() {
      const { createSurroundings } = await import('./daemon.ts');
      return createSurroundings({
        account: (config, connection) => this.webhooks(config, connection),
        logger: await logger(),
        changes: (config, connection) => this.changes(config, connection),
      });
    },
    async loadConfig(given = {}) {
      const { loadConfig } = await import('../config/load.ts');
      return loadConfig({ file: configFile, env, cwd, ...given });
    },
    openState,
    startNewLedger: async (config) => startNew(await stateOptions(config), command),
    async connect(config, connection) {
      const [{ createRemotes }, { selectionFor }] = await Promise.all([
        import('./remotes.ts'),
        import('../config/selection.ts'),
      ]);
      return createRemotes({
        connection,
        // Owners are reminded at their own address, which is then read with the opportunity.
        selection: selectionFor(connection.mapping, (connection.graph?.reminders ?? null) !== null),
        credentials: await credentialsOf(config),
        limits: await limits(),
        logger: await logger(),
        warnDays: config.credentials.warnDays,
        consoleUrl: config.server.publicUrl ?? null,
      });
    },
    async changes(config, connection) {
      const { crm } = await this.connect(config, connection);
      return crm.listen?.bind(crm) ?? null;
    },
    async webhooks(config, connection) {
      const { createWebhookAccount } = await import('./webhooks.ts');
      return createWebhookAccount({
        connection,
        credentials: await credentialsOf(config),
        limits: await limits(),
        logger: await logger(),
      });
    },
    async mappingHashes({ mapping }) {
      const { fieldHash, mappingHash } = await import('../config/selection.ts');
      const known = new Map<string, string>();
      return {
        whole: mappingHash(mapping),
        hashOf(field) {
          const hash = known.get(field) ?? fieldHash(mapping, field);
          known.set(field, hash);
          return hash;
        },
      };
    },
    async engine(connection, remotes, state, progress) {
      const { name, mapping, policy, partnerCenter, neighbours = [] } = connection;
      return {
        connection: name,
        crm: remotes.crm,
        partnerCenter: remotes.partnerCenter,
        directory: remotes.directory ?? null,
        channels: remotes.channels ?? [],
        ...(remotes.messages === undefined ? {} : { messages: remotes.messages }),
        ledger: await state.ledger(name),
        ...holdsElsewhere(state, neighbours),
        cursors: await state.cursors(name),
        mapping,
        hashOf: (await this.mappingHashes(connection)).hashOf,
        policy,
        timeZone: partnerCenter.timeZone,
        now,
        newId: randomUUID,
        requests: remotes.requests,
        logger: await logger(),
        progress,
      };
    },
    async authentication(config) {
      const { createAuthentication } = await import('./authentication.ts');
      return createAuthentication(
        () => credentialsOf(config),
        await limits(),
        now,
        config.credentials.warnDays,
      );
    },
    async checkMachine(config) {
      const { checkMachine } = await import('./machine.ts');
      const stateDir = stateDirOf(config);
      const { checkLedgerFile } = await import('../store/index.ts');
      return checkMachine({
        stateDir,
        nodeVersion,
        lockHolder: () => lockHolderOf(stateDir),
        checkLedger: () => checkLedgerFile(stateDir),
      });
    },
    async renderInit(answers) {
      const { renderConfiguration } = await import('../config/init.ts');
      const { kind } = answers.crm;
      const mappingTemplate = await readFile(join(SHIPPED, `mapping.${kind}.yaml`), 'utf8').catch(() => {
        throw new ConfigurationError([`No mapping for ${kind} comes with this release.`]);
      });
      return renderConfiguration({ ...answers, mappingTemplate, schemaFolder: null });
    },
    async startSandbox(given) {
      const { startStandIns } = await import('./sandbox.ts');
      return startStandIns(given);
    },
    async forSandbox(sandbox) {
      const { writeSandboxConfiguration } = await import('./sandbox-configuration.ts');
      const { file, remove } = await writeSandboxConfiguration(SHIPPED, sandbox);
      return { services: wire(options, file, limits, logger), remove };
    },
  };
}

/** What a connection may ask of its neighbours: whether an opportunity is one of theirs, and nothing more. */
function holdsElsewhere(
  state: State,
  neighbours: readonly string[],
): Pick<EngineDependencies, 'holdsElsewhere'> {
  if (neighbours.length === 0) return {};
  return {
    async holdsElsewhere(id) {
      let isClear = true;
      for (const name of neighbours) {
        const ledger = await state.ledger(name);
        const [links, seen] = await Promise.all([
          ledger.linksByOpportunity([id]),
          ledger.opportunities([id]),
        ]);
        if (links.size + seen.size > 0) return 'yes';
        if ((await ledger.runs(1)).length === 0) isClear = false;
      }
      return isClear ? 'no' : 'unclear';
    },
  };
}

async function loadLimits(): Promise<HostLimitRegistry> {
  const { createHostLimits, systemClock } = await import('../adapters/http/index.ts');
  return createHostLimits({ clock: systemClock });
}

async function loadLogger({ env, terminal, globals, logTo }: ServicesOptions): Promise<Logger> {
  const { createLogger } = await import('./logger.ts');
  return createLogger({
    level: env.COSELL_SYNC_LOG,
    // A daemon has nobody who waits for its output: its log is how it tells.
    defaultLevel: globals.quiet ? 'error' : globals.command === 'start' ? 'info' : 'warn',
    isTerminal: terminal.canRedraw,
    ...(logTo === undefined ? {} : { logTo }),
  });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
