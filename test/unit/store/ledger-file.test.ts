import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { StateError } from '../../../src/core/errors.ts';
import { checkLedgerFile, hasLedger, openLedger } from '../../../src/store/index.ts';
import { link, opportunity, run } from '../../contract/ledger-samples.ts';
import { contentsOf, freshDirectory, now } from './directory.ts';

const connection = 'contoso';
const REMEDY = /restore a backup, or move the file away and run `cosell-sync rebuild`/;

/** A state directory whose ledger holds something and is closed. */
async function filledDirectory(): Promise<{ readonly dir: string; readonly file: string }> {
  const dir = freshDirectory();
  const ledger = openLedger({ dir, connection, now });
  await ledger.commit({
    opportunities: Array.from({ length: 50 }, (_, n) => ({ record: opportunity(n), dueAt: null })),
    links: [link(1)],
    run: run(1),
  });
  await ledger.close();
  return { dir, file: join(dir, 'ledger.db') };
}

describe('a ledger file that cannot be trusted', () => {
  it.each([
    ['is empty', (file: string) => truncateSync(file, 0)],
    ['was cut short', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['was cut in the middle of a page', (file: string) => truncateSync(file, statSync(file).size - 100)],
    [
      'is something else',
      (file: string) => writeFileSync(file, 'not a database, but long enough to be one'.repeat(200)),
    ],
    [
      'has a page overwritten',
      (file: string) => {
        const bytes = readFileSync(file);
        bytes.fill(0xff, bytes.length - 2 * 4096, bytes.length - 4096);
        writeFileSync(file, bytes);
      },
    ],
  ])('is refused with the remedy and left as it is when it %s', async (_, damage) => {
    const { dir, file } = await filledDirectory();
    damage(file);
    const before = contentsOf(dir);

    const opening = () => openLedger({ dir, connection, now });

    expect(opening).toThrow(StateError);
    expect(opening).toThrow(REMEDY);
    expect(opening).toThrow(file);
    expect(contentsOf(dir)).toEqual(before);
  });

  it('is refused when it is another program’s database', () => {
    const dir = freshDirectory();
    mkdirSync(dir);
    const database = new DatabaseSync(join(dir, 'ledger.db'));
    database.exec('CREATE TABLE songs (title TEXT)');
    database.close();
    const before = contentsOf(dir);

    expect(() => openLedger({ dir, connection, now })).toThrow(/is not a ledger of cosell-sync/);

    expect(contentsOf(dir)).toEqual(before);
  });

  it('is refused when a newer release wrote it, naming both versions', async () => {
    const { dir, file } = await filledDirectory();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const before = contentsOf(dir);

    const opening = () => openLedger({ dir, connection, now });

    expect(opening).toThrow(StateError);
    expect(opening).toThrow(/newer cosell-sync \(version 99, this one knows 2\)/);
    expect(contentsOf(dir)).toEqual(before);
  });

  it('is refused when it is a directory', () => {
    const dir = freshDirectory();
    mkdirSync(join(dir, 'ledger.db'), { recursive: true });

    expect(() => openLedger({ dir, connection, now })).toThrow(/is not a file/);
  });

  it('is found by a check of the whole file, which says nothing about a sound or a missing one', async () => {
    const { dir, file } = await filledDirectory();
    checkLedgerFile(dir);
    checkLedgerFile(join(dir, 'nowhere'));

    truncateSync(file, 8192);

    expect(() => checkLedgerFile(dir)).toThrow(REMEDY);
  });
});

describe('a ledger file', () => {
  it('is whole as soon as it is there, and leaves nothing else behind when closed', async () => {
    const { dir } = await filledDirectory();

    expect(readdirSync(dir)).toEqual(['ledger.db']);
    expect(hasLedger(dir)).toBe(true);
    expect(hasLedger(join(dir, 'nowhere'))).toBe(false);
  });

  it('never takes up the log of a ledger that was moved away', async () => {
    const { dir, file } = await filledDirectory();
    const ledger = openLedger({ dir, connection, now });
    await ledger.commit({ links: [link(2)] });
    const log = readFileSync(`${file}-wal`);
    await ledger.close();
    renameSync(file, `${file}.away`);
    writeFileSync(`${file}-wal`, log);

    const fresh = openLedger({ dir, connection, now });

    expect(await fresh.links({})).toEqual([]);
    await fresh.close();
    expect(readFileSync(`${file}-wal.orphan`).equals(log)).toBe(true);
  });

  it('recovers what was committed when its process dies', async () => {
    const { dir, file } = await filledDirectory();
    const living = openLedger({ dir, connection, now });
    await living.commit({ links: [link(2)] });
    const copy = freshDirectory();
    mkdirSync(copy);
    for (const name of ['ledger.db', 'ledger.db-wal']) copyFileSync(join(dir, name), join(copy, name));
    await living.close();
    expect(statSync(file).isFile()).toBe(true);

    const recovered = openLedger({ dir: copy, connection, now });

    expect((await recovered.links({})).length).toBe(2);
    expect((await recovered.identity()).serial).toBe(2);
    await recovered.close();
  });

  it('waits for the disk at every commit and logs ahead', async () => {
    const { file } = await filledDirectory();
    const database = new DatabaseSync(file);

    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });

    database.close();
  });

  it('shows one handle what another has committed', async () => {
    const dir = freshDirectory();
    const one = openLedger({ dir, connection, now });
    const two = openLedger({ dir, connection, now });

    await one.commit({ links: [link(1)] });
    await two.commit({ links: [link(2)] });

    expect(await two.links({})).toEqual([link(1), link(2)]);
    expect((await one.identity()).serial).toBe(2);
    expect((await two.identity()).created).toBe(false);
    await one.close();
    await two.close();
  });
});

