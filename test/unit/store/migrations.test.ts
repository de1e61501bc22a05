import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { StateError } from '../../../src/core/errors.ts';
import { latestVersion, MIGRATIONS, type Migration } from '../../../src/store/embedded/schema.ts';
import { openLedger } from '../../../src/store/index.ts';
import { link } from '../../contract/ledger-samples.ts';
import { contentsOf, freshDirectory, now } from './directory.ts';

const connection = 'contoso';
const latest = latestVersion(MIGRATIONS);
const noted: Migration = {
  to: latest + 1,
  statements: "ALTER TABLE links ADD COLUMN note TEXT NOT NULL DEFAULT 'none'",
};
const failing: Migration = {
  to: latest + 2,
  statements: 'ALTER TABLE links ADD COLUMN extra TEXT; INSERT INTO nowhere VALUES (1)',
};

/** A directory with a ledger of the present version. */
async function earlierDirectory(): Promise<string> {
  const dir = freshDirectory();
  const ledger = openLedger({ dir, connection, now, migrations: MIGRATIONS });
  await ledger.commit({ links: [link(1), link(2)] });
  await ledger.close();
  return dir;
}

function inspect(file: string): { readonly version: unknown; readonly links: readonly unknown[] } {
  const database = new DatabaseSync(file, { readOnly: true });
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  const links = database.prepare('SELECT * FROM links').all();
  database.close();
  return { version, links };
}

describe('an older ledger', () => {
  it('is brought up to date with everything in it, after a copy was kept', async () => {
    const dir = await earlierDirectory();

    const ledger = openLedger({ dir, connection, now, migrations: [...MIGRATIONS, noted] });

    expect(await ledger.links({})).toEqual([link(1), link(2)]);
    expect(await ledger.identity()).toMatchObject({ serial: 1, created: false });
    await ledger.close();
    const migrated = inspect(join(dir, 'ledger.db'));
    const copy = inspect(join(dir, `ledger.db.v${latest}.bak`));
    expect(migrated).toMatchObject({ version: latest + 1, links: [{ note: 'none' }, { note: 'none' }] });
    expect(copy.version).toBe(latest);
    expect(copy.links).toHaveLength(2);
    expect(copy.links[0]).not.toHaveProperty('note');
    expect(statSync(join(dir, `ledger.db.v${latest}.bak`)).mode & 0o777).toBe(0o600);
  });

  it('is migrated once', async () => {
    const dir = await earlierDirectory();
    const migrations = [...MIGRATIONS, noted];
    await openLedger({ dir, connection, now, migrations }).close();
    const before = contentsOf(dir);

    await openLedger({ dir, connection, now, migrations }).close();

    expect(contentsOf(dir)).toEqual(before);
  });

  it('stays as it was when a step fails, and the refusal names the copy', async () => {
    const dir = await earlierDirectory();
    const migrations = [...MIGRATIONS, noted, failing];

    const opening = () => openLedger({ dir, connection, now, migrations });

    expect(opening).toThrow(StateError);
    expect(opening).toThrow(`ledger.db.v${latest}.bak`);
    expect(inspect(join(dir, 'ledger.db'))).toEqual(inspect(join(dir, `ledger.db.v${latest}.bak`)));
    const ledger = openLedger({ dir, connection, now, migrations: MIGRATIONS });
    expect(await ledger.links({})).toEqual([link(1), link(2)]);
    await ledger.close();
  });

  it('can be opened for reading by no newer release before it is migrated', async () => {
    const dir = await earlierDirectory();
    const migrations = [...MIGRATIONS, noted];

    expect(() => openLedger({ dir, connection, now, migrations, readOnly: true })).toThrow(
      /older cosell-sync/,
    );

    expect(readdirSync(dir)).toEqual(['ledger.db']);
  });

  it('is refused by an older release once it has been migrated, naming the copy to go back to', async () => {
    const dir = await earlierDirectory();
    await openLedger({ dir, connection, now, migrations: [...MIGRATIONS, noted] }).close();

    expect(() => openLedger({ dir, connection, now, migrations: MIGRATIONS })).toThrow(
      new RegExp(`newer cosell-sync .*ledger\\.db\\.v${latest}\\.bak`),
    );
  });
});

it('numbers the versions one after the other', () => {
  expect(MIGRATIONS.map(({ to }) => to)).toEqual(MIGRATIONS.map((_, index) => index + 1));
});
