import { describe, expect, it } from 'vitest';
import type { Services } from '../../../src/cli/services.ts';
import { start } from '../../../src/cli/start.ts';
import { createScheduler } from '../../../src/daemon/scheduler.ts';
import { createWorld } from '../../support/world.ts';
import { createFake } from './fake-services.ts';

/** Services of a daemon on a free port, with the two signals at hand. */
async function servicesOf(world = createWorld()) {
  const stop = new AbortController();
  const abort = new AbortController();
  const { services, opened } = createFake({ world });
  const config = await services.loadConfig();
  const none = async () => null;
  const overrides: Partial<Services> = {
    stop: stop.signal,
    abort: abort.signal,
    loadConfig: async () => ({ ...config, server: { ...config.server, port: 0 } }),
    authentication: async () => ({
      status: async ({ name }) => ({ connection: name, state: 'none', renewedAt: null, daysLeft: null }),
      login: async () => {},
      logout: async () => false,
      key: none,
      rekey: async () => ({ entries: 0, from: null, to: null }),
      checks: async () => [],
    }),
    surroundings: async () => ({
      scheduler: createScheduler(),
      supervisor: { ready: () => {}, reloading: () => {}, stopping: () => {} },
      random: () => 0,
      deadline: () => new AbortController().signal,
      routes: [],
    }),
  };
  return { services: { ...services, ...overrides }, stop, abort, opened, world };
}

describe('start', () => {
  it('ends with 0 when the write under way could be finished', async () => {
    const { services, stop, opened, world } = await servicesOf();
    world.crm.add();
    world.partnerCenter.onWrite = () => stop.abort();

    expect(await start(services)).toBe(0);

    expect(opened).toEqual(['write']);
    expect(await world.ledger.intents()).toEqual([]);
    expect(world.partnerCenter.referrals.size).toBe(1);
  });

  it('ends with 4 when it had to be given up', async () => {
    const { services, stop, abort, world } = await servicesOf();
    world.crm.add();
    world.partnerCenter.onWrite = () => {
      stop.abort();
      abort.abort();
    };

    expect(await start(services)).toBe(4);
  });
});
