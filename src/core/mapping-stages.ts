/** The stage table: from the CRM's stages to states of the deal, and back. */
import { type Deal, type DealState, SALES_STAGES, type SalesStage } from './deal.ts';
import { pathBetween } from './lifecycle.ts';
import { asText, type MappingProblem, type Reader } from './mapping-reader.ts';
import type { Mapping, StageRow } from './mapping-types.ts';
import type { CrmValue, OpportunityRecord } from './ports.ts';
import { readReason, writeReason } from './reasons.ts';

const REASONED: ReadonlySet<DealState> = new Set(['Lost', 'Declined', 'Error']);

function sameChoice(value: CrmValue | undefined, wanted: string | number): boolean {
  if (value === undefined || value === null) return false;
  return String(value).trim().toLowerCase() === String(wanted).trim().toLowerCase();
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
  if (referralState === null || referralState === undefined || deal.state === referralState) return deal;
  const rows = mapping.stages.filter((candidate) => isStage(record.values, candidate, mapping));
  const row = nearestRow(rows, referralState);
  if (row === null || row === rows[0]) return deal;
  return { ...deal, state: row.deal, salesStage: row.salesStage, reason: reasonOf(row, record, mapping) };
}

/** The row that a deal in this state gets to first; of several, the one that stands first. */
function nearestRow(rows: readonly StageRow[], from: DealState): StageRow | null {
  const steps = (row: StageRow): number => pathBetween(from, row.deal)?.length ?? Number.POSITIVE_INFINITY;
  return rows.toSorted((one, other) => compareSteps(steps(one), steps(other)))[0] ?? null;
}

/** Infinities are equal, which subtraction does not see. */
function compareSteps(one: number, other: number): number {
  return one === other ? 0 : one - other;
}

function reasonOf(row: StageRow, { values }: OpportunityRecord, { reasons }: Mapping): string | null {
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

/** The row to move to for a deal state: exact sales stage first, then the nearest one below, then the first row. */
export function stageRowFor(
  mapping: Mapping,
  state: DealState,
  salesStage: SalesStage | null,
): StageRow | null {
  const rows = mapping.stages.filter((row) => row.deal === state);
  if (salesStage === null) return rows[0] ?? null;
  const rank = (stage: SalesStage | null): number => (stage === null ? -1 : SALES_STAGES.indexOf(stage));
  const wanted = rank(salesStage);
  const exact = rows.find((row) => row.salesStage === salesStage);
  if (exact !== undefined) return exact;
  const below = rows
    .filter((row) => rank(row.salesStage) <= wanted)
    .sort((a, b) => rank(b.salesStage) - rank(a.salesStage));
  return below[0] ?? rows[0] ?? null;
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
  const current = record === null ? null : stageRowOf(record.values, mapping);
  const salesStage = changes.salesStage ?? null;
  const here = record === null ? [] : mapping.stages.filter((row) => isStage(record.values, row, mapping));
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
  if (row.reason !== null && changes.reason !== undefined && changes.reason !== null)
    values[row.reason] = writeReason(changes.reason, mapping.reasons);
  const isOpen = (stage: DealState): boolean => stage === 'Received' || stage === 'Accepted';
  if (state === 'Won' && current?.deal !== 'Won') return 'win';
  if (!isOpen(state) && state !== 'Won' && (current === null || isOpen(current.deal))) return 'lose';
  return isOpen(state) && current !== null && !isOpen(current.deal) ? 'reopen' : null;
}
