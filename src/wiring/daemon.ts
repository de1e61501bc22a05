/** What the daemon gets from this machine: time, chance, its supervisor, and the parts of its server. */
import type { Logger } from '../core/ports.ts';
import type { Surroundings } from '../daemon/daemon.ts';
import { createScheduler, type Scheduler } from '../daemon/scheduler.ts';
import { createWebhooks, type WebhooksOptions } from '../daemon/webhooks/index.ts';
import { superviseWithSystemd } from './systemd.ts';
import { createVerify } from './webhooks.ts';

/** What the parts of the server use of the other services. */
export type SurroundingsOptions = Pick<WebhooksOptions, 'account' | 'changes'> & {
  readonly logger: Logger;
  /** The machine's own time unless given. */
  readonly scheduler?: Scheduler;
};

export async function createSurroundings({
  account,
  logger,
  changes,
  scheduler = createScheduler(),
}: SurroundingsOptions): Promise<Surroundings> {
  return {
    scheduler,
    supervisor: superviseWithSystemd(logger),
    ofProcess: true,
    random: Math.random,
    deadline: (minutes) => AbortSignal.timeout(minutes * 60_000),
    // Everything that is mounted on the server besides health and figures.
    routes: [createWebhooks({ scheduler, verifierOf: createVerify, account, changes })],
  };
}
