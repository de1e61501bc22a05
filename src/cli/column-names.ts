/** Mapped columns that this CRM has under another name: what to write in the mapping instead, line by line. */
import { readFile } from 'node:fs/promises';
import type { ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { CallOptions, CheckResult } from '../core/ports.ts';
import { neededColumns } from './needed-columns.ts';
import { isOptional } from './optional-columns.ts';
import type { Remotes } from './services.ts';

/** A name in the mapping and the column it seems to mean. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

export interface ColumnNames {
  readonly renamings: readonly Renaming[];
  /** Names that several columns may be meant by. */
  readonly unclear: readonly { readonly from: string; readonly candidates: readonly string[] }[];
  /** Names for which nothing was found. */
  readonly unknown: readonly string[];
}

/** Looks the mapping's missing columns up by label and type. Nothing is missing where the adapter cannot tell. */
export async function resolveNames(
  { mapping, crm, setup }: ConnectionConfig,
  { missingColumns, suggestColumns }: Pick<Remotes, 'missingColumns' | 'suggestColumns'>,
  options: CallOptions,
): Promise<ColumnNames> {
  if (missingColumns === null || suggestColumns === undefined)
    return { renamings: [], unclear: [], unknown: [] };
  const missing = new Set(await missingColumns(options));
  const wanted = neededColumns(mapping, crm.kind, setup.publisherPrefix).filter(({ path }) =>
    missing.has(path),
  );
  const suggestions = await suggestColumns(wanted, options);
  const renamings: Renaming[] = [];
  const unclear: { from: string; candidates: readonly string[] }[] = [];
  for (const { path, candidates } of suggestions) {
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1) renamings.push({ from: path, to: only.path });
    else unclear.push({ from: path, candidates: candidates.map((candidate) => candidate.path) });
  }
  const named = new Set(suggestions.map(({ path }) => path));
  const unknown = wanted.filter((column) => !named.has(column.path) && !isOptional(column));
  return { renamings, unclear, unknown: unknown.map(({ path }) => path) };
}

function pattern(name: string): RegExp {
  return new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}(?![\\w.])`, 'gi');
}

/** The mapping's text with the names that the CRM has; everything else keeps every character. */
export function renameColumns(text: string, renamings: readonly Renaming[]): string {
  return renamings.reduce((result, { from, to }) => result.replace(pattern(from), to), text);
}

/** A line of a mapping file as it is and as it should be. */
export interface ReplacedLine {
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

/** The lines that renaming changes. */
export function replacedLines(text: string, renamings: readonly Renaming[]): readonly ReplacedLine[] {
  const lines = text.split(/\r?\n/);
  return lines.flatMap((before, index) => {
    const after = renameColumns(before, renamings);
    return after === before ? [] : [{ line: index + 1, before, after }];
  });
}

/** The mapping file's text. @throws ConfigurationError when it cannot be read */
export async function readMappingFile({ mappingFile }: ConnectionConfig): Promise<string> {
  return readFile(mappingFile, 'utf8').catch(() => {
    throw new ConfigurationError([`The mapping file ${mappingFile} cannot be read.`]);
  });
}

/** `doctor`'s line about columns that exist under another name; none when there is nothing to say, or no way to tell. */
export async function checkNames(
  connection: ConnectionConfig,
  remotes: Pick<Remotes, 'missingColumns' | 'suggestColumns'>,
  options: CallOptions,
): Promise<readonly CheckResult[]> {
  // What the CRM refuses is said by its own checks.
  const names = await resolveNames(connection, remotes, options).catch(() => null);
  if (names === null) return [];
  const advice = await renamingAdvice(connection, names);
  if (advice.length === 0) return [];
  const found = [...names.renamings, ...names.unclear].map(({ from }) => from).join(', ');
  return [
    {
      name: 'Column names',
      ok: false,
      detail: `the CRM seems to have these columns under other names: ${found}`,
      remedy: `${advice.join(' ')} Or: cosell-sync setup --write-mapping FILE`,
    },
  ];
}

/** What to change in the mapping file, as lines for a person; empty when nothing is to be changed. */
export async function renamingAdvice(
  connection: ConnectionConfig,
  { renamings, unclear }: ColumnNames,
): Promise<readonly string[]> {
  const text = renamings.length === 0 ? '' : await readMappingFile(connection);
  return [
    ...replacedLines(text, renamings).map(
      ({ line, after }) => `${connection.mappingFile}:${line} should be: ${after.trim()}`,
    ),
    ...unclear.map(
      ({ from, candidates }) =>
        `${from} may be any of ${candidates.join(', ')}; name the right one in the mapping.`,
    ),
  ];
}
