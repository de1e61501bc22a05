import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppTokens, createAppSignIn } from '../../../src/adapters/entra/index.ts';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import type { AppSignIn } from '../../../src/core/config-types.ts';
import { createDirectory, createEntraStandIn } from '../../../src/sandbox/entra/index.ts';
import { createClock } from '../../../src/sandbox/kernel/clock.ts';
import { createFaults } from '../../../src/sandbox/kernel/faults.ts';
import { createJournal } from '../../../src/sandbox/kernel/journal.ts';
import { startSandboxServer } from '../../../src/sandbox/kernel/server.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const APP = '33333333-3333-4333-8333-333333333333';
export const RESOURCE = 'https://contoso.crm.example';

/** The sandbox's sign-in service without any application, and a folder for files that prove something. */
export async function startSandboxEntra() {
  const clock = createClock();
  const directory = createDirectory({ clock, tenantId: TENANT, applications: [], users: [] });
  const journal = createJournal();
  const server = await startSandboxServer({
    standIn: createEntraStandIn({ clock, directory }),
    clock,
    journal,
    faults: createFaults(),
    hooks: {},
    port: 0,
  });
  const folder = mkdtempSync(join(tmpdir(), 'identities-'));
  return {
    directory,
    journal,
    url: server.url,
    file: (name: string) => join(folder, name),
    tokens: (signIn: AppSignIn): AppTokens =>
      createAppSignIn({
        signIn,
        scope: `${RESOURCE}/.default`,
        http: (baseUrl) => createHttpClient({ baseUrl, system: 'entra', attempts: 1, linkLocal: true }),
        operation: 'Sign in to Dataverse',
        section: 'crm.auth',
      }),
    /** Whom a token was issued to, and for what. */
    read: (token: string) => {
      const claims = directory.verify(token);
      return claims && { for: claims.aud, app: claims.appid, type: claims.idtyp };
    },
    async close() {
      rmSync(folder, { recursive: true, force: true });
      await server.close();
    },
  };
}
export type SandboxEntra = Awaited<ReturnType<typeof startSandboxEntra>>;
