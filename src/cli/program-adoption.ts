/** The commands for taking over what is there already: pairs without tags, and the catalogue of solutions. */
import type { Command } from 'commander';
import type { Perform } from './program.ts';

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Adds `adopt` and `solutions`. */
export function addAdoptionCommands(program: Command, perform: Perform): void {
  program
    .command('adopt')
    .description('propose pairs among opportunities and deals without tags; links only what a person accepts')
    .option('--csv <file>', 'keep the proposals for a spreadsheet')
    .option('--apply <file>', 'link the rows of such a file whose column accept says yes')
    .option('--accept <opportunity=referral>', 'link one pair; may be repeated', collect, [])
    .option(
      '--take <field=side>',
      'decide a field that differed at adoption for every pair: crm or partnerCenter',
    )
    .action(({ csv, apply, accept, take }) =>
      perform(async (services) =>
        (await import('./adopt.ts')).adopt(services, {
          csvFile: text(csv),
          applyFile: text(apply),
          accept: Array.isArray(accept) ? accept.map(String) : [],
          take: text(take),
        }),
      ),
    );
  program
    .command('solutions')
    .description("the mapping's catalogue of solutions")
    .command('harvest')
    .description(
      'list the solutions that deals use, and the CRM products without an entry, as lines for the mapping',
    )
    .option('--out <file>', 'keep the lines in a file')
    .action(({ out }) =>
      perform(async (services) => (await import('./solutions.ts')).harvest(services, { outFile: text(out) })),
    );
}
