/** What the daemon gets from this machine: time, chance, its supervisor, and the parts of its server. */
import type { Surroundings } from '../daemon/daemon.ts';
import { createScheduler } from '../daemon/scheduler.ts';
import type { RegisterRoutes } from '../daemon/server.ts';

/** Everything that is mounted on the server besides health and figures. */
const routes: readonly RegisterRoutes[] = [];

export async function createSurroundings(): Promise<Surroundings> {
  return {
    scheduler: createScheduler(),
    supervisor: { ready: () => {}, reloading: () => {}, stopping: () => {} },
    random: Math.random,
    deadline: (minutes) => AbortSignal.timeout(minutes * 60_000),
    routes,
  };
}
