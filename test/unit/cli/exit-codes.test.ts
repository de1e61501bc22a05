import { describe, expect, it } from 'vitest';
import { eachConnection, selectConnections } from '../../../src/cli/connections.ts';
import {
  type ExitCode,
  exitCodeOfError,
  exitCodeOfOutcome,
  gravest,
  InterruptedError,
  messageOfError,
} from '../../../src/cli/exit-codes.ts';
import { ConfigurationError, LockedError, RemoteError, StateError } from '../../../src/core/errors.ts';
import { HaltError } from '../../../src/engine/dependencies.ts';
import { createFake } from './fake-services.ts';

describe('exit codes', () => {
  it.each([
    ['clean', 0],
    ['attention', 3],
    ['incomplete', 4],
    ['halted', 5],
  ] as const)('a run that ends %s exits with %i', (outcome, code) => {
    expect(exitCodeOfOutcome(outcome)).toBe(code);
  });

  it.each<readonly [string, Error, ExitCode]>([
    ['wrong configuration', new ConfigurationError(['wrong']), 2],
    ['a remote failure', new RemoteError('down', { code: 'unavailable', system: 'crm' }), 4],
    ['a state that cannot be used', new StateError('damaged'), 4],
    ['an interruption', new InterruptedError('stopped'), 4],
    ['a guard', new HaltError('too many'), 5],
    ['a lock held by another', new LockedError('held'), 6],
    ['a bug', new TypeError('undefined is not a function'), 1],
  ])('%s has its own', (_what, error, code) => {
    expect(exitCodeOfError(error)).toBe(code);
  });

  it.each<readonly [readonly ExitCode[], ExitCode]>([
    [[], 0],
    [[0, 0], 0],
    [[0, 3], 3],
    [[3, 4], 4],
    [[4, 6], 6],
    [[6, 5], 5],
    [[5, 1], 1],
  ])('of %j the gravest is %i', (codes, expected) => {
    expect(gravest(codes)).toBe(expected);
  });

  it('say of a bug that it is one, and of everything else only what happened', () => {
    expect(messageOfError(new TypeError('oops'))).toContain('should not have');
    expect(messageOfError(new StateError('The ledger is damaged.'))).toBe('The ledger is damaged.');
  });
});

describe('several connections', () => {
  it('all run even if one fails, and the gravest end counts', async () => {
    const { services, terminal } = createFake();
    const config = await services.loadConfig();
    const [first] = config.connections;
    const connections =
      first === undefined ? [] : [first, { ...first, name: 'fabrikam' }, { ...first, name: 'tailspin' }];

    const gathered = await eachConnection(services, connections, async ({ name }) => {
      if (name === 'fabrikam') throw new StateError('The ledger is damaged.');
      return { result: name, exitCode: name === 'tailspin' ? 3 : 0 };
    });

    expect(gathered.results).toEqual(['contoso', 'tailspin']);
    expect(gathered.failures).toEqual([
      { connection: 'fabrikam', exitCode: 4, message: 'The ledger is damaged.' },
    ]);
    expect(gathered.exitCode).toBe(4);
    expect(terminal.errors).toContain('fabrikam: The ledger is damaged.');
  });

  it('are not begun any more after a signal, which counts as stopped early', async () => {
    const stop = new AbortController();
    const { services } = createFake({ overrides: { stop: stop.signal } });
    const { connections } = await services.loadConfig();
    stop.abort();

    const gathered = await eachConnection(services, connections, () =>
      Promise.reject(new Error('not to be called')),
    );

    expect(gathered.exitCode).toBe(4);
  });

  it('are chosen by name, and a wrong name lists those that there are', async () => {
    const config = await createFake().services.loadConfig();

    expect(selectConnections(config, 'contoso')).toHaveLength(1);
    expect(() => selectConnections(config, 'contos')).toThrow(
      'There is no connection "contos"; the configuration has contoso.',
    );
  });
});
