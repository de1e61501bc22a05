/** Keeps the daemon within its share of the org's daily API calls. */
import { RemoteError } from '../../core/errors.ts';
import { QUOTA_RETRY_MS } from './errors.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** Above this use of the whole org's quota the rest is left to others. */
const ORG_CEILING = 0.95;
const USAGE_HEADER = /api-usage=(\d+)\/(\d+)/;

export interface ApiUsage {
  readonly used: number;
  readonly limit: number;
}

export interface Budget {
  /**
   * Says whether another request may go out.
   * @throws RemoteError `quota` when our share of the rolling day, or nearly all of the org's, is used up
   */
  ensureFree(operation: string): void;
  /** Counts a request that went out, and reads `Sforce-Limit-Info` of its answer. */
  record(headers: Readonly<Record<string, string>>): void;
  /** What the org last reported; null before the first answer. */
  readonly usage: ApiUsage | null;
}

/**
 * @param share the part of the org's daily limit that our requests may use, 0 to 1
 * @param now milliseconds since the epoch
 */
export function createBudget(share: number, now: () => number): Budget {
  /** Our requests by hour since the epoch. */
  const byHour = new Map<number, number>();
  let usage: ApiUsage | null = null;
  let reportedAt = 0;

  const ours = (): number => {
    const oldest = Math.floor(now() / HOUR_MS) - DAY_HOURS;
    let sum = 0;
    for (const [hour, count] of byHour) {
      if (hour <= oldest) byHour.delete(hour);
      else sum += count;
    }
    return sum;
  };

  const refuse = (operation: string, why: string): never => {
    throw new RemoteError(`${operation} was not sent: ${why}. The next runs wait until some is free.`, {
      code: 'quota',
      system: 'crm',
      retryAfterMs: QUOTA_RETRY_MS,
    });
  };

  return {
    get usage() {
      return usage;
    },
    ensureFree(operation) {
      if (usage === null || usage.limit <= 0) return;
      // An old report is asked for anew with one request, else nobody would ever notice that calls are free again.
      const isFresh = now() - reportedAt < QUOTA_RETRY_MS;
      if (isFresh && usage.used >= usage.limit * ORG_CEILING) {
        refuse(operation, `the org has used ${usage.used} of its ${usage.limit} daily API calls`);
      }
      const allowed = Math.floor(usage.limit * share);
      if (ours() >= allowed) {
        refuse(
          operation,
          `our share of ${allowed} API calls a day (limits.crm.shareOfDailyQuota) is used up`,
        );
      }
    },
    record(headers) {
      const hour = Math.floor(now() / HOUR_MS);
      byHour.set(hour, (byHour.get(hour) ?? 0) + 1);
      const found = USAGE_HEADER.exec(headers['sforce-limit-info'] ?? '');
      if (found === null) return;
      usage = { used: Number(found[1]), limit: Number(found[2]) };
      reportedAt = now();
    },
  };
}
