/** State of every schema that was ever released is opened for ever, with everything in it. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { latestVersion, MIGRATIONS } from '../../../src/store/embedded/schema.ts';
import { type CursorDiscard, openCredentials, openEmbeddedState } from '../../../src/store/index.ts';
import {
  contentsOfState,
  FIXTURE_CONNECTION,
  FIXTURE_KEY,
  FIXTURE_TOKEN,
} from '../../support/state-fixture.ts';
import { freshDirectory, now } from './directory.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/released/', import.meta.url));
const versions = readdirSync(FIXTURES).map((name) => Number(name.slice(1)));

/** A state directory as the release with this schema left it. */
function released(version: number): string {
  const dir = freshDirectory();
  const folder = join(FIXTURES, `v${version}`);
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(dir, 'ledger.db'), gunzipSync(readFileSync(join(folder, 'ledger.db.gz'))), {
    mode: 0o600,
  });
  for (const name of ['cursors.json', 'credentials.json']) copyFileSync(join(folder, name), join(dir, name));
  return dir;
}

it('is kept for every schema there is; a new one needs `npm run state-fixture`', () => {
  expect(versions.sort((a, b) => a - b)).toEqual(
    Array.from({ length: latestVersion(MIGRATIONS) }, (_, index) => index + 1),
  );
});

describe.each(versions)('the state of schema %i', (version) => {
  it('opens with everything in it, and its cursors count', async () => {
    const discards: CursorDiscard[] = [];
    const expected = JSON.parse(readFileSync(join(FIXTURES, `v${version}`, 'contents.json'), 'utf8'));
    const onDiscard = (reason: CursorDiscard): void => void discards.push(reason);

    const state = await openEmbeddedState({
      dir: released(version),
      connection: FIXTURE_CONNECTION,
      now,
      onDiscard,
    });
    const contents = await contentsOfState(state);
    await state.close();

    expect(contents).toMatchObject(expected);
    expect(discards).toEqual([]);
  });

  it('takes new commits', async () => {
    const dir = released(version);
    const state = await openEmbeddedState({ dir, connection: FIXTURE_CONNECTION, now });
    const { serial } = await state.ledger.identity();
    await state.ledger.commit({ meta: { note: 'changed' } });
    await state.cursors.save('crm', 'later');
    await state.close();

    const reopened = await openEmbeddedState({ dir, connection: FIXTURE_CONNECTION, now });

    expect(await reopened.ledger.meta('note')).toBe('changed');
    expect(await reopened.cursors.load('crm')).toBe('later');
    expect((await reopened.ledger.identity()).serial).toBe(serial + 1);
    await reopened.close();
  });

  it('still opens its sign-ins with their key', async () => {
    const credentials = openCredentials({ dir: released(version), secretKey: FIXTURE_KEY, now });

    expect(await credentials.load(FIXTURE_CONNECTION)).toBe(FIXTURE_TOKEN);
  });

  it('is small, and names nobody outside the example domains', () => {
    const folder = join(FIXTURES, `v${version}`);
    const text = readFileSync(join(folder, 'contents.json'), 'utf8');
    const addresses = text.match(/[\w.-]+@[\w.-]+/g) ?? [];

    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThan(64 * 1024);
    expect(addresses.filter((address) => !/\.example$/.test(address))).toEqual([]);
  });
});
