import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StateError } from '../../../src/core/errors.ts';
import type { Cursors } from '../../../src/core/store-port.ts';
import { type CursorDiscard, createMemoryStore, openCursors } from '../../../src/store/index.ts';
import { contentsOf, freshDirectory, now } from './directory.ts';

interface Setting {
  readonly dir: string;
  readonly connection?: string;
  readonly lineage?: string;
  readonly serial?: number;
  readonly readOnly?: boolean;
  readonly discarded?: CursorDiscard[];
}

function open({
  dir,
  connection = 'contoso',
  lineage = 'ours',
  serial = 7,
  readOnly,
  discarded,
}: Setting): Cursors {
  return openCursors({
    dir,
    connection,
    lineage,
    serial: async () => serial,
    now,
    ...(readOnly === undefined ? {} : { readOnly }),
    onDiscard: (reason) => discarded?.push(reason),
  });
}

const fileIn = (dir: string) => join(dir, 'cursors.json');
const parsed = (dir: string) => JSON.parse(readFileSync(fileIn(dir), 'utf8'));

describe('cursors', () => {
  it('come back as they were saved, each under its key', async () => {
    const dir = freshDirectory();
    const cursors = open({ dir });
    await cursors.save('crm:a', 'delta-1');
    await cursors.save('partner-center:b', '{"time":"…"}');
    await cursors.save('crm:a', 'delta-2');

    const reopened = open({ dir });

    expect(await reopened.load('crm:a')).toBe('delta-2');
    expect(await reopened.load('partner-center:b')).toBe('{"time":"…"}');
    expect(await reopened.load('crm:other')).toBeNull();
    expect(await reopened.load('toString')).toBeNull();
  });

  it('are none, and make no file, before the first save', async () => {
    const dir = freshDirectory();
    const discarded: CursorDiscard[] = [];
    const cursors = open({ dir, discarded });

    await cursors.reset();

    expect(await cursors.load('crm')).toBeNull();
    expect(discarded).toEqual([]);
    expect(() => statSync(fileIn(dir))).toThrow(/ENOENT/);
  });

  it('lie in a file that a person can read', async () => {
    const dir = freshDirectory();

    await open({ dir }).save('crm', 'delta-1');

    const text = readFileSync(fileIn(dir), 'utf8');
    const checksum = expect.any(Number);
    const entry = { value: 'delta-1', savedAt: '2026-03-01T12:00:00.000Z', serial: 7, checksum };
    expect(JSON.parse(text)).toEqual({
      lineage: 'ours',
      connections: { contoso: { cursors: { crm: entry } } },
    });
    expect(text.split('\n').length).toBeGreaterThan(8);
  });

  it('lie in a file that only its owner can read', async () => {
    const dir = freshDirectory();
    const cursors = open({ dir });
    await cursors.save('crm', '1');
    chmodSync(fileIn(dir), 0o644);

    await cursors.save('crm', '2');

    expect(statSync(fileIn(dir)).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it('of several connections share the file without touching each other', async () => {
    const dir = freshDirectory();
    const one = open({ dir, connection: 'contoso' });
    const two = open({ dir, connection: 'fabrikam' });
    await Promise.all([
      one.save('crm', 'c1'),
      two.save('crm', 'f1'),
      one.save('pc', 'c2'),
      two.save('pc', 'f2'),
    ]);

    await one.reset();

    expect(await one.load('crm')).toBeNull();
    expect(await two.load('crm')).toBe('f1');
    expect(await two.load('pc')).toBe('f2');
  });

  it('that a person takes out are read from the start; the others stay', async () => {
    const dir = freshDirectory();
    await open({ dir }).save('crm', '1');
    await open({ dir }).save('pc', '2');
    const file = parsed(dir);
    delete file.connections.contoso.cursors.crm;
    writeFileSync(fileIn(dir), JSON.stringify(file));

    const cursors = open({ dir });

    expect(await cursors.load('crm')).toBeNull();
    expect(await cursors.load('pc')).toBe('2');
  });

  it('are seen as the file says now, also by a handle that is already open', async () => {
    const dir = freshDirectory();
    const cursors = open({ dir });
    await cursors.save('crm', '1');

    rmSync(fileIn(dir));

    expect(await cursors.load('crm')).toBeNull();
  });

  it('say so when they cannot be saved', async () => {
    const dir = freshDirectory();
    writeFileSync(dir, 'a file where the directory should be');

    await expect(open({ dir }).save('crm', '1')).rejects.toThrow(StateError);
  });
});

describe('cursors that cannot be trusted', () => {
  it.each([
    ['cut short', '{"lineage":"ours","connec'],
    ['empty', ''],
    ['of another shape', '{"lineage":"ours"}'],
    ['a list', '[]'],
  ])('count as none and are replaced by the next save: a file that is %s', async (_, text) => {
    const dir = freshDirectory();
    mkdirSync(dir);
    writeFileSync(fileIn(dir), text);
    const discarded: CursorDiscard[] = [];
    const cursors = open({ dir, discarded });

    const loaded = await cursors.load('crm');
    await cursors.save('crm', 'new');

    expect(loaded).toBeNull();
    expect(discarded).toEqual(['unreadable']);
    expect(await open({ dir }).load('crm')).toBe('new');
  });

  it.each([
    ['a number for a value', { value: 5, savedAt: 'x', serial: 1 }],
    ['no serial', { value: '1', savedAt: 'x' }],
    ['a bare text', '2026-03-01'],
  ])('count as none one by one: %s', async (_, entry) => {
    const dir = freshDirectory();
    await open({ dir }).save('pc', '2');
    const file = parsed(dir);
    file.connections.contoso.cursors.crm = entry;
    writeFileSync(fileIn(dir), JSON.stringify(file));
    const discarded: CursorDiscard[] = [];

    const cursors = open({ dir, discarded });

    expect(await cursors.load('crm')).toBeNull();
    expect(await cursors.load('pc')).toBe('2');
    expect(discarded).toEqual(['unreadable']);
  });

  it('count as none when another ledger’s, and are replaced by the next save', async () => {
    const dir = freshDirectory();
    await open({ dir, lineage: 'theirs' }).save('crm', 'far ahead');
    await open({ dir, lineage: 'theirs', connection: 'fabrikam' }).save('crm', 'far ahead');
    const discarded: CursorDiscard[] = [];
    const cursors = open({ dir, lineage: 'ours', discarded });

    const loaded = await cursors.load('crm');
    await cursors.save('pc', 'new');

    expect(loaded).toBeNull();
    expect(discarded).toEqual(['foreign']);
    expect(parsed(dir)).toMatchObject({ lineage: 'ours' });
    expect(await open({ dir }).load('crm')).toBeNull();
    expect(await open({ dir, connection: 'fabrikam' }).load('crm')).toBeNull();
    expect(await open({ dir }).load('pc')).toBe('new');
  });

  it('are all dropped when one was saved over a later ledger than there is', async () => {
    const dir = freshDirectory();
    await open({ dir, serial: 100 }).save('crm', 'early');
    await open({ dir, serial: 500 }).save('pc', 'late');
    await open({ dir, serial: 900, connection: 'fabrikam' }).save('crm', 'theirs');
    const discarded: CursorDiscard[] = [];

    const restored = open({ dir, serial: 200, discarded });

    expect(await restored.load('crm')).toBeNull();
    expect(await restored.load('pc')).toBeNull();
    expect(discarded).toEqual(['ahead']);
    expect(await open({ dir, serial: 900, connection: 'fabrikam' }).load('crm')).toBe('theirs');
  });

  it('stay dropped when the ledger has grown past them before anything was saved', async () => {
    const dir = freshDirectory();
    await open({ dir, serial: 500 }).save('pc', 'late');
    await open({ dir, serial: 200 }).load('crm');

    const later = open({ dir, serial: 600 });

    expect(await later.load('pc')).toBeNull();
  });

  it('count when the ledger is as old as they are', async () => {
    const dir = freshDirectory();
    await open({ dir, serial: 500 }).save('pc', 'late');

    expect(await open({ dir, serial: 500 }).load('pc')).toBe('late');
  });
});

describe('cursors opened for reading', () => {
  it('keep what is saved to themselves', async () => {
    const dir = freshDirectory();
    await open({ dir }).save('crm', 'real');
    const before = contentsOf(dir);
    const cursors = open({ dir, readOnly: true });
    expect(await cursors.load('crm')).toBe('real');

    await cursors.save('crm', 'planned');
    await cursors.save('pc', 'planned too');

    expect(await cursors.load('crm')).toBe('planned');
    expect(await cursors.load('pc')).toBe('planned too');
    expect(contentsOf(dir)).toEqual(before);
  });

  it('leave alone what they do not trust', async () => {
    const dir = freshDirectory();
    await open({ dir, serial: 500 }).save('crm', 'late');
    const before = contentsOf(dir);
    const cursors = open({ dir, serial: 1, readOnly: true });

    const loaded = await cursors.load('crm');
    await cursors.reset();

    expect(loaded).toBeNull();
    expect(contentsOf(dir)).toEqual(before);
  });
});

describe('cursors in memory', () => {
  it('are kept by connection as long as the state', async () => {
    const store = createMemoryStore({ now });
    await (await store.cursors('contoso')).save('crm', '1');

    expect(await (await store.cursors('contoso')).load('crm')).toBe('1');
    expect(await (await store.cursors('fabrikam')).load('crm')).toBeNull();

    await (await store.cursors('contoso')).reset();
    expect(await (await store.cursors('contoso')).load('crm')).toBeNull();
    await store.close();
  });
});
