import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { LockedError, StateError } from '../../../src/core/errors.ts';
import { acquireLock, findLockHolder, type LockHolder } from '../../../src/store/index.ts';
import { freshDirectory } from './directory.ts';

const STARTED = '2026-03-01T12:00:00.000Z';
const contender = join(import.meta.dirname, 'lock-contender.ts');

function holder(overrides: Partial<LockHolder> = {}): LockHolder {
  return { pid: process.pid, host: 'here', startedAt: STARTED, command: 'sync', ...overrides };
}

interface Contender {
  readonly process: ChildProcess;
  /** The next line it prints. */
  readonly nextLine: () => Promise<string>;
}

const running: ChildProcess[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

async function startContender(dir: string, command: string): Promise<Contender> {
  const child = spawn(process.execPath, [contender, dir, command], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  expect(await nextLine()).toBe('ready');
  return { process: child, nextLine };
}

describe('the lock of a state directory', () => {
  it('goes to exactly one of twenty processes that start together, and the others name it', async () => {
    const dir = freshDirectory();
    const contenders = await Promise.all(
      Array.from({ length: 20 }, (_, n) => startContender(dir, `start-${n}`)),
    );

    for (const { process: child } of contenders) child.stdin?.write('go\n');
    const results = await Promise.all(contenders.map(({ nextLine }) => nextLine()));

    const winner = results.indexOf('won');
    expect(results.filter((result) => result === 'won')).toHaveLength(1);
    expect(results.filter((result) => result.startsWith('lost Another cosell-sync'))).toHaveLength(19);
    expect(findLockHolder(dir)).toEqual({
      pid: contenders[winner]?.process.pid,
      host: 'here',
      startedAt: STARTED,
      command: `start-${winner}`,
    });
  });

  it('is free at once when its holder is killed, whatever the file says', async () => {
    const dir = freshDirectory();
    const { process: child, nextLine } = await startContender(dir, 'start');
    child.stdin?.write('go\n');
    expect(await nextLine()).toBe('won');
    expect(() => acquireLock({ dir, describe: holder() })).toThrow(LockedError);

    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(findLockHolder(dir)).toBeNull();
    const lock = acquireLock({ dir, describe: holder() });
    expect(findLockHolder(dir)).toEqual(holder());
    lock.release();
  });

  it('is refused naming process, host, start and directory of the holder', () => {
    const dir = freshDirectory();
    const lock = acquireLock({ dir, describe: holder({ command: 'start' }) });

    const second = () => acquireLock({ dir, describe: holder() });

    expect(second).toThrow(LockedError);
    for (const part of [`process ${process.pid}`, 'on here', STARTED, '`start`', dir])
      expect(second).toThrow(part);
    lock.release();
  });

  it('can be taken again after it was given back, and giving back twice does no harm', () => {
    const dir = freshDirectory();
    const first = acquireLock({ dir, describe: holder() });
    first.release();
    const second = acquireLock({ dir, describe: holder({ command: 'start' }) });

    first.release();

    expect(findLockHolder(dir)?.command).toBe('start');
    second.release();
    expect(findLockHolder(dir)).toBeNull();
  });

  it('survives the looks of others', () => {
    const dir = freshDirectory();
    expect(findLockHolder(dir)).toBeNull();
    const lock = acquireLock({ dir, describe: holder() });

    for (let look = 0; look < 5; look += 1) expect(findLockHolder(dir)).toEqual(holder());

    expect(() => acquireLock({ dir, describe: holder() })).toThrow(LockedError);
    lock.release();
  });

  it('lies in a file that only its owner can read', () => {
    const dir = freshDirectory();
    acquireLock({ dir, describe: holder() }).release();
    chmodSync(join(dir, 'daemon.lock'), 0o666);

    acquireLock({ dir, describe: holder() }).release();

    expect(statSync(join(dir, 'daemon.lock')).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it('takes an empty file as its own, and says what to do about one that is something else', () => {
    const empty = freshDirectory();
    mkdirSync(empty);
    writeFileSync(join(empty, 'daemon.lock'), '');
    const foreign = freshDirectory();
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'daemon.lock'), 'pid 4711'.repeat(100));

    acquireLock({ dir: empty, describe: holder() }).release();

    const taking = () => acquireLock({ dir: foreign, describe: holder() });
    expect(taking).toThrow(StateError);
    expect(taking).toThrow(/delete it and run again/);
  });
});
