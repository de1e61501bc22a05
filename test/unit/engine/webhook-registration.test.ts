import { describe, expect, it } from 'vitest';
import { DEFAULT_EVENTS } from '../../../src/core/webhook-registration.ts';
import { handBackRegistration, keepRegistration } from '../../../src/engine/webhook-registration.ts';
import { createFakeAccount, type FakeAccount } from '../../support/fake-registrations.ts';

const OURS = 'https://sync.example/webhooks/partner-center/contoso';
const THEIRS = {
  url: 'https://flows.example/trigger?sig=secret',
  events: ['referral-created', 'invoice-ready'],
};
const wanted = { url: OURS, events: DEFAULT_EVENTS };
const NOW = '2026-03-01T10:00:00.000Z';

const contextOf = ({ registrations, memory }: FakeAccount) => ({
  registrations,
  memory,
  wanted,
  now: () => new Date(NOW),
  signal: new AbortController().signal,
});

describe('keeping the registration', () => {
  it('registers where nobody is, and writes nothing where all is well', async () => {
    const account = createFakeAccount();

    const first = await keepRegistration(contextOf(account), false);
    account.writes.length = 0;
    const second = await keepRegistration(contextOf(account), false);

    expect(first).toMatchObject({ did: 'created' });
    expect(account.current).toEqual(wanted);
    expect(second).toEqual({ did: 'nothing' });
    expect(account.writes).toEqual([]);
  });

  it('adds events that ours lost, and keeps those it has besides', async () => {
    const account = createFakeAccount({ url: OURS, events: ['invoice-ready', 'referral-created'] });

    const outcome = await keepRegistration(contextOf(account), false);

    expect(outcome).toMatchObject({ did: 'completed' });
    expect(account.current?.events).toEqual(['invoice-ready', ...DEFAULT_EVENTS]);
  });

  it.each([false, 'register'] as const)("leaves somebody else's alone when asked for %s", async (asked) => {
    const account = createFakeAccount(THEIRS);

    expect(await keepRegistration(contextOf(account), asked)).toEqual({ did: 'left', current: THEIRS });
    expect(account.writes).toEqual([]);
  });

  it("takes somebody else's over when a person says so, remembers it first, and takes none of its events away", async () => {
    const account = createFakeAccount(THEIRS);

    const outcome = await keepRegistration(contextOf(account), 'takeOver');

    expect(outcome).toMatchObject({ did: 'takenOver', from: THEIRS });
    expect(account.writes).toEqual(['remember', 'replace']);
    expect(account.remembered).toEqual({ previous: THEIRS, replacedAt: NOW, handedBackAt: null });
    expect(account.current).toEqual({ url: OURS, events: [...THEIRS.events, ...DEFAULT_EVENTS.slice(1)] });
  });

  it('keeps what it once took over in mind when its own registration is lost and made again', async () => {
    const account = createFakeAccount(THEIRS);
    await keepRegistration(contextOf(account), 'takeOver');
    account.current = null;

    await keepRegistration(contextOf(account), false);

    expect(account.current).toEqual(wanted);
    expect(account.remembered?.previous).toEqual(THEIRS);
  });

  it('does not ask for events that the account does not have', async () => {
    const account = createFakeAccount();
    account.known.splice(account.known.indexOf('related-referral-updated'), 1);

    await keepRegistration(contextOf(account), false);
    account.writes.length = 0;
    const again = await keepRegistration(contextOf(account), false);

    expect(account.current?.events).not.toContain('related-referral-updated');
    expect(again).toEqual({ did: 'nothing' });
    expect(account.writes).toEqual([]);
  });

  it('looks again when somebody registers at the same moment, and leaves theirs', async () => {
    const account = createFakeAccount();
    account.beforeWrite = () => {
      account.current = THEIRS;
    };

    expect(await keepRegistration(contextOf(account), false)).toEqual({ did: 'left', current: THEIRS });
    expect(account.current).toEqual(THEIRS);
  });
});

describe('handing the registration back', () => {
  it('restores what stood before ours, and the daemon lets it stand', async () => {
    const account = createFakeAccount(THEIRS);
    await keepRegistration(contextOf(account), 'takeOver');

    const outcome = await handBackRegistration(contextOf(account), null);
    const later = await keepRegistration(contextOf(account), false);
    account.current = null;
    const muchLater = await keepRegistration(contextOf(account), false);

    expect(outcome).toEqual({ did: 'handedBack', to: THEIRS });
    expect([later, muchLater]).toEqual([
      { did: 'handedBack', at: NOW },
      { did: 'handedBack', at: NOW },
    ]);
    expect(account.current).toBeNull();
  });

  it('is undone by registering again', async () => {
    const account = createFakeAccount(THEIRS);
    await keepRegistration(contextOf(account), 'takeOver');
    await handBackRegistration(contextOf(account), null);

    expect(await keepRegistration(contextOf(account), 'takeOver')).toMatchObject({ did: 'takenOver' });
    expect(account.remembered).toMatchObject({ previous: THEIRS, handedBackAt: null });
  });

  it('says so when nothing stood before ours, and takes another address instead', async () => {
    const account = createFakeAccount();
    await keepRegistration(contextOf(account), false);

    const unknown = await handBackRegistration(contextOf(account), null);
    const given = await handBackRegistration(contextOf(account), THEIRS);

    expect(unknown).toEqual({ did: 'unknown' });
    expect(given).toEqual({ did: 'handedBack', to: THEIRS });
    expect(account.current).toEqual(THEIRS);
  });

  it('touches no registration that is not ours any more', async () => {
    const account = createFakeAccount(THEIRS);
    await keepRegistration(contextOf(account), 'takeOver');
    const third = { url: 'https://third.example', events: ['referral-created'] };
    account.current = third;

    expect(await handBackRegistration(contextOf(account), null)).toEqual({ did: 'notOurs', current: third });
    expect(account.current).toEqual(third);
  });

  it('is done when it stands where it should', async () => {
    const account = createFakeAccount(THEIRS);
    await keepRegistration(contextOf(account), 'takeOver');
    account.current = THEIRS;
    account.writes.length = 0;

    expect(await handBackRegistration(contextOf(account), null)).toEqual({ did: 'nothing', to: THEIRS });
    expect(account.writes).toEqual(['remember']);
  });
});
