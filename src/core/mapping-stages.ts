/** The stage table: from the CRM's stages to states of the deal, and back. */
import { type Deal, type DealState, SALES_STAGES, type SalesStage } from './deal.ts';
import { pathBetween } from './lifecycle.ts';
import { asText, type MappingProblem, type Reader } from './mapping-reader.ts';
import type { Mapping, StageRow } from './mapping-types.ts';
import type { CrmValue, OpportunityRecord } from './ports.ts';
import { readReason, writeReason } from './reasons.ts';

const REASONED: ReadonlySet<DealState> = new Set(['Lost', 'Declined', 'Error']);

function sameChoice(value: CrmValue | undefined, wanted: string | number): boolean {
  return asText(value)?.toLowerCase() === (asText(wanted) ?? '').toLowerCase();
}

function isStage(values: OpportunityRecord['values'], row: StageRow, mapping: Mapping): boolean {
  if (typeof row.crm === 'string') return sameChoice(values[mapping.stageField], row.crm);
  return Object.entries(row.crm).every(([column, wanted]) => sameChoice(values[column], wanted));
}

/** The first row that names the opportunity's stage, or null. */
export function stageRowOf(values: OpportunityRecord['values'], mapping: Mapping): StageRow | null {
  return mapping.stages.find((row) => isStage(values, row, mapping)) ?? null;
}

/**
 * The deal in the referral's words: where a stage means several deal states (a lost stage may also stand for a declined
 * or an expired deal), it means the one the referral is in, else the one with the fewest steps to it. So a stage that
 * stands for lost and for declined declines a deal that nobody has accepted.
 */
export function inWordsOf(
  referralState: DealState | null | undefined,
  deal: Deal,
  record: OpportunityRecord,
  mapping: Mapping,
): Deal {
  // A stage of which a column is hidden is unknown, whatever rows the columns in sight would fit.
  const rows =
    deal.state === undefined
      ? []
      : mapping.stages.filter((candidate) => isStage(record.values, candidate, mapping));
  const row = nearestRow(rows, referralState ?? null);
  if (row === null) return deal;
  return { ...deal, state: row.deal, salesStage: row.salesStage, reason: reasonOf(row, record, mapping) };
}

/** The row that a deal in this state gets to first; of several, the one that stands first. */
function nearestRow(rows: readonly StageRow[], from: DealState | null): StageRow | null {
  const steps = (row: StageRow): number =>
    (from === null ? null : pathBetween(from, row.deal))?.length ?? Number.POSITIVE_INFINITY;
  // The difference of two infinities is no number, which sorting takes as equal.
  return rows.toSorted((one, other) => steps(one) - steps(other))[0] ?? null;
}

function reasonOf(
  row: StageRow,
  { values }: Pick<OpportunityRecord, 'values'>,
  { reasons }: Mapping,
): string | null {
  if (!REASONED.has(row.deal) || row.reason === null) return null;
  return readReason(row.deal, asText(values[row.reason]), reasons);
}

/** Reads state, sales stage and reason. @returns the stage as the CRM names it, null where its columns are hidden */
export function readStage({ record, mapping, problems, deal }: Reader): string | null {
  const columns = stageColumns(mapping);
  if (!columns.every((column) => Object.hasOwn(record.values, column))) return null;
  const stage = stageTextOf(record.values, mapping);
  const row = stageRowOf(record.values, mapping);
  if (row === null) {
    problems.push({
      field: 'state',
      code: 'stage-unmapped',
      text: `the stage "${stage}" is not in the mapping's stage table; add a row for it`,
    });
    return stage;
  }
  deal.state = row.deal;
  deal.salesStage = row.salesStage;
  deal.reason = reasonOf(row, record, mapping);
  return stage;
}

/** The stage as the CRM names it; of several columns, all of them. */
export function stageTextOf(values: OpportunityRecord['values'], mapping: Mapping): string {
  return stageColumns(mapping)
    .map((column) => asText(values[column]) ?? '')
    .join(' / ');
}

function stageColumns(mapping: Mapping): readonly string[] {
  const columns = new Set<string>();
  for (const row of mapping.stages) {
    if (typeof row.crm === 'string') columns.add(mapping.stageField);
    else for (const column of Object.keys(row.crm)) columns.add(column);
  }
  return [...columns];
}

/** Whether a stage row already means what the deal says: a coarse deal state never overwrites a finer CRM stage. */
function means(row: StageRow, state: DealState, salesStage: SalesStage | null): boolean {
  if (row.deal !== state) return false;
  return salesStage === null || row.salesStage === null || row.salesStage === salesStage;
}

/** No sales stage comes before the first. */
const RANKED: readonly (SalesStage | null)[] = [null, ...SALES_STAGES];

/** The row to move to for a deal state: exact sales stage first, then the nearest one below, then the first row. */
export function stageRowFor(
  mapping: Mapping,
  state: DealState,
  salesStage: SalesStage | null,
): StageRow | null {
  const rows = mapping.stages.filter((row) => row.deal === state);
  if (salesStage === null) return rows[0] ?? null;
  const rank = (row: StageRow): number => RANKED.indexOf(row.salesStage);
  const reached = rows.filter((row) => rank(row) <= RANKED.indexOf(salesStage));
  return reached.toSorted((a, b) => rank(b) - rank(a))[0] ?? rows[0] ?? null;
}

/** The columns of a row that do not hold what it names already. */
function newChoices(
  crm: Readonly<Record<string, string | number>>,
  record: OpportunityRecord | null,
): Readonly<Record<string, CrmValue>> {
  return Object.fromEntries(
    Object.entries(crm).filter(([column, wanted]) => !sameChoice(record?.values[column], wanted)),
  );
}

/** The CRM's own action that a change of stage goes through; null: the columns are enough. */
export type StageTransition = 'win' | 'lose' | 'reopen' | null;

/** What a CRM knows of a deal's state: everything that ended without success is lost. */
function outcomeOf(state: DealState): 'win' | 'lose' | 'reopen' {
  if (state === 'Received' || state === 'Accepted') return 'reopen';
  return state === 'Won' ? 'win' : 'lose';
}

/** Adds the columns of the stage that a deal's state needs, where the opportunity's does not mean it already. */
export function writeStage(
  changes: Deal,
  record: OpportunityRecord | null,
  mapping: Mapping,
  values: Record<string, CrmValue>,
  problems: MappingProblem[],
): StageTransition {
  const { state } = changes;
  if (state === undefined || state === null) return null;
  const salesStage = changes.salesStage ?? null;
  const here = mapping.stages.filter((row) => record !== null && isStage(record.values, row, mapping));
  let row = here.find((candidate) => means(candidate, state, salesStage)) ?? null;
  if (row === null) {
    row = stageRowFor(mapping, state, salesStage);
    if (row === null) {
      problems.push({
        field: 'state',
        code: 'stage-unmapped',
        text: `no row of the stage table names the deal state ${state}; add one so that the opportunity can follow`,
      });
      return null;
    }
    if (typeof row.crm === 'string') values[mapping.stageField] = row.crm;
    else Object.assign(values, newChoices(row.crm, record));
  }
  const reason = changes.reason ?? null;
  if (row.reason !== null && reason !== null)
    values[row.reason] = writeReason(state, reason, mapping.reasons);
  // A new opportunity, and one whose stage nobody mapped, is taken as open.
  const before = outcomeOf(here[0]?.deal ?? 'Accepted');
  const after = outcomeOf(state);
  return before === after ? null : after;
}
