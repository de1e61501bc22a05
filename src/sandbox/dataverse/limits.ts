/** Service protection: requests, execution time and concurrency of one user, over a sliding window. */
import type { SandboxClock } from '../kernel/clock.ts';
import { DataverseError } from './dataverse-error.ts';
import type { DataverseSwitches, ThrottleKind } from './switches.ts';

export interface Limits {
  /**
   * Admits a request of a user. Call the returned function when it is done.
   * @throws DataverseError 429 with `Retry-After`
   */
  admit(userId: string, parts: number): () => void;
  /** Headers that show what is left. */
  headers(userId: string): Readonly<Record<string, string>>;
}

interface Usage {
  readonly requests: { readonly atMs: number; readonly count: number; readonly costMs: number }[];
  running: number;
  /** Refused since the last one that was admitted: each makes the pause longer. */
  refused: number;
}

const CODES: Readonly<Record<ThrottleKind, string>> = {
  requests: '0x80072322',
  time: '0x80072321',
  concurrency: '0x80072326',
};

function message(kind: ThrottleKind, switches: DataverseSwitches): string {
  const window = `over time window of ${switches.limitWindowSeconds} seconds.`;
  switch (kind) {
    case 'requests':
      return `Number of requests exceeded the limit of ${switches.requestLimit} ${window}`;
    case 'time':
      return `Combined execution time of incoming requests exceeded limit of ${switches.executionLimitMs.toLocaleString('en-US')} milliseconds ${window} Decrease number of concurrent requests or reduce the duration of requests and try again later.`;
    case 'concurrency':
      return `Number of concurrent requests exceeded the limit of ${switches.concurrentLimit}.`;
  }
}

/** The limits of one web server, by user. */
export function createLimits(clock: SandboxClock, switches: DataverseSwitches): Limits {
  const users = new Map<string, Usage>();

  function usageOf(userId: string): Usage {
    const usage = users.get(userId) ?? { requests: [], running: 0, refused: 0 };
    users.set(userId, usage);
    const from = clock.now().getTime() - switches.limitWindowSeconds * 1000;
    while ((usage.requests[0]?.atMs ?? Number.POSITIVE_INFINITY) <= from) usage.requests.shift();
    return usage;
  }
  const used = ({ requests }: Usage): number => requests.reduce((sum, { count }) => sum + count, 0);
  const spentMs = ({ requests }: Usage): number => requests.reduce((sum, { costMs }) => sum + costMs, 0);

  function refuse(usage: Usage, kind: ThrottleKind, retryAfterSeconds: number): DataverseError {
    usage.refused += 1;
    const seconds =
      Math.max(0, Math.ceil(retryAfterSeconds)) + (kind === 'concurrency' ? 0 : usage.refused - 1);
    return new DataverseError(429, CODES[kind], message(kind, switches), {
      headers: { 'Retry-After': String(seconds) },
    });
  }

  return {
    admit(userId, parts) {
      const usage = usageOf(userId);
      if (switches.throttleNext > 0) {
        switches.throttleNext -= 1;
        throw refuse(usage, switches.throttleKind, switches.throttleRetryAfterSeconds);
      }
      const oldest = usage.requests[0]?.atMs ?? clock.now().getTime();
      const freeInS = (oldest - clock.now().getTime()) / 1000 + switches.limitWindowSeconds;
      if (usage.running >= switches.concurrentLimit) throw refuse(usage, 'concurrency', 1);
      if (used(usage) >= switches.requestLimit) throw refuse(usage, 'requests', freeInS);
      if (spentMs(usage) >= switches.executionLimitMs) throw refuse(usage, 'time', freeInS);
      usage.refused = 0;
      usage.running += 1;
      usage.requests.push({
        atMs: clock.now().getTime(),
        count: switches.batchPartsCount ? parts : 1,
        costMs: switches.executionMs * parts,
      });
      return () => {
        usage.running -= 1;
      };
    },
    headers(userId) {
      const usage = usageOf(userId);
      const seconds = Math.max(0, switches.executionLimitMs - spentMs(usage)) / 1000;
      return {
        'x-ms-ratelimit-burst-remaining-xrm-requests': String(
          Math.max(0, switches.requestLimit - used(usage)),
        ),
        'x-ms-ratelimit-time-remaining-xrm-requests': `${seconds.toLocaleString('en-US', { minimumFractionDigits: 2 })}`,
      };
    },
  };
}
