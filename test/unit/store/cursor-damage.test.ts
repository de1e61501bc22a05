/** Whatever becomes of the bytes of `cursors.json`: a cursor is what was saved, or counts as none and is replaced. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type CursorDiscard, openCursors } from '../../../src/store/index.ts';
import { flipped } from '../../support/damage.ts';
import { freshDirectory, now } from './directory.ts';

const SAVED = {
  'crm:Opportunity': '2026-03-01T11:59:30.000Z 006000000000001AAA',
  partnerCenter: '2026-03-01',
};

const open = (dir: string, onDiscard: (reason: CursorDiscard) => void = () => {}) =>
  openCursors({ dir, connection: 'contoso', lineage: 'ours', serial: async () => 12, now, onDiscard });

async function savedFile(): Promise<{ readonly dir: string; readonly file: string; readonly bytes: Buffer }> {
  const dir = freshDirectory();
  for (const [key, value] of Object.entries(SAVED)) await open(dir).save(key, value);
  const file = join(dir, 'cursors.json');
  return { dir, file, bytes: readFileSync(file) };
}

/** Each cursor is as it was saved, or is none; returns how many are left. */
async function expectTruth(dir: string, what: string): Promise<number> {
  let left = 0;
  const cursors = open(dir);
  for (const [key, value] of Object.entries(SAVED)) {
    const loaded = await cursors.load(key);
    expect([value, null], what).toContain(loaded);
    if (loaded !== null) left += 1;
  }
  return left;
}

it('cut anywhere, none counts', async () => {
  const { dir, file, bytes } = await savedFile();
  // The last byte is the end of the line, the one before closes the file.
  for (let length = 0; length < bytes.length - 1; length += 1) {
    writeFileSync(file, bytes.subarray(0, length));

    expect(await expectTruth(dir, `cut to ${length}`)).toBe(0);
  }
});

it('with any bit of any byte the other way round, each is what was saved or none', async () => {
  const { dir, file, bytes } = await savedFile();
  let dropped = 0;
  for (let offset = 0; offset < bytes.length; offset += 1) {
    writeFileSync(file, flipped(bytes, offset, offset % 8));

    dropped += 2 - (await expectTruth(dir, `byte ${offset} of ${bytes.toString('latin1')}`));
  }

  expect(dropped).toBeGreaterThan(bytes.length / 2);
});

it('damaged, they are replaced by the next that is saved, and somebody is told', async () => {
  const { dir, file, bytes } = await savedFile();
  writeFileSync(file, bytes.subarray(0, 40));
  const told: CursorDiscard[] = [];

  await open(dir, (reason) => void told.push(reason)).save('partnerCenter', 'anew');

  expect(told).toEqual(['unreadable']);
  expect(await open(dir).load('partnerCenter')).toBe('anew');
  expect(await open(dir).load('crm:Opportunity')).toBeNull();
});

it('changed by a digit, a cursor is told as unreadable', async () => {
  const { dir, file, bytes } = await savedFile();
  writeFileSync(file, bytes.toString('utf8').replace('11:59:30', '11:59:39'));
  const told: CursorDiscard[] = [];

  expect(await open(dir, (reason) => void told.push(reason)).load('crm:Opportunity')).toBeNull();

  expect(told).toEqual(['unreadable']);
});
