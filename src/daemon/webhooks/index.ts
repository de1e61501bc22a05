/** Events as hints: the part of the daemon's server that hears of changes before its schedule does. */
import type { Config, ConnectionConfig, WebhooksConfig } from '../../core/config-types.ts';
import { partnerListeners } from '../../core/webhook-listeners.ts';
import type { Scheduler } from '../scheduler.ts';
import type { RegisterRoutes } from '../server.ts';
import { createChangeListener, type Listen } from './change-listener.ts';
import type { Verify } from './events.ts';
import { createHints } from './hints.ts';
import { keepRegistrations, type WebhookAccount } from './keeper.ts';
import { mountEventRoutes } from './routes.ts';

export type { Verify } from './events.ts';
export type { WebhookAccount } from './keeper.ts';

export interface WebhooksOptions {
  readonly scheduler: Scheduler;
  readonly verifierOf: (settings: NonNullable<WebhooksConfig['partnerCenter']>) => Promise<Verify>;
  readonly account: (config: Config, connection: ConnectionConfig) => Promise<WebhookAccount>;
  /** How to listen to the CRM's change events; null where it sends none. */
  readonly changes: (config: Config, connection: ConnectionConfig) => Promise<Listen | null>;
}

/** When the registrations are checked besides at the start (cron, UTC). */
const DAILY = '41 4 * * *';

/** The part to mount. */
export function createWebhooks({ scheduler, verifierOf, account, changes }: WebhooksOptions): RegisterRoutes {
  return (app, context) => {
    const { runner, config, ledger, now, logger } = context;
    const settleMs = (name: string): number =>
      1_000 *
      (config().connections.find((connection) => connection.name === name)?.policy.settleSeconds ?? 0);
    const hints = createHints({
      request: runner.request,
      scheduler,
      now: () => now().getTime(),
      settleMs,
    });
    const closing = new AbortController();
    let checking = Promise.resolve();
    // Connections that this process does not run are another's to look after.
    const running = (): ReadonlySet<string> => new Set(runner.status().map(({ connection }) => connection));
    const check = (): void => {
      checking = checking.then(() =>
        keepRegistrations({
          listeners: () => {
            const here = running();
            return partnerListeners(config()).flatMap((one) => {
              const name = one.connections.find((connection) => here.has(connection));
              return name === undefined ? [] : [{ ...one, name }];
            });
          },
          account: ({ connection }) => account(config(), connection),
          ledger,
          now,
          logger,
          signal: closing.signal,
        }),
      );
    };
    const listener = createChangeListener({
      async sources() {
        const here = running();
        const found: { connection: string; listen: Listen }[] = [];
        for (const connection of config().connections) {
          if (connection.crm.kind !== 'salesforce' || connection.crm.changeEvents !== true) continue;
          const listen = here.has(connection.name) ? await changes(config(), connection) : null;
          if (listen !== null) found.push({ connection: connection.name, listen });
        }
        return found;
      },
      ledger,
      hints,
      scheduler,
      logger,
      note: (connection, outcome) =>
        runner.emit({ type: 'event-received', source: 'salesforce', connections: [connection], outcome }),
    });
    const begin = (): void => {
      check();
      // A trust file that cannot be used is told of now, not when the first event is refused.
      for (const { name, settings } of partnerListeners(config()))
        verifierOf(settings).catch((error: unknown) =>
          logger.error({ connection: name, err: error }, 'Events cannot be verified, and are all refused'),
        );
      listener.restart();
    };

    mountEventRoutes(app, context, { hints, verifierOf });
    const daily = scheduler.every(DAILY, check);
    const unsubscribe = runner.subscribe(({ type }) => {
      if (type === 'connections-changed') begin();
    });
    app.addHook('onListen', async () => begin());
    app.addHook('onClose', async () => {
      daily.cancel();
      unsubscribe();
      hints.close();
      closing.abort();
      await Promise.all([checking, listener.close()]);
    });
  };
}
