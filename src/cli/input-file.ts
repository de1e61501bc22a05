/** Files that a person hands to a command: read whole, unless they are no files or larger than any of ours. */
import { open } from 'node:fs/promises';
import { ConfigurationError } from '../core/errors.ts';

/** A plan of 100,000 actions has about half of this. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The text of a file.
 * @param what what it should be, to begin a sentence: `The plan`
 * @throws ConfigurationError
 */
export async function readInput(file: string, what: string, maxBytes = MAX_BYTES): Promise<string> {
  const cannot = (why: string): ConfigurationError =>
    new ConfigurationError([`${what} ${file} cannot be read (${why}).`]);
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw cannot(error instanceof Error && 'code' in error ? String(error.code) : 'unreadable');
  });
  try {
    const stats = await handle.stat();
    // A device or a pipe may never end.
    if (!stats.isFile()) throw cannot('it is not a file');
    if (stats.size > maxBytes) throw cannot(`it is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
