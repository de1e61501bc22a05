/**
 * One command line from its words to its exit code. Everything that belongs to a process (arguments, environment,
 * streams, signals) is handed in, so that a process of its own and a host with many commands run the same thing.
 */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { type ExitCode, exitCodeOfError, messageOfError } from '../cli/exit-codes.ts';
import { createProgram, type Run } from '../cli/program.ts';
import { withoutValues } from '../cli/usage-error.ts';
import { ConfigurationError } from '../core/errors.ts';
import { escapeJson } from '../core/lenses/text.ts';
import { placesOf } from '../engine/mistakes.ts';
import type { LogStream } from './logger.ts';
import { createServices } from './services.ts';
import type { StopSignals } from './signals.ts';
import type { ProcessTerminal } from './terminal.ts';

export interface CommandLine extends StopSignals {
  /** What stands behind the program's name. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly terminal: Omit<ProcessTerminal, 'flush'>;
  /** Calls the handler at each SIGHUP; nobody hangs up on a command unless given. */
  readonly onHangup?: (handler: () => void) => () => void;
  readonly nodeVersion: string;
  /** Where log lines go; the process's standard error unless given. */
  readonly logTo?: LogStream;
}

function versionOf(): string {
  const { version }: { version?: unknown } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return String(version);
}

/** Runs a command to its end. Never throws: what went wrong is told on the terminal and in the exit code. */
export async function runCommandLine(options: CommandLine): Promise<ExitCode> {
  const { words, terminal } = options;
  let exitCode: ExitCode = 0;
  const run: Run = async (globals, command) => {
    exitCode = await command(createServices({ ...options, globals }));
  };
  const program = createProgram({
    version: versionOf(),
    writeOut: terminal.out,
    writeErr: terminal.err,
    run,
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(options, error);
  }
}

/** Tells what went wrong, on standard error; with `--json` also as the one document, if none was printed. */
function report({ words, env, terminal }: CommandLine, error: unknown): ExitCode {
  const isUsage = error instanceof CommanderError;
  // Commander has already printed its own message; `--help` and `--version` come here too.
  if (isUsage && error.exitCode === 0) return 0;
  const exitCode = isUsage ? 2 : exitCodeOfError(error);
  const message = isUsage ? withoutValues(error.message) : messageOfError(error);
  if (!isUsage) terminal.err(`${message}\n`);
  if (env.COSELL_SYNC_DEBUG === '1' && error instanceof Error)
    terminal.err(`${placesOf(error).join('\n')}\n`);
  if (words.includes('--json') && !terminal.hasOutput) {
    const problems = error instanceof ConfigurationError ? { problems: error.problems } : {};
    terminal.out(`${escapeJson(JSON.stringify({ error: { exitCode, message, ...problems } }, null, 2))}\n`);
  }
  return exitCode;
}
