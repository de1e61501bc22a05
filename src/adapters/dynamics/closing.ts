/** Won, lost and reopened: Dataverse moves an opportunity's state by actions of its own, not by writing the column. */
import type { OpportunityId } from '../../core/ids.ts';
import type { OpportunityUpdate } from '../../core/ports.ts';
import type { Columns } from './columns.ts';
import type { BatchItem, BatchPart } from './multipart.ts';
import type { Shape } from './shape.ts';

export const OPEN = 0;
const WON = 1;
const LOST = 2;

/** The status reasons that come with Dynamics 365 Sales, should the metadata not tell. */
const USUAL_STATUS: Readonly<Record<number, number>> = { [OPEN]: 1, [WON]: 3, [LOST]: 4 };

const STATE_OF = { win: WON, lose: LOST, reopen: OPEN } as const;
const ACTION_OF = {
  win: { name: 'WinOpportunity', subject: 'Won in Partner Center' },
  lose: { name: 'LoseOpportunity', subject: 'Closed in Partner Center' },
} as const;

/**
 * The status reason for a state: the one asked for where it belongs to the state (else the action is refused), or the
 * state's own default.
 */
export function statusFor({ states, statuses }: Shape, state: number, asked: number | null): number {
  const belongs = statuses.filter((status) => status.state === state);
  if (asked !== null && (statuses.length === 0 || belongs.some(({ value }) => value === asked))) return asked;
  const preferred = states.find(({ value }) => value === state)?.defaultStatus ?? null;
  if (preferred !== null && belongs.some(({ value }) => value === preferred)) return preferred;
  return belongs[0]?.value ?? USUAL_STATUS[state] ?? -1;
}

/** What an opportunity is before its state moves. */
export interface Standing {
  readonly state: number;
  readonly version: string;
}

export interface TransitionOptions {
  readonly root: string;
  readonly shape: Shape;
  readonly id: OpportunityId;
  readonly transition: NonNullable<OpportunityUpdate['transition']>;
  readonly columns: Columns;
  readonly standing: Standing;
}

/**
 * The requests that move a state. Columns are written first, under the version that the decision was made on, and
 * together with the action or not at all. A closed deal must be reopened before it can be closed the other way.
 */
export function transitionItem(options: TransitionOptions): BatchItem {
  const { root, shape, id, transition, columns, standing } = options;
  const state = STATE_OF[transition];
  const status = statusFor(shape, state, columns.status);
  const patch = (body: Readonly<Record<string, unknown>>): BatchPart => ({
    method: 'PATCH',
    url: `${root}/opportunities(${id})`,
    headers: { 'If-Match': standing.version },
    body,
  });
  if (standing.state === state) return patch({ ...columns.body, statuscode: status });
  if (transition === 'reopen') return patch({ ...columns.body, statecode: OPEN, statuscode: status });

  const { name, subject } = ACTION_OF[transition];
  const action: BatchPart = {
    method: 'POST',
    url: `${root}/${name}`,
    body: {
      Status: status,
      OpportunityClose: {
        '@odata.type': 'Microsoft.Dynamics.CRM.opportunityclose',
        subject,
        'opportunityid@odata.bind': `/opportunities(${id})`,
      },
    },
  };
  const first =
    standing.state === OPEN
      ? columns.body
      : { ...columns.body, statecode: OPEN, statuscode: statusFor(shape, OPEN, null) };
  return Object.keys(first).length === 0 ? action : { changeSet: [patch(first), action] };
}
