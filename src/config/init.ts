/** Renders a first configuration from the answers to a few questions. Secrets go to the `.env` text, nowhere else. */
import { isMap, isScalar, parseDocument, stringify } from 'yaml';
import { ConfigurationError } from '../core/errors.ts';

export interface InitAnswers {
  /** The connection's name: lower-case letters, digits and hyphens. */
  readonly connection: string;
  readonly crm: SalesforceAnswers | DynamicsAnswers;
  readonly partnerCenter: {
    readonly tenantId: string;
    readonly clientId: string;
    /** Null for a public client. */
    readonly clientSecret: string | null;
    /** IANA name of the zone in which close dates count. */
    readonly timeZone: string;
  };
  /** Folder of the state, as it is to stand in the file. */
  readonly stateDirectory: string;
  /** What the console asks for; null when only this machine can connect. */
  readonly consoleToken: string | null;
  /** The mapping file's name as it is to stand in the configuration, such as `./mapping.yaml`. */
  readonly mappingFile: string;
  /** Text of the shipped mapping for this kind of CRM. */
  readonly mappingTemplate: string;
  /** Folder of the JSON schemas, as editors find it from the written files; null leaves the hint out. */
  readonly schemaFolder: string | null;
  /** Currency of opportunities that name none; null keeps the template's. */
  readonly currency: string | null;
  /** Solution id for opportunities without a product; null keeps the template's. */
  readonly defaultSolution: string | null;
}

export interface SalesforceAnswers {
  readonly kind: 'salesforce';
  readonly loginUrl: string;
  readonly clientId: string;
  readonly auth:
    | { readonly flow: 'clientCredentials'; readonly clientSecret: string }
    | { readonly flow: 'jwtBearer'; readonly username: string; readonly privateKeyFile: string };
}

