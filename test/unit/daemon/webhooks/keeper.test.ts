import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../../src/core/errors.ts';
import { partnerListeners } from '../../../../src/core/webhook-listeners.ts';
import { DRIFT_KEY, type KeeperOptions, keepRegistrations } from '../../../../src/daemon/webhooks/keeper.ts';
import { createFakeAccount, type FakeAccount } from '../../../support/fake-registrations.ts';
import { createWorld } from '../../../support/world.ts';
import { configOf, PARTNER } from './support.ts';

const THEIRS = { url: 'https://flows.example/trigger?sig=secret', events: ['referral-created'] };

async function start(account: FakeAccount, over: Partial<KeeperOptions> = {}, register = true) {
  const world = createWorld();
  const config = await configOf([
    { name: 'contoso', webhooks: { partnerCenter: { ...PARTNER, register }, dynamics: null } },
  ]);
  const warnings: string[] = [];
  const options: KeeperOptions = {
    listeners: () => partnerListeners(config),
    account: async () => account,
    ledger: async () => world.ledger,
    now: world.dependencies.now,
    logger: { ...world.dependencies.logger, warn: (_fields, message) => void warnings.push(message) },
    signal: new AbortController().signal,
    ...over,
  };
  const item = async () => (await world.ledger.attentionByKeys([DRIFT_KEY])).get(DRIFT_KEY);
  return { keep: () => keepRegistrations(options), item, warnings };
}

describe('the keeper of registrations', () => {
  it('registers at the address of the connection', async () => {
    const account = createFakeAccount();
    const { keep } = await start(account);

    await keep();

    expect(account.current).toEqual({
      url: 'https://sync.example/webhooks/partner-center/contoso',
      events: PARTNER.events,
    });
  });

  it('tells a person when somebody else has the events, without showing a secret, until that is over', async () => {
    const account = createFakeAccount(THEIRS);
    const { keep, item } = await start(account);

    await keep();
    await keep();
    const told = await item();
    account.current = null;
    await keep();

    expect(told).toMatchObject({ kind: 'notice', state: 'open' });
    expect(told?.message).toContain('https://flows.example/…');
    expect(told?.message).toContain('webhooks register --take-over');
    expect(told?.message).not.toContain('secret');
    expect((await item())?.state).toBe('resolved');
    expect(account.current).not.toBeNull();
  });

  it('leaves everything alone where it is told not to register', async () => {
    const account = createFakeAccount();
    const { keep } = await start(account, {}, false);

    await keep();

    expect(account.writes).toEqual([]);
  });

  it('goes on without events when the registration cannot be reached', async () => {
    const account = createFakeAccount();
    const { keep, warnings } = await start(account, {
      account: async () => {
        throw new RemoteError('no answer', { code: 'unavailable', system: 'partnerCenter' });
      },
    });

    await keep();

    expect(warnings).toHaveLength(1);
  });
});
