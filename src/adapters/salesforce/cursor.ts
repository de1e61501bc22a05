/** The feed's cursor: how far the changes are consumed, and what of the overlap has already been delivered. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Row } from './schema.ts';

/** Rows of the overlap that are remembered; of more, the oldest are delivered once again, which does no harm. */
const MAX_SEEN = 5_000;
/** 60 bits: enough that two different rows of one window never pass for each other. */
const HASH_LENGTH = 10;

const CursorText = z.object({
  v: z.literal(1),
  /** Everything up to here is consumed, milliseconds since the epoch; null during the first full read. */
  since: z.number().nullable(),
  /** Where a walk over several pages goes on. */
  after: z.object({ stamp: z.string(), id: z.string() }).nullable(),
  /** The org's clock when the walk began: where the next one's overlap is counted from. */
  startedAt: z.number().nullable(),
  /** Hashes of delivered rows by the second (since the epoch) in which they last changed. */
  seen: z.record(z.string(), z.array(z.string())),
  dropped: z.array(z.string()),
});
export type FeedCursor = z.infer<typeof CursorText>;

/** A cursor before everything. */
export const START: FeedCursor = { v: 1, since: null, after: null, startedAt: null, seen: {}, dropped: [] };

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

/** The rows of the overlap that have been delivered, by content: equal stamps do not mean equal rows. */
export interface Seen {
  has(hash: string, changedAt: number): boolean;
  add(hash: string, changedAt: number): void;
  /** What is to be kept for queries from `floor` on. */
  keep(floor: number): FeedCursor['seen'];
}

export function createSeen(stored: FeedCursor['seen']): Seen {
  const bySecond = new Map<number, Set<string>>();
  for (const [second, hashes] of Object.entries(stored)) bySecond.set(Number(second), new Set(hashes));
  return {
    has: (hash, changedAt) => bySecond.get(Math.floor(changedAt / 1000))?.has(hash) === true,
    add(hash, changedAt) {
      const second = Math.floor(changedAt / 1000);
      const hashes = bySecond.get(second);
      if (hashes === undefined) bySecond.set(second, new Set([hash]));
      else hashes.add(hash);
    },
    keep(floor) {
      for (const second of bySecond.keys()) if (second < Math.floor(floor / 1000)) bySecond.delete(second);
      const kept: FeedCursor['seen'] = {};
      let count = 0;
      for (const second of [...bySecond.keys()].sort((left, right) => right - left)) {
        const hashes = bySecond.get(second) ?? new Set<string>();
        count += hashes.size;
        if (count > MAX_SEEN) break;
        kept[String(second)] = [...hashes];
      }
      return kept;
    },
  };
}

/** A hash of a row's whole content; links (`attributes`) do not belong to it. */
export function hashOf(kind: string, row: Row): string {
  const content = JSON.stringify(row, (key, value: unknown) => (key === 'attributes' ? undefined : value));
  return createHash('sha256').update(kind).update(content).digest('base64url').slice(0, HASH_LENGTH);
}
