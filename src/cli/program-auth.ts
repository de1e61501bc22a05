/** Commands about who may do what: signing in to Partner Center, its key, and the console's second factor. */
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

  program
    .command('console-secret')
    .description("make a new secret for the console's second factor; prints it and keeps it nowhere")
    .option('--label <text>', 'what authenticator apps show beside the code', 'console')
    .action(({ label }) =>
      perform(async (services) =>
        (await import('./console-secret.ts')).consoleSecret(services, String(label)),
      ),
    );

  auth
    .command('rekey')
    .description('encrypt the stored sign-ins with another key')
    .action(() => perform(async (services) => (await import('./auth.ts')).rekey(services)));
}
