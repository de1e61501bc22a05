/** Messages to the operators as mail. Accepted is not delivered, and a mail whose answer is lost may have gone out. */
import type { CallOptions, Message, MessageChannel, OwnerMail } from '../../core/ports.ts';
import type { Clock } from '../http/index.ts';
import type { GraphClient } from './client.ts';
import { graphError } from './errors.ts';

export interface MailOptions {
  /** The mailbox that sends. */
  readonly from: string;
  readonly to: readonly string[];
  readonly on: readonly string[];
}

const OPERATION = 'Sending a message by mail';

/** A channel that sends from one mailbox. */
export function createMailChannel(
  client: GraphClient,
  clock: Clock,
  { from, to, on }: MailOptions,
): MessageChannel {
  return {
    name: 'mail',
    on,
    send: (message, options) =>
      sendMail(client, clock, { from, to, message, key: 'graph.notify.from' }, options),
  };
}

/** Mail to single people from one mailbox. */
export function createOwnerMail(client: GraphClient, clock: Clock, from: string): OwnerMail {
  return {
    send: (to, message, options) =>
      sendMail(client, clock, { from, to: [to], message, key: 'graph.reminders.from' }, options),
  };
}

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: Message;
  /** The configuration's key that names the mailbox. */
  readonly key: string;
}

async function sendMail(
  client: GraphClient,
  clock: Clock,
  { from, to, message: { id, subject, text }, key }: Mail,
  { signal }: CallOptions,
): Promise<void> {
  const response = await client.post({
    operation: OPERATION,
    path: `/users/${encodeURIComponent(from)}/sendMail`,
    body: {
      message: {
        subject,
        body: { contentType: 'Text', content: text },
        toRecipients: to.map((address) => ({ emailAddress: { address } })),
        internetMessageHeaders: [{ name: 'x-cosell-sync-message-id', value: id }],
      },
      saveToSentItems: false,
    },
    repeatable: false,
    signal,
  });
  if (response.status >= 200 && response.status < 300) return;
  throw graphError(response, {
    operation: OPERATION,
    permission: `the application permission Mail.Send, for the mailbox in ${key}`,
    isWrite: true,
    now: clock.now(),
  });
}
