import { describe, expect, it } from 'vitest';
import { AT_ONCE, type Delivery } from '../../../src/core/delivery.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import type { Message, MessageChannel } from '../../../src/core/ports.ts';
import { tellPeople } from '../../../src/engine/messages.ts';
import { createWorld } from '../../support/world.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
const signal = new AbortController().signal;
const ON = ['conflict', 'parked', 'approval', 'deadline', 'inbound', 'halted', 'credentials'];
const refused = new RemoteError('Refused.', { code: 'forbidden', system: 'graph' });
const unanswered = new RemoteError('No answer.', {
  code: 'unavailable',
  system: 'graph',
  outcomeUnknown: true,
});

function place(delivery: Partial<Delivery> = {}, now?: string) {
  const world = createWorld(now === undefined ? {} : { now });
  const sent: Message[] = [];
  const reminded: { to: string; subject: string }[] = [];
  /** The ids of all that was handed over, also of what failed. */
  const handed: string[] = [];
  const state = { failure: null as Error | null, consoleUrl: null as string | null };
  const channel: MessageChannel = {
    name: 'mail',
    on: ON,
    async send(message) {
      handed.push(message.id);
      if (state.failure !== null) throw state.failure;
      sent.push(message);
    },
  };
  world.channels = [channel];
  world.messages = {
    delivery: { ...AT_ONCE, ...delivery },
    get consoleUrl() {
      return state.consoleUrl;
    },
    ownerMail: {
      async send(to, { subject }) {
        if (state.failure !== null) throw state.failure;
        reminded.push({ to, subject });
      },
    },
    credentialLives: async () => [],
    warnDays: [14],
  };
  const look = () => tellPeople(world.dependencies, { signal });
  return { world, sent, handed, reminded, state, look, subjects: () => sent.map(({ subject }) => subject) };
}

/** Lets a deal come in whose opportunity has an owner with an address. */
async function receivedBy(world: ReturnType<typeof createWorld>, email: string | null) {
  const referralId = world.partnerCenter.receive();
  await world.run();
  const [link] = await world.ledger.links({ limit: 1 });
  if (link === undefined) throw new TypeError('No opportunity was created.');
  world.crm.edit(
    link.opportunityId,
    {},
    {
      people: { owner: [{ firstName: 'Kim', lastName: 'Seller', email, phone: null }], contactRoles: [] },
    },
  );
  return referralId;
}

