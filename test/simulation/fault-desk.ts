/** Faults that wait for a call to strike. */
import { RemoteError, type System } from '../../src/core/errors.ts';
import type { Fault } from './scenario.ts';

export interface Armed {
  readonly fault: Fault;
  readonly system: 'crm' | 'partnerCenter';
  readonly value: number;
}

export interface FaultDesk {
  arm(fault: Armed): void;
  /** Takes a fault that fits, if one waits. */
  take(system: Armed['system'], kinds: readonly Fault[]): Armed | null;
  /** Throws while the credentials of a system are refused. */
  checkCredentials(system: Armed['system']): void;
  /** What is still waiting at the end of a run never strikes. */
  disarm(): void;
  /** Host failures that were thrown since the last call. */
  takeThrown(): number;
  /** Counts a failure of the whole host. */
  thrown(): void;
}

export function createFaultDesk(now: () => Date): FaultDesk {
  let armed: Armed[] = [];
  const refusedUntil = new Map<System, number>();
  let thrown = 0;
  const desk: FaultDesk = {
    arm(fault) {
      if (fault.fault === 'unauthorized')
        refusedUntil.set(fault.system, now().getTime() + (5 + (fault.value % 20)) * 60_000);
      else if (fault.fault === 'hot') {
        for (let times = 0; times <= fault.value % 7; times += 1) armed.push(fault);
      } else armed.push(fault);
    },
    take(system, kinds) {
      const index = armed.findIndex((entry) => entry.system === system && kinds.includes(entry.fault));
      const [found] = index < 0 ? [] : armed.splice(index, 1);
      return found ?? null;
    },
    checkCredentials(system) {
      if ((refusedUntil.get(system) ?? 0) <= now().getTime()) return;
      thrown += 1;
      throw new RemoteError('The credentials are refused.', { code: 'unauthorized', system, status: 401 });
    },
    disarm() {
      armed = [];
    },
    takeThrown() {
      const count = thrown;
      thrown = 0;
      return count;
    },
    thrown() {
      thrown += 1;
    },
  };
  return desk;
}

/** The host takes no more for now, in one of the ways it may say so; nothing was done. */
export function refusal(system: System, value: number): RemoteError {
  if (value % 5 === 0)
    return system === 'crm'
      ? new RemoteError('The requests of the day are used up.', { code: 'quota', system, status: 403 })
      : new RemoteError('A permission is missing.', { code: 'forbidden', system, status: 403 });
  return new RemoteError('Too many requests.', {
    code: 'rate-limited',
    system,
    status: 429,
    retryAfterMs: 1000,
  });
}

/** No usable answer; a write may have been done all the same. */
export function silenceOf(system: System, outcomeUnknown: boolean): RemoteError {
  return new RemoteError('No answer came.', { code: 'unavailable', system, outcomeUnknown });
}

/** The call takes minutes; meanwhile the world goes on. */
export function slowDown(
  server: { passSeconds(seconds: number): void; readonly marks: Set<string> },
  fault: Armed | null,
): void {
  if (fault === null) return;
  server.marks.add('slow-call');
  server.passSeconds(20 + (fault.value % 600));
}
