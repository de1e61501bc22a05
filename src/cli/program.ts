/** The command line: every command with its options. What a command does is loaded when it is called. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { InitKey } from './init.ts';
import { addAdoptionCommands } from './program-adoption.ts';
import { addAttentionCommand } from './program-attention.ts';
import { addAuthCommands } from './program-auth.ts';
import { addWebhooksCommand } from './program-webhooks.ts';
import type { Services } from './services.ts';
import { withoutValues } from './usage-error.ts';

/** What the global options say, before anything is loaded. */
export interface ParsedGlobals {
  /** The command's name, such as `start`. */
  readonly command: string;
  readonly config: string | null;
  readonly connection: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
}

/** Runs a command with services made for its global options. */
export type Run = (
  globals: ParsedGlobals,
  command: (services: Services) => Promise<ExitCode>,
) => Promise<void>;

export interface ProgramOptions {
  readonly version: string;
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  readonly run: Run;
}

const EXIT_CODES = `
Exit codes:
  0  all in agreement
  2  wrong usage or configuration
  3  finished, some items need attention
  4  stopped early (remote unavailable, credentials, limit hit), safe to run again
  5  halted by a guard, a person must decide
  6  another instance holds the lock
  1  a bug`;

/** The program; `parseAsync` throws commander's own errors for wrong usage and for `--help`. */
export function createProgram({ version, writeOut, writeErr, run }: ProgramOptions): Command {
  const program = new Command('cosell-sync')
    .description(
      'Keeps CRM opportunities and Microsoft Partner Center co-sell deals in agreement, both ways.',
    )
    .version(version, '-V, --version', 'print the version')
    .option('--config <file>', 'configuration file (default: config/cosell-sync.yaml, or COSELL_SYNC_CONFIG)')
    .option('--connection <name>', 'only this connection')
    .option('--json', 'print one JSON document on standard output; logs go to standard error')
    .option('--quiet', 'print only what was asked for, and problems')
    .option('--no-color', 'plain text (also with NO_COLOR)')
    .showHelpAfterError('(cosell-sync --help lists commands and options)')
    .addHelpText('after', EXIT_CODES)
    .configureOutput({ writeOut, writeErr, outputError: (text, write) => write(withoutValues(text)) })
    .exitOverride();

  let name = '';
  program.hook('preAction', (_program, command) => {
    const { parent } = command;
    name = parent === null || parent === program ? command.name() : `${parent.name()} ${command.name()}`;
  });
  const perform = (command: (services: Services) => Promise<ExitCode>): Promise<void> =>
    run(globalsOf(program, name), command);
  addSetupCommands(program, perform);
  addRunCommands(program, perform);
  addAdoptionCommands(program, perform);
  addViewCommands(program, perform);
  addWebhooksCommand(program, perform);
  addSandboxCommands(program, perform);
  return program;
}

/** Reads the global options, wherever on the line they stood. */
export function globalsOf(program: Command, command: string): ParsedGlobals {
  const { config, connection, json, quiet, color } = program.opts();
  return {
    command,
    config: typeof config === 'string' ? config : null,
    connection: typeof connection === 'string' ? connection : null,
    json: json === true,
    quiet: quiet === true,
    color: color !== false,
  };
}

export type Perform = (command: (services: Services) => Promise<ExitCode>) => Promise<void>;

/** An option's text, or null. */
function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

function crmKind(value: string): 'salesforce' | 'dynamics' {
  if (value !== 'salesforce' && value !== 'dynamics')
    throw new InvalidArgumentError('It must be salesforce or dynamics.');
  return value;
}

const INIT_OPTIONS = [
  ['--name <name>', 'name', 'name of the connection'],
  ['--crm <kind>', 'crm', 'salesforce or dynamics'],
  ['--crm-url <url>', 'crmUrl', "the CRM's address"],
  ['--crm-client-id <id>', 'crmClientId', "client id of the CRM's connected app"],
  ['--crm-tenant-id <guid>', 'crmTenantId', 'tenant id of a Dynamics organisation'],
  [
    '--crm-client-secret <text>',
    'crmClientSecret',
    'its client secret (kept in .env; better filled in there)',
  ],
  ['--tenant-id <guid>', 'tenantId', 'tenant id of the Partner Center account'],
  ['--client-id <guid>', 'clientId', 'client id of the Partner Center app registration'],
  ['--client-secret <text>', 'clientSecret', 'its client secret (kept in .env; better filled in there)'],
  ['--time-zone <name>', 'timeZone', 'time zone in which close dates count'],
  ['--currency <code>', 'currency', 'currency of opportunities that name none'],
  ['--solution <id>', 'solution', 'solution id for opportunities without a product'],
] as const satisfies readonly (readonly [string, InitKey, string])[];

function addSetupCommands(program: Command, perform: Perform): void {
  const init = program
    .command('init')
    .description('ask a few questions and write the configuration, a mapping and a .env');
  for (const [flags, , description] of INIT_OPTIONS) init.option(flags, description);
  init.action((options: Readonly<Record<string, string | undefined>>) =>
    perform(async (services) => {
      const given = INIT_OPTIONS.flatMap(([, key]) =>
        options[key] === undefined ? [] : [[key, options[key]] as const],
      );
      return (await import('./init.ts')).init(services, Object.fromEntries(given));
    }),
  );

  addAuthCommands(program, perform);
  program
    .command('doctor')
    .description('check everything checkable and say how to mend each failure')
    .action(() => perform(async (services) => (await import('./doctor.ts')).doctor(services)));
  program
    .command('setup')
    .description('show, and with --apply create, the CRM columns that the mapping needs')
    .option('--apply', 'create what is missing')
    .option('--write-mapping <file>', 'write the mapping with the names that this CRM has for its columns')
    .action(({ apply, writeMapping }) =>
      perform(async (services) => {
        const file = text(writeMapping);
        return file === null
          ? (await import('./setup.ts')).setup(services, { apply: apply === true })
          : (await import('./write-mapping.ts')).writeMapping(services, file);
      }),
    );
}

