/** The `webhooks` command's own command line. */
import { type Command, InvalidArgumentError } from 'commander';
import { REFERRAL_EVENTS } from '../core/webhook-event.ts';
import { refuseUnknownCommands } from './command-group.ts';
import type { Perform } from './program.ts';
import type { Services } from './services.ts';

/** Adds `webhooks` with its subcommands; `status` where none is named. */
export function addWebhooksCommand(program: Command, perform: Perform): void {
  const webhooks = program
    .command('webhooks')
    .description("who gets Partner Center's events, which make the daemon look sooner");
  refuseUnknownCommands(webhooks);
  webhooks
    .command('status', { isDefault: true })
    .description('where events go')
    .action(() => perform(async (services) => (await import('./webhooks.ts')).webhooksStatus(services)));
  webhooks
    .command('register')
    .description("register for events, or add those that our registration lost; leaves somebody else's alone")
    .option('--take-over', "replace somebody else's registration, which is remembered for hand-back")
    .action(({ takeOver }) =>
      perform(async (services) =>
        (await import('./webhooks.ts')).webhooksRegister(services, { takeOver: takeOver === true }),
      ),
    );
  webhooks
    .command('test')
    .description('have Partner Center send a test event (at most two a minute) and wait until it came')
    .action(() => perform(async (services) => (await import('./webhooks.ts')).webhooksTest(services)));
  webhooks
    .command('hand-back')
    .description('restore the registration that stood before ours')
    .option('--to [url]', 'register this address instead; asked for where none is written', address)
    .option('--events <names>', 'events for that address, joined by commas', REFERRAL_EVENTS.join(','))
    .action(({ to, events }) =>
      perform(async (services) => {
        const { webhooksHandBack } = await import('./webhooks.ts');
        if (to === undefined) return webhooksHandBack(services, null);
        const url = to === true ? await askAddress(services) : String(to);
        return webhooksHandBack(services, { url, events: namesIn(String(events)) });
      }),
    );
}

function address(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === '127.0.0.1')) return text;
  throw new InvalidArgumentError('It must be an address that begins with https://.');
}

/** The address may be a secret, so it need not stand in the shell's history. */
async function askAddress({ terminal }: Services): Promise<string> {
  return address((await terminal.ask('Address that should have the events: ', true)).trim());
}

function namesIn(text: string): readonly string[] {
  return text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}
