/** `setup`: the CRM columns that the mapping needs, which are missing, and how to make them. */
import type { ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { ColumnsCreated } from '../core/ports.ts';
import { renamingAdvice, resolveNames } from './column-names.ts';
import { eachConnection, selectConnections } from './connections.ts';
import { type ExitCode, InterruptedError } from './exit-codes.ts';
import { count, type Paint, renderTable } from './format.ts';
import { type NeededColumn, neededColumns } from './needed-columns.ts';
import { isOptional } from './optional-columns.ts';
import { painter, printJson } from './output.ts';
import type { Remotes, Services } from './services.ts';

interface ColumnReport extends NeededColumn {
  readonly exists: boolean;
  /** False for what the mapping can do without. */
  readonly isNeeded: boolean;
}

interface SetupReport {
  readonly connection: string;
  readonly columns: readonly ColumnReport[];
  /** Paths of columns that were created just now. */
  readonly created: readonly string[];
  /** What did not work while they were created. */
  readonly problems: readonly string[];
}

/** Lists the columns of each selected connection; with `apply` creates the missing ones where the adapter can. */
export async function setup(services: Services, { apply }: { readonly apply: boolean }): Promise<ExitCode> {
  const config = await services.loadConfig();
  const connections = selectConnections(config, services.globals.connection);
  const { results, failures, exitCode } = await eachConnection(services, connections, async (connection) => {
    const remotes = await services.connect(config, connection);
    const report = await setupConnection(services, connection, remotes, apply);
    if (!services.globals.json)
      services.terminal.out(
        `${render(report, connection, { apply, canCreate: remotes.createColumns !== null, paint: painter(services) })}\n`,
      );
    return { result: report, exitCode: missingOf(report).length === 0 ? 0 : 3 };
  });
  if (services.globals.json) printJson(services, { connections: results }, failures);
  return exitCode;
}

const NOTHING: ColumnsCreated = { created: [], problems: [] };

async function setupConnection(
  services: Services,
  connection: ConnectionConfig,
  remotes: Remotes,
  apply: boolean,
): Promise<SetupReport> {
  const { mapping, crm, setup: where } = connection;
  const options = { signal: AbortSignal.any([services.stop, services.abort]) };
  if (remotes.missingColumns === null)
    throw new ConfigurationError([
      `${connection.name}: the columns of this kind of CRM cannot be listed yet.`,
    ]);
  try {
    const needed = neededColumns(mapping, crm.kind, where.publisherPrefix);
    const before = new Set(await remotes.missingColumns(options));
    const names = await resolveNames(connection, remotes, options);
    const advice = await renamingAdvice(connection, names);
    // A column that is there under another name is not made a second time.
    const found = new Set([...names.renamings, ...names.unclear].map(({ from }) => from));
    const wanted = needed.filter(({ path, isCustom }) => isCustom && before.has(path) && !found.has(path));
    // Dynamics 365 also needs a key and its changes tracked, which may lack where every column is there.
    const hasMore = wanted.length > 0 || crm.kind === 'dynamics';
    const { created, problems } =
      apply && remotes.createColumns !== null && hasMore
        ? await remotes.createColumns(wanted, options)
        : NOTHING;
    const missing = new Set([...before].filter((path) => !created.includes(path)));
    const columns = needed.map((column) => ({
      ...column,
      exists: !missing.has(column.path),
      isNeeded: !isOptional(column),
    }));
    return { connection: connection.name, columns, created, problems: [...problems, ...advice] };
  } catch (error) {
    if (options.signal.aborted) throw new InterruptedError('Setup was interrupted.');
    throw error;
  }
}

function missingOf({ columns }: SetupReport): readonly ColumnReport[] {
  return columns.filter(({ exists, isNeeded }) => isNeeded && !exists);
}

interface RenderOptions {
  readonly apply: boolean;
  readonly canCreate: boolean;
  readonly paint: Paint;
}

function render(
  report: SetupReport,
  connection: ConnectionConfig,
  { apply, canCreate, paint }: RenderOptions,
): string {
  const { columns, created, problems } = report;
  const rows = columns.map(({ path, use, exists, isCustom, isNeeded }) => [
    exists
      ? paint('green', created.includes(path) ? 'created' : 'there')
      : isNeeded
        ? paint('red', 'missing')
        : 'left out',
    path,
    isCustom ? 'custom' : 'standard',
    use,
  ]);
  const missing = missingOf(report);
  const parts = [
    `${paint('bold', connection.name)}\n`,
    renderTable(rows, { head: ['', 'Column', 'Kind', 'Holds'], paint }),
  ];
  if (created.length > 0) parts.push(`\n${count(created.length, 'column')} created.\n`);
  if (problems.length > 0)
    parts.push(`\n${problems.map((problem) => `${paint('red', '!')} ${problem}\n`).join('')}`);
  if (missing.length === 0) parts.push('\nEvery column is there.\n');
  else if (canCreate && !apply)
    parts.push(`\n${count(missing.length, 'column')} missing. Create them: cosell-sync setup --apply\n`);
  else parts.push(`\n${manualSteps(missing, connection)}`);
  return parts.join('');
}

function manualSteps(missing: readonly NeededColumn[], { crm, mappingFile }: ConnectionConfig): string {
  const custom = missing.filter(({ isCustom }) => isCustom);
  const standard = missing.filter(({ isCustom }) => !isCustom);
  const lines: string[] = [];
  if (custom.length > 0) {
    lines.push(`${count(custom.length, 'column')} to be made by an administrator:`);
    const place =
      crm.kind === 'salesforce'
        ? 'Setup > Object Manager > OBJECT > Fields & Relationships > New'
        : 'make.powerapps.com > Solutions > (your solution) > Table OBJECT > Columns > New column';
    for (const { path, type } of custom) {
      const [object, column] = placeOf(path, crm.kind);
      lines.push(`  ${place.replace('OBJECT', object)}: type ${type}, name ${column}`);
    }
    lines.push('Then give the integration user read and edit access to each (a permission set).');
  }
  if (standard.length > 0) {
    lines.push(`Not to be seen by the integration user: ${standard.map(({ path }) => path).join(', ')}.`);
    lines.push(`Grant read access, or correct the mapping ${mappingFile}.`);
  }
  return `${lines.join('\n')}\n`;
}

function placeOf(path: string, kind: 'salesforce' | 'dynamics'): readonly [object: string, column: string] {
  const own = kind === 'salesforce' ? 'Opportunity' : 'Opportunity (opportunity)';
  const [first = '', second] = path.split('.');
  const column = (second ?? first).replace(/__c$/, '');
  return [second === undefined ? own : first.replace(/__r$/, ''), column];
}
