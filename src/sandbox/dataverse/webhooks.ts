/** Webhook deliveries: registered steps are told of writes, once they are committed. Hints only, as the real ones. */
import { randomUUID } from 'node:crypto';
import type { OrgParts } from './parts.ts';
import { numberOf, referenceOf, textOf, type Values } from './values.ts';

export interface WebhookDelivery {
  readonly message: string;
  readonly table: string;
  readonly id: string;
  readonly url: string;
  /** null while it is under way, 0 when nobody answered. */
  status: number | null;
}

export interface Webhooks {
  readonly deliveries: readonly WebhookDelivery[];
  /** How often each event is delivered; more than once shows how a receiver bears duplicates. */
  copies: number;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

const WEBHOOK_CONTRACT = 8;
const TIMEOUT_MS = 60_000;
/** `WebhookKey`, `HttpHeader`, `HttpQueryString`. */
const AUTH = { key: 4, header: 5, query: 6 } as const;
/** Only these answers lead to another attempt. */
const RETRIED = new Set([502, 503, 504]);
const ATTEMPTS = 2;

function settingsIn(authValue: string): readonly (readonly [string, string])[] {
  return [...authValue.matchAll(/<setting\s+name="([^"]*)"\s+value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
}

/** Address and headers of a delivery to an endpoint. */
function destinationOf(endpoint: Values): { readonly url: string; readonly headers: Record<string, string> } {
  const url = new URL(textOf(endpoint, 'url') ?? '');
  const authValue = textOf(endpoint, 'authvalue') ?? '';
  const authType = numberOf(endpoint, 'authtype');
  if (authType === AUTH.key) url.searchParams.set('code', authValue);
  if (authType === AUTH.query)
    for (const [name, value] of settingsIn(authValue)) url.searchParams.set(name, value);
  const headers = authType === AUTH.header ? Object.fromEntries(settingsIn(authValue)) : {};
  return { url: url.href, headers };
}

/** Sends what registered steps ask for. */
export function createWebhooks(parts: OrgParts): Webhooks {
  const { store, clock, ids } = parts;
  const deliveries: WebhookDelivery[] = [];
  const underWay = new Set<Promise<void>>();

  function endpointsFor(message: string, table: string, columns: readonly string[]): Values[] {
    const found: Values[] = [];
    for (const { values: step } of store.rows('sdkmessageprocessingstep')) {
      const read = (column: string): Values | undefined => {
        const reference = referenceOf(step, column);
        return reference === null ? undefined : store.get(reference.table, reference.id)?.values;
      };
      const filter = read('sdkmessagefilterid');
      const endpoint = read('eventhandler');
      const watched = textOf(step, 'filteringattributes')
        ?.split(',')
        .map((name) => name.trim());
      const isOn = step.statecode === 0 && endpoint !== undefined && endpoint.contract === WEBHOOK_CONTRACT;
      const isMessage = textOf(read('sdkmessageid') ?? {}, 'name') === message;
      const isTable = filter === undefined || textOf(filter, 'primaryobjecttypecode') === table;
      const isWatched = message !== 'Update' || !watched || watched.some((name) => columns.includes(name));
      if (isOn && isMessage && isTable && isWatched) found.push(endpoint);
    }
    return found;
  }

  async function deliver(
    endpoint: Values,
    delivery: WebhookDelivery,
    columns: readonly string[],
  ): Promise<void> {
    const { url, headers } = destinationOf(endpoint);
    const body = JSON.stringify({
      MessageName: delivery.message,
      PrimaryEntityId: delivery.id,
      PrimaryEntityName: delivery.table,
      OrganizationId: ids.organization,
      OperationCreatedOn: `/Date(${clock.now().getTime()})/`,
      Stage: 40,
      Mode: 1,
      InputParameters: [
        {
          key: 'Target',
          value: {
            Id: delivery.id,
            LogicalName: delivery.table,
            Attributes: columns.map((key) => ({
              key,
              value: store.get(delivery.table, delivery.id)?.values[key] ?? null,
            })),
          },
        },
      ],
    });
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            ...headers,
            'Content-Type': 'application/json',
            'x-request-id': randomUUID(),
            'x-ms-dynamics-organization': 'contoso.crm.dynamics.com',
            'x-ms-dynamics-entity-name': delivery.table,
            'x-ms-dynamics-request-name': delivery.message,
            'x-ms-correlation-request-id': randomUUID(),
          },
          body,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        delivery.status = response.status;
      } catch {
        delivery.status = 0;
      }
      if (!RETRIED.has(delivery.status)) return;
    }
  }

  const webhooks: Webhooks = {
    deliveries,
    copies: 1,
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
  parts.listeners.push((message, table, id, columns) => {
    for (const endpoint of endpointsFor(message, table, columns)) {
      for (let copy = 0; copy < webhooks.copies; copy += 1) {
        const delivery: WebhookDelivery = {
          message,
          table,
          id,
          url: textOf(endpoint, 'url') ?? '',
          status: null,
        };
        store.onCommit(() => {
          deliveries.push(delivery);
          const sending = deliver(endpoint, delivery, columns).finally(() => underWay.delete(sending));
          underWay.add(sending);
        });
      }
    }
  });
  return webhooks;
}
