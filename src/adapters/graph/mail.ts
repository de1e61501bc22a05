/** Messages to the operators as mail. Accepted is not delivered, and a mail whose answer is lost may have gone out. */
import type { MessageChannel } from '../../core/ports.ts';
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
    async send({ id, subject, text }, { signal }) {
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
        permission: `the application permission Mail.Send, for the mailbox in graph.notify.from`,
        isWrite: true,
        now: clock.now(),
      });
    },
  };
}
