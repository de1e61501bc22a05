/** `doctor`: everything checkable, each line with how to mend it. */
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import type { CheckResult } from '../core/ports.ts';
import { partnerListeners } from '../core/webhook-listeners.ts';
import { describeSignIn } from './auth.ts';
import { checkNames } from './column-names.ts';
import { selectConnections } from './connections.ts';
import { type ExitCode, gravest, messageOfError } from './exit-codes.ts';
import { count, type Paint, wrap } from './format.ts';
import { painter, printJson, TEXT_WIDTH } from './output.ts';
import type { Services } from './services.ts';
import { checkOf, viewOf } from './webhooks-view.ts';

interface CheckGroup {
  /** Null for this machine. */
  readonly connection: string | null;
  readonly checks: readonly CheckResult[];
  /** What a problem of this group ends the command with. */
  readonly exitCode: ExitCode;
}

/** Checks this machine, then each selected connection's two sides. Writes nothing but a rotated sign-in. */
export async function doctor(services: Services): Promise<ExitCode> {
  // A configuration that cannot be used is reported with all its problems by the caller: exit code 2.
  const config = await services.loadConfig();
  const connections = selectConnections(config, services.globals.connection);
  const groups: CheckGroup[] = [await checkMachine(services, config)];
  for (const connection of connections) groups.push(...(await checkConnection(services, config, connection)));
  const problems = groups.flatMap(({ checks }) => checks).filter(({ ok }) => !ok).length;
  if (services.globals.json) {
    printJson(services, {
      checks: groups.flatMap(({ connection, checks }) => checks.map((check) => ({ connection, ...check }))),
      problems,
    });
  } else services.terminal.out(render(groups, problems, painter(services)));
  return gravest(groups.map(({ exitCode }) => exitCode));
}

async function checkMachine(services: Services, config: Config): Promise<CheckGroup> {
  const configured: CheckResult = {
    name: 'Configuration',
    ok: true,
    detail: `${config.file} is valid; ${count(config.connections.length, 'connection')}.`,
    remedy: null,
  };
  const checks = [configured, ...(await services.checkMachine(config))];
  return { connection: null, checks, exitCode: checks.every(({ ok }) => ok) ? 0 : 3 };
}

async function checkConnection(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
): Promise<CheckGroup[]> {
  const signal = AbortSignal.any([services.stop, services.abort]);
  const remotes = await services.connect(config, connection);
  const signIn = await checkSignIn(services, config, connection);
  const certificates = await (await services.authentication(config)).checks(connection);
  // Without Graph deals are synchronised all the same: its problems never count as a side's.
  const graph =
    (await remotes.checkGraph?.({ signal }).catch((error: unknown) => [failure('Microsoft Graph', error)])) ??
    [];
  const sides = await Promise.all([
    [signIn, ...certificates],
    remotes.crm.check({ signal }).catch((error: unknown) => [failure('CRM', error)]),
    remotes.partnerCenter.check({ signal }).catch((error: unknown) => [failure('Partner Center', error)]),
  ]);
  const names = await checkNames(connection, remotes, { signal });
  const events = await checkRegistration(services, config, connection, signal);
  const [own, ofCrm, ofPartner] = sides;
  const groups = [own, [...ofCrm, ...names], [...ofPartner, ...events]].map((checks) => ({
    connection: connection.name,
    checks,
    exitCode: exitCodeOf(checks),
  }));
  const ofGraph: CheckGroup = {
    connection: connection.name,
    checks: graph,
    exitCode: graph.every(({ ok }) => ok) ? 0 : 3,
  };
  return graph.length === 0 ? groups : [...groups, ofGraph];
}

/** Who gets the events, where the connection wants some. */
async function checkRegistration(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const listener = partnerListeners(config).find(({ name }) => name === connection.name);
  if (listener === undefined) return [];
  try {
    const { registrations, memory } = await services.webhooks(config, connection);
    return [checkOf(viewOf(listener, await registrations.find({ signal }), await memory.load()), listener)];
  } catch (error) {
    return [failure('Webhook registration', error)];
  }
}

async function checkSignIn(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
): Promise<CheckResult> {
  const status = await (await services.authentication(config)).status(connection);
  const isOld = status.daysLeft !== null && status.daysLeft <= Math.max(0, ...config.credentials.warnDays);
  const isMissing = status.state === 'none';
  const remedy = isMissing || isOld ? `Sign in: cosell-sync auth login ${connection.name}` : null;
  return { name: 'Stored sign-in', ok: remedy === null, detail: describeSignIn(status), remedy };
}

function failure(name: string, error: unknown): CheckResult {
  return {
    name,
    ok: false,
    detail: messageOfError(error),
    remedy: 'Mend what the message says, then run cosell-sync doctor again.',
  };
}

/** Each side signs in first; a side that fails there tells nothing else. */
function exitCodeOf(checks: readonly CheckResult[]): ExitCode {
  if (checks.every(({ ok }) => ok)) return 0;
  return checks[0]?.ok === false ? 4 : 3;
}

function render(groups: readonly CheckGroup[], problems: number, paint: Paint): string {
  let before: string | null | undefined;
  const lines: string[] = [];
  for (const { connection, checks } of groups) {
    if (connection !== before)
      lines.push(`${before === undefined ? '' : '\n'}${paint('bold', connection ?? 'This machine')}`);
    before = connection;
    for (const { name, ok, detail, remedy } of checks) {
      lines.push(
        `  ${ok ? paint('green', 'ok     ') : paint('red', 'problem')}  ${name}: ${wrap(detail, TEXT_WIDTH).replaceAll('\n', '\n           ')}`,
      );
      if (!ok && remedy !== null) lines.push(wrap(`-> ${remedy}`, TEXT_WIDTH, '           '));
    }
  }
  const summary =
    problems === 0
      ? paint('green', 'Everything that can be checked is in order.')
      : paint('red', `${count(problems, 'problem')} found.`);
  return `${lines.join('\n')}\n\n${summary}\n`;
}
