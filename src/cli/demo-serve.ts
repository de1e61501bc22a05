/** `demo --serve`: the stand-ins and the daemon on them stay up, so that one can look around and edit. */
import { renderTable } from './format.ts';
import { painter } from './output.ts';
import { untilStopped } from './sandbox.ts';
import type { RunningSandbox, Services } from './services.ts';
import { openDaemon } from './start.ts';

/**
 * Starts the daemon on the demonstration's configuration, says where everything is, and waits for the first signal.
 * @param services the command's own, for its terminal
 * @param sandboxed the same over the demonstration's configuration
 */
export async function serveDemo(
  services: Services,
  sandboxed: Services,
  { urls }: RunningSandbox,
): Promise<void> {
  const state = await sandboxed.openState(await sandboxed.loadConfig(), 'write');
  try {
    const daemon = await openDaemon(sandboxed, state);
    const crm =
      urls.dynamics === undefined ? ['Salesforce', urls.salesforce] : ['Dynamics 365', urls.dynamics];
    const rows = [
      ['Console', `${daemon.url}/`],
      ['Health, figures', `${daemon.url}/readyz, ${daemon.url}/metrics`],
      crm,
      ['Partner Center', urls.partnerCenter],
      ['Control', `${urls.control}  (GET / lists what it can do: edit records, pass time, break things)`],
    ];
    services.terminal.err(
      [
        '',
        'The stand-ins stay up, and the daemon keeps them in agreement.',
        renderTable(rows, { paint: painter(services) }).trimEnd(),
        `In another terminal: cosell-sync status --config ${sandboxed.configFile}`,
        'Press Ctrl-C to end; everything is removed then.',
        '',
      ].join('\n'),
    );
    await untilStopped(services);
    await daemon.close();
  } finally {
    await state.close();
  }
}
