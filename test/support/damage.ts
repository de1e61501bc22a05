/** A real ledger file, with and without its log, to be damaged copy by copy; and all that it holds, to compare. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateError } from '../../src/core/errors.ts';
import { CorruptRowError, openLedger } from '../../src/store/index.ts';
import {
  attention,
  historyEntry,
  intent,
  link,
  minutesLater,
  NOON,
  opportunity,
  opportunityId,
  referral,
  referralId,
  run,
} from '../contract/ledger-samples.ts';

const RECORDS = Array.from({ length: 40 }, (_, n) => n);
/** Records whose links go again, so that the file has free pages. */
const UNLINKED = RECORDS.slice(10, 30);
const connection = 'contoso';
const now = () => new Date(NOON);

/** What a state directory holds: the file, and the log beside it. */
export interface LedgerFiles {
  readonly file: Buffer;
  readonly log: Buffer | null;
  /** SQLite's index of the log; made anew where there is none. */
  readonly index?: Buffer;
}

/** What became of opening damaged files and reading everything. */
export type Verdict =
  /** Opened; what it holds is what it held after so many commits to the log. */
  | { readonly kind: 'holds'; readonly commits: number }
  /** Opened, and holds something that was never committed. */
  | { readonly kind: 'wrong'; readonly at: string }
  | { readonly kind: 'refused' | 'names a row'; readonly message: string }
  | { readonly kind: 'crashed'; readonly message: string };

export interface Specimens {
  /** Closed in good order: no log. */
  readonly settled: LedgerFiles;
  /** As a killed process leaves it: four commits are in the log alone. */
  readonly killed: LedgerFiles;
  /** Tries files out: opens them as a run does and reads everything. Leaves them for `lastTried`. */
  try(files: LedgerFiles): Promise<Verdict>;
  /** What is in the directory after the last try. */
  lastTried(): LedgerFiles;
}

/** Makes both in directories below `parent`. */
export async function createSpecimens(parent: string): Promise<Specimens> {
  const place = (name: string): string => join(parent, name);
  const whole = place('whole');
  const ledger = openLedger({ dir: whole, connection, now });
  await ledger.commit({
    opportunities: RECORDS.map((n) => ({ record: opportunity(n), dueAt: n % 7 === 0 ? NOON : null })),
    referrals: RECORDS.map((n) => ({ record: referral(n), dueAt: null })),
    links: RECORDS.map((n) => link(n)),
    intents: [1, 2, 3].map((n) => intent(n)),
    attention: RECORDS.slice(0, 10).map((n) => attention(n)),
    history: RECORDS.flatMap((n) => [historyEntry(n), historyEntry(n, { field: 'notes' })]),
    run: run(1),
    meta: { asked: 'yes', long: 'x'.repeat(200) },
  });
  await ledger.commit({ unlink: UNLINKED.map(opportunityId) });
  await ledger.close();
  const settled = filesOf(whole);

  const known = [await contentsOf(whole)];
  const open = openLedger({ dir: whole, connection, now });
  let killed = settled;
  for (const n of [1, 2, 3, 4]) {
    await open.commit({
      links: [link(n, { changedAt: minutesLater(n) })],
      opportunities: [{ record: opportunity(n, { values: { Name: `Renamed ${n}` } }), dueAt: null }],
      meta: { asked: `for the time ${n}` },
    });
    killed = filesOf(whole);
    const copy = place(`copy ${n}`);
    write(copy, killed);
    known.push(await contentsOf(copy));
  }
  await open.close();

  const tried = place('tried');
  return {
    settled,
    killed,
    async try(files) {
      write(tried, files);
      try {
        const contents = await contentsOf(tried);
        const commits = known.indexOf(contents);
        return commits >= 0 ? { kind: 'holds', commits } : { kind: 'wrong', at: difference(contents, known) };
      } catch (error) {
        if (!(error instanceof StateError)) return { kind: 'crashed', message: String(error) };
        return {
          kind: error instanceof CorruptRowError ? 'names a row' : 'refused',
          message: error.message,
        };
      }
    },
    lastTried: () => filesOf(tried),
  };
}

/** Everything in a ledger, by every way to read it, as text. */
async function contentsOf(dir: string): Promise<string> {
  const ledger = openLedger({ dir, connection, now });
  try {
    const [opportunities, referrals] = [RECORDS.map(opportunityId), RECORDS.map(referralId)];
    const parts = {
      opportunities: [...(await ledger.opportunities(opportunities)).values()],
      referrals: [...(await ledger.referrals(referrals)).values()],
      tagged: [await ledger.referralsTagged(opportunities), await ledger.opportunitiesTagged(referrals)],
      links: await ledger.links({}),
      byReferral: [...(await ledger.linksByReferral(referrals)).values()],
      intents: await ledger.intents(),
      attention: await ledger.attention({}),
      open: await ledger.attention({ state: 'open' }),
      about: await ledger.attentionAbout({ opportunityIds: opportunities, referralIds: referrals }),
      history: await Promise.all(opportunities.map((id) => ledger.history({ opportunityId: id }))),
      runs: await ledger.runs(10),
      notes: [await ledger.meta('asked'), await ledger.meta('long')],
      due: await ledger.due(NOON, 100),
    };
    return JSON.stringify(parts);
  } finally {
    await ledger.close();
  }
}

function difference(contents: string, known: readonly string[]): string {
  const [first = ''] = known;
  const at = [...contents].findIndex((letter, index) => letter !== first[index]);
  return `${first.slice(Math.max(0, at - 30), at + 30)} became ${contents.slice(Math.max(0, at - 30), at + 30)}`;
}

function filesOf(dir: string): LedgerFiles {
  const copy = join(dir, '..', 'being read');
  // Read as a copy: closing a file that SQLite has open would drop its locks.
  const read = (name: string): Buffer | null => {
    rmSync(copy, { force: true });
    try {
      copyFileSync(join(dir, name), copy);
    } catch {
      return null;
    }
    return readFileSync(copy);
  };
  return { file: read('ledger.db') ?? Buffer.alloc(0), log: read('ledger.db-wal') };
}

function write(dir: string, { file, log, index }: LedgerFiles): void {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(dir, 'ledger.db'), file, { mode: 0o600 });
  if (log !== null) writeFileSync(join(dir, 'ledger.db-wal'), log, { mode: 0o600 });
  if (index !== undefined) writeFileSync(join(dir, 'ledger.db-shm'), index, { mode: 0o600 });
}

/** A copy with one bit of one byte the other way. */
export function flipped(bytes: Buffer, offset: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(offset) ^ (1 << bit), offset);
  return copy;
}
