/** `deals`: the linked pairs, filtered, as a table, as JSON or as CSV. */
import type { ConnectionConfig } from '../core/config-types.ts';
import { daysLeft, deadlineOf } from '../core/deadlines.ts';
import { DEAL_STATES, type DealKind, type DealState } from '../core/deal.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { OpportunityId } from '../core/ids.ts';
import type { Link } from '../core/store-port.ts';
import { selectConnections } from './connections.ts';
import { toCsv } from './csv.ts';
import type { ExitCode } from './exit-codes.ts';
import { count, displayAmount, displayTime, displayValue, renderTable } from './format.ts';
import { painter, printJson } from './output.ts';
import { dealOf, isOutOfStep, kindOfPair, lastChange, type PairView, viewPairs } from './pair-view.ts';
import type { Services, State } from './services.ts';

const PAGE = 500;
/** Who owns an unanswered deal is warned from here on. */
const EXPIRING_DAYS = 7;
const KINDS: readonly DealKind[] = ['private', 'partner-led', 'co-sell'];

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

/** One pair as it is printed. */
interface DealRow {
  readonly connection: string;
  readonly opportunityId: string;
  readonly referralId: string;
  readonly name: string | null;
  readonly customer: string | null;
  readonly state: DealState | null;
  readonly kind: DealKind;
  readonly origin: 'inbound' | 'outbound' | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly closeDate: string | null;
  readonly stage: string | null;
  readonly favorite: boolean;
  readonly expiresAt: string | null;
  /** Days in which an unanswered deal is to be answered; null when nothing is. */
  readonly daysLeft: number | null;
  readonly lastChange: string | null;
  readonly link: Link['status'];
  readonly inStep: boolean;
  /** Kinds of open attention items, each once. */
  readonly attention: readonly string[];
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
          if (filter(view, services.now())) rows.push(toRow(connection.name, view, services.now()));
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

function readFilters(options: DealsOptions): (view: PairView, now: Date) => boolean {
  const state = DEAL_STATES.find((known) => known.toLowerCase() === options.state?.toLowerCase());
  const kind = KINDS.find((known) => known === options.kind?.toLowerCase());
  const problems: string[] = [];
  if (options.state !== null && state === undefined)
    problems.push(`There is no deal state "${options.state}"; there are ${DEAL_STATES.join(', ')}.`);
  if (options.kind !== null && kind === undefined)
    problems.push(`There is no kind of deal "${options.kind}"; there are ${KINDS.join(', ')}.`);
  if (options.inbound && options.outbound) problems.push('--inbound and --outbound exclude each other.');
  if (problems.length > 0) throw new ConfigurationError(problems);
  return (view, now) => {
    const { referral } = view;
    if (state !== undefined && dealOf(view).state !== state) return false;
    if (kind !== undefined && kindOfPair(view) !== kind) return false;
    if (options.inbound && referral?.origin !== 'inbound') return false;
    if (options.outbound && referral?.origin !== 'own') return false;
    if (options.favorites && referral?.favorite !== true) return false;
    if (typeof options.owner === 'string' && !isOwnedBy(view, options.owner)) return false;
    if (options.expiring && !expiresSoon(view, now)) return false;
    return !options.outOfStep || isOutOfStep(view);
  };
}

function isOwnedBy({ opportunity }: PairView, person: string): boolean {
  const wanted = person.trim().toLowerCase();
  return (opportunity?.people.owner ?? []).some(({ firstName, lastName, email }) =>
    [email ?? '', `${firstName ?? ''} ${lastName ?? ''}`.trim()].some(
      (known) => known !== '' && known.toLowerCase() === wanted,
    ),
  );
}

function expiresSoon({ referral }: PairView, now: Date): boolean {
  const deadline = referral === null ? null : deadlineOf(referral);
  return deadline !== null && daysLeft(deadline, now.toISOString()) <= EXPIRING_DAYS;
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

function toRow(connection: string, view: PairView, now: Date): DealRow {
  const { link, referral, mapped, items } = view;
  const deal = dealOf(view);
  const deadline = referral === null ? null : deadlineOf(referral);
  return {
    connection,
    opportunityId: link.opportunityId,
    referralId: link.referralId,
    name: mapped?.deal.name ?? deal.name ?? null,
    customer: deal.customer?.name ?? null,
    state: deal.state ?? null,
    kind: kindOfPair(view),
    origin: referral === null ? null : referral.origin === 'inbound' ? 'inbound' : 'outbound',
    amount: deal.amount ?? null,
    currency: deal.currency ?? null,
    closeDate: deal.closeDate ?? null,
    stage: mapped?.stage ?? null,
    favorite: referral?.favorite ?? false,
    expiresAt: deadline ?? referral?.expiresAt ?? null,
    daysLeft: deadline === null ? null : daysLeft(deadline, now.toISOString()),
    lastChange: lastChange(view),
    link: link.status,
    inStep: !isOutOfStep(view),
    attention: [...new Set(items.filter(({ state }) => state === 'open').map(({ kind }) => kind))],
  };
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
