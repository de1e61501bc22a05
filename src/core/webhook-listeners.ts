/**
 * Who listens to Partner Center's events. A partner account has one registration with one address, so connections of
 * one account listen together: what one of them is told, all of them look at.
 */
import type { Config, ConnectionConfig, WebhooksConfig } from './config-types.ts';
import type { WebhookRegistration } from './webhook-registration.ts';

export const PARTNER_CENTER_PATH = '/webhooks/partner-center';
export const DATAVERSE_PATH = '/webhooks/dataverse';

export interface PartnerListener {
  /** The first connection's name: the last segment of the address. */
  readonly name: string;
  /** The connection whose sign-in and settings count. */
  readonly connection: ConnectionConfig;
  readonly settings: NonNullable<WebhooksConfig['partnerCenter']>;
  /** All that look when an event comes. */
  readonly connections: readonly string[];
  /** What Partner Center should have registered. */
  readonly wanted: WebhookRegistration;
}

/** The listeners of a configuration, one for each partner account. */
export function partnerListeners({ server, connections }: Config): readonly PartnerListener[] {
  const byAccount = new Map<string, PartnerListener>();
  for (const connection of connections) {
    const settings = connection.webhooks?.partnerCenter ?? null;
    if (settings === null || server.publicUrl === undefined) continue;
    const { webhookBaseUrl, tenantId } = connection.partnerCenter;
    const account = `${webhookBaseUrl} ${tenantId}`.toLowerCase();
    const first = byAccount.get(account);
    if (first === undefined) {
      const url = `${server.publicUrl}${PARTNER_CENTER_PATH}/${connection.name}`;
      byAccount.set(account, {
        name: connection.name,
        connection,
        settings,
        connections: [connection.name],
        wanted: { url, events: settings.events },
      });
      continue;
    }
    byAccount.set(account, {
      ...first,
      connections: [...first.connections, connection.name],
      wanted: { url: first.wanted.url, events: [...new Set([...first.wanted.events, ...settings.events])] },
    });
  }
  return [...byAccount.values()];
}

/**
 * The listener that an address's last segment names; without one, the only listener there is.
 * Connections that share an account are found under each of their names.
 */
export function findListener(
  listeners: readonly PartnerListener[],
  name: string | null,
): PartnerListener | null {
  const [only, ...others] = listeners;
  if (name === null) return others.length === 0 ? (only ?? null) : null;
  return listeners.find(({ connections }) => connections.includes(name)) ?? null;
}
