/** Logs: JSON lines on standard error, readable text on a terminal. Nothing secret gets through. */
import { type DestinationStream, destination, type Logger as Pino, pino } from 'pino';
import type { Logger } from '../core/ports.ts';
import { createLineBounds } from './log-safety.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type Level = (typeof LEVELS)[number];

/** Takes whole lines of the log. */
export interface LogStream {
  write(line: string): void;
}

export interface LoggerOptions {
  /** As `COSELL_SYNC_LOG` says; anything else is the default. */
  readonly level: string | undefined;
  readonly defaultLevel: Level;
  readonly isTerminal: boolean;
  /** Takes the lines in place of standard error. */
  readonly logTo?: LogStream;
}

function levelOf({ level, defaultLevel }: LoggerOptions): Level {
  return LEVELS.find((known) => known === level?.toLowerCase()) ?? defaultLevel;
}

/**
 * Builds the logger of a process. Lines are written at once, so that none is lost at exit. Whatever a line is given,
 * it comes out bounded, on one line, without control characters and without what stands under a secret's name.
 */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  return pino(
    {
      level: levelOf(options),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        logMethod(words, log) {
          const bounds = createLineBounds();
          // pino's own serializers would see an error before it is made safe.
          const [first, ...others] = words.map((word: unknown) => bounds.value(word));
          const safe = words[0] instanceof Error ? { err: first } : first;
          log.apply(this, [safe, ...others] as unknown as Parameters<typeof log>);
        },
      },
      serializers: { err: (error: unknown) => error },
    },
    await streamFor(options),
  ) satisfies Pino;
}

async function streamFor({ isTerminal, logTo }: LoggerOptions): Promise<DestinationStream> {
  if (logTo !== undefined) return logTo;
  const stderr = 2;
  if (!isTerminal) return destination({ dest: stderr, sync: true });
  const { build } = await import('pino-pretty').then((module) => ({ build: module.PinoPretty }));
  return build({ destination: stderr, sync: true, ignore: 'pid,hostname' });
}
