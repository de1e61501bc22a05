/** Events as hints: the part of the daemon's server that hears of changes before its schedule does. */
import type { Config, ConnectionConfig, WebhooksConfig } from '../../core/config-types.ts';
import { partnerListeners } from '../../core/webhook-listeners.ts';
import type { Scheduler } from '../scheduler.ts';
import type { RegisterRoutes } from '../server.ts';
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
}

/** When the registrations are checked besides at the start (cron, UTC). */
const DAILY = '41 4 * * *';

/** The part to mount. */
export function createWebhooks({ scheduler, verifierOf, account }: WebhooksOptions): RegisterRoutes {
  return (app, context) => {
    const { runner, config, ledger, now, logger } = context;
    const hints = createHints({ request: runner.request, scheduler, now: () => now().getTime() });
    const closing = new AbortController();
    let checking = Promise.resolve();
    const check = (): void => {
      checking = checking.then(() =>
        keepRegistrations({
          // Connections that this process does not run are another's to look after.
          listeners: () => {
            const running = new Set(runner.status().map(({ connection }) => connection));
            return partnerListeners(config()).filter(({ connections }) =>
              connections.some((name) => running.has(name)),
            );
          },
          account: ({ connection }) => account(config(), connection),
          ledger,
          now,
          logger,
          signal: closing.signal,
        }),
      );
    };

    mountEventRoutes(app, context, { hints, verifierOf });
    const daily = scheduler.every(DAILY, check);
    const unsubscribe = runner.subscribe(({ type }) => {
      if (type === 'connections-changed') check();
    });
    app.addHook('onListen', async () => check());
    app.addHook('onClose', async () => {
      daily.cancel();
      unsubscribe();
      hints.close();
      closing.abort();
      await checking;
    });
  };
}
