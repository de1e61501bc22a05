/** Asks the daemon on this machine how it is. */
import { z } from 'zod';
import type { DaemonHealth } from '../cli/services.ts';
import type { Config } from '../core/config-types.ts';

const TIMEOUT_MS = 5_000;
/** Addresses that mean every interface are reached through loopback. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

const Health = z.object({
  ready: z.boolean(),
  configuration: z.string().nullable(),
  connections: z.array(
    z.object({
      connection: z.string(),
      ready: z.boolean(),
      reason: z.string().nullable(),
      lastCompleteRun: z.string().nullable(),
    }),
  ),
});

/** Where the configuration says that the daemon listens; null when it takes any free port. */
export function daemonUrlOf({ server: { host, port } }: Config): string | null {
  if (port === 0) return null;
  const name = ANY[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${name}:${port}`;
}

/** What `/readyz` says; null when nobody answers, or somebody else does. */
export async function askDaemon(config: Config): Promise<DaemonHealth | null> {
  const url = daemonUrlOf(config);
  if (url === null) return null;
  const { token } = config.server;
  try {
    const response = await fetch(`${url}/readyz`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
    });
    const found = Health.safeParse(await response.json());
    return found.success ? found.data : null;
  } catch {
    return null;
  }
}
