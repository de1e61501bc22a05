/** The keys that credentials may be encrypted with: the one in force first, then those that are being replaced. */
import { randomBytes } from 'node:crypto';
import { StateError } from '../../core/errors.ts';
import { readText, tightenFile, writeDurably } from './files.ts';

export interface Key {
  /** The text that the key is derived from. */
  readonly text: string;
  /** Where it comes from, in words: a variable, or a file. */
  readonly source: string;
}

export interface KeyringOptions {
  /** From `COSELL_SECRET_KEY`. */
  readonly secretKey?: string | undefined;
  /** From `COSELL_SECRET_KEY_PREVIOUS`: the key before, while it is being replaced. */
  readonly previousKey?: string | undefined;
  /** A key file that somebody provides, by its absolute path; null: the generated one is used. */
  readonly keyFile?: string | null;
  /** The generated key file's path. */
  readonly generatedFile: string;
}

export interface Keyring {
  /** All that are at hand, the one in force first. A key file has one key a line. */
  keys(): readonly Key[];
  /** Whether the key is the one in force: it would be used for a first save. */
  isCurrent(key: Key): boolean;
  /** The key for the first save; makes one where nobody gives any. @throws StateError when a file has none */
  first(): Key;
  /** Whether a new key is generated here, instead of being given. */
  readonly generates: boolean;
  /** Puts a new generated key before the old one. */
  prepend(): Key;
  /** Forgets all generated keys but the first. */
  prune(): void;
}

function linesOf(file: string): readonly Key[] {
  const text = readText(file) ?? '';
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => ({ text: line, source: file }));
}

const variable = (text: string | undefined, source: string): readonly Key[] =>
  text === undefined || text === '' ? [] : [{ text, source }];

/** Reads keys where they are, each time anew. */
export function createKeyring({ secretKey, previousKey, keyFile, generatedFile }: KeyringOptions): Keyring {
  const given = variable(secretKey, 'COSELL_SECRET_KEY');
  const previous = variable(previousKey, 'COSELL_SECRET_KEY_PREVIOUS');
  const provided = keyFile ?? null;
  const generates = given.length === 0 && provided === null;

  const ofFiles = (): readonly Key[] => [
    ...(provided === null ? [] : linesOf(provided)),
    ...linesOf(generatedFile),
  ];
  const write = (keys: readonly string[]): void => writeDurably(generatedFile, `${keys.join('\n')}\n`);
  const generate = (): string => randomBytes(32).toString('base64');

  return {
    generates,
    keys() {
      tightenFile(generatedFile);
      return [...given, ...previous, ...ofFiles()];
    },
    isCurrent: ({ text }) => text === (given[0] ?? ofFiles()[0])?.text,
    first() {
      if (given[0] !== undefined) return given[0];
      const [key] = linesOf(provided ?? generatedFile);
      if (key !== undefined) return key;
      if (provided !== null)
        throw new StateError(
          `The key file ${provided} is missing or empty; put a key into it (openssl rand -base64 32), or correct credentials.keyFile.`,
        );
      if (readText(generatedFile) !== null)
        throw new StateError(`The key file ${generatedFile} is empty; restore it, or remove it.`);
      const text = generate();
      write([text]);
      return { text, source: generatedFile };
    },
    prepend() {
      const text = generate();
      write([text, ...linesOf(generatedFile).map((key) => key.text)]);
      return { text, source: generatedFile };
    },
    prune() {
      const [key] = linesOf(generatedFile);
      if (key !== undefined) write([key.text]);
    },
  };
}