function addRunCommands(program: Command, perform: Perform): void {
  program
    .command('plan')
    .description('dry run: print what a run would do; changes nothing anywhere')
    .option('--out <file>', 'keep the plan for sync --plan')
    .option('--mapping <file>', 'try another mapping')
    .action(({ out, mapping }) =>
      perform(async (services) =>
        (await import('./plan.ts')).plan(services, { outFile: text(out), mappingFile: text(mapping) }),
      ),
    );
  program
    .command('sync')
    .description('one run')
    .option('--full', 'read both sides completely, not only what changed')
    .option(
      '--plan <file>',
      'do exactly what a saved plan says, or refuse when anything named in it has moved',
    )
    .option(
      '--limit <number>',
      'create at most this many records, oldest edit first; the rest stays due',
      wholeNumber,
    )
    .action(({ full, plan, limit }) =>
      perform(async (services) =>
        (await import('./sync.ts')).sync(services, {
          full: full === true,
          planFile: text(plan),
          ...(typeof limit === 'number' ? { limit } : {}),
        }),
      ),
    );
  program
    .command('start')
    .description('the daemon: runs by schedule, webhooks, console; SIGHUP reads the configuration again')
    .action(() => perform(async (services) => (await import('./start.ts')).start(services)));
  program
    .command('rebuild')
    .description('start a new ledger and find the links again from the tags on both sides')
    .option('--yes', 'do not ask')
    .action(({ yes }) =>
      perform(async (services) =>
        (await import('./rebuild.ts')).rebuild(services, { isConfirmed: yes === true }),
      ),
    );
}

function addViewCommands(program: Command, perform: Perform): void {
  program
    .command('health')
    .description('whether the daemon does its work: exit code 0 or 4, for health checks')
    .action(() => perform(async (services) => (await import('./health.ts')).health(services)));
  program
    .command('status')
    .description('how each connection stands')
    .action(() => perform(async (services) => (await import('./status.ts')).status(services)));
  program
    .command('deals')
    .description('the linked pairs')
    .option('--state <state>', 'only deals in this state (Received, Accepted, Won, ...)')
    .option('--kind <kind>', 'only private, partner-led or co-sell deals')
    .addOption(new Option('--inbound', 'only deals that others sent').conflicts('outbound'))
    .option('--outbound', 'only our own deals')
    .option('--favorites', 'only favourites')
    .option('--owner <person>', 'only deals whose owner in the CRM has this e-mail address or name')
    .option('--expiring', 'only unanswered deals that expire within 7 days')
    .option('--out-of-step', 'only pairs with an edit that waits, a conflict or a parked field')
    .option('--archived', 'links that no longer sync, instead of those that do')
    .option('--csv', 'print comma-separated values')
    .action((options) =>
      perform(async (services) =>
        (await import('./deals.ts')).deals(services, {
          state: text(options.state),
          kind: text(options.kind),
          inbound: options.inbound === true,
          outbound: options.outbound === true,
          favorites: options.favorites === true,
          owner: text(options.owner),
          expiring: options.expiring === true,
          outOfStep: options.outOfStep === true,
          archived: options.archived === true,
          csv: options.csv === true,
        }),
      ),
    );
  program
    .command('explain')
    .argument('<id>', 'an opportunity or a referral, by id or address')
    .argument('[field]', 'only this field')
    .description('why a pair is as it is: baseline, both values, versions, rule, history')
    .action((id: string, field?: string) =>
      perform(async (services) => (await import('./explain.ts')).explain(services, id, field ?? null)),
    );
  addAttentionCommand(program, perform);
}

function addSandboxCommands(program: Command, perform: Perform): void {
  program
    .command('sandbox')
    .description('stand-ins for the remote systems on this machine, until Ctrl-C')
    .option(
      '--port <number>',
      'control port; the stand-ins take the next ones (0: free ports)',
      wholeNumber,
      8800,
    )
    .option('--crm <kind>', 'the CRM beside Partner Center: salesforce or dynamics', crmKind, 'salesforce')
    .option('--opportunities <number>', 'how many opportunities are made up', wholeNumber, 300)
    .option('--seed <number>', 'other seeds make up other records', wholeNumber, 7)
    .option('--salesforce-export <dir>', 'load a Salesforce data export instead')
    .option('--flag <number>', 'how many opportunities of the export are flagged for sharing', wholeNumber)
    .action(({ port, crm, opportunities, seed, salesforceExport, flag }) =>
      perform(async (services) =>
        (await import('./sandbox.ts')).sandbox(services, {
          port,
          crm,
          opportunities,
          seed,
          salesforceExport: text(salesforceExport),
          flag: typeof flag === 'number' ? flag : null,
        }),
      ),
    );
  program
    .command('demo')
    .description('the whole product on made-up data, without any account')
    .option('--serve', 'keep the stand-ins up afterwards, with the daemon and its console on them')
    .option('--crm <kind>', 'the CRM: salesforce or dynamics', crmKind, 'salesforce')
    .action(({ serve, crm }) =>
      perform(async (services) => (await import('./demo.ts')).demo(services, { serve: serve === true, crm })),
    );
}
