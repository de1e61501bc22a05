/** The two ways a command answers: one JSON document, or text. */
import { escapeJson } from '../core/lenses/text.ts';
import type { ConnectionFailure } from './connections.ts';
import { type Paint, paintWith } from './format.ts';
import type { Services } from './services.ts';

/** Prints the one JSON document of a command. `errors` is there only when a connection failed. */
export function printJson(
  { terminal }: Pick<Services, 'terminal'>,
  document: object,
  failures: readonly ConnectionFailure[] = [],
): void {
  const errors = failures.length === 0 ? {} : { errors: failures };
  terminal.out(`${escapeJson(JSON.stringify({ ...document, ...errors }, null, 2))}\n`);
}

export function painter({ terminal }: Pick<Services, 'terminal'>): Paint {
  return paintWith(terminal.colour);
}

/** Lines of running text are broken at this width. */
export const TEXT_WIDTH = 100;
