/** Logs: JSON lines on standard error, readable text on a terminal. Nothing secret gets through. */
import { type DestinationStream, destination, type Logger as Pino, pino } from 'pino';
import type { Logger } from '../core/ports.ts';

/** Names under which a secret could ever be logged, at any of the first levels. */
const SECRET_KEYS = [
  'authorization',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'password',
  'token',
  'secret',
  'assertion',
];
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

/** Builds the logger of a process. Lines are written at once, so that none is lost at exit. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  return pino(
    {
      level: levelOf(options),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[hidden]' },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorOf, error: errorOf },
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

/** Errors of HTTP libraries carry requests with credentials: only what is ours to tell is kept. */
function errorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? 'not an error' : error;
  const { name, message, stack } = error;
  return { name, message, stack };
}
