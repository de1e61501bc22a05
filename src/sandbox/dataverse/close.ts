/** Winning and losing opportunities: the only way to close one. */
import { demand } from './access.ts';
import { badRequest, rowNotFound } from './dataverse-error.ts';
import type { Actor, OrgParts } from './parts.ts';
import type { Records } from './records.ts';
import { belongs, defaultStatus, FORECAST_BY_STATE, LOST, OPEN, WON, wrongStatus } from './states.ts';
import {
  type MutableValues,
  numberOf,
  referenceOf,
  roundTo,
  textOf,
  toStamp,
  type Values,
} from './values.ts';

export interface CloseRequest {
  readonly outcome: 'won' | 'lost';
  /** Status reason; -1 takes the first one of the state. */
  readonly status: number;
  /** Columns of the `opportunityclose` activity, with `opportunityid`. */
  readonly activity: Values;
}

const COMPLETED = { statecode: 1, statuscode: 2 } as const;

/**
 * Closes an opportunity and records how.
 * @throws DataverseError when it is closed already, or the status reason is not one of the state
 */
export function closeOpportunity(
  parts: OrgParts,
  records: Records,
  actor: Actor,
  request: CloseRequest,
): void {
  const { schema, store, clock } = parts;
  const table = schema.get('opportunity');
  demand(parts, actor, 'Write', table);
  const id = referenceOf(request.activity, 'opportunityid')?.id ?? '';
  const before = store.get('opportunity', id);
  if (before === undefined) throw rowNotFound('opportunity', id);
  const state = request.outcome === 'won' ? WON : LOST;
  const status = request.status === -1 ? (defaultStatus(table, state) ?? -1) : request.status;
  if (!belongs(table, state, status)) throw wrongStatus(table, state, status);
  if (numberOf(before.values, 'statecode') !== OPEN) {
    throw badRequest('0x80040515', 'The opportunity is already closed.');
  }
  store.transaction(() => {
    const end = textOf(request.activity, 'actualend') ?? toStamp(clock.now());
    const revenue = numberOf(request.activity, 'actualrevenue') ?? numberOf(before.values, 'estimatedvalue');
    const activity: MutableValues = {
      transactioncurrencyid: referenceOf(before.values, 'transactioncurrencyid'),
      ...request.activity,
      actualend: end,
      actualrevenue: revenue,
      opportunitystatecode: state,
      opportunitystatuscode: status,
      ...COMPLETED,
    };
    records.create({ ...actor, detectsDuplicates: false }, schema.get('opportunityclose'), activity);
    // Plain writes cannot set the state, so the row is stored here.
    const values: MutableValues = {
      ...before.values,
      statecode: state,
      statuscode: status,
      actualclosedate: end.slice(0, 10),
      actualvalue: revenue,
      msdyn_forecastcategory: FORECAST_BY_STATE[state] ?? null,
      modifiedon: toStamp(clock.now()),
      modifiedby: { table: 'systemuser', id: actor.userId },
    };
    const rate = numberOf(values, 'exchangerate') ?? 1;
    values.actualvalue_base = revenue === null ? null : roundTo(revenue / rate, 4);
    values.versionnumber = store.nextVersion();
    store.put('opportunity', { id, values, version: values.versionnumber });
    store.log(
      {
        at: String(values.modifiedon),
        table: 'opportunity',
        id,
        operation: 'update',
        actor: actor.userId,
        origin: actor.origin,
      },
      before.values,
      values,
    );
    const message = request.outcome === 'won' ? 'WinOpportunity' : 'LoseOpportunity';
    const columns = ['statecode', 'statuscode', 'actualclosedate', 'actualvalue'];
    for (const listener of parts.listeners) {
      listener(message, 'opportunity', id, columns);
      listener('SetState', 'opportunity', id, columns);
    }
  });
}
