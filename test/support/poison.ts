/** Deals at which Partner Center fails while it answers about the others. */
import { RemoteError } from '../../src/core/errors.ts';
import type { PartnerCenter, Referral } from '../../src/core/ports.ts';

export interface Poison {
  /** Referral ids and engagement ids at which every call fails. */
  readonly records: Set<string>;
  /** Calls that failed so far. */
  readonly calls: { count: number };
}

/** From now on every call about one of the records fails, as a server error if not told otherwise; lists go on showing them. @param mayHaveDone whether a write that failed may have been done */
export function poison(
  partnerCenter: PartnerCenter,
  records: readonly string[],
  code: 'unavailable' | 'rejected' = 'unavailable',
  mayHaveDone = true,
): Poison {
  const poisoned: Poison = { records: new Set(records), calls: { count: 0 } };
  const fail = (id: string, isWrite: boolean): Promise<never> => {
    poisoned.calls.count += 1;
    return Promise.reject(
      new RemoteError(`Partner Center failed at ${id}.`, {
        code,
        system: 'partnerCenter',
        requestId: 'request-1',
        outcomeUnknown: isWrite && mayHaveDone && code === 'unavailable',
      }),
    );
  };
  const { find, update, listEngagement } = partnerCenter;
  const at =
    <Given extends [string, ...unknown[]], T>(call: (...given: Given) => Promise<T>, isWrite: boolean) =>
    (...given: Given): Promise<T> =>
      poisoned.records.has(given[0]) ? fail(given[0], isWrite) : call(...given);
  Object.assign(partnerCenter, {
    find: at<Parameters<typeof find>, Referral | null>(find, false),
    update: at<Parameters<typeof update>, Referral>(update, true),
    listEngagement: at<Parameters<typeof listEngagement>, readonly Referral[]>(listEngagement, false),
  });
  return poisoned;
}
