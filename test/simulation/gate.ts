/** Where the daemon waits, the world moves and the process may die: every await boundary of a run passes through here. */
import { createHash } from 'node:crypto';
import { drawOf } from './random.ts';

/** The trace of a history: what tells whether two histories were one. */
export interface Trace {
  line(text: string): void;
  readonly lines: readonly string[];
  hash(): string;
}

/** @param keeps whether the lines themselves are kept, for a person to read */
export function createTrace(keeps: boolean): Trace {
  const digest = createHash('sha256');
  const lines: string[] = [];
  return {
    lines,
    line(text) {
      digest.update(`${text}\n`);
      if (keeps) lines.push(text);
    },
    hash: () => digest.copy().digest('hex').slice(0, 16),
  };
}

export interface Clock {
  now(): Date;
  passSeconds(seconds: number): void;
}

export function createClock(start: string): Clock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    passSeconds(seconds) {
      time += seconds * 1000;
    },
  };
}

/** One life of the daemon's process within a run. */
export interface Gate {
  /** Passes a boundary: time goes by, people act, and the process may die (then nothing is ever heard again). */
  pass(where: string): Promise<void>;
  /** A call: a boundary, its effect, a boundary. */
  call<T>(where: string, effect: () => T | Promise<T>): Promise<T>;
  /** Settles when the process dies. */
  readonly death: Promise<'crashed'>;
  isDead(): boolean;
  steps(): number;
}

export interface GateOptions {
  readonly seed: string;
  readonly run: number;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly jitter: boolean;
  /** Lets the world move; true: the process dies here. */
  readonly moment: (step: number) => Promise<boolean>;
}

const silence = <T>(): Promise<T> => new Promise<T>(() => {});

export function createGate({ seed, run, clock, trace, jitter, moment }: GateOptions): Gate {
  let step = 0;
  let dead = false;
  let die: (how: 'crashed') => void = () => {};
  const death = new Promise<'crashed'>((resolve) => {
    die = resolve;
  });
  const gate: Gate = {
    death,
    isDead: () => dead,
    steps: () => step,
    async pass(where) {
      if (dead) return silence();
      const here = step;
      step += 1;
      trace.line(`${run}.${here} ${where}`);
      clock.passSeconds(Math.floor(drawOf(seed, 'time', run, here) * 2.2));
      if (await moment(here)) {
        trace.line(`${run}.${here} the process dies`);
        dead = true;
        die('crashed');
      }
      if (jitter) {
        const turns = Math.floor(drawOf(seed, 'turns', run, here) * 5);
        for (let turn = 0; turn < turns; turn += 1) await null;
      }
      if (dead) return silence();
    },
    async call(where, effect) {
      await gate.pass(`${where} begins`);
      // Another strand of the same process may have met its end since.
      if (dead) return silence();
      let answer: Awaited<ReturnType<typeof effect>>;
      try {
        answer = await effect();
      } catch (error) {
        await gate.pass(`${where} fails`);
        throw error;
      }
      await gate.pass(`${where} answers`);
      return answer;
    },
  };
  return gate;
}
