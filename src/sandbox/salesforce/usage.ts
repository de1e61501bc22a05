/** The org's API calls of the last 24 hours, which is how the daily limit rolls. */
import type { SandboxClock } from '../kernel/clock.ts';
import { refuse } from './salesforce-error.ts';
import type { SalesforceSwitches } from './switches.ts';

const DAY_MS = 24 * 60 * 60_000;
const SLOT_MS = 15 * 60_000;

export interface Usage {
  /** Counts a call. @throws SalesforceError REQUEST_LIMIT_EXCEEDED when none is left */
  count(): void;
  /** Adds calls that somebody else made. */
  add(calls: number): void;
  readonly used: number;
  readonly remaining: number;
  /** Value of the `Sforce-Limit-Info` header. */
  readonly header: string;
}

export function createUsage(clock: SandboxClock, switches: SalesforceSwitches): Usage {
  let slots: { readonly from: number; calls: number }[] = [];
  const used = (): number => {
    const nowMs = clock.now().getTime();
    slots = slots.filter(({ from }) => nowMs - from < DAY_MS);
    return slots.reduce((sum, { calls }) => sum + calls, 0);
  };
  const usage: Usage = {
    count() {
      if (used() >= switches.dailyLimit) {
        throw refuse('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.', undefined, 403);
      }
      usage.add(1);
    },
    add(calls) {
      const from = Math.floor(clock.now().getTime() / SLOT_MS) * SLOT_MS;
      const last = slots.at(-1);
      if (last?.from === from) last.calls += calls;
      else slots.push({ from, calls });
    },
    get used() {
      return used();
    },
    get remaining() {
      return Math.max(0, switches.dailyLimit - used());
    },
    get header() {
      return `api-usage=${used()}/${switches.dailyLimit}`;
    },
  };
  return usage;
}
