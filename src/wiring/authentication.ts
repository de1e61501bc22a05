/** Signing in to Partner Center, looking whether one is, and forgetting it. */
import type { PartnerTokens } from '../adapters/entra/index.ts';
import type { HostLimitRegistry, HttpClient } from '../adapters/http/index.ts';
import type { Authentication } from '../cli/services.ts';
import type { ConnectionConfig, HostLimits } from '../core/config-types.ts';
import { wholeDaysLeft } from '../core/credential-lives.ts';
import type { Credentials } from '../store/index.ts';
import { checkCertificates, livesOf, signInLife } from './credential-lives.ts';

/** Sign-in is rare; a host asked that seldom needs no tuning. */
export const SIGN_IN_LIMITS: HostLimits = { concurrency: 2, requestsPerSecond: null };

/** The tokens of a connection's Partner Center user. @param http a client for the authority */
export async function createTokens(
  { name, partnerCenter }: ConnectionConfig,
  credentials: Credentials,
  http: HttpClient,
): Promise<PartnerTokens> {
  const { createPartnerTokens, proofOf } = await import('../adapters/entra/index.ts');
  const { authority, tenantId, clientId, clientSecret, certificateFile = null, refreshToken } = partnerCenter;
  return createPartnerTokens({
    authority,
    tenantId,
    clientId,
    clientSecret,
    proof: proofOf({ clientSecret, certificateFile }, 'partnerCenter'),
    configuredRefreshToken: refreshToken,
    credentials,
    connection: name,
    http,
  });
}

/** @param credentials opened on first use: looking must not make a state directory */
export function createAuthentication(
  credentials: () => Promise<Credentials>,
  limits: HostLimitRegistry,
  now: () => Date,
  warnDays: readonly number[],
): Authentication {
  const keyOf = (name: string): string => `partner-center/${name}`;
  return {
    async status(connection) {
      const { name, partnerCenter } = connection;
      const store = await credentials();
      const stored = store.entries().find((entry) => entry.name === keyOf(name));
      const at = now().toISOString();
      const certificates = (await livesOf(connection, store))
        .filter(({ key }) => key.startsWith('certificate:'))
        .map(({ what, endsAt }) => ({ what, endsAt, daysLeft: wholeDaysLeft(endsAt, at) }));
      if (stored === undefined) {
        const state = partnerCenter.refreshToken === null ? 'none' : 'configured';
        return { connection: name, state, renewedAt: null, daysLeft: null, certificates };
      }
      const life = signInLife(connection, store);
      return {
        connection: name,
        state: 'stored',
        renewedAt: stored.savedAt,
        daysLeft: life === null ? null : wholeDaysLeft(life.endsAt, at),
        certificates,
      };
    },
    key: async () => (await credentials()).keyInUse(),
    rekey: async () => (await credentials()).rekey(),
    checks: (connection) => checkCertificates(connection, warnDays, now()),
    async login(connection, onPrompt, { signal }) {
      const { createHttpClient } = await import('../adapters/http/index.ts');
      const { authority } = connection.partnerCenter;
      const http = createHttpClient({
        baseUrl: authority,
        system: 'entra',
        limit: limits.forHost(authority, SIGN_IN_LIMITS),
      });
      const tokens = await createTokens(connection, await credentials(), http);
      await tokens.deviceCodeLogin({ onPrompt, signal });
    },
    async logout({ name }) {
      const store = await credentials();
      if ((await store.load(keyOf(name))) === null) return false;
      await store.remove(keyOf(name));
      return true;
    },
  };
}
