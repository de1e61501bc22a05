/** The stage table: every row must be able to be read back as what it was written for. */
import type { DealState } from '../core/deal.ts';
import type { StageRow } from '../core/mapping-types.ts';
import type { Problem } from './config-rules.ts';
import type { ReasonKey } from './mapping-fields.ts';
import { dictionary } from './mapping-fields.ts';
import { type StageEntry, StageSchema } from './mapping-schema.ts';

export interface ReadStages {
  readonly stages: readonly StageRow[];
  readonly problems: readonly Problem[];
}

/** States that carry a reason, and the keys under `fields` that may name its column, the narrower first. */
const REASON_KEYS: Readonly<Partial<Record<DealState, readonly ReasonKey[]>>> = {
  Lost: ['lossReason', 'reason'],
  Declined: ['declineReason', 'reason'],
  Error: ['reason'],
};
/** Ends without success: the CRM may have one stage for several of them. */
const UNSUCCESSFUL: ReadonlySet<DealState> = new Set(['Lost', 'Declined', 'Expired', 'Error']);

/** Reads the table; rows that are malformed in themselves are left to the schema's own messages. */
export function readStages(
  section: unknown,
  stageField: string,
  reasons: ReadonlyMap<ReasonKey, string>,
): ReadStages {
  if (!Array.isArray(section)) return { stages: [], problems: [] };
  const problems: Problem[] = [];
  const rows: { readonly entry: StageEntry; readonly index: number }[] = [];
  for (const [index, item] of section.entries()) {
    const entry = StageSchema.safeParse(item).data;
    if (entry === undefined) continue;
    if (entry.reason !== undefined && REASON_KEYS[entry.deal] === undefined) {
      problems.push({
        path: ['stages', index, 'reason'],
        text: `does not belong to ${entry.deal}; only Lost, Declined and Error have a reason`,
      });
    }
    const earlier = rows.find((row) =>
      covers(columnsOf(row.entry, stageField), columnsOf(entry, stageField)),
    );
    const problem = earlier === undefined ? null : hiddenProblem(earlier.entry, entry, earlier.index);
    if (problem !== null) problems.push({ path: ['stages', index, 'crm'], text: problem });
    rows.push({ entry, index });
  }
  const isWhole = rows.length === section.length;
  if (isWhole && rows.length > 0 && !rows.some(({ entry }) => entry.deal === 'Accepted')) {
    problems.push({
      path: ['stages'],
      text: 'must have at least one row with deal: Accepted, the state of every open deal',
    });
  }
  return { stages: rows.map(({ entry }) => toRow(entry, reasons)), problems };
}

function toRow(
  { crm, deal, salesStage, reason }: StageEntry,
  reasons: ReadonlyMap<ReasonKey, string>,
): StageRow {
  const folded = REASON_KEYS[deal]?.map((key) => reasons.get(key)).find((column) => column !== undefined);
  return {
    crm: typeof crm === 'object' ? dictionary(crm) : String(crm),
    deal,
    // Partner Center's pages call the last open stage Negotiate, its API calls it Close.
    salesStage: salesStage === 'Negotiate' ? 'Close' : (salesStage ?? null),
    reason: reason ?? folded ?? null,
  };
}

function columnsOf({ crm }: StageEntry, stageField: string): ReadonlyMap<string, string> {
  const columns = typeof crm === 'object' ? Object.entries(crm) : [[stageField, crm] as const];
  return new Map(columns.map(([column, value]) => [column.toLowerCase(), String(value).toLowerCase()]));
}

/** Whether every opportunity that the second row matches is matched by the first. */
function covers(first: ReadonlyMap<string, string>, second: ReadonlyMap<string, string>): boolean {
  return [...first].every(([column, value]) => second.get(column) === value);
}

/** An earlier row catches what a later one writes: harmless only where both mean an end without success. */
function hiddenProblem(earlier: StageEntry, later: StageEntry, index: number): string | null {
  if (earlier.deal === later.deal)
    return `is covered by stages[${index}] already; remove one of the two rows`;
  if (!UNSUCCESSFUL.has(earlier.deal) || !UNSUCCESSFUL.has(later.deal)) {
    return `is covered by stages[${index}] already, which reads it as ${earlier.deal}; a stage can mean only one of the two`;
  }
  return earlier.deal === 'Expired'
    ? `is covered by stages[${index}] already, which reads it as Expired, a state that only Microsoft sets; put this row first`
    : null;
}
