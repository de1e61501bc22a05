/** `rebuild`: a new ledger, with links found again from the tags that both sides carry. */
import { ConfigurationError } from '../core/errors.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Services } from './services.ts';
import { runConnections } from './sync.ts';

const WARNING = [
  'This starts a new ledger. Links are found again from the tags on both sides; what both sides agreed on is forgotten,',
  'so fields that differ now become conflicts. Open attention items, decisions and history stay in the old ledger,',
  'which is kept beside the new one. Nothing is created before both sides have been read completely.',
].join('\n');

/** Moves the ledger aside and reads everything anew. Concerns every connection, because they share one ledger. */
export async function rebuild(
  services: Services,
  { isConfirmed }: { readonly isConfirmed: boolean },
): Promise<ExitCode> {
  const { terminal, globals } = services;
  const config = await services.loadConfig();
  if (globals.connection !== null && config.connections.length > 1) {
    throw new ConfigurationError([
      'rebuild starts a new ledger for all connections; leave --connection out.',
    ]);
  }
  if (!isConfirmed) {
    if (!terminal.isInteractive)
      throw new ConfigurationError(['rebuild asks before it begins; without a terminal say --yes.']);
    terminal.err(`${WARNING}\n`);
    const answer = await terminal.ask('Type "rebuild" to go on: ');
    if (answer.trim() !== 'rebuild') {
      terminal.err('Nothing was changed.\n');
      return 4;
    }
  }
  const { oldLedger, state } = await services.startNewLedger(config);
  try {
    if (oldLedger !== null && !globals.quiet) terminal.err(`The old ledger is ${oldLedger}.\n`);
    return await runConnections(services, config, state, config.connections, { full: true, permitted: null });
  } finally {
    await state.close();
  }
}
