/** `setup --write-mapping`: the mapping with the names that this CRM has for its columns. */
import { writeFile } from 'node:fs/promises';
import { ConfigurationError } from '../core/errors.ts';
import { readMappingFile, renameColumns, replacedLines, resolveNames } from './column-names.ts';
import { selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import { count } from './format.ts';
import { printJson } from './output.ts';
import type { Services } from './services.ts';

/**
 * Writes a new mapping file for one connection; an existing file is never overwritten. Exit code 3 when columns remain
 * that nothing was found for.
 */
export async function writeMapping(services: Services, file: string): Promise<ExitCode> {
  const { terminal, globals } = services;
  const config = await services.loadConfig();
  const [connection, another] = selectConnections(config, globals.connection);
  if (connection === undefined || another !== undefined)
    throw new ConfigurationError(['A mapping belongs to one connection; add --connection NAME.']);
  const remotes = await services.connect(config, connection);
  const signal = AbortSignal.any([services.stop, services.abort]);
  const names = await resolveNames(connection, remotes, { signal });
  const text = await readMappingFile(connection);
  await writeFile(file, renameColumns(text, names.renamings), { mode: 0o644, flag: 'wx' }).catch(
    (error: unknown) => {
      const why = error instanceof Error && 'code' in error ? String(error.code) : 'unwritable';
      throw new ConfigurationError([
        why === 'EEXIST'
          ? `There is a file ${file} already; nothing was overwritten. Name another.`
          : `${file} cannot be written (${why}).`,
      ]);
    },
  );
  // A name that two keys share now would be an error later; it is said at once.
  await services.loadConfig({ mappingFile: file });
  const left = [...names.unclear.map(({ from }) => from), ...names.unknown];
  if (globals.json) printJson(services, { connection: connection.name, file, ...names });
  else {
    const lines = replacedLines(text, names.renamings);
    terminal.out(
      [
        `${file}: ${count(names.renamings.length, 'column')} renamed on ${count(lines.length, 'line')}.`,
        ...names.renamings.map(({ from, to }) => `  ${from} -> ${to}`),
        ...names.unclear.map(({ from, candidates }) => `  ${from}: choose one of ${candidates.join(', ')}`),
        ...names.unknown.map(
          (path) => `  ${path}: nothing like it was found; cosell-sync setup --apply creates it`,
        ),
        `Next: set the connection's mapping to ${file}, then cosell-sync doctor.`,
        '',
      ].join('\n'),
    );
  }
  return left.length === 0 ? 0 : 3;
}
