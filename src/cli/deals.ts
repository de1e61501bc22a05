/** `deals`: the linked pairs, filtered, as a table, as JSON or as CSV. */
import type { ConnectionConfig } from '../core/config-types.ts';
import { DEAL_STATES } from '../core/deal.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { OpportunityId } from '../core/ids.ts';
import {
  DEAL_KINDS,
  type DealFilter,
  type DealRow,
  findDealKind,
  findDealState,
  ownersOf,
  passes,
  toDealRow,
} from '../views/deal-rows.ts';
import { type PairView, viewPairs } from '../views/pair-view.ts';
import { selectConnections } from './connections.ts';
import { toCsv } from './csv.ts';
import type { ExitCode } from './exit-codes.ts';
import { count, displayAmount, displayTime, displayValue, renderTable } from './format.ts';
import { painter, printJson } from './output.ts';
import type { Services, State } from './services.ts';

const PAGE = 500;

export interface DealsOptions {
  readonly state: string | null;
  readonly kind: string | null;
  readonly inbound: boolean;
  readonly outbound: boolean;
  readonly favorites: boolean;
  /** E-mail address or full name of the opportunity's owner. */
  readonly owner?: string | null;
  /** Unanswered inbound deals that expire within a week. */
  readonly expiring: boolean;
  /** Pairs with an edit that waits, a conflict or a parked field. */
  readonly outOfStep: boolean;
  /** Links that no longer sync, instead of those that do. */
  readonly archived: boolean;
  readonly csv: boolean;
}

/** Prints the pairs of the selected connections that all given filters let pass. */
export async function deals(services: Services, options: DealsOptions): Promise<ExitCode> {
  const filter = readFilters(options);
  if (options.csv && services.globals.json)
    throw new ConfigurationError(['--csv and --json exclude each other.']);
  const config = await services.loadConfig();
  const connections = selectConnections(config, services.globals.connection);
  const state = await services.openState(config, 'read');
  const rows: DealRow[] = [];
  try {
    if (state !== null) {
      for (const connection of connections) {
        for await (const view of viewsOf(services, state, connection, options.archived)) {
          const row = toDealRow(connection.name, view, services.now());
          if (passes(filter, row, ownersOf(view))) rows.push(row);
        }
      }
    }
  } finally {
    await state?.close();
  }
  if (services.globals.json) printJson(services, { deals: rows });
  else services.terminal.out(options.csv ? asCsv(rows) : asTable(services, rows));
  return 0;
}

function readFilters(options: DealsOptions): DealFilter {
  const state = findDealState(options.state);
  const kind = findDealKind(options.kind);
  const problems: string[] = [];
  if (options.state !== null && state === undefined)
    problems.push(`There is no deal state "${options.state}"; there are ${DEAL_STATES.join(', ')}.`);
  if (options.kind !== null && kind === undefined)
    problems.push(`There is no kind of deal "${options.kind}"; there are ${DEAL_KINDS.join(', ')}.`);
  if (options.inbound && options.outbound) problems.push('--inbound and --outbound exclude each other.');
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    state: state ?? null,
    kind: kind ?? null,
    origin: options.inbound ? 'inbound' : options.outbound ? 'outbound' : null,
    favorites: options.favorites,
    owner: options.owner ?? null,
    expiring: options.expiring,
    outOfStep: options.outOfStep,
  };
}

async function* viewsOf(
  services: Services,
  state: State,
  connection: ConnectionConfig,
  archived: boolean,
): AsyncIterable<PairView> {
  const ledger = await state.ledger(connection.name);
  const { hashOf } = await services.mappingHashes(connection);
  let after: OpportunityId | undefined;
  for (;;) {
    const links = await ledger.links({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    const wanted = links.filter(({ status }) => (status === 'active') !== archived);
    yield* await viewPairs(ledger, wanted, connection.mapping, hashOf);
    after = links.at(-1)?.opportunityId;
    if (links.length < PAGE || after === undefined) return;
  }
}

const CSV_COLUMNS = [
  'connection',
  'opportunityId',
  'referralId',
  'name',
  'customer',
  'state',
  'kind',
  'origin',
  'amount',
  'currency',
  'closeDate',
  'stage',
  'favorite',
  'expiresAt',
  'daysLeft',
  'lastChange',
  'link',
  'inStep',
  'attention',
] as const satisfies readonly (keyof DealRow)[];

function asCsv(rows: readonly DealRow[]): string {
  return toCsv(
    CSV_COLUMNS,
    rows.map((row) =>
      CSV_COLUMNS.map((column) => (column === 'attention' ? row.attention.join(' ') : row[column])),
    ),
  );
}

function asTable(services: Services, rows: readonly DealRow[]): string {
  const paint = painter(services);
  if (rows.length === 0) return 'No deals.\n';
  const isDue = rows.some((row) => row.daysLeft !== null);
  const several = new Set(rows.map(({ connection }) => connection)).size > 1;
  const head = [
    ...(several ? ['Connection'] : []),
    'Opportunity',
    'Name',
    'State',
    'Kind',
    'Amount',
    'Close date',
    'CRM stage',
    'Last change',
    ...(isDue ? ['Days left'] : []),
    'Attention',
  ];
  const cells = rows.map((row) => [
    ...(several ? [displayValue(row.connection, 20)] : []),
    row.opportunityId,
    displayValue(row.name, 32),
    row.link === 'active' ? (row.state ?? '') : row.link,
    row.kind,
    displayAmount(row.amount, row.currency),
    row.closeDate ?? '',
    row.stage === null ? '' : displayValue(row.stage, 24),
    displayTime(row.lastChange),
    ...(isDue ? [row.daysLeft === null ? '' : String(row.daysLeft)] : []),
    row.attention.length > 0 ? paint('yellow', row.attention.join(', ')) : row.inStep ? '' : 'waits',
  ]);
  return `${renderTable(cells, { head, paint, right: [several ? 5 : 4] })}\n${count(rows.length, 'deal')}\n`;
}
