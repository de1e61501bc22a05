/**
 * Messages to the operators by webhook: JSON text as Slack and its like take it, or a card where the address is one of
 * a Teams workflow. The address is the secret, so no error and no log names more than its host.
 */
import { RemoteError } from '../../core/errors.ts';
import type { Message, MessageChannel } from '../../core/ports.ts';
import { errorForStatus, type HttpClient } from '../http/index.ts';

const OPERATION = 'Sending a message to the webhook';
const TIMEOUT_MS = 15_000;
/** Hosts of Power Automate, whose workflows post cards to Teams. */
const TEAMS_HOST = /\.(?:logic\.azure\.com|powerplatform\.com|powerautomate\.com)$/i;
/** Chat services cut or refuse longer texts. */
const TEXT_LIMIT = 15_000;

export interface WebhookOptions {
  readonly url: string;
  readonly on: readonly string[];
  /** A client of the address's origin that reports its requests to nobody. */
  readonly http: HttpClient;
}

/** A channel that posts to one address. */
export function createWebhookChannel({ url, on, http }: WebhookOptions): MessageChannel {
  const isTeams = TEAMS_HOST.test(new URL(url).hostname);
  return {
    name: 'webhook',
    on,
    async send(message, { signal }) {
      const response = await http.send({
        operation: OPERATION,
        method: 'POST',
        url,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(isTeams ? asCard(message) : { text: asText(message) }),
        signal,
        timeoutMs: TIMEOUT_MS,
        repeatable: false,
      });
      if (response.status >= 200 && response.status < 300) return;
      if (response.status === 404 || response.status === 410)
        throw new RemoteError(
          `${OPERATION} failed (HTTP ${response.status}): the address is not good any more; correct notify.webhook.url.`,
          { code: 'configuration', system: 'webhook', status: response.status },
        );
      throw errorForStatus(response, {
        operation: OPERATION,
        system: 'webhook',
        isWrite: true,
        now: Date.now(),
      });
    },
  };
}

function asText({ subject, text }: Message): string {
  return `${subject}\n\n${text}`.slice(0, TEXT_LIMIT);
}

function asCard({ subject, text }: Message): object {
  const block = (content: string, style: object): object => ({
    type: 'TextBlock',
    text: content,
    wrap: true,
    ...style,
  });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          type: 'AdaptiveCard',
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          version: '1.4',
          body: [
            block(subject, { weight: 'Bolder', size: 'Medium' }),
            // A card joins lines that no blank line parts.
            block(text.slice(0, TEXT_LIMIT).replaceAll('\n', '\n\n'), {}),
          ],
        },
      },
    ],
  };
}
