import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { openCredentials, openLedger } from '../../../src/store/index.ts';
import { NOON } from '../../contract/ledger-samples.ts';
import { freshDirectory, now } from './directory.ts';

describe('a ledger whose process is killed in the middle of its work', () => {
  it.each([1, 25, 60])(
    'opens with every commit that was confirmed, whole, after %i of them (G9)',
    async (commits) => {
      const dir = freshDirectory();
      const child = spawn(process.execPath, [join(import.meta.dirname, 'ledger-writer.ts'), dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let confirmed = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        confirmed = Number(line);
        if (confirmed === commits) child.kill('SIGKILL');
      }

      const ledger = openLedger({ dir, connection: 'contoso', now });

      const { serial } = await ledger.identity();
      expect(confirmed).toBeGreaterThanOrEqual(commits);
      expect(serial).toBeGreaterThanOrEqual(confirmed);
      expect(await ledger.counts()).toEqual({ links: serial, opportunities: serial, referrals: 0 });
      expect(await ledger.countDue(NOON)).toBe(serial);
      expect(await ledger.links({})).toHaveLength(serial);
      await ledger.close();
    },
  );
});

describe('credentials that several processes save at the same time', () => {
  it('are all there afterwards, under one key', async () => {
    const dir = freshDirectory();
    const names = ['a', 'b', 'c', 'd'];
    const children = names.map((name) =>
      spawn(process.execPath, [join(import.meta.dirname, 'credentials-writer.ts'), dir, name], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));

    for (const { stdin } of children) stdin.write('go\n');
    const exits = await Promise.all(children.map((child) => once(child, 'exit')));

    const credentials = openCredentials({ dir, now });
    const expected = names.flatMap((name) => Array.from({ length: 10 }, (_, n) => `${name}-${n}`));
    expect(exits.map(([code]) => code)).toEqual([0, 0, 0, 0]);
    expect(
      credentials
        .entries()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(expected);
    for (const name of expected) expect(await credentials.load(name)).toBe(`token of ${name.slice(0, 1)}`);
  });
});
