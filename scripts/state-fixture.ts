/**
 * Keeps a small state directory of the current schema as a fixture, once, when a schema is released.
 *
 *     npm run state-fixture
 *
 * Every release must open the state of every earlier one, so a fixture is never made again and never changed.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { latestVersion, MIGRATIONS } from '../src/store/embedded/schema.ts';
import { openCredentials, openEmbeddedState } from '../src/store/index.ts';
import * as samples from '../test/contract/ledger-samples.ts';
import {
  contentsOfState,
  FIXTURE_CONNECTION,
  FIXTURE_KEY,
  FIXTURE_TOKEN,
} from '../test/support/state-fixture.ts';

const version = latestVersion(MIGRATIONS);
const folder = fileURLToPath(new URL(`../test/fixtures/released/v${version}/`, import.meta.url));
if (existsSync(folder)) {
  process.stderr.write(`${folder} is there already; a fixture is never made again.\n`);
  process.exit(2);
}
const dir = mkdtempSync(join(tmpdir(), 'cosell-fixture-'));
const now = (): Date => new Date(samples.NOON);
const state = await openEmbeddedState({ dir, connection: FIXTURE_CONNECTION, now });
await state.ledger.commit({
  opportunities: [1, 2, 3].map((n) => ({
    record: samples.opportunity(n),
    dueAt: n === 3 ? samples.NOON : null,
  })),
  referrals: [1, 2, 3].map((n) => ({ record: samples.referral(n), dueAt: null })),
  links: [samples.link(1), samples.link(2, { status: 'out-of-scope' })],
  intents: [samples.intent(3)],
  attention: [samples.attention(1), samples.conflict(2)],
  history: [samples.historyEntry(1), samples.historyEntry(2)],
  run: samples.run(1),
  meta: { note: 'kept' },
});
await state.cursors.save('crm', 'cursor of the crm');
await state.cursors.save('partnerCenter', 'cursor of partner center');
await openCredentials({ dir, secretKey: FIXTURE_KEY, now }).save(FIXTURE_CONNECTION, FIXTURE_TOKEN);
const contents = await contentsOfState(state);
await state.close();

mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}ledger.db.gz`, gzipSync(readFileSync(join(dir, 'ledger.db')), { level: 9 }));
for (const name of ['cursors.json', 'credentials.json'])
  writeFileSync(`${folder}${name}`, readFileSync(join(dir, name)));
writeFileSync(`${folder}contents.json`, `${JSON.stringify(contents, null, 2)}\n`);
rmSync(dir, { recursive: true });
process.stdout.write(`${folder} was made.\n`);
