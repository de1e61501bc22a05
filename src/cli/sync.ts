/** `sync`: one run of each connection, all of it or exactly what a saved plan names. */
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { RunReport } from '../core/store-port.ts';
import { performRun } from '../engine/run.ts';
import { type ConnectionPlan, readPlans, verifyPlan } from '../engine/saved-plan.ts';
import { eachConnection, selectConnections } from './connections.ts';
import { type ExitCode, exitCodeOfOutcome } from './exit-codes.ts';
import { readInput } from './input-file.ts';
import { painter, printJson, TEXT_WIDTH } from './output.ts';
import { planConnection } from './planning.ts';
import { createProgressLine } from './progress.ts';
import { renderRun } from './run-report.ts';
import type { Services, State } from './services.ts';

export interface SyncOptions {
  /** Reads both sides completely. */
  readonly full: boolean;
  /** A saved plan whose actions alone are done. */
  readonly planFile: string | null;
  /** How many records each connection's run may create; absent: as many as the guards allow. */
  readonly limit?: number;
}

/** What the run of a connection may do: a saved plan's digests, or null for everything. */
type Permitted = ReadonlyMap<string, ReadonlySet<string>> | null;

/** Runs each selected connection and prints what became of it. */
export async function sync(services: Services, options: SyncOptions): Promise<ExitCode> {
  const config = await services.loadConfig();
  const selected = selectConnections(config, services.globals.connection);
  const plans = options.planFile === null ? null : await loadPlans(options.planFile, config, selected);
  const connections = plans === null ? selected : selected.filter(({ name }) => plans.has(name));
  const state = await services.openState(config, 'write');
  try {
    const permitted = plans === null ? null : await verifyPlans(services, config, connections, plans);
    return await runConnections(services, config, state, connections, { ...options, permitted });
  } finally {
    await state.close();
  }
}

/** The runs themselves, under a lock that is already held. */
export async function runConnections(
  services: Services,
  config: Config,
  state: State,
  connections: readonly ConnectionConfig[],
  { full, permitted, limit }: Pick<SyncOptions, 'full' | 'limit'> & { readonly permitted: Permitted },
): Promise<ExitCode> {
  const { terminal, globals } = services;
  const isText = !globals.json && !globals.quiet;
  const { results, failures, exitCode } = await eachConnection(services, connections, async (connection) => {
    const only = permitted?.get(connection.name) ?? null;
    const report = await runConnection(services, config, state, connection, {
      full,
      only,
      ...(limit === undefined ? {} : { limit }),
    });
    if (isText) {
      const items = await openItems(state, report);
      terminal.out(`${renderRun(report, { paint: painter(services), width: TEXT_WIDTH, items })}\n`);
    }
    return { result: report, exitCode: exitCodeOfOutcome(report.outcome) };
  });
  if (globals.json) printJson(services, { runs: results }, failures);
  return exitCode;
}

/** The run of one connection; its report. */
export async function runConnection(
  services: Services,
  config: Config,
  state: State,
  connection: ConnectionConfig,
  { full, only, limit }: Pick<SyncOptions, 'full' | 'limit'> & { readonly only: ReadonlySet<string> | null },
): Promise<RunReport> {
  const remotes = await services.connect(config, connection);
  const line = createProgressLine({
    write: services.terminal.err,
    isEnabled: services.terminal.canRedraw && !services.globals.quiet,
    label: connection.name,
    now: services.now,
    requests: remotes.requests,
  });
  try {
    const dependencies = await services.engine(connection, remotes, state, line.show);
    const stop = stopAfter(services.stop, connection.policy.runMinutes);
    return await performRun(dependencies, {
      signal: services.abort,
      stop,
      full,
      only,
      ...(limit === undefined ? {} : { maxCreates: limit }),
    });
  } finally {
    line.clear();
  }
}

/** Asks a run to stop with the signal, or when it has had its time; 0 minutes: as long as it takes. */
function stopAfter(stop: AbortSignal, minutes: number): AbortSignal {
  return minutes === 0 ? stop : AbortSignal.any([stop, AbortSignal.timeout(minutes * 60_000)]);
}

async function openItems(state: State, report: RunReport) {
  const ledger = await state.ledger(report.connection);
  return ledger.attention({ state: 'open' });
}

/** The saved plans by connection. @throws ConfigurationError, HaltError */
async function loadPlans(
  file: string,
  config: Config,
  selected: readonly ConnectionConfig[],
): Promise<ReadonlyMap<string, ConnectionPlan>> {
  const text = await readInput(file, 'The plan');
  const plans = readPlans(text, file);
  const unknown = plans.filter(({ connection }) =>
    config.connections.every(({ name }) => name !== connection),
  );
  if (unknown.length > 0) {
    throw new ConfigurationError(
      unknown.map(
        ({ connection }) =>
          `The plan ${file} is for connection "${connection}", which the configuration does not have.`,
      ),
    );
  }
  const names = new Set(selected.map(({ name }) => name));
  const usable = plans.filter(({ connection }) => names.has(connection));
  if (usable.length === 0)
    throw new ConfigurationError([`The plan ${file} holds nothing for the selected connections.`]);
  return new Map(usable.map((plan) => [plan.connection, plan]));
}

/** Plans afresh on a copy and compares, all connections before the first write. */
async function verifyPlans(
  services: Services,
  config: Config,
  connections: readonly ConnectionConfig[],
  plans: ReadonlyMap<string, ConnectionPlan>,
): Promise<Permitted> {
  const copy = await services.openState(config, 'copy');
  try {
    const permitted = new Map<string, ReadonlySet<string>>();
    for (const connection of connections) {
      const saved = plans.get(connection.name);
      if (saved !== undefined)
        permitted.set(
          connection.name,
          verifyPlan(saved, await planConnection(services, config, connection, copy)),
        );
    }
    return permitted;
  } finally {
    await copy.close();
  }
}
