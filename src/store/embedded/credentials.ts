/**
 * Rotating tokens, encrypted at rest. A store of its own beside ledger and cursors, because every command that signs
 * in may get a new refresh token and must have it on the disk before using it, also those that may not touch state.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { StateError } from '../../core/errors.ts';
import { type Cipher, createCipher, Sealed } from './cipher.ts';
import {
  createPrivateFile,
  ensurePrivateDirectory,
  findStats,
  readText,
  tightenFile,
  writeDurably,
} from './files.ts';
import { BUSY_TIMEOUT_MS, toStateError } from './sqlite.ts';

export const CREDENTIALS_FILE = 'credentials.json';
export const SECRET_KEY_FILE = 'secret.key';
const LOCK_FILE = 'credentials.lock';

/** Tokens by name. */
export interface Credentials {
  /** The value saved under the name, or null. Throws StateError when it cannot be decrypted. */
  load(name: string): Promise<string | null>;
  /** Returns once the value is on the disk. */
  save(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** What is there and since when (UTC); needs no key. */
  entries(): readonly { readonly name: string; readonly savedAt: string }[];
}

export interface OpenCredentialsOptions {
  readonly dir: string;
  /** The text that the key is derived from (`COSELL_SECRET_KEY`); else `secret.key` beside the file, made on first save. */
  readonly secretKey?: string;
  readonly now: () => Date;
}

const CredentialFile = z.object({
  version: z.literal(1),
  /** Base64; makes the same text another key in another directory. */
  salt: z.string(),
  /** A known text under the key, so that a wrong key is told from a damaged entry. */
  check: Sealed,
  entries: z.record(z.string(), Sealed.extend({ savedAt: z.string() })),
});
type CredentialFile = z.infer<typeof CredentialFile>;

const CHECK_NAME = 'cosell-sync credentials';
const CHECK_TEXT = 'the key is right';

/** Opens the credentials of a state directory. Nothing is read or written before the first use. */
export function openCredentials({ dir, secretKey, now }: OpenCredentialsOptions): Credentials {
  const path = join(dir, CREDENTIALS_FILE);
  const keyPath = join(dir, SECRET_KEY_FILE);
  let known: { readonly salt: string; readonly text: string; readonly cipher: Cipher } | null = null;

  const cipherFor = (salt: string, text: string): Cipher => {
    if (known?.salt !== salt || known.text !== text) known = { salt, text, cipher: createCipher(text, salt) };
    return known.cipher;
  };
  const keyText = (): string | null =>
    (secretKey === '' ? undefined : secretKey) ?? readText(keyPath)?.trim() ?? null;
  const read = (): CredentialFile | null => {
    for (const file of [path, keyPath]) tightenFile(file);
    const text = readText(path);
    return text === null ? null : parseFile(text, path);
  };
  /** The cipher of an existing file, after making sure that the key is the one it was written with. */
  const unlock = (file: CredentialFile): Cipher => {
    const text = keyText();
    if (text === null || text === '') throw keyProblem(path, `${keyPath} is missing or empty`);
    const cipher = cipherFor(file.salt, text);
    if (cipher.open(CHECK_NAME, file.check) !== CHECK_TEXT) {
      throw keyProblem(path, 'it was encrypted with another key');
    }
    return cipher;
  };
  const start = (): CredentialFile => {
    const text = keyText() ?? makeKey(keyPath);
    if (text === '') throw keyProblem(path, `${keyPath} is empty`);
    const salt = randomBytes(16).toString('base64');
    return { version: 1, salt, check: cipherFor(salt, text).seal(CHECK_NAME, CHECK_TEXT), entries: {} };
  };
  const write = (file: CredentialFile): void => {
    writeDurably(path, `${JSON.stringify(file, null, 2)}\n`);
  };

  return {
    async load(name) {
      const file = read();
      if (file === null || !Object.hasOwn(file.entries, name)) return null;
      const entry = file.entries[name];
      if (entry === undefined) return null;
      const value = unlock(file).open(name, entry);
      if (value === null) {
        throw new StateError(
          `The entry ${name} of ${path} was altered or damaged; remove it with \`cosell-sync auth logout\` and sign in again with \`cosell-sync auth login\`.`,
        );
      }
      return value;
    },
    async save(name, value) {
      ensurePrivateDirectory(dir);
      exclusively(dir, () => {
        const file = read() ?? start();
        const entry = { ...unlock(file).seal(name, value), savedAt: now().toISOString() };
        write({ ...file, entries: { ...file.entries, [name]: entry } });
      });
    },
    async remove(name) {
      if (readText(path) === null) return;
      exclusively(dir, () => {
        const file = read();
        if (file === null || !Object.hasOwn(file.entries, name)) return;
        const { [name]: _removed, ...entries } = file.entries;
        write({ ...file, entries });
      });
    },
    entries() {
      return Object.entries(read()?.entries ?? {}).map(([name, { savedAt }]) => ({ name, savedAt }));
    },
  };
}

/** Reading, changing and writing the file is one step to all other processes. */
function exclusively(dir: string, work: () => void): void {
  const file = join(dir, LOCK_FILE);
  if (findStats(file) === null) createPrivateFile(file);
  tightenFile(file);
  const lock = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    lock.exec('BEGIN IMMEDIATE');
  } catch (error) {
    lock.close();
    throw toStateError(error, file);
  }
  try {
    work();
  } finally {
    lock.exec('ROLLBACK');
    lock.close();
  }
}

function makeKey(path: string): string {
  const text = randomBytes(32).toString('base64');
  writeDurably(path, `${text}\n`);
  return text;
}

function parseFile(text: string, path: string): CredentialFile {
  try {
    return CredentialFile.parse(JSON.parse(text));
  } catch (error) {
    throw new StateError(
      `${path} is damaged and was left as it is; restore a backup, or move it away and sign in again with \`cosell-sync auth login\`.`,
      // The parser's message would quote the file.
      { cause: error instanceof Error ? error.name : undefined },
    );
  }
}

function keyProblem(path: string, problem: string): StateError {
  return new StateError(
    `${path} cannot be decrypted: ${problem}. Set COSELL_SECRET_KEY (or restore secret.key) to the key it was saved with, or move the file away and sign in again with \`cosell-sync auth login\`.`,
  );
}
