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
import { createKeyring, type Key, type KeyringOptions } from './keyring.ts';
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
  /** Which key the file is encrypted with; null when there is none. Throws StateError when no key opens it. */
  keyInUse(): KeyInUse | null;
  /**
   * Encrypts everything with the key in force; where nobody gives one, with a new generated one. A crash at any point
   * leaves a file that the keys at hand open. @throws StateError when no key opens the file, or an entry is damaged
   */
  rekey(): Promise<Rekeyed>;
}

export interface KeyInUse {
  /** In words: a variable, or a file. */
  readonly source: string;
  /** False while the file is encrypted with a key that is to be replaced. */
  readonly isCurrent: boolean;
}

export interface Rekeyed {
  /** How many entries were encrypted anew; 0 when the key in force was in use already, or nothing is stored. */
  readonly entries: number;
  readonly from: string | null;
  readonly to: string | null;
}

export interface OpenCredentialsOptions extends Omit<KeyringOptions, 'generatedFile'> {
  readonly dir: string;
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

/**
 * Opens the credentials of a state directory. Nothing is read or written before the first use. Without a given key,
 * `secret.key` beside the file holds one, made on the first save.
 */
export function openCredentials({ dir, now, ...given }: OpenCredentialsOptions): Credentials {
  const path = join(dir, CREDENTIALS_FILE);
  const keyPath = join(dir, SECRET_KEY_FILE);
  const keyring = createKeyring({ ...given, generatedFile: keyPath });
  /** Deriving a key takes its time, so those in use are kept. */
  const known = new Map<string, Cipher>();

  const cipherFor = (salt: string, text: string): Cipher => {
    const id = `${salt} ${text}`;
    const cipher = known.get(id) ?? createCipher(text, salt);
    known.set(id, cipher);
    return cipher;
  };
  const read = (): CredentialFile | null => {
    for (const file of [path, keyPath]) tightenFile(file);
    const text = readText(path);
    return text === null ? null : parseFile(text, path);
  };
  /** The key that an existing file is encrypted with, of those at hand. */
  const unlockWith = (file: CredentialFile): { readonly cipher: Cipher; readonly key: Key } => {
    const keys = keyring.keys();
    if (keys.length === 0) throw keyProblem(path, `${given.keyFile ?? keyPath} is missing or empty`);
    for (const key of keys) {
      const cipher = cipherFor(file.salt, key.text);
      if (cipher.open(CHECK_NAME, file.check) === CHECK_TEXT) return { cipher, key };
    }
    throw keyProblem(path, 'it was encrypted with another key');
  };
  const unlock = (file: CredentialFile): Cipher => unlockWith(file).cipher;
  const startWith = ({ text }: Key): CredentialFile => {
    const salt = randomBytes(16).toString('base64');
    return { version: 1, salt, check: cipherFor(salt, text).seal(CHECK_NAME, CHECK_TEXT), entries: {} };
  };
  const start = (): CredentialFile => startWith(keyring.first());
  const openEntry = (cipher: Cipher, name: string, entry: Sealed): string => {
    const value = cipher.open(name, entry);
    if (value !== null) return value;
    throw new StateError(
      `The entry ${name} of ${path} was altered or damaged; remove it with \`cosell-sync auth logout\` and sign in again with \`cosell-sync auth login\`.`,
    );
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
      return openEntry(unlock(file), name, entry);
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
    keyInUse() {
      const file = read();
      if (file === null) return null;
      const { key } = unlockWith(file);
      return { source: key.source, isCurrent: keyring.isCurrent(key) };
    },
    async rekey() {
      if (readText(path) === null) return { entries: 0, from: null, to: null };
      let result: Rekeyed = { entries: 0, from: null, to: null };
      exclusively(dir, () => {
        const file = read();
        if (file === null) return;
        const { cipher, key } = unlockWith(file);
        if (!keyring.generates && keyring.isCurrent(key)) {
          result = { entries: 0, from: key.source, to: key.source };
          return;
        }
        const values = Object.entries(file.entries).map(
          ([name, entry]) => [name, entry, openEntry(cipher, name, entry)] as const,
        );
        const next = keyring.generates ? keyring.prepend() : keyring.first();
        const fresh = startWith(next);
        const sealer = cipherFor(fresh.salt, next.text);
        const entries = Object.fromEntries(
          values.map(([name, { savedAt }, value]) => [name, { ...sealer.seal(name, value), savedAt }]),
        );
        write({ ...fresh, entries });
        if (keyring.generates) keyring.prune();
        result = { entries: values.length, from: key.source, to: next.source };
      });
      return result;
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
    `${path} cannot be decrypted: ${problem}. Set COSELL_SECRET_KEY (or restore the key file) to the key it was saved with, give that as COSELL_SECRET_KEY_PREVIOUS while you replace it, or move the file away and sign in again with \`cosell-sync auth login\`.`,
  );
}
