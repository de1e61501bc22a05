/** The console as `start` mounts it: what it shows comes from the ledgers and the runner, plans from a private copy. */
import { setImmediate as rest } from 'node:timers/promises';
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import { registerConsole } from '../daemon/console/console.ts';
import type { ConsoleConnection, CrmQuota, Preview } from '../daemon/console/dependencies.ts';
import { createReadModel, type ReadModel } from '../daemon/console/read-model.ts';
import { createSecondFactor, type SecondFactor } from '../daemon/console/second-factor.ts';
import type { SessionLimits } from '../daemon/console/sessions.ts';
import type { RegisterRoutes } from '../daemon/server.ts';
import type { Progress } from '../engine/dependencies.ts';
import { toPlannedAction } from '../engine/saved-plan.ts';
import { planConnection } from './planning.ts';
import type { Remotes, Services, State } from './services.ts';

/** The console's part of a daemon that is being put together. */
export interface ConsoleParts {
  /** The state that every writer of the process must use: the console learns what is committed through it. */
  readonly state: State;
  readonly routes: RegisterRoutes;
  /** The connections as they were read; a later reading counts once the daemon has taken it. */
  setConnections(connections: readonly ConsoleConnection[]): void;
}

export function createConsoleParts({ now }: Pick<Services, 'now'>, state: State): ConsoleParts {
  let connections: readonly ConsoleConnection[] | null = null;
  let loaded: readonly ConsoleConnection[] = [];
  const readModel = createReadModel(() => connections ?? loaded, now);
  return {
    state: watched(state, readModel),
    setConnections(given) {
      connections ??= given;
      loaded = given;
    },
    routes(app, { runner, gate, config, logger }) {
      // What was read again counts once the daemon has taken it.
      runner.subscribe(({ type }) => {
        if (type === 'connections-changed') connections = loaded;
      });
      return registerConsole(
        app,
        {
          access: {
            isOpen: gate.isOpen,
            isToken: gate.isToken,
            secondFactor: secondFactorOf(config(), now),
            host: config().server.host,
            allowedHosts: namesOf(config()),
            sessions: sessionLimits(config()),
          },
          connections: () => connections ?? loaded,
          runner,
          now,
          rest,
          onError: (error) => logger.error({ err: error }, 'The console could not answer'),
          onSignIn: (attempt) =>
            attempt.outcome === 'signed-in'
              ? logger.info({ ...attempt }, 'Somebody signed in to the console')
              : logger.warn({ ...attempt }, 'A sign-in to the console was refused'),
        },
        readModel,
      );
    },
  };
}

/** The names besides the host by which browsers reach the server. */
function namesOf({ server: { allowedHosts = [], publicUrl } }: Config): readonly string[] {
  return publicUrl === undefined ? allowedHosts : [...allowedHosts, new URL(publicUrl).hostname];
}

function secondFactorOf({ server: { totpSecret } }: Config, now: () => Date): SecondFactor | null {
  return totpSecret === undefined ? null : createSecondFactor(totpSecret, now);
}

const MINUTE_MS = 60_000;

function sessionLimits({ server: { sessions } }: Config): SessionLimits {
  return { idleMs: sessions.idleMinutes * MINUTE_MS, maxMs: sessions.maxHours * 60 * MINUTE_MS };
}

/** A connection as the console sees it. @param remotes those of the runs, so that a token is renewed in one place */
export async function toConsoleConnection(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
  { state, remotes }: { readonly state: State; readonly remotes: Remotes },
): Promise<ConsoleConnection> {
  const { hashOf } = await services.mappingHashes(connection);
  return {
    config: connection,
    hashOf,
    ledger: () => state.ledger(connection.name),
    preview: (onProgress, signal) => preview(services, config, connection, { remotes, onProgress, signal }),
    signIn: async () => (await services.authentication(config)).status(connection),
    quota: () => quotaOf(connection, remotes),
  };
}

function watched(state: State, readModel: ReadModel): State {
  const ledgers = new Map<string, ReturnType<State['ledger']>>();
  return {
    ...state,
    ledger(name) {
      const ledger =
        ledgers.get(name) ??
        state.ledger(name).then(
          (opened) => readModel.watch(name, opened),
          (error: unknown) => {
            ledgers.delete(name);
            throw error;
          },
        );
      ledgers.set(name, ledger);
      return ledger;
    },
  };
}

interface PreviewOptions {
  readonly remotes: Remotes;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

async function preview(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
  { remotes, onProgress, signal }: PreviewOptions,
): Promise<Preview> {
  const copy = await services.openState(config, 'copy');
  try {
    const planned = await planConnection(
      {
        ...services,
        globals: { ...services.globals, quiet: true },
        stop: AbortSignal.any([services.stop, signal]),
        connect: async () => remotes,
        engine: (one, given, at) => services.engine(one, given, at, onProgress),
      },
      config,
      connection,
      copy,
    );
    const { actions, guarded, stopped, items } = planned;
    return {
      actions: actions.map((action) => ({ ...toPlannedAction(action), marks: action.irreversible })),
      held: {
        halted: guarded.halted.length,
        waiting: guarded.waiting.length,
        capped: guarded.capped.length,
        stopped,
      },
      items,
    };
  } finally {
    await copy.close();
  }
}

function quotaOf({ limits }: ConnectionConfig, { crm }: Remotes): CrmQuota | null {
  const reported = crm.dailyRequests?.() ?? null;
  return reported === null ? null : { ...reported, share: limits.crm.shareOfDailyQuota };
}
