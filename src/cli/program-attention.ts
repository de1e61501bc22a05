/** The `attention` command's own command line. */
import { type Command, Option } from 'commander';
import { refuseUnknownCommands } from './command-group.ts';
import type { Perform } from './program.ts';

/** Adds `attention` with its subcommands; `list` where none is named. */
export function addAttentionCommand(program: Command, perform: Perform): void {
  const attention = program
    .command('attention')
    .description('what a person must look at, and the decisions about it');
  refuseUnknownCommands(attention);
  attention
    .command('list', { isDefault: true })
    .description('open items, grouped by cause')
    .action(() => perform(async (services) => (await import('./attention.ts')).listAttention(services)));
  attention
    .command('show')
    .argument('<id>', 'an item, or an unambiguous beginning of its id')
    .description('everything about one item')
    .action((id: string) =>
      perform(async (services) => (await import('./attention.ts')).showAttention(services, id)),
    );
  attention
    .command('retry')
    .argument('[ids...]', 'items; all parked records where nothing narrows it down')
    .option('--code <code>', 'all items of this cause')
    .option('--since <time>', 'items first seen at or after this time')
    .description('let the next run try again')
    .action((ids: string[], { code, since }) =>
      perform(async (services) =>
        (await import('./attention.ts')).retryAttention(services, {
          ids,
          code: code ?? null,
          since: since ?? null,
        }),
      ),
    );
  attention
    .command('resolve')
    .argument('<id>', 'a conflict, or the question whose deal it is')
    .argument('[field]', "one of a conflict's fields; all where none is named")
    .option('--take <side>', 'whose value is right: crm or partnerCenter')
    .addOption(
      new Option('--account <id>', 'the account that a received deal belongs to, or "new"').conflicts('take'),
    )
    .description('decide; the next run carries it out')
    .action((id: string, field: string | undefined, { take, account }, command: Command) => {
      if (take === undefined && account === undefined)
        command.error(
          'error: say what is right: --take crm or --take partnerCenter for a conflict, --account ID for a question whose deal it is',
        );
      return perform(async (services) =>
        (await import('./attention.ts')).resolveItem(services, id, {
          field: field ?? null,
          take: take ?? null,
          account: account ?? null,
        }),
      );
    });
  attention
    .command('approve')
    .argument('<ids...>', 'approvals')
    .description('let the next run do what waits')
    .action((ids: string[]) =>
      perform(async (services) => (await import('./attention.ts')).approveAttention(services, ids)),
    );
  attention
    .command('dismiss')
    .argument('<ids...>', 'items')
    .requiredOption('--why <text>', 'the reason, which is kept')
    .description('take items off the list')
    .action((ids: string[], { why }) =>
      perform(async (services) =>
        (await import('./attention.ts')).dismissAttention(services, ids, String(why)),
      ),
    );
}
