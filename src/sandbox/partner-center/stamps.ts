/**
 * Timestamps as the service writes them: UTC, 100 ns steps. Inside the stand-in they are held with all seven
 * digits, so that comparing the text compares the times; only the rendering trims.
 */
import type { SandboxClock } from '../kernel/clock.ts';

const FORM = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,7})\d*)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
const TICKS_PER_MS = 10_000n;

/** How the fraction of a second is written: trimmed (0 to 7 digits), or always this many. */
export type FractionDigits = 'trimmed' | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Seven-digit UTC text of a number of 100 ns ticks since 1970. */
export function fromTicks(ticks: bigint): string {
  const seconds = ticks / (TICKS_PER_MS * 1000n);
  const fraction = (ticks % (TICKS_PER_MS * 1000n)).toString().padStart(7, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Seven-digit UTC text of any ISO 8601 time (a date alone is midnight, no offset is UTC), or null. */
export function toStamp(text: string): string | null {
  const parts = FORM.exec(text.trim());
  if (parts === null) return null;
  const [, day, time = '00:00', fraction = '', offset = 'Z'] = parts;
  const zone = /^z$/i.test(offset) ? 'Z' : offset.replace(/^(...)(\d\d)$/, '$1:$2');
  const milliseconds = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  if (Number.isNaN(milliseconds)) return null;
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction.padEnd(7, '0')}Z`;
}

/** Milliseconds since 1970 of a seven-digit stamp. */
export function stampMs(stamp: string): number {
  return Date.parse(`${stamp.slice(0, 23)}Z`);
}

/** A seven-digit stamp as it goes over the wire. */
export function renderStamp(stamp: string, digits: FractionDigits): string {
  const whole = stamp.slice(0, 19);
  const fraction = stamp.slice(20, 27);
  const shown = digits === 'trimmed' ? fraction.replace(/0+$/, '') : fraction.slice(0, digits);
  return shown === '' ? `${whole}Z` : `${whole}.${shown}Z`;
}

/** A stamp moved by a number of 100 ns ticks. */
export function shiftStamp(stamp: string, ticks: bigint): string {
  const base = BigInt(Date.parse(`${stamp.slice(0, 19)}Z`)) * TICKS_PER_MS + BigInt(stamp.slice(20, 27));
  return fromTicks(base + ticks);
}

export interface StampSource {
  /** The sandbox's time with digits below the millisecond, later than every stamp given out before. */
  next(): string;
}

/** @param clock the sandbox's clock, which may stand still: stamps go on all the same. */
export function createStampSource(clock: SandboxClock): StampSource {
  let last = 0n;
  let drawn = 0n;
  return {
    next() {
      drawn += 1n;
      // Digits that look measured, so that a client that keeps only milliseconds is found out.
      const digits = (drawn * 7_919n + 3_571n) % TICKS_PER_MS;
      const now = BigInt(clock.now().getTime()) * TICKS_PER_MS + digits;
      last = now > last ? now : last + 1n;
      return fromTicks(last);
    },
  };
}
