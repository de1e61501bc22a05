/** A ledger that lost bytes or has bits the other way round is as it was, or is refused in words; nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../simulation/random.ts';
import {
  createSpecimens,
  flipped,
  type LedgerFiles,
  type Specimens,
  type Verdict,
} from '../../support/damage.ts';

const PAGE = 4096;
const HEADER = 100;
const LOG_HEADER = 32;
const FRAME = PAGE + 24;
const REMEDY = /restore a backup.*, or move (it|the file) away and run `cosell-sync rebuild`/i;

let parent: string;
let specimens: Specimens;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'cosell-damage-'));
  specimens = await createSpecimens(parent);
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** Tries each; every refusal must name the remedy and leave the files as they are. Counts the kinds of outcome. */
async function verdictsOf(
  damaged: readonly LedgerFiles[],
): Promise<{ readonly kinds: ReadonlySet<Verdict['kind']>; readonly commits: readonly number[] }> {
  const kinds = new Set<Verdict['kind']>();
  const commits: number[] = [];
  for (const files of damaged) {
    const verdict = await specimens.try(files);
    kinds.add(verdict.kind);
    if (verdict.kind === 'holds') commits.push(verdict.commits);
    else if (verdict.kind === 'wrong') expect.fail(`read as if it were right: ${verdict.at}`);
    else expect(verdict.message).toMatch(REMEDY);
    if (verdict.kind === 'refused') {
      const after = specimens.lastTried();
      expect(after.file.equals(files.file), 'the file was changed').toBe(true);
      expect(after.log?.toString('hex')).toBe(files.log?.toString('hex'));
    }
  }
  return { kinds, commits };
}

/** Seeded places in a region, each with one bit that flips. */
function flipsIn(label: string, count: number, from: number, length: number): readonly [number, number][] {
  const random = createRandom('damage', label);
  return Array.from({ length: count }, () => [from + random.below(length), random.below(8)]);
}

function pagesOf(bytes: Buffer): number {
  return bytes.length / PAGE;
}

/** Pages on the free list, counted from 0. */
function freePages(bytes: Buffer): readonly number[] {
  const trunk = bytes.readUInt32BE(32);
  if (trunk === 0) return [];
  const start = (trunk - 1) * PAGE;
  const leaves = Array.from({ length: bytes.readUInt32BE(start + 4) }, (_, index) =>
    bytes.readUInt32BE(start + 8 + 4 * index),
  );
  return [trunk, ...leaves].map((page) => page - 1);
}

describe('a ledger file that was cut', () => {
  it('at the end of a page, or anywhere, is refused; whole it holds everything', async () => {
    const { file } = specimens.settled;
    const random = createRandom('damage', 'cuts');
    const boundaries = Array.from({ length: pagesOf(file) }, (_, page) => page * PAGE);
    const anywhere = Array.from({ length: 40 }, () => 1 + random.below(file.length - 1));
    const cuts = [...boundaries, ...anywhere].map((length) => ({
      file: file.subarray(0, length),
      log: null,
    }));

    const { kinds } = await verdictsOf(cuts);

    expect(kinds).toEqual(new Set(['refused']));
    expect(await specimens.try(specimens.settled)).toEqual({ kind: 'holds', commits: 0 });
  });

  it('is refused also where a log lies beside it', async () => {
    const { file, log } = specimens.killed;
    const cuts = flipsIn('cut beside a log', 20, 0, file.length).map(([length]) => ({
      file: file.subarray(0, length),
      log,
    }));

    expect((await verdictsOf(cuts)).kinds).toEqual(new Set(['refused']));
  });
});

describe('a log that was cut', () => {
  it('leaves the commits before the cut, whole, and takes none for lost that was there', async () => {
    const { file, log } = specimens.killed;
    if (log === null) throw new TypeError('There is no log.');
    const frames = (log.length - LOG_HEADER) / FRAME;
    const ends = Array.from({ length: frames + 1 }, (_, frame) => LOG_HEADER + frame * FRAME);
    const lengths = ends.flatMap((end) => [end, Math.min(end + 1000, log.length)]);

    const { kinds, commits } = await verdictsOf(
      lengths.map((length) => ({ file, log: log.subarray(0, length) })),
    );

    expect(kinds).toEqual(new Set(['holds']));
    expect(new Set(commits)).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(commits).toEqual([...commits].sort((a, b) => a - b));
  });
});

