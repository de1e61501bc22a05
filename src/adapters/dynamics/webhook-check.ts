/**
 * Whether the webhook of a connection stands in the environment as the documentation asks for. The daemon itself needs
 * no right for its events: a person registers the webhook, so only what can be read of that is looked at.
 */
import { RemoteError } from '../../core/errors.ts';
import type { CheckResult } from '../../core/ports.ts';
import type { DynamicsClient } from './client.ts';
import { queryText } from './odata.ts';
import { readQueries } from './queries.ts';
import type { Row } from './schema.ts';

type Finding = Pick<CheckResult, 'detail' | 'remedy'>;

/** `Webhook`, `HttpHeader` and `Enabled` in the platform's numbers. */
const WEBHOOK_CONTRACT = 8;
const HTTP_HEADER = 5;
const ENABLED = 0;
/** The messages that tell of an opportunity's changes; a close is not always an update. By any of their names. */
const MESSAGES: readonly (readonly string[])[] = [
  ['Create'],
  ['Update'],
  ['Delete'],
  ['Win', 'WinOpportunity'],
  ['Lose', 'LoseOpportunity'],
];
const OPERATION = 'Read the registered webhooks';

/** @param path where the daemon takes this connection's events. @throws RemoteError */
export async function checkWebhook(
  client: DynamicsClient,
  path: string,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    return await lookAtWebhook(client, path, signal);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.code !== 'forbidden') throw error;
    return {
      detail: `not checked, as the application user may not read webhooks (${error.message}); events need no such right`,
      remedy: null,
    };
  }
}

async function lookAtWebhook(client: DynamicsClient, path: string, signal: AbortSignal): Promise<Finding> {
  const endpoints = await read(
    client,
    `serviceendpoints${queryText({
      $select: 'serviceendpointid,url,authtype',
      $filter: `contract eq ${WEBHOOK_CONTRACT}`,
    })}`,
    signal,
  );
  const ours = endpoints.filter(({ url }) => leadsTo(url, path));
  if (ours.length === 0)
    return {
      detail: `no webhook of the environment leads to ${path}`,
      remedy:
        'Register it with the Plug-in Registration Tool as docs/webhooks.md says; until then changes are found by schedule alone.',
    };
  const signed = ours.filter(({ authtype }) => authtype === HTTP_HEADER);
  if (signed.length === 0)
    return {
      detail: 'the webhook does not send its key in a header, so that its events are refused',
      remedy:
        'Set its authentication to HttpHeader in the Plug-in Registration Tool, with the header and key of webhooks.dynamics.',
    };
  const handlers = signed.map(({ serviceendpointid }) => `_eventhandler_value eq ${serviceendpointid}`);
  const steps = await read(
    client,
    `sdkmessageprocessingsteps${queryText({
      $select: 'sdkmessageprocessingstepid,statecode',
      $filter: `(${handlers.join(' or ')})`,
      $expand: 'sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)',
    })}`,
    signal,
  );
  const told = new Set(steps.filter(isAboutOpportunities).map((step) => textAt(step.sdkmessageid, 'name')));
  const missing = MESSAGES.filter((names) => !names.some((name) => told.has(name))).map(([name]) => name);
  return missing.length === 0
    ? { detail: `the webhook tells of opportunities on ${MESSAGES.length} messages`, remedy: null }
    : {
        detail: `the webhook has no enabled step on opportunity for ${missing.join(', ')}`,
        remedy:
          'Add the steps in the Plug-in Registration Tool, asynchronous and enabled; what they would tell is found by schedule alone.',
      };
}

async function read(client: DynamicsClient, path: string, signal: AbortSignal): Promise<readonly Row[]> {
  const { rows } = await readQueries(client, [path], { operation: OPERATION, signal });
  return rows[0] ?? [];
}

/** Whether an address leads to the daemon's path, on whatever host and behind whatever prefix of a proxy. */
function leadsTo(url: unknown, path: string): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  return new URL(url).pathname.replace(/\/+$/, '').endsWith(path);
}

/** A step without a filter is about every table. */
function isAboutOpportunities({ statecode, sdkmessagefilterid }: Row): boolean {
  const table = textAt(sdkmessagefilterid, 'primaryobjecttypecode');
  return statecode === ENABLED && (table === null || table === 'opportunity');
}

function textAt(row: unknown, column: string): string | null {
  if (typeof row !== 'object' || row === null) return null;
  const value: unknown = Object.entries(row).find(([name]) => name === column)?.[1];
  return typeof value === 'string' ? value : null;
}
