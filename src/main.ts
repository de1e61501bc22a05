/**
 * The command line's entry: reads the process's arguments, environment, streams and signals, and hands them on. Only
 * this file and what it wires know which adapters there are.
 */
import { runCommandLine } from './wiring/command-line.ts';
import { listenForSignals } from './wiring/signals.ts';
import { createTerminal } from './wiring/terminal.ts';

const { argv, env } = process;
const words = argv.slice(2);
const wantsColour = !words.includes('--no-color') && !env.NO_COLOR;
const terminal = createTerminal(process, wantsColour);
const signals = listenForSignals({
  on: (signal, handler) => void process.on(signal, handler),
  exit: () => process.exit(4),
  notice: terminal.err,
  nowMs: () => performance.now(),
  setTimer: (handler, milliseconds) => void setTimeout(handler, milliseconds).unref(),
});
const exitCode = await runCommandLine({
  ...signals,
  onHangup(handler) {
    process.on('SIGHUP', handler);
    return () => void process.off('SIGHUP', handler);
  },
  words,
  env,
  terminal,
  cwd: process.cwd(),
  nodeVersion: process.version,
});
await terminal.flush();
// Connections that are kept alive for a next request would hold the process.
process.exit(exitCode);
