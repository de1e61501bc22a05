/** The feed's cursor: where the server's own record of changes is to be taken up, and what this process knew then. */
import { z } from 'zod';
import { Shape } from './shape.ts';

/** Marks that are remembered; of more, some rows are looked at once again, which does no harm. */
const MAX_SEEN = 5_000;

const CursorText = z.object({
  v: z.literal(1),
  shape: Shape.nullable(),
  /** Path and query of the delta link; null: everything is to be read. */
  link: z.string().nullable(),
  /** Whether changes are found by their times, because the environment does not track them. */
  isPolling: z.boolean(),
  /** The server's clock when the last walk began, milliseconds since the epoch; null before the first. */
  since: z.number().nullable(),
  /** Rows of the overlap that were delivered, with their versions. */
  seen: z.array(z.string()),
});
export type FeedCursor = z.infer<typeof CursorText>;

/** A cursor before everything. */
export const START: FeedCursor = { v: 1, shape: null, link: null, isPolling: false, since: null, seen: [] };

/** Whether a walk from here delivers everything. */
export function isStart({ link, isPolling, since }: FeedCursor): boolean {
  return isPolling ? since === null : link === null;
}

/** Reads a cursor; one that cannot be read means reading everything again, harmlessly. */
export function parseCursor(text: string | null): FeedCursor {
  if (text === null) return START;
  try {
    const parsed = CursorText.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : START;
  } catch {
    return START;
  }
}

export function cursorText(cursor: FeedCursor): string {
  return JSON.stringify({ ...cursor, seen: cursor.seen.slice(0, MAX_SEEN) } satisfies FeedCursor);
}
