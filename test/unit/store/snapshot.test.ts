import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyLedger, openEmbeddedState, openLedger, setLedgerAside } from '../../../src/store/index.ts';
import { link, NOON, opportunity } from '../../contract/ledger-samples.ts';
import { contentsOf, freshDirectory, now } from './directory.ts';

const connection = 'contoso';

async function closedLedger(): Promise<string> {
  const dir = freshDirectory();
  const ledger = openLedger({ dir, connection, now });
  await ledger.commit({
    opportunities: Array.from({ length: 300 }, (_, n) => ({ record: opportunity(n), dueAt: NOON })),
    links: [link(1)],
  });
  await ledger.close();
  return dir;
}

describe('a copy of the ledger', () => {
  it('holds the same and can be written without touching a byte of the original', async () => {
    const dir = await closedLedger();
    const before = contentsOf(dir);
    const to = freshDirectory();

    const copied = await copyLedger({ dir, to });
    const copy = openLedger({ dir: to, connection, now });
    await copy.commit({ links: [link(2)] });

    expect(copied).toBe(true);
    expect(await copy.links({})).toEqual([link(1), link(2)]);
    expect(await copy.countDue(NOON)).toBe(300);
    expect(await copy.identity()).toMatchObject({ serial: 2, created: false });
    await copy.close();
    expect(contentsOf(dir)).toEqual(before);
    expect(statSync(to).mode & 0o777).toBe(0o700);
    expect(statSync(join(to, 'ledger.db')).mode & 0o777).toBe(0o600);
  });

  it('makes nothing where there is no ledger', async () => {
    const dir = freshDirectory();
    const to = freshDirectory();

    expect(await copyLedger({ dir, to })).toBe(false);

    for (const path of [dir, to]) expect(() => statSync(path)).toThrow(/ENOENT/);
  });

  it('has what an open ledger has committed, and leaves that ledger and its log as they are', async () => {
    const dir = await closedLedger();
    const living = openLedger({ dir, connection, now });
    await living.commit({ links: [link(2)] });
    const { 'ledger.db-shm': _before, ...before } = contentsOf(dir);
    const to = freshDirectory();

    await copyLedger({ dir, to });

    const { 'ledger.db-shm': _after, ...after } = contentsOf(dir);
    expect(after).toEqual(before);
    await living.commit({ links: [link(3)] });
    const copy = openLedger({ dir: to, connection, now });
    expect(await copy.links({})).toEqual([link(1), link(2)]);
    expect(await living.links({})).toHaveLength(3);
    await copy.close();
    await living.close();
  });

  it.each([
    ['log and index', ['ledger.db', 'ledger.db-wal', 'ledger.db-shm']],
    ['its log only', ['ledger.db', 'ledger.db-wal']],
  ])('has what a process that died had committed, where it left %s', async (_, names) => {
    const source = await closedLedger();
    const living = openLedger({ dir: source, connection, now });
    await living.commit({ links: [link(2)] });
    const dir = freshDirectory();
    mkdirSync(dir);
    for (const name of names) copyFileSync(join(source, name), join(dir, name));
    await living.close();
    const { 'ledger.db-shm': _before, ...before } = contentsOf(dir);
    const to = freshDirectory();

    await copyLedger({ dir, to });

    const copy = openLedger({ dir: to, connection, now });
    expect(await copy.links({})).toEqual([link(1), link(2)]);
    await copy.close();
    const { 'ledger.db-shm': _after, ...after } = contentsOf(dir);
    expect(after).toEqual(before);
    expect(readdirSync(dir)).toEqual([...names].sort());
  });

  it('replaces an earlier copy', async () => {
    const dir = await closedLedger();
    const to = freshDirectory();
    await copyLedger({ dir, to });
    const ledger = openLedger({ dir, connection, now });
    await ledger.commit({ links: [link(2)] });
    await ledger.close();

    await copyLedger({ dir, to });

    const copy = openLedger({ dir: to, connection, now });
    expect(await copy.links({})).toHaveLength(2);
    await copy.close();
  });
});

describe('state opened as a whole', () => {
  it('keeps cursors that fit the ledger, and drops them when the ledger is restored from a backup', async () => {
    const dir = await closedLedger();
    const backup = freshDirectory();
    await copyLedger({ dir, to: backup });
    const first = await openEmbeddedState({ dir, connection, now });
    await first.ledger.commit({ links: [link(2)] });
    await first.cursors.save('crm', 'delta');
    await first.close();
    const kept = await openEmbeddedState({ dir, connection, now });
    expect(await kept.cursors.load('crm')).toBe('delta');
    await kept.close();

    copyFileSync(join(backup, 'ledger.db'), join(dir, 'ledger.db'));
    const discarded: string[] = [];
    const restored = await openEmbeddedState({
      dir,
      connection,
      now,
      onDiscard: (reason) => discarded.push(reason),
    });

    expect(await restored.cursors.load('crm')).toBeNull();
    expect(discarded).toEqual(['ahead']);
    await restored.close();
  });

  it('drops cursors of a ledger that is gone', async () => {
    const dir = await closedLedger();
    const first = await openEmbeddedState({ dir, connection, now });
    await first.cursors.save('crm', 'delta');
    await first.close();
    rmSync(join(dir, 'ledger.db'));

    const fresh = await openEmbeddedState({ dir, connection, now });

    expect(await fresh.ledger.identity()).toMatchObject({ created: true, serial: 0 });
    expect(await fresh.cursors.load('crm')).toBeNull();
    await fresh.close();
  });

  it('plans on a copied ledger with the real cursors, writing neither', async () => {
    const dir = await closedLedger();
    const real = await openEmbeddedState({ dir, connection, now });
    await real.cursors.save('crm', 'delta');
    await real.close();
    const before = contentsOf(dir);
    const to = freshDirectory();
    await copyLedger({ dir, to });

    const planned = await openEmbeddedState({ dir: to, cursorsFrom: dir, connection, now });
    const loaded = await planned.cursors.load('crm');
    await planned.ledger.commit({ links: [link(2)] });
    await planned.cursors.save('crm', 'further');
    await planned.close();

    expect(loaded).toBe('delta');
    expect(contentsOf(dir)).toEqual(before);
    expect(readdirSync(to)).toEqual(['ledger.db']);
  });

  it('opened for reading writes no byte', async () => {
    const dir = await closedLedger();
    const before = contentsOf(dir);

    const state = await openEmbeddedState({ dir, connection, now, readOnly: true });
    await state.cursors.save('crm', 'delta');
    await state.close();

    expect(contentsOf(dir)).toEqual(before);
  });
});

describe('setting a ledger aside', () => {
  it('keeps it whole under another name and forgets the cursors', async () => {
    const dir = await closedLedger();
    const state = await openEmbeddedState({ dir, connection, now });
    await state.cursors.save('crm', 'delta');
    await state.close();

    const aside = setLedgerAside({ dir, now: now() });

    expect(aside).toBe(join(dir, 'ledger.2026-03-01T12-00-00-000Z.db'));
    expect(readdirSync(dir)).toEqual(['ledger.2026-03-01T12-00-00-000Z.db']);
    const fresh = openLedger({ dir, connection, now });
    expect(await fresh.identity()).toMatchObject({ created: true });
    await fresh.close();
  });

  it('does nothing where there is none', () => {
    expect(setLedgerAside({ dir: freshDirectory(), now: now() })).toBeNull();
  });
});
