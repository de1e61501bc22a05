/** `health`: whether the daemon of this configuration does its work, for health checks of containers and monitors. */
import type { ExitCode } from './exit-codes.ts';
import { printJson } from './output.ts';
import type { Services } from './services.ts';

/** Asks the daemon's `/readyz`. Exit code 0 when it is ready, 4 when it is not or does not answer. */
export async function health(services: Services): Promise<ExitCode> {
  const { terminal, globals } = services;
  const config = await services.loadConfig();
  const found = await services.askDaemon(config);
  if (globals.json) printJson(services, { ready: found?.ready ?? false, daemon: found });
  else if (found === null) terminal.err('No daemon answers; start it with cosell-sync start.\n');
  else {
    for (const { connection, ready, reason } of found.connections) {
      const line = `${connection}: ${ready ? 'ready' : reason}\n`;
      if (!ready) terminal.err(line);
      else if (!globals.quiet) terminal.out(line);
    }
  }
  return found?.ready === true ? 0 : 4;
}
