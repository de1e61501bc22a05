/** A run may take its time, and no more: it stops between two writes, says so, and the next one goes on. */
import { expect, it } from 'vitest';
import { createRunner } from '../../../src/daemon/runner.ts';
import { connectionOf } from '../../support/daemon.ts';
import { createWorld } from '../../support/world.ts';

const DEALS = 60;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it('a run whose time is up stops cleanly, is called incomplete, and leaves the rest to the next', async () => {
  const world = createWorld();
  for (let deal = 0; deal < DEALS; deal += 1) world.crm.add();
  const allowed: number[] = [];
  let isUp = new AbortController();
  const runner = createRunner({
    now: world.dependencies.now,
    logger: quiet,
    stop: new AbortController().signal,
    abort: new AbortController().signal,
    deadline(minutes) {
      allowed.push(minutes);
      return isUp.signal;
    },
  });
  await runner.setConnections([connectionOf('contoso', world, { runMinutes: 7 })]);
  world.partnerCenter.onWrite = () => isUp.abort();

  const cut = await runner.request('contoso', { kind: 'manual', who: 'test' });
  const created = world.partnerCenter.referrals.size;
  isUp = new AbortController();
  world.partnerCenter.onWrite = null;
  const rest = await runner.request('contoso', { kind: 'manual', who: 'test' });

  expect(allowed).toEqual([7, 7]);
  expect(cut?.outcome).toBe('incomplete');
  expect(created).toBeGreaterThan(0);
  expect(created).toBeLessThan(DEALS);
  expect(rest?.outcome).toBe('clean');
  expect(world.partnerCenter.referrals.size).toBe(DEALS);
});
