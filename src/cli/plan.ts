/** `plan`: what a run would do, without doing it. */
import { writeFile } from 'node:fs/promises';
import { ConfigurationError } from '../core/errors.ts';
import { type ConnectionPlan, savePlans, toPlannedAction } from '../engine/saved-plan.ts';
import { type ConnectionFailure, eachConnection, selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import { painter, printJson, TEXT_WIDTH } from './output.ts';
import { renderPlan } from './plan-report.ts';
import { planConnection } from './planning.ts';
import type { Services } from './services.ts';

export interface PlanOptions {
  /** Where the plan is kept for `sync --plan`. */
  readonly outFile: string | null;
  /** A mapping to try instead of the configured one. */
  readonly mappingFile: string | null;
}

/** Plans each selected connection on a copy of the state and prints the actions. */
export async function plan(services: Services, { outFile, mappingFile }: PlanOptions): Promise<ExitCode> {
  const { terminal, globals } = services;
  const config = await services.loadConfig(mappingFile === null ? {} : { mappingFile });
  const connections = selectConnections(config, globals.connection);
  const copy = await services.openState(config, 'copy');
  const unfinished: ConnectionFailure[] = [];
  try {
    const { results, failures, exitCode } = await eachConnection(
      services,
      connections,
      async (connection) => {
        const planned = await planConnection(services, config, connection, copy);
        const { standing, mapping, records, actions } = planned;
        const saved: ConnectionPlan = {
          connection: connection.name,
          madeFrom: { ...standing, mapping, records },
          actions: actions.map(toPlannedAction),
        };
        if (!globals.json)
          terminal.out(`${renderPlan(planned, { paint: painter(services), width: TEXT_WIDTH })}\n`);
        if (planned.stopped === null) return { result: saved, exitCode: 0 };
        unfinished.push({ connection: connection.name, exitCode: 4, message: planned.stopped });
        return { result: saved, exitCode: 4 };
      },
    );
    if (globals.json) printJson(services, { plans: results }, [...failures, ...unfinished]);
    if (outFile !== null && failures.length === 0) {
      await keep(outFile, savePlans(results));
      if (!globals.quiet)
        terminal.err(`The plan is in ${outFile}. To do exactly this: cosell-sync sync --plan ${outFile}\n`);
    }
    return exitCode;
  } finally {
    await copy.close();
  }
}

async function keep(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 }).catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unwritable';
    throw new ConfigurationError([`The plan cannot be written to ${file} (${why}).`]);
  });
}
