/** Proposals as a file for a spreadsheet, and the same file back with a person's yes or no in each row. */
import type { Disagreement } from '../core/adoption-proposals.ts';
import { ConfigurationError } from '../core/errors.ts';
import { parseOpportunityId, parseReferralId } from '../core/ids.ts';
import { shown } from '../core/plan.ts';
import type { AcceptedPair } from '../engine/adopt.ts';
import type { OfferedPair } from '../engine/offer-pairs.ts';
import { toCsv } from './csv.ts';
import { parseCsv } from './csv-read.ts';
import { displayValue } from './format.ts';

const COLUMNS = [
  'connection',
  'opportunityId',
  'referralId',
  'opportunityName',
  'referralName',
  'customer',
  'confidence',
  'ambiguous',
  'reasons',
  'disagreements',
  'fingerprint',
  'accept',
] as const;
type Column = (typeof COLUMNS)[number];
/** What `--apply` reads; the other columns are for people. */
const READ = ['connection', 'opportunityId', 'referralId', 'fingerprint', 'accept'] as const;

const YES: ReadonlySet<string> = new Set(['yes', 'y', 'true', '1', 'x']);
const NO: ReadonlySet<string> = new Set(['no', 'n', 'false', '0', '']);

/** Spreadsheets read a row of digits with one "e" as a number; with this in front none does. */
const FINGERPRINT_PREFIX = 'v1-';

/** A connection's proposals. */
export interface OfferOf {
  readonly connection: string;
  readonly pairs: readonly OfferedPair[];
}

/** One disagreement in words. */
export function inWords({ field, opportunity, referral }: Disagreement): string {
  const show = (value: unknown): string => displayValue(shown(field, value as never));
  return `${field}: ${show(opportunity)} / ${show(referral)}`;
}

/** The file: one row a proposal, nothing accepted yet. */
export function toAdoptionCsv(offers: readonly OfferOf[]): string {
  const rows = offers.flatMap(({ connection, pairs }) =>
    pairs.map((pair) => {
      const cells: Readonly<Record<Column, unknown>> = {
        connection,
        opportunityId: pair.opportunityId,
        referralId: pair.referralId,
        opportunityName: pair.opportunityName,
        referralName: pair.referralName,
        customer: pair.customer,
        confidence: pair.confidence,
        ambiguous: pair.ambiguous ? 'yes' : 'no',
        reasons: pair.reasons.join('; '),
        disagreements: pair.disagreements.map(inWords).join('; '),
        fingerprint: `${FINGERPRINT_PREFIX}${pair.fingerprint}`,
        accept: '',
      };
      return COLUMNS.map((column) => cells[column]);
    }),
  );
  return toCsv(COLUMNS, rows);
}

/**
 * The accepted rows by connection.
 * @param connections the names there are; a row may leave its connection out where there is one
 * @throws ConfigurationError with every problem: file, line, column and remedy
 */
export function readAdoptionCsv(
  text: string,
  file: string,
  connections: readonly string[],
): ReadonlyMap<string, readonly AcceptedPair[]> {
  const [head, ...rows] = parseCsv(text, file);
  const place = new Map<string, number>();
  for (const [index, cell] of (head?.cells ?? []).entries()) {
    const name = cell.trim().toLowerCase();
    if (!place.has(name)) place.set(name, index);
  }
  const isAsked = (column: Column): boolean => column !== 'connection' || connections.length > 1;
  const missing = READ.filter((column) => isAsked(column) && !place.has(column.toLowerCase()));
  if (missing.length > 0) {
    throw new ConfigurationError([
      `${file}:1: there is no column ${missing.join(', ')}; take the file that cosell-sync adopt --csv FILE writes, and keep its first line. Nothing was changed.`,
    ]);
  }
  const problems: string[] = [];
  const accepted = new Map<string, AcceptedPair[]>();
  for (const { line, cells } of rows) {
    const at = (column: Column): string => {
      const index = place.get(column.toLowerCase());
      return index === undefined ? '' : (cells[index] ?? '').trim();
    };
    const problem = (column: Column, what: string): void => {
      const number = (place.get(column.toLowerCase()) ?? 0) + 1;
      problems.push(`${file}:${line}, column ${number} (${column}): ${what}`);
    };
    const answer = at('accept').toLowerCase();
    if (!YES.has(answer) && !NO.has(answer))
      problem('accept', `"${at('accept')}" is neither yes nor no; write yes or no`);
    if (!YES.has(answer)) continue;
    const before = problems.length;
    const opportunityId = parseOpportunityId(at('opportunityId'));
    const referralId = parseReferralId(at('referralId'));
    const connection = at('connection') || (connections.length === 1 ? (connections[0] ?? '') : '');
    const fingerprint = at('fingerprint');
    if (opportunityId === null)
      problem(
        'opportunityId',
        `"${at('opportunityId')}" is no opportunity id; copy it from the CRM or from a fresh proposal`,
      );
    if (referralId === null)
      problem('referralId', `"${at('referralId')}" is no referral id; copy it from a fresh proposal`);
    if (!connections.includes(connection))
      problem(
        'connection',
        `there is no connection "${connection}"; the configuration has ${connections.join(', ')}`,
      );
    if (!fingerprint.startsWith(FINGERPRINT_PREFIX))
      problem(
        'fingerprint',
        'it is not as proposed; take the row from a fresh proposal, or name the pair with --accept',
      );
    if (opportunityId === null || referralId === null || problems.length > before) continue;
    const pairs = accepted.get(connection) ?? [];
    pairs.push({
      opportunityId,
      referralId,
      line,
      fingerprint: fingerprint.slice(FINGERPRINT_PREFIX.length),
    });
    accepted.set(connection, pairs);
  }
  if (problems.length > 0)
    throw new ConfigurationError(problems, `${file} cannot be used; nothing was changed:`);
  return accepted;
}
