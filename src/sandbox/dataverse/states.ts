/** States and status reasons: which belong together, and which changes a plain write may make. */
import { badRequest } from './dataverse-error.ts';
import type { OrgParts } from './parts.ts';
import type { Table } from './table.ts';
import { type MutableValues, numberOf, type Values } from './values.ts';

export const OPEN = 0;
export const WON = 1;
export const LOST = 2;

const STATE_NAMES: Readonly<Record<number, string>> = { [WON]: 'won', [LOST]: 'lost' };
/** Where the forecast goes with the state. */
export const FORECAST_BY_STATE: Readonly<Record<number, number>> = {
  [OPEN]: 100_000_001,
  [WON]: 100_000_005,
  [LOST]: 100_000_006,
};

/** The status reason that a state begins with. */
export function defaultStatus(table: Table, state: number): number | null {
  return table.columns.get('statuscode')?.options.find((option) => option.state === state)?.value ?? null;
}

export function wrongStatus(table: Table, state: number, status: number): Error {
  return badRequest(
    '0x80048408',
    `${status} is not a valid status code for state code ${table.columns.get('statecode')?.options.find(({ value }) => value === state)?.label ?? state}.${state} on ${table.name}.`,
  );
}

export function belongs(table: Table, state: number, status: number): boolean {
  const options = table.columns.get('statuscode')?.options ?? [];
  return options.some((option) => option.value === status && option.state === state);
}

/** A plain write cannot close an opportunity, nor open one that is open. */
function checkOpportunityState(changes: Values, before: Values | null): void {
  const wanted = numberOf(changes, 'statecode');
  if (wanted === WON || wanted === LOST) {
    const name = STATE_NAMES[wanted];
    throw badRequest(
      '0x80100005',
      `This message can not be used to set the state of opportunity to ${name}. In order to set state of opportunity to ${name}, use the ${name} message instead.`,
    );
  }
  if (wanted === OPEN && before !== null && numberOf(before, 'statecode') === OPEN) {
    throw badRequest('0x8004051a', 'The opportunity is already in the open state.');
  }
}

/**
 * Completes and checks state and status reason of a write.
 * @throws DataverseError 0x80048408 when they do not belong together, and what opportunities add to that
 */
export function settleState(
  parts: OrgParts,
  table: Table,
  values: MutableValues,
  changes: Values,
  before: Values | null,
): void {
  if (!table.columns.has('statecode')) return;
  if (table.name === 'opportunity') checkOpportunityState(changes, before);
  const state = numberOf(values, 'statecode') ?? OPEN;
  const isMoved = before !== null && numberOf(before, 'statecode') !== state;
  if (!('statuscode' in changes) && isMoved) values.statuscode = defaultStatus(table, state);
  values.statuscode ??= defaultStatus(table, state);
  const status = numberOf(values, 'statuscode');
  if (status !== null && !belongs(table, state, status)) throw wrongStatus(table, state, status);
  if (table.name !== 'opportunity' || !isMoved || state !== OPEN) return;
  values.msdyn_forecastcategory = FORECAST_BY_STATE[OPEN] ?? null;
  if (parts.switches.reopenClearsActuals) {
    Object.assign(values, { actualclosedate: null, actualvalue: null, actualvalue_base: null });
  }
}
