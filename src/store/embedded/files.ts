/**
 * Files of the state directory: readable by their owner alone, and replaced in one step that survives a power cut.
 *
 * SQLite files must never be opened here: closing any descriptor of a file drops the locks that the process holds on
 * it through SQLite. They are only looked at by path.
 */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StateError } from '../../core/errors.ts';

const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;
const OTHERS = 0o077;

/** The `code` of a Node system error (`ENOENT`), or null. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** What is known about a path without opening it; null when nothing is there. */
export function findStats(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw cannot('read', path, error);
  }
}

/** Makes the state directory if need be, and closes it to others. */
export function ensurePrivateDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    throw cannot('create', dir, error);
  }
  const stats = statSync(dir);
  if (!stats.isDirectory()) throw new StateError(`${dir} is not a directory; choose another state.dir.`);
  if (process.platform === 'win32' || (stats.mode & OTHERS) === 0) return;
  try {
    chmodSync(dir, DIRECTORY_MODE);
  } catch {
    // A mounted volume may belong to another user; the files in it are closed to others all the same.
  }
}

/** Closes an existing file to others. Throws StateError when it is open to them and not ours to close. */
export function tightenFile(path: string): void {
  const stats = findStats(path);
  if (stats === null || process.platform === 'win32' || (stats.mode & OTHERS) === 0) return;
  try {
    chmodSync(path, FILE_MODE);
  } catch (error) {
    if (systemCode(error) === 'EROFS') return;
    throw new StateError(
      `${path} can be read by other users and its mode cannot be changed; run \`chmod 600\` on it as its owner.`,
      { cause: error },
    );
  }
}

/** Makes an empty file that only its owner can read, unless there is one already. */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', FILE_MODE));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw cannot('create', path, error);
  }
}

/** The text of a file; null when there is none. Throws StateError when it cannot be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw cannot('read', path, error);
  }
}

/** Replaces a file in one step: after it returns the new text is on the disk, before that the old one is. */
export function writeDurably(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const descriptor = openSync(temporary, 'wx', FILE_MODE);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw cannot('write', path, error);
  }
  syncDirectory(dirname(path));
}

/** Makes a rename in the directory survive a power cut, where the platform can. */
export function syncDirectory(dir: string): void {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(dir, 'r');
    fsyncSync(descriptor);
  } catch {
    // Windows cannot sync directories, and a file system that refuses has no better to offer.
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function cannot(verb: string, path: string, error: unknown): StateError {
  const code = systemCode(error) ?? 'unknown error';
  return new StateError(
    `Could not ${verb} ${path} (${code}); check the disk's space and the owner of the state directory, then run again.`,
    { cause: error },
  );
}
