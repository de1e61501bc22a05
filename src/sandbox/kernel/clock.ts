/** The sandbox's clock: real time shifted by what the control API advanced, or standing still for simulations. */
export interface SandboxClock {
  now(): Date;
  /** Moves the clock forward (never back). */
  advance(milliseconds: number): void;
  /** Listeners run after each advance: what expires or is answered by time passes through here. */
  onAdvance(listener: () => void): void;
}

/** @param frozenAt starts at this instant and moves only by `advance`; otherwise real time runs underneath. */
export function createClock(frozenAt?: Date): SandboxClock {
  const listeners: (() => void)[] = [];
  let offsetMs = 0;
  return {
    now: () => new Date((frozenAt?.getTime() ?? Date.now()) + offsetMs),
    advance(milliseconds) {
      if (!(milliseconds >= 0)) throw new RangeError('The sandbox clock only moves forward.');
      offsetMs += milliseconds;
      for (const listener of listeners) listener();
    },
    onAdvance: (listener) => void listeners.push(listener),
  };
}
