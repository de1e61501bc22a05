/** What `doctor` asks of this machine: runtime, state directory, free space, lock. */
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StateError } from '../core/errors.ts';
import type { CheckResult } from '../core/ports.ts';

const MIN_NODE_MAJOR = 24;
const MIN_FREE_BYTES = 200 * 1024 * 1024;
const OTHERS = 0o077;

export interface MachineOptions {
  readonly stateDir: string;
  readonly nodeVersion: string;
  /** Who holds the lock, in words; null when nobody does. */
  readonly lockHolder: () => Promise<string | null>;
  /** Reads the ledger through; throws StateError for damage. */
  readonly checkLedger: () => void;
}

/** Runs every check; a missing state directory is no problem before the first run. */
export async function checkMachine({
  stateDir,
  nodeVersion,
  lockHolder,
  checkLedger: readLedger,
}: MachineOptions): Promise<readonly CheckResult[]> {
  return [
    checkNode(nodeVersion),
    await checkDirectory(stateDir),
    await checkSpace(stateDir),
    await checkLock(lockHolder),
    checkLedger(readLedger),
  ];
}

function result(name: string, detail: string, remedy: string | null = null): CheckResult {
  return { name, ok: remedy === null, detail, remedy };
}

function checkNode(version: string): CheckResult {
  const major = Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);
  return result(
    'Node.js',
    `version ${version}`,
    major >= MIN_NODE_MAJOR ? null : `Use Node.js ${MIN_NODE_MAJOR} or later.`,
  );
}

async function checkDirectory(dir: string): Promise<CheckResult> {
  const name = 'State directory';
  const stats = await stat(dir).catch(() => null);
  if (stats === null) {
    const parent = await existingParent(dir);
    return (await isWritable(parent))
      ? result(name, `${dir} does not exist yet; the first run makes it.`)
      : result(
          name,
          `${dir} does not exist, and ${parent} cannot be written to.`,
          'Make the directory, or choose another state.dir.',
        );
  }
  if (!stats.isDirectory()) return result(name, `${dir} is not a directory.`, 'Choose another state.dir.');
  if (!(await isWritable(dir)))
    return result(name, `${dir} cannot be written to.`, 'Give it to the user who runs cosell-sync.');
  if (process.platform !== 'win32' && (stats.mode & OTHERS) !== 0) {
    return result(name, `${dir} is open to other users.`, `Close it: chmod 700 ${dir}`);
  }
  return result(name, `${dir} is private and can be written to.`);
}

async function checkSpace(dir: string): Promise<CheckResult> {
  const name = 'Free space';
  try {
    const { bavail, bsize } = await statfs(await existingParent(dir));
    const free = bavail * bsize;
    const megabytes = Math.floor(free / 1024 / 1024).toLocaleString('en-US');
    return result(
      name,
      `${megabytes} MB`,
      free >= MIN_FREE_BYTES ? null : 'Make room on the disk of the state directory.',
    );
  } catch {
    return result(name, 'cannot be told on this file system.');
  }
}

async function checkLock(lockHolder: () => Promise<string | null>): Promise<CheckResult> {
  const holder = await lockHolder();
  return result(
    'Lock',
    holder === null
      ? 'free'
      : `held by ${holder}; that is as it should be while a run or the daemon is at work.`,
  );
}

function checkLedger(read: () => void): CheckResult {
  const name = 'Ledger';
  try {
    read();
    return result(name, 'sound, or yet to be made.');
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return result(name, error.message, 'Do what the message says; nothing was changed.');
  }
}

async function existingParent(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null);
  if (stats !== null) return path;
  const parent = dirname(path);
  return parent === path ? path : existingParent(parent);
}

function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
