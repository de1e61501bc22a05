/** Graph beside the other stand-ins: it lets in apps that the sandbox's own sign-in service vouches for. */
import type { EntraDirectory } from './entra/index.ts';
import { createGraphStandIn, type GraphTenant } from './graph/index.ts';
import type { SandboxClock } from './kernel/clock.ts';
import type { StandIn } from './kernel/server.ts';

/** The stand-in for a tenant's Graph. */
export function createGraphSide(
  clock: SandboxClock,
  directory: EntraDirectory,
  tenant: GraphTenant,
): StandIn {
  return createGraphStandIn({
    clock,
    tenant,
    verifyToken(token) {
      const claims = directory.verify(token);
      return claims && { audience: claims.aud, isApp: claims.idtyp === 'app' };
    },
  });
}
