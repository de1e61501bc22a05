import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForWriting } from '../../../src/wiring/state.ts';
import { historyEntry, NOON, opportunityId } from '../../contract/ledger-samples.ts';
import { quietLogger } from '../../support/sandbox-remotes.ts';

const DAY_MS = 86_400_000;

it('a state forgets history older than two years, and nothing younger', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cosell-sync-tidy-'));
  let now = new Date(NOON);
  const state = await openForWriting({ dir, now: () => now, logger: quietLogger }, 'start');
  const ledger = await state.ledger('contoso');
  await ledger.commit({ history: [historyEntry(1)] });

  now = new Date(Date.parse(NOON) + 729 * DAY_MS);
  expect(await state.tidy?.('contoso')).toBe(0);
  expect(await ledger.history({ opportunityId: opportunityId(1) })).toHaveLength(1);
  now = new Date(Date.parse(NOON) + 731 * DAY_MS);
  expect(await state.tidy?.('contoso')).toBe(1);

  expect(await ledger.history({ opportunityId: opportunityId(1) })).toEqual([]);
  await state.close();
  await rm(dir, { recursive: true, force: true });
});
