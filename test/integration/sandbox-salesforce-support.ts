/** An org behind HTTP on loopback, and real jsforce signed in to it. */
import { Connection } from 'jsforce';
import { createClock, type SandboxClock } from '../../src/sandbox/kernel/clock.ts';
import { createFaults, type Faults } from '../../src/sandbox/kernel/faults.ts';
import { createJournal, type Journal } from '../../src/sandbox/kernel/journal.ts';
import { startSandboxServer } from '../../src/sandbox/kernel/server.ts';
import {
  type ConnectedApp,
  createOrg,
  createSalesforceStandIn,
  type SalesforceOrg,
  type SalesforceStandIn,
} from '../../src/sandbox/salesforce/index.ts';

export const NOW = new Date('2026-11-20T18:00:00Z');
export const CLIENT = { clientId: 'app', clientSecret: 'app-secret' } as const;
export const VERSION = '66.0';

export interface Rig {
  readonly url: string;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly org: SalesforceOrg;
  readonly standIn: SalesforceStandIn;
  /** Signed in with client credentials, and able to do so again. */
  readonly connection: Connection;
  close(): Promise<void>;
}

/** Starts an org; `app` adds to or replaces what the client may do. */
export async function startRig(
  app: (org: SalesforceOrg) => Partial<ConnectedApp> = () => ({}),
): Promise<Rig> {
  const clock = createClock(NOW);
  const org = createOrg({ clock });
  const apps = [{ ...CLIENT, runAs: org.integrationUserId, ...app(org) }];
  const standIn = createSalesforceStandIn({ clock, org, apps });
  const journal = createJournal();
  const faults = createFaults();
  const server = await startSandboxServer({ standIn, clock, journal, faults, hooks: {}, port: 0 });
  const connection = await signIn(server.url);
  return { url: server.url, clock, journal, faults, org, standIn, connection, close: server.close };
}

export async function signIn(loginUrl: string): Promise<Connection> {
  const connection = new Connection({
    oauth2: { ...CLIENT, loginUrl },
    version: VERSION,
    refreshFn: (own, callback) => {
      own.authorize({ grant_type: 'client_credentials' }).then(
        () => callback(null, own.accessToken ?? ''),
        (error: Error) => callback(error),
      );
    },
  });
  await connection.authorize({ grant_type: 'client_credentials' });
  return connection;
}

/** What a rejected call says: jsforce puts the code on `errorCode`, or on `name` for OAuth errors. */
export async function failureOf(
  call: PromiseLike<unknown>,
): Promise<{ code: string; message: string; data: unknown }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'errorCode' in error ? String(error.errorCode) : error.name;
    return { code, message: error.message, data: 'data' in error ? error.data : null };
  }
  throw new Error('The call was expected to fail.');
}
