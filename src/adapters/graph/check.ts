/** What `doctor` asks of Graph: whether the app may look up people and send mail. It sends nothing to anybody. */
import type { CallOptions, CheckResult } from '../../core/ports.ts';
import { type Clock, type HttpResponse, parseJsonText } from '../http/index.ts';
import type { GraphClient } from './client.ts';
import { graphCodeOf, graphError } from './errors.ts';
import { BatchAnswer } from './schema.ts';

const DIRECTORY = 'Directory in Microsoft Graph';

function result(name: string, detail: string, remedy: string | null = null): CheckResult {
  return { name, ok: remedy === null, detail, remedy };
}

/** Whether people can be read: one is asked for, by number. */
export async function checkDirectory(
  client: GraphClient,
  clock: Clock,
  { signal }: CallOptions,
): Promise<CheckResult> {
  const operation = 'Looking up a person in the directory';
  const response = await client.post({
    operation,
    path: '/$batch',
    body: { requests: [{ id: '1', method: 'GET', url: '/users?$top=1&$select=id,mobilePhone' }] },
    repeatable: true,
    signal,
  });
  const read = BatchAnswer.safeParse(parseJsonText(response.body));
  const inner = read.success ? read.data.responses[0] : undefined;
  if (response.status === 200 && inner?.status === 200)
    return result(DIRECTORY, 'the app may look up people (User.Read.All).');
  const refused: HttpResponse =
    inner === undefined
      ? response
      : { ...response, status: inner.status, body: JSON.stringify(inner.body ?? null) };
  return failed(DIRECTORY, refused, operation, 'the application permission User.Read.All', clock);
}

/**
 * Whether mail can be sent from a mailbox: one without a recipient is offered. Graph refuses it for that only where
 * the app may send from this mailbox and the mailbox exists; else it says what is missing.
 * @param key the configuration's key that names the mailbox
 */
export async function checkMailbox(
  client: GraphClient,
  clock: Clock,
  from: string,
  key: string,
  { signal }: CallOptions,
): Promise<CheckResult> {
  const name = `Mailbox of ${key}`;
  const operation = 'Offering a mail without a recipient';
  const response = await client.post({
    operation,
    path: `/users/${encodeURIComponent(from)}/sendMail`,
    body: {
      message: {
        subject: 'cosell-sync doctor',
        body: { contentType: 'Text', content: '' },
        toRecipients: [],
      },
      saveToSentItems: false,
    },
    repeatable: false,
    signal,
  });
  const code = graphCodeOf(response.body);
  const isReady = response.status === 202 || (response.status === 400 && code === 'ErrorInvalidRecipients');
  if (isReady) return result(name, 'the app may send mail from it (Mail.Send).');
  if (response.status === 404)
    return result(
      name,
      `there is no such mailbox (HTTP 404${code === null ? '' : `, ${code}`}).`,
      `Set ${key} to a mailbox in Exchange Online of this tenant.`,
    );
  return failed(name, response, operation, `the application permission Mail.Send, for this mailbox`, clock);
}

function failed(
  name: string,
  response: HttpResponse,
  operation: string,
  permission: string,
  clock: Clock,
): CheckResult {
  const { message, code } = graphError(response, { operation, permission, isWrite: false, now: clock.now() });
  return result(
    name,
    message,
    code === 'forbidden'
      ? `Add ${permission} to the app registration and grant admin consent; an application access policy may also stand in the way.`
      : 'Mend what the message says, then run cosell-sync doctor again.',
  );
}
