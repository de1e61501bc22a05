import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import type { Message, MessageChannel } from '../../../src/core/ports.ts';
import { createWorld } from '../../support/world.ts';

const ALL = ['conflict', 'parked', 'approval', 'deadline', 'halted', 'credentials'];

/** A channel that keeps what it was given, and fails as told. */
function channel(on: readonly string[] = ALL, name = 'mail') {
  const messages: Message[] = [];
  const state = { failure: null as Error | null };
  const made: MessageChannel = {
    name,
    on,
    async send(message) {
      if (state.failure !== null) throw state.failure;
      messages.push(message);
    },
  };
  return { channel: made, messages, state };
}

function worldWith(...channels: readonly MessageChannel[]) {
  const world = createWorld();
  world.channels = channels;
  return world;
}

describe('messages to the operators', () => {
  it('tell of all that is new in one message, once', async () => {
    const mail = channel();
    const world = worldWith(mail.channel);
    world.crm.add({ Amount: null });
    world.crm.add({ CloseDate: null });

    await world.run();
    await world.run();
    world.crm.add({ Product__c: null });
    await world.run();

    expect(mail.messages.map(({ subject }) => subject)).toEqual([
      'cosell-sync contoso: 2 parked records',
      'cosell-sync contoso: 1 parked record',
    ]);
    expect(mail.messages[0]?.text).toContain('The opportunity has no amount.');
  });

  it('come again when what was mended breaks once more', async () => {
    const mail = channel();
    const world = worldWith(mail.channel);
    const id = world.crm.add({ Amount: null, StageName: 'Prospecting' });
    await world.run();

    world.crm.edit(id, { Amount: 5 });
    await world.run();
    world.pass(60);
    world.crm.edit(id, { Amount: null });
    await world.run();

    expect(mail.messages.map(({ subject }) => subject)).toHaveLength(2);
  });

  it('go only to the channels that want to hear of it, each for itself', async () => {
    const mail = channel(['conflict']);
    const chat = channel(['parked'], 'webhook');
    const world = worldWith(mail.channel, chat.channel);
    world.crm.add({ Amount: null });

    await world.run();

    expect([mail.messages.length, chat.messages.length]).toEqual([0, 1]);
  });

  it('warn of deadlines', async () => {
    const mail = channel(['deadline']);
    const world = worldWith(mail.channel);
    world.partnerCenter.receive();
    await world.run();

    world.pass(8 * 24 * 60);
    await world.run();
    world.pass(60);
    await world.run();

    expect(mail.messages.map(({ subject }) => subject)).toEqual(['cosell-sync contoso: 1 deadline']);
  });

  it('say that a sign-in was refused, once, and again after it worked in between', async () => {
    const mail = channel();
    const world = worldWith(mail.channel);
    const changes = world.partnerCenter.changes;
    const refuse = (): void => {
      world.partnerCenter.changes = async () => {
        throw new RemoteError('Sign-in was refused. Sign in again: cosell-sync auth login', {
          code: 'unauthorized',
          system: 'entra',
        });
      };
    };

    refuse();
    const report = await world.run();
    await world.run();
    world.partnerCenter.changes = changes;
    world.pass(5);
    await world.run();
    const mended = await world.open();
    refuse();
    world.pass(5);
    await world.run();

    expect(report.outcome).toBe('incomplete');
    expect(mended).toEqual([]);
    expect(mail.messages.map(({ subject }) => subject)).toEqual([
      'cosell-sync contoso: 1 sign-in refused',
      'cosell-sync contoso: 1 sign-in refused',
    ]);
    expect(mail.messages[0]?.text).toContain('cosell-sync auth login');
  });

  it('that cannot be sent change no run and are sent by the next one', async () => {
    const mail = channel();
    const world = worldWith(mail.channel);
    mail.state.failure = new RemoteError('Sending failed.', { code: 'forbidden', system: 'graph' });
    world.crm.add({ Amount: null });

    const report = await world.run();
    mail.state.failure = null;
    await world.run();

    expect(report).toMatchObject({ outcome: 'attention', stopped: null });
    expect(mail.messages).toHaveLength(1);
  });

  it('that may have arrived are not sent again', async () => {
    const mail = channel();
    const world = worldWith(mail.channel);
    mail.state.failure = new RemoteError('No answer came.', {
      code: 'unavailable',
      system: 'graph',
      outcomeUnknown: true,
    });
    world.crm.add({ Amount: null });

    await world.run();
    mail.state.failure = null;
    await world.run();

    expect(mail.messages).toEqual([]);
  });
});
