/** `sandbox`: stand-ins for the remote systems on this machine, until a signal ends them. */
import type { ExitCode } from './exit-codes.ts';
import { renderTable } from './format.ts';
import { painter, printJson } from './output.ts';
import type { RunningSandbox, SandboxOptions, Services } from './services.ts';

/** Where the shipped configuration expects the control API. */
export const DEFAULT_SANDBOX_PORT = 8800;

/** Starts the stand-ins, says where they are, and waits. */
export async function sandbox(services: Services, options: SandboxOptions): Promise<ExitCode> {
  const running = await services.startSandbox(options);
  try {
    if (services.globals.json) printJson(services, { urls: running.urls });
    else services.terminal.out(describeSandbox(services, running, options.port === DEFAULT_SANDBOX_PORT));
    await untilStopped(services);
    return 0;
  } finally {
    await running.close();
  }
}

function describeSandbox(services: Services, { urls }: RunningSandbox, isDefault: boolean): string {
  const isDynamics = urls.dynamics !== undefined;
  const file = isDynamics ? 'config/sandbox-dynamics.yaml' : 'config/sandbox.yaml';
  const rows = [
    isDynamics ? ['Dynamics 365', urls.dynamics] : ['Salesforce', urls.salesforce],
    ['Partner Center', urls.partnerCenter],
    ['Sign-in', urls.entra],
    ['Control', `${urls.control}  (GET / lists what it can do)`],
  ];
  const use = isDefault
    ? `Use it: cosell-sync sync --config ${file}`
    : `Use it with a copy of ${file} that has these addresses.`;
  return `${renderTable(rows, { paint: painter(services) })}\n${use}\nPress Ctrl-C to end.\n`;
}

/** Resolves with the first signal. */
export function untilStopped({ stop }: Pick<Services, 'stop'>): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
}