describe('a ledger file with a bit the other way round', () => {
  const flip = (offsets: readonly (readonly [number, number])[]): readonly LedgerFiles[] =>
    offsets.map(([offset, bit]) => ({ file: flipped(specimens.settled.file, offset, bit), log: null }));

  it('in any byte of the header holds everything or is refused', async () => {
    const everyByte = Array.from({ length: HEADER }, (_, offset) => [offset, offset % 8] as const);
    // The format of the schema: SQLite calls that a mistake of the statement.
    const { kinds } = await verdictsOf(flip([...everyByte, [47, 0], [60, 7]]));

    expect(kinds).toEqual(new Set(['refused', 'holds']));
  });

  it('in the schema holds everything or is refused', async () => {
    const { file } = specimens.settled;
    const pages = Array.from({ length: pagesOf(file) }, (_, page) => page * PAGE);
    const written = pages.filter(
      (start) => file.includes('CREATE ', start) && file.indexOf('CREATE ', start) < start + PAGE,
    );
    expect(written.length).toBeGreaterThan(1);
    const heads = flipsIn('schema root', 16, HEADER, 60);
    const flips = written.flatMap((start) => flipsIn(`schema ${start}`, 20, start, PAGE));

    const { kinds } = await verdictsOf(flip([...heads, ...flips]));

    expect(kinds).toContain('refused');
    expect(kinds).not.toContain('names a row');
  });

  it('in any other page holds everything, is refused, or names the row', async () => {
    const { kinds } = await verdictsOf(
      flip(flipsIn('pages', 160, PAGE, specimens.settled.file.length - PAGE)),
    );

    expect(kinds).toEqual(new Set(['refused', 'holds', 'names a row']));
  });

  it('in the free list holds everything or is refused', async () => {
    const pages = freePages(specimens.settled.file);
    expect(pages.length).toBeGreaterThan(0);
    const starts = pages.flatMap((page) => flipsIn(`free ${page}`, 4, page * PAGE, 8));
    const insides = pages.flatMap((page) => flipsIn(`in free ${page}`, 2, page * PAGE, PAGE));

    const { kinds } = await verdictsOf(flip([...starts, ...insides]));

    expect(kinds).not.toContain('names a row');
  });
});

describe('a log with a bit the other way round', () => {
  const flipAt = (offset: number, bit: number): LedgerFiles => {
    const { file, log } = specimens.killed;
    if (log === null) throw new TypeError('There is no log.');
    return { file, log: flipped(log, offset, bit) };
  };

  it('in its header is refused, and is not emptied', async () => {
    for (let offset = 0; offset < LOG_HEADER; offset += 1) {
      const files = flipAt(offset, offset % 8);

      expect(await specimens.try(files)).toMatchObject({
        kind: 'refused',
        message: expect.stringMatching(REMEDY),
      });
      expect(specimens.lastTried().log).toEqual(files.log);
    }
  });

  it('in a frame is refused; in those of the last commit, which may never have ended, the ones before count', async () => {
    const length = specimens.killed.log?.length ?? 0;
    const frames = (length - LOG_HEADER) / FRAME;
    const ofFrame = (frame: number, offset: number, bit: number) =>
      flipAt(LOG_HEADER + frame * FRAME + offset, bit);
    // The page's number, the size after a commit, the salts, the sums, and the page.
    const flips = Array.from({ length: frames }, (_, frame) => frame).flatMap((frame) =>
      [0, 6, 9, 14, 17, 22, 30, 3000].map((offset) => ofFrame(frame, offset, (frame + offset) % 8)),
    );

    const { kinds, commits } = await verdictsOf(flips);

    expect(kinds).toEqual(new Set(['refused', 'holds']));
    expect(new Set(commits)).toEqual(new Set([3]));
  });
});

it('the index of a log that a killed process left does not count, whatever is in it', async () => {
  const all: Verdict = { kind: 'holds', commits: 4 };

  expect(await specimens.try(specimens.killed)).toEqual(all);
  for (const filling of [0x00, 0xff, 0x5a]) {
    expect(await specimens.try({ ...specimens.killed, index: Buffer.alloc(32_768, filling) })).toEqual(all);
  }
});
