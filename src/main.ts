/**
 * The command line's entry: reads the process's arguments, environment, streams and signals, and hands them on. Only
 * this file and what it wires know which adapters there are.
 */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { type ExitCode, exitCodeOfError, messageOfError } from './cli/exit-codes.ts';
import { createProgram, type Run } from './cli/program.ts';
import { ConfigurationError } from './core/errors.ts';
import { createServices } from './wiring/services.ts';
import { listenForSignals } from './wiring/signals.ts';
import { createTerminal, type ProcessTerminal } from './wiring/terminal.ts';

const { argv, env } = process;
const words = argv.slice(2);
const isJson = words.includes('--json');
const isDebug = env.COSELL_SYNC_DEBUG === '1';

function versionOf(): string {
  const { version }: { version?: unknown } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return String(version);
}

async function main(terminal: ProcessTerminal): Promise<ExitCode> {
  const signals = listenForSignals({
    on: (signal, handler) => void process.on(signal, handler),
    exit: () => process.exit(4),
    notice: terminal.err,
    nowMs: () => performance.now(),
    setTimer: (handler, milliseconds) => void setTimeout(handler, milliseconds).unref(),
  });
  let exitCode: ExitCode = 0;
  const run: Run = async (globals, command) => {
    const services = createServices({
      ...signals,
      globals,
      env,
      terminal,
      cwd: process.cwd(),
      nodeVersion: process.version,
      command: words.find((word) => !word.startsWith('-')) ?? '',
    });
    exitCode = await command(services);
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
    return report(terminal, error);
  }
}

/** Tells what went wrong, on standard error; with `--json` also as the one document, if none was printed. */
function report(terminal: ProcessTerminal, error: unknown): ExitCode {
  const isUsage = error instanceof CommanderError;
  // Commander has already printed its own message; `--help` and `--version` come here too.
  if (isUsage && error.exitCode === 0) return 0;
  const exitCode = isUsage ? 2 : exitCodeOfError(error);
  const message = isUsage ? error.message : messageOfError(error);
  if (!isUsage) terminal.err(`${message}\n`);
  if (isDebug && error instanceof Error) terminal.err(`${error.stack ?? ''}\n`);
  if (isJson && !terminal.hasOutput) {
    const problems = error instanceof ConfigurationError ? { problems: error.problems } : {};
    terminal.out(`${JSON.stringify({ error: { exitCode, message, ...problems } }, null, 2)}\n`);
  }
  return exitCode;
}

const wantsColour = !words.includes('--no-color') && !env.NO_COLOR;
const terminal = createTerminal(process, wantsColour);
const exitCode = await main(terminal);
await terminal.flush();
// Connections that are kept alive for a next request would hold the process.
process.exit(exitCode);