export interface DynamicsAnswers {
  readonly kind: 'dynamics';
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface RenderedConfiguration {
  /** YAML of the configuration file. */
  readonly config: string;
  /** The `.env` beside it. */
  readonly env: string;
  /** YAML of the mapping file. */
  readonly mapping: string;
}

/**
 * Renders the three files of a first configuration; writes nothing.
 *
 * @throws ConfigurationError when a secret cannot be written into a `.env` file
 */
export function renderConfiguration(answers: InitAnswers): RenderedConfiguration {
  return { config: renderConfig(answers), env: renderEnv(answers), mapping: renderMapping(answers) };
}

/** How a configuration names an environment variable. */
function reference(name: string): string {
  return `\${${name}}`;
}

/** A value as a YAML scalar on one line, quoted where it has to be. */
function scalar(value: string): string {
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}

function schemaHint({ schemaFolder }: InitAnswers, name: string): readonly string[] {
  return schemaFolder === null ? [] : [`# yaml-language-server: $schema=${schemaFolder}/${name}`];
}

function renderConfig(answers: InitAnswers): string {
  const { connection, crm, partnerCenter, stateDirectory, mappingFile, consoleToken } = answers;
  const lines = [
    ...schemaHint(answers, 'cosell-sync.schema.json'),
    '# Written by "cosell-sync init". Everything left out has a sensible default; the example configuration shows all keys.',
    `# ${reference('NAME')} takes an environment variable, also from the .env file beside this one.`,
    'state:',
    '  kind: embedded',
    `  dir: ${scalar(stateDirectory)}`,
    ...(consoleToken === null ? [] : ['server:', `  token: ${reference('COSELL_CONSOLE_TOKEN')}`]),
    'connections:',
    `  - name: ${scalar(connection)}`,
    '    crm:',
    ...(crm.kind === 'salesforce' ? salesforceLines(crm) : dynamicsLines(crm)).map((line) => `      ${line}`),
    '    partnerCenter:',
    `      tenantId: ${reference('PARTNER_TENANT_ID')}`,
    `      clientId: ${reference('PARTNER_CLIENT_ID')}`,
    ...(partnerCenter.clientSecret === null
      ? []
      : [`      clientSecret: ${reference('PARTNER_CLIENT_SECRET')}`]),
    `      timeZone: ${scalar(partnerCenter.timeZone)}`,
    `    mapping: ${scalar(mappingFile)}`,
    '    # What cannot be undone at Microsoft can be made to wait for a person:',
    '    # policy: { approvals: [invite, share, close, decline] }',
  ];
  return `${lines.join('\n')}\n`;
}

function salesforceLines({ loginUrl, auth }: SalesforceAnswers): readonly string[] {
  const lines = ['kind: salesforce', `loginUrl: ${scalar(loginUrl)}`, 'auth:', `  flow: ${auth.flow}`];
  const id = `  clientId: ${reference('SALESFORCE_CLIENT_ID')}`;
  if (auth.flow === 'clientCredentials')
    return [...lines, id, `  clientSecret: ${reference('SALESFORCE_CLIENT_SECRET')}`];
  return [
    ...lines,
    id,
    `  username: ${scalar(auth.username)}`,
    `  privateKeyFile: ${scalar(auth.privateKeyFile)}`,
  ];
}

function dynamicsLines({ url }: DynamicsAnswers): readonly string[] {
  return [
    'kind: dynamics',
    `url: ${scalar(url)}`,
    'auth:',
    '  flow: clientCredentials',
    `  tenantId: ${reference('DYNAMICS_TENANT_ID')}`,
    `  clientId: ${reference('DYNAMICS_CLIENT_ID')}`,
    `  clientSecret: ${reference('DYNAMICS_CLIENT_SECRET')}`,
  ];
}

function renderEnv({ crm, partnerCenter, consoleToken }: InitAnswers): string {
  const variables: readonly (readonly [string, string | null])[] = [
    ...crmVariables(crm),
    ['PARTNER_TENANT_ID', partnerCenter.tenantId],
    ['PARTNER_CLIENT_ID', partnerCenter.clientId],
    ['PARTNER_CLIENT_SECRET', partnerCenter.clientSecret],
    ['COSELL_CONSOLE_TOKEN', consoleToken],
  ];
  const lines = variables.flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${envValue(name, value)}`],
  );
  return `# Secrets of cosell-sync: readable by you alone, never committed.\n${lines.join('\n')}\n`;
}

function crmVariables(crm: InitAnswers['crm']): readonly (readonly [string, string])[] {
  if (crm.kind === 'salesforce') {
    const id = ['SALESFORCE_CLIENT_ID', crm.clientId] as const;
    return crm.auth.flow === 'jwtBearer' ? [id] : [id, ['SALESFORCE_CLIENT_SECRET', crm.auth.clientSecret]];
  }
  return [
    ['DYNAMICS_TENANT_ID', crm.tenantId],
    ['DYNAMICS_CLIENT_ID', crm.clientId],
    ['DYNAMICS_CLIENT_SECRET', crm.clientSecret],
  ];
}

/** A value as `.env` files take it: these know quotes, but no escapes in them that could be relied on. */
function envValue(name: string, value: string): string {
  if (/^[\w.~:/@+=,-]*$/.test(value)) return value;
  const quote = ["'", '`', '"'].find((candidate) => !value.includes(candidate));
  const isSafe = !/[\r\n\0]/.test(value) && !(quote === '"' && value.includes('\\'));
  if (quote !== undefined && isSafe) return `${quote}${value}${quote}`;
  throw new ConfigurationError([
    `${name} has characters that a .env file cannot hold; leave it out there and set it in the environment.`,
  ]);
}

function renderMapping(answers: InitAnswers): string {
  const { mappingTemplate, currency, defaultSolution } = answers;
  const hint = schemaHint(answers, 'mapping.schema.json').map((line) => `${line}\n`);
  let text = hint.join('') + mappingTemplate.replace(/^# yaml-language-server:.*\r?\n/, '');
  if (currency !== null) text = withValue(text, ['fields', 'currency', 'default'], currency);
  if (defaultSolution !== null) text = withValue(text, ['solutions', 'default'], defaultSolution);
  return text;
}

/** Sets one value in a YAML text and leaves every other character, comments included, as it is. */
function withValue(text: string, path: readonly string[], value: string): string {
  const document = parseDocument(text);
  const splice = (start: number, end: number, replacement: string): string =>
    text.slice(0, start) + replacement + text.slice(end);
  const present = document.getIn(path, true);
  if (isScalar(present) && present.range) return splice(present.range[0], present.range[1], scalar(value));
  const parent = document.getIn(path.slice(0, -1), true);
  if (!isMap(parent) || !parent.range) {
    throw new ConfigurationError([`The mapping template has no section ${path.slice(0, -1).join('.')}.`]);
  }
  const [start] = parent.range;
  const entry = `${path.at(-1)}: ${scalar(value)}`;
  if (parent.flow === true)
    return splice(start + 1, start + 1, parent.items.length === 0 ? ` ${entry} ` : ` ${entry},`);
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  return splice(start, start, `${entry}\n${' '.repeat(column)}`);
}
