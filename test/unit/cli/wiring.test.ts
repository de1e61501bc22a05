import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { StateError } from '../../../src/core/errors.ts';
import { checkMachine } from '../../../src/wiring/machine.ts';
import { listenForSignals } from '../../../src/wiring/signals.ts';
import { createTerminal } from '../../../src/wiring/terminal.ts';

function listen() {
  const handlers: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const state = { nowMs: 0, exits: 0, notices: '' };
  const signals = listenForSignals({
    on: (_signal, handler) => void handlers.push(handler),
    exit: () => {
      state.exits += 1;
    },
    notice: (text) => {
      state.notices += text;
    },
    nowMs: () => state.nowMs,
    setTimer: (handler) => void timers.push(handler),
  });
  return { signals, state, timers, signal: () => handlers[0]?.() };
}

describe('signals', () => {
  it('the first asks to stop and lets the write under way finish', () => {
    const { signals, state, signal } = listen();

    signal();

    expect(signals.stop.aborted).toBe(true);
    expect(signals.abort.aborted).toBe(false);
    expect(state.exits).toBe(0);
    expect(state.notices).toContain('once more ends at once');
  });

  it('the second ends at once', () => {
    const { state, signal } = listen();

    signal();
    state.nowMs = 1500;
    signal();

    expect(state.exits).toBe(1);
  });

  it('one Ctrl-C that arrives twice, from terminal and launcher, is one signal', () => {
    const { state, signal } = listen();

    signal();
    state.nowMs = 5;
    signal();

    expect(state.exits).toBe(0);
  });

  it('what takes longer than the grace is given up', () => {
    const { signals, timers, signal } = listen();

    signal();
    timers[0]?.();

    expect(signals.abort.aborted).toBe(true);
  });
});

type TtyStream = PassThrough & { isTTY?: boolean };

function streams() {
  const [stdin, stdout, stderr]: [TtyStream, TtyStream, TtyStream] = [
    new PassThrough(),
    new PassThrough(),
    new PassThrough(),
  ];
  // What a terminal needs of these streams, pass-throughs have.
  return { stdin, stdout, stderr } as unknown as Parameters<typeof createTerminal>[0] & {
    stdin: PassThrough;
    stdout: PassThrough;
    stderr: PassThrough;
  };
}

describe('the terminal', () => {
  it('goes on in silence when the reader of its output has gone', async () => {
    const pipes = streams();
    const terminal = createTerminal(pipes, true);

    pipes.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    terminal.out('more');

    await terminal.flush();
    expect(pipes.stdout.read()).toBeNull();
  });

  it('colours nothing that is not a terminal, whatever is wanted', () => {
    expect(createTerminal(streams(), true)).toMatchObject({
      colour: false,
      isInteractive: false,
      canRedraw: false,
    });
  });

  it('does not show a secret while it is typed', async () => {
    const pipes = streams();
    const terminal = createTerminal(pipes, false);
    const answer = terminal.ask('Secret: ', true);

    pipes.stdin.write('hunter2\n');

    expect(await answer).toBe('hunter2');
    const shown = String(pipes.stderr.read());
    expect(shown).toContain('Secret:');
    expect(shown).not.toContain('hunter2');
  });
});

describe('checks of the machine', () => {
  it('find an old Node, and no fault with a state directory that is yet to be made', async () => {
    const results = await checkMachine({
      stateDir: '/tmp/cosell-sync-does-not-exist',
      nodeVersion: 'v20.11.0',
      lockHolder: async () => null,
      checkLedger: () => {},
    });

    expect(results.map(({ name, ok }) => [name, ok])).toEqual([
      ['Node.js', false],
      ['State directory', true],
      ['Free space', true],
      ['Lock', true],
      ['Ledger', true],
    ]);
  });

  it('tell who holds the lock', async () => {
    const results = await checkMachine({
      stateDir: '/tmp',
      nodeVersion: process.version,
      lockHolder: async () => 'process 42 on here',
      checkLedger: () => {},
    });

    expect(results.find(({ name }) => name === 'Lock')?.detail).toContain('process 42 on here');
  });

  it('quote what is wrong with the ledger', async () => {
    const results = await checkMachine({
      stateDir: '/tmp',
      nodeVersion: process.version,
      lockHolder: async () => null,
      checkLedger: () => {
        throw new StateError('ledger.db is damaged.');
      },
    });

    expect(results.find(({ name }) => name === 'Ledger')).toEqual({
      name: 'Ledger',
      ok: false,
      detail: 'ledger.db is damaged.',
      remedy: 'Do what the message says; nothing was changed.',
    });
  });
});
