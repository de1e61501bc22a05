/** `init`: a first configuration from a few questions, or from options where nobody can be asked. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../core/errors.ts';
import { canonicalGuid } from '../core/ids.ts';
import type { ExitCode } from './exit-codes.ts';
import { printJson } from './output.ts';
import type { InitQuestions, Services } from './services.ts';

/** Answers given as options; the rest is asked. */
export type InitOptions = Readonly<Partial<Record<InitKey, string>>>;
export type InitKey = (typeof QUESTIONS)[number]['key'];

interface Question {
  readonly key: string;
  /** The option that answers it. */
  readonly option: string;
  readonly text: string;
  readonly default?: string;
  /** Only asked for this kind of CRM. */
  readonly only?: 'salesforce' | 'dynamics';
  /** Goes to `.env`; may be left empty and filled in there. */
  readonly isSecret?: boolean;
  /** What is wrong with an answer, or null. */
  check(answer: string): string | null;
}

const anything = (answer: string): string | null => (answer === '' ? 'is needed' : null);
const guid = (answer: string): string | null =>
  canonicalGuid(answer) === null ? 'must be a GUID such as 11111111-2222-3333-4444-555555555555' : null;
const maybe = (): string | null => null;

function url(answer: string): string | null {
  if (!URL.canParse(answer)) return 'must be an address such as https://contoso.my.salesforce.com';
  const { protocol, hostname } = new URL(answer);
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return protocol === 'https:' || isLocal ? null : 'must begin with https://';
}

const QUESTIONS = [
  {
    key: 'name',
    option: '--name',
    text: 'Name of the connection (lower-case letters, digits, hyphens)',
    default: 'default',
    check: (answer) =>
      /^[a-z0-9][a-z0-9-]*$/.test(answer) ? null : 'may have lower-case letters, digits and hyphens',
  },
  {
    key: 'crm',
    option: '--crm',
    text: 'CRM (salesforce or dynamics)',
    default: 'salesforce',
    check: (answer) =>
      answer === 'salesforce' || answer === 'dynamics' ? null : 'is salesforce or dynamics',
  },
  {
    key: 'crmUrl',
    option: '--crm-url',
    text: "The CRM's address, such as https://contoso.my.salesforce.com",
    check: url,
  },
  {
    key: 'crmClientId',
    option: '--crm-client-id',
    text: "Client id of the CRM's connected app",
    check: anything,
  },
  {
    key: 'crmTenantId',
    option: '--crm-tenant-id',
    text: 'Tenant id of the Dynamics organisation',
    only: 'dynamics',
    check: guid,
  },
  {
    key: 'crmClientSecret',
    option: '--crm-client-secret',
    text: 'Its client secret (empty: fill it in later, in .env)',
    isSecret: true,
    check: maybe,
  },
  { key: 'tenantId', option: '--tenant-id', text: 'Tenant id of the Partner Center account', check: guid },
  {
    key: 'clientId',
    option: '--client-id',
    text: 'Client id of the Partner Center app registration',
    check: guid,
  },
  {
    key: 'clientSecret',
    option: '--client-secret',
    text: 'Its client secret (empty: a public client)',
    isSecret: true,
    check: maybe,
  },
  {
    key: 'timeZone',
    option: '--time-zone',
    text: 'Time zone in which close dates count',
    default: 'UTC',
    check: (answer) => (isTimeZone(answer) ? null : 'must be a name such as Europe/Berlin'),
  },
  {
    key: 'currency',
    option: '--currency',
    text: 'Currency of opportunities that name none',
    default: 'USD',
    check: (answer) => (/^[A-Z]{3}$/.test(answer) ? null : 'must be three capital letters'),
  },
  {
    key: 'solution',
    option: '--solution',
    text: 'Solution id for opportunities without a product (empty: none)',
    check: maybe,
  },
] as const satisfies readonly Question[];

/** The options that answer the questions, for the command line's help. */
export const INIT_QUESTIONS: readonly Question[] = QUESTIONS;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

type Answers = Readonly<Record<InitKey, string>>;