describe('the modes of ledger files', () => {
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  it('let nobody but the owner in', async () => {
    const dir = freshDirectory();
    const ledger = openLedger({ dir, connection, now });
    await ledger.commit({ links: [link(1)] });

    const modes = ['', ...readdirSync(dir)].map((name) => [name, modeOf(join(dir, name))]);

    expect(modes).toEqual([
      ['', '700'],
      ['ledger.db', '600'],
      ['ledger.db-shm', '600'],
      ['ledger.db-wal', '600'],
    ]);
    await ledger.close();
  });

  it('are tightened where they are wider', async () => {
    const { dir, file } = await filledDirectory();
    chmodSync(dir, 0o755);
    chmodSync(file, 0o644);

    await openLedger({ dir, connection, now }).close();

    expect([modeOf(dir), modeOf(file)]).toEqual(['700', '600']);
  });
});

describe('a ledger opened for reading', () => {
  it('reads, refuses to commit and changes no byte', async () => {
    const { dir } = await filledDirectory();
    const before = contentsOf(dir);
    const ledger = openLedger({ dir, connection, now, readOnly: true });

    const refusal = ledger.commit({ links: [link(2)] });

    await expect(refusal).rejects.toThrow(/opened for reading only/);
    await expect(ledger.prune({ historyOlderThan: now().toISOString(), runsKeep: 0 })).rejects.toThrow(
      StateError,
    );
    expect(await ledger.links({})).toEqual([link(1)]);
    expect((await ledger.identity()).created).toBe(false);
    await ledger.close();
    expect(contentsOf(dir)).toEqual(before);
  });

  it('is empty where there is none, and makes none', async () => {
    const dir = freshDirectory();

    const ledger = openLedger({ dir, connection, now, readOnly: true });

    expect(await ledger.counts()).toEqual({ links: 0, opportunities: 0, referrals: 0 });
    expect(await ledger.identity()).toMatchObject({ serial: 0, created: true });
    await ledger.close();
    expect(hasLedger(dir)).toBe(false);
  });

  it('is empty for a connection that the ledger does not know', async () => {
    const { dir } = await filledDirectory();

    const ledger = openLedger({ dir, connection: 'fabrikam', now, readOnly: true });

    expect(await ledger.links({})).toEqual([]);
    expect(await ledger.identity()).toMatchObject({ serial: 0, created: true });
    await ledger.close();
  });

  it('reads while another handle writes', async () => {
    const { dir } = await filledDirectory();
    const writer = openLedger({ dir, connection, now });
    const reader = openLedger({ dir, connection, now, readOnly: true });

    await writer.commit({ links: [link(2)] });

    expect(await reader.links({})).toHaveLength(2);
    await reader.close();
    await writer.close();
  });
});