describe('messages to the operators', () => {
  it('tell of a deal that came in, once, and forget it when it is answered', async () => {
    const { world, subjects } = place();
    const referralId = world.partnerCenter.receive();

    await world.run();
    world.pass(5);
    await world.run();
    world.partnerCenter.edit(referralId, { state: 'Accepted', salesStage: 'Qualify' }, {});
    world.pass(5);
    await world.run();

    expect(subjects()).toEqual(['cosell-sync contoso: 1 new deal']);
    expect((await world.open()).filter(({ code }) => code === 'inbound')).toEqual([]);
  });

  it('wait for the end of quiet hours, all but what is urgent', async () => {
    const { world, subjects, look } = place(
      { quietHours: { from: '19:00', to: '07:00', weekends: false }, urgent: ['halted', 'credentials'] },
      '2026-11-20T22:00:00.000Z',
    );
    world.crm.add({ Amount: null });

    await world.run();
    world.pass(8 * HOUR);
    await look();
    expect(subjects()).toEqual([]);
    world.pass(HOUR);
    await look();
    await look();

    expect(subjects()).toEqual(['cosell-sync contoso: 1 parked record']);
  });

  it('come as one digest a day, which also says what still waits', async () => {
    const { world, sent, subjects, look } = place({ digest: '08:00', urgent: ['credentials'] });
    world.crm.add({ Amount: null });
    await world.run();
    world.crm.add({ CloseDate: null });
    world.pass(10);
    await world.run();
    expect(subjects()).toEqual([]);

    world.pass(DAY);
    await look();
    await look();
    world.pass(DAY);
    await look();

    expect(subjects()).toEqual([
      'cosell-sync contoso today: 2 parked records',
      'cosell-sync contoso today: nothing new, 2 parked records waiting',
    ]);
    expect(sent[1]?.text).toContain('Still waiting: 2 parked records.');
  });

  it('of a digest that could not be sent go out the next time', async () => {
    const { world, subjects, state, look } = place({ digest: '08:00' });
    world.crm.add({ Amount: null });
    await world.run();
    world.pass(DAY);
    state.failure = refused;
    await look();
    state.failure = null;

    await look();

    expect(subjects()).toHaveLength(1);
  });

  it('have ids of their own, one for each digest, also where nothing is new', async () => {
    const { world, sent, look } = place({ digest: '08:00' });
    world.crm.add({ Amount: null });
    await world.run();
    for (let day = 0; day < 4; day += 1) {
      world.pass(DAY);
      await look();
    }

    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(4);
  });

  it('keep the id of a digest that failed, whatever is new when it is sent again', async () => {
    const { world, sent, handed, state, look } = place({ digest: '08:00' });
    world.crm.add({ Amount: null });
    await world.run();
    world.pass(DAY);
    await look();
    world.pass(DAY);
    state.failure = refused;
    await look();
    world.pass(HOUR);
    await look();
    state.failure = null;
    world.crm.add({ CloseDate: null });
    await world.run();

    expect(sent).toHaveLength(2);
    const [first, ...again] = handed;
    expect(new Set(again)).toEqual(new Set([sent[1]?.id]));
    expect(again).toHaveLength(3);
    expect(first).not.toBe(sent[1]?.id);
  });

  it('have another id when the same thing breaks once more', async () => {
    const { world, sent } = place();
    const id = world.crm.add({ Amount: null });
    await world.run();
    world.pass(5);
    world.crm.edit(id, { Amount: 5 });
    await world.run();
    world.pass(5);
    world.crm.edit(id, { Amount: null });
    await world.run();

    expect(sent).toHaveLength(2);
    expect(sent[0]?.id).not.toBe(sent[1]?.id);
  });

  it('are not sent twice by a process that died while sending', async () => {
    const { world, subjects, look } = place();
    world.crm.add({ Amount: null });
    const commit = world.ledger.commit.bind(world.ledger);
    const [channel] = world.channels;
    if (channel === undefined) throw new TypeError('There is no channel.');
    const send = channel.send;
    world.channels = [
      {
        ...channel,
        async send(message, options) {
          await send(message, options);
          // Nothing of this process reaches the ledger any more.
          world.ledger.commit = async () => {
            throw new Error('killed');
          };
          throw new Error('killed');
        },
      },
    ];
    await expect(world.run()).rejects.toThrow('killed');
    world.ledger.commit = commit;
    world.channels = [channel];

    await look();

    expect(subjects()).toHaveLength(1);
  });

  it('link to the console where it can be reached', async () => {
    const { world, sent, state } = place();
    state.consoleUrl = 'https://cosell.contoso.example';
    world.crm.add({ Amount: null });

    await world.run();

    expect(sent[0]?.text).toContain('More: https://cosell.contoso.example/attention');
  });
});

describe('reminders to the owner', () => {
  it('come once at 7, 3 and 1 days, by time alone', async () => {
    const { world, reminded, look } = place();
    await receivedBy(world, 'kim@partner.example');
    const counts: number[] = [];
    for (const days of [2, 6, 3, 2]) {
      world.pass(days * DAY);
      await world.run({ full: true });
      await look();
      counts.push(reminded.length);
    }

    expect(counts).toEqual([0, 1, 2, 3]);
    expect(new Set(reminded.map(({ to }) => to))).toEqual(new Set(['kim@partner.example']));
  });

  it('that fail come later, and those that may have arrived do not', async () => {
    const { world, reminded, state, look } = place();
    await receivedBy(world, 'kim@partner.example');
    world.pass(8 * DAY);
    state.failure = refused;
    const report = await world.run({ full: true });
    state.failure = null;
    await look();
    expect(report.stopped).toBeNull();
    expect(reminded).toHaveLength(1);

    world.pass(3 * DAY);
    state.failure = unanswered;
    await world.run({ full: true });
    state.failure = null;
    await look();

    expect(reminded).toHaveLength(1);
  });

  it('are none after the deadline, also when nothing ran in between', async () => {
    const { world, reminded, state, look } = place();
    await receivedBy(world, 'kim@partner.example');
    world.pass(8 * DAY);
    state.failure = refused;
    await world.run({ full: true });
    state.failure = null;
    world.pass(9 * DAY);

    await look();

    expect(reminded).toEqual([]);
  });
});
