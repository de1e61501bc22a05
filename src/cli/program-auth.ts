/** The commands under `auth`: signing in to Partner Center, and the key that sign-ins are encrypted with. */
import type { Command } from 'commander';
import type { Perform } from './program.ts';

export function addAuthCommands(program: Command, perform: Perform): void {
  const auth = program.command('auth').description('sign in to Partner Center');
  auth
    .command('login')
    .argument('[connection]', 'which connection; may be left out where there is only one')
    .description('sign in by a code typed on any device; keeps the rotating refresh token encrypted')
    .action((name?: string) =>
      perform(async (services) => (await import('./auth.ts')).login(services, name ?? null)),
    );
  auth
    .command('status')
    .description('say which connections are signed in')
    .action(() => perform(async (services) => (await import('./auth.ts')).authStatus(services)));
  auth
    .command('logout')
    .argument('[connection]')
    .description('forget the stored sign-in')
    .action((name?: string) =>
      perform(async (services) => (await import('./auth.ts')).logout(services, name ?? null)),
    );

  auth
    .command('rekey')
    .description('encrypt the stored sign-ins with another key')
    .action(() => perform(async (services) => (await import('./auth.ts')).rekey(services)));
}
