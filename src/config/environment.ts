/** `${NAME}` in configuration texts, from the environment and `.env` files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { isRecord, type Path, pathText } from './tree.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Variables {
  readonly values: ReadonlyMap<string, string>;
  /** The `.env` files in order of precedence. */
  readonly files: readonly { readonly file: string; readonly found: boolean }[];
  readonly problems: readonly string[];
}

/**
 * The real environment, then the `.env` files of these directories; who comes first wins, variable by variable.
 */
export async function readVariables(env: Environment, directories: readonly string[]): Promise<Variables> {
  const values = new Map<string, string>();
  const problems: string[] = [];
  const files: { file: string; found: boolean }[] = [];
  const add = (more: Environment): void => {
    for (const [name, value] of Object.entries(more)) {
      if (value !== undefined && !values.has(name)) values.set(name, value);
    }
  };
  add(env);
  for (const directory of new Set(directories)) {
    const file = join(directory, '.env');
    const text = await readFile(file, 'utf8').catch((error: unknown) => error);
    if (typeof text === 'string') add(parseEnv(text.replace(/^\uFEFF/, '')));
    else if (!isAbsent(text)) problems.push(`${file}: the file cannot be read (${errorCode(text)})`);
    files.push({ file, found: typeof text === 'string' });
  }
  return { values, files, problems };
}

/** The system's code of a file error, such as `EACCES`. */
export function errorCode(error: unknown): string {
  return isRecord(error) && typeof error.code === 'string' ? error.code : 'unknown error';
}

/** Whether a file error says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
}

// A brace ends a plain text inside { } or [ ], so `{ token: ${TOKEN} }` is not YAML as it stands. The braces of
// references are therefore swapped for private characters before parsing: same length, so that positions stay right.
const OPEN = '\uE000';
const CLOSE = '\uE001';
const MASKED = new RegExp(`\\$${OPEN}([^${OPEN}${CLOSE}]*)${CLOSE}`, 'g');
const NAME = /^[A-Za-z_]\w*$/;

/** Makes `${NAME}` readable for YAML wherever it stands. */
export function maskReferences(text: string): string {
  return text.replace(/\$\{([^{}\r\n]*)\}/g, `$$${OPEN}$1${CLOSE}`);
}

export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly string[];
  /** By path (as text): the variables that its value came from, wholly or in part. Such values are never printed. */
  readonly fromEnvironment: ReadonlyMap<string, readonly string[]>;
  /** Paths (as text) that already have a problem here. */
  readonly unresolved: ReadonlySet<string>;
}

/** Replaces every masked `${NAME}` in the values of a tree; the values put in are not looked at again. */
export function interpolate(tree: unknown, { values, files }: Variables): Interpolated {
  const problems: string[] = [];
  const fromEnvironment = new Map<string, readonly string[]>();
  const unresolved = new Set<string>();
  const looked = files.map(({ file, found }) => `${file}${found ? '' : ' (not there)'}`).join(', ');

  const fill = (text: string, path: Path): string => {
    const at = pathText(path);
    const fail = (problem: string): string => {
      problems.push(`${at}: ${problem}`);
      unresolved.add(at);
      return '';
    };
    return text.replace(MASKED, (_whole, name: string) => {
      fromEnvironment.set(at, [...(fromEnvironment.get(at) ?? []), name]);
      if (!NAME.test(name))
        return fail('between the braces must stand the name of an environment variable and nothing else');
      const value = values.get(name);
      if (value !== undefined) return value;
      return fail(
        `the environment variable ${name} is not set; set it, or add it to a .env file (looked for: ${looked})`,
      );
    });
  };
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return fill(value, path);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (!isRecord(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        const name = key.replace(MASKED, '$${$1}');
        return [name, walk(member, [...path, name])];
      }),
    );
  };
  return { value: walk(tree, []), problems, fromEnvironment, unresolved };
}