/** Asks, then writes configuration, mapping and `.env`; refuses when one of them is already there. */
export async function init(services: Services, options: InitOptions): Promise<ExitCode> {
  const { configFile, terminal, globals } = services;
  const folder = dirname(configFile);
  const crm = options.crm ?? 'salesforce';
  refuseToOverwrite([configFile, join(folder, '.env'), join(folder, `mapping.${crm}.yaml`)]);
  const answers = await gather(services, options);
  const mappingName = `mapping.${answers.crm}.yaml`;
  const files = { config: configFile, env: join(folder, '.env'), mapping: join(folder, mappingName) };
  refuseToOverwrite(Object.values(files));
  const rendered = await services.renderInit(toQuestions(answers, mappingName));
  await mkdir(folder, { recursive: true });
  await write(files.mapping, rendered.mapping, 0o644);
  await write(files.env, rendered.env, 0o600);
  await write(files.config, rendered.config, 0o644);
  if (globals.json) printJson(services, { files: Object.values(files) });
  else
    terminal.out(
      `Written: ${Object.values(files).join(', ')}\nNext: ${missingSecrets(rendered.env, files.env)}cosell-sync auth login ${answers.name}, cosell-sync doctor, cosell-sync setup, cosell-sync plan.\n`,
    );
  return 0;
}

/** The variables that stand without a value: until they have one, no other command accepts the configuration. */
function missingSecrets(env: string, file: string): string {
  const names = [...env.matchAll(/^(\w+)=$/gmu)].map(([, name]) => name);
  return names.length === 0 ? '' : `fill in ${names.join(' and ')} in ${file}, then `;
}

function refuseToOverwrite(files: readonly string[]): void {
  const present = files.filter((file) => existsSync(file));
  if (present.length > 0)
    throw new ConfigurationError(
      present.map(
        (file) =>
          `${file} is already there and is not overwritten; move it away, or choose another place with --config FILE.`,
      ),
    );
}

async function gather({ terminal }: Services, options: InitOptions): Promise<Answers> {
  const answers: Partial<Record<InitKey, string>> = {};
  const problems: string[] = [];
  for (const question of QUESTIONS) {
    const only = 'only' in question ? question.only : null;
    if (only !== null && only !== answers.crm) {
      answers[question.key] = '';
      continue;
    }
    const fallback = 'default' in question ? question.default : '';
    const given = options[question.key];
    if (given !== undefined || !terminal.isInteractive) {
      const answer = (given ?? fallback).trim();
      const problem = question.check(answer);
      if (problem !== null) problems.push(`${question.option} ${problem}.`);
      answers[question.key] = answer;
      continue;
    }
    answers[question.key] = await askUntilRight(terminal, question, fallback);
  }
  if (problems.length > 0) throw new ConfigurationError(problems, 'Not enough to write a configuration:');
  return answers as Answers;
}

async function askUntilRight(
  terminal: Services['terminal'],
  question: Question,
  fallback: string,
): Promise<string> {
  for (;;) {
    const hint = fallback === '' ? '' : ` [${fallback}]`;
    const given = (await terminal.ask(`${question.text}${hint}: `, question.isSecret === true)).trim();
    const answer = given === '' ? fallback : given;
    const problem = question.check(answer);
    if (problem === null) return answer;
    terminal.err(`That ${problem}.\n`);
  }
}

function toQuestions(answers: Answers, mappingName: string): InitQuestions {
  const { name, crm, crmUrl, crmClientId, crmTenantId, crmClientSecret } = answers;
  return {
    connection: name,
    crm:
      crm === 'dynamics'
        ? {
            kind: 'dynamics',
            url: crmUrl,
            tenantId: crmTenantId,
            clientId: crmClientId,
            clientSecret: crmClientSecret,
          }
        : {
            kind: 'salesforce',
            loginUrl: crmUrl,
            clientId: crmClientId,
            auth: { flow: 'clientCredentials', clientSecret: crmClientSecret },
          },
    partnerCenter: {
      tenantId: answers.tenantId,
      clientId: answers.clientId,
      clientSecret: answers.clientSecret === '' ? null : answers.clientSecret,
      timeZone: answers.timeZone,
    },
    stateDirectory: './state',
    consoleToken: null,
    mappingFile: `./${mappingName}`,
    currency: answers.currency,
    defaultSolution: answers.solution === '' ? null : answers.solution,
  };
}

async function write(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text, { mode, flag: 'wx' }).catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unwritable';
    throw new ConfigurationError([`${file} cannot be written (${why}).`]);
  });
}
