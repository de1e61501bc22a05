/**
 * A host that fails at one record is not down. A call about a single referral that ends in a server error or in no
 * answer passes over that referral, and the others go on; only several in a row, without an answer about any other in
 * between, count as the host's own failure.
 */
import { ofOneRecord, RemoteError } from '../core/errors.ts';
import type { OpportunityId } from '../core/ids.ts';
import type { CallOptions, PartnerCenter } from '../core/ports.ts';
import type { EngineDependencies } from './dependencies.ts';
import type { RunState } from './run-state.ts';

/** Records that fail in a row before the host counts as down. */
const MAX_IN_A_ROW = 3;

/** What is remembered of a record at which Partner Center failed. */
export interface Failure {
  /** UTC text, as the others. */
  readonly since: string;
  readonly last: string;
  /** Runs in which it failed and the host did not count as down. */
  readonly runs: number;
  /** Those among them in which others were answered about. */
  readonly count: number;
  /** When it is tried next, unless somebody edits it; null: in the next run. */
  readonly retryAt: string | null;
}

/** Rows of the CRM that could not be written in this run because somebody else was changing or holding them, and those that could. */
export type RowTrouble = Pick<Trouble, 'failed' | 'answered'>;

/** What a run knows of Partner Center's failures at single records. */
export interface Trouble {
  /** From earlier runs. */
  remembered: ReadonlyMap<string, Failure>;
  /** In this run: the failure, by referral id or engagement id. */
  readonly failed: Map<string, RemoteError>;
  /** Those among them after which nothing was answered yet. */
  readonly inARow: Set<string>;
  readonly answered: Set<string>;
  /** Opportunities without a link that wait for such a record. */
  readonly waiting: Map<string, OpportunityId>;
  /** A failure that no item tells of, for the report. */
  untold: RemoteError | null;
}

export function noTrouble(): Trouble {
  return {
    remembered: new Map(),
    failed: new Map(),
    inARow: new Set(),
    answered: new Set(),
    waiting: new Map(),
    untold: null,
  };
}

/** The entries whose records failed in an earlier run, which keep nobody waiting when they come last; and the others. */
export function byTrouble<T>(
  { remembered }: Trouble,
  list: readonly T[],
  recordsOf: (entry: T) => readonly string[],
): { readonly sound: readonly T[]; readonly failing: readonly T[] } {
  const fails = (entry: T): boolean => recordsOf(entry).some((id) => remembered.has(id));
  return { sound: list.filter((entry) => !fails(entry)), failing: list.filter(fails) };
}

/** Whether a call failed at its own record only: others may be asked about. */
export function isOfOneRecord(error: unknown): error is RemoteError {
  return error instanceof RemoteError && !error.stopsHost;
}

/** The same dependencies, whose Partner Center tells a record at which it fails from a host that is down. */
export function withTroubleNoted(dependencies: EngineDependencies, state: RunState): EngineDependencies {
  const { partnerCenter } = dependencies;
  const { trouble } = state;
  const reading = <T>(record: string, options: CallOptions, call: () => Promise<T>): Promise<T> => {
    const last = [...trouble.inARow][MAX_IN_A_ROW - 1];
    const error = last === undefined ? undefined : trouble.failed.get(last);
    // Whatever else would be looked at waits, until a write has shown that the host is back.
    return error === undefined
      ? noted(trouble, record, options, call, true)
      : Promise.reject(ofOneRecord(error));
  };
  const writing = <T>(record: string, options: CallOptions, call: () => Promise<T>): Promise<T> =>
    noted(trouble, record, options, call, false);
  const { register } = partnerCenter;
  const watched: PartnerCenter = Object.assign(Object.create(partnerCenter) as PartnerCenter, {
    find: (id, options) => reading(id, options, () => partnerCenter.find(id, options)),
    listEngagement: (id, options) => reading(id, options, () => partnerCenter.listEngagement(id, options)),
    update: (id, ...rest) => writing(id, rest[3], () => partnerCenter.update(id, ...rest)),
    ...(register === undefined
      ? {}
      : {
          register: (id, ...rest) => writing(id, rest[3], () => register.call(partnerCenter, id, ...rest)),
        }),
  } satisfies Partial<PartnerCenter>);
  return { ...dependencies, partnerCenter: watched };
}

async function noted<T>(
  trouble: Trouble,
  record: string,
  { signal }: CallOptions,
  call: () => Promise<T>,
  isReading: boolean,
): Promise<T> {
  try {
    const answer = await call();
    noteAnswer(trouble, record);
    return answer;
  } catch (error) {
    if (!(error instanceof RemoteError) || signal.aborted) throw error;
    if (error.code === 'unavailable') {
      trouble.failed.set(record, error);
      trouble.inARow.add(record);
      throw isReading || trouble.inARow.size < MAX_IN_A_ROW ? ofOneRecord(error) : error;
    }
    if (error.stopsHost) throw error;
    noteAnswer(trouble, record);
    // What is refused when it is only to be read cannot be decided about either.
    if (isReading && error.code !== 'not-visible') trouble.failed.set(record, error);
    throw error;
  }
}

/** What failed before in this run stays so: whatever needed that call was not done. */
function noteAnswer(trouble: Trouble, record: string): void {
  trouble.inARow.clear();
  trouble.answered.add(record);
}
