/** Tokens of the identity that Azure gives to this machine: no secret is kept anywhere. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type INetworkModule,
  ManagedIdentityApplication,
  type NetworkRequestOptions,
  type NetworkResponse,
} from '@azure/msal-node';
import { z } from 'zod';
import { RemoteError } from '../../core/errors.ts';
import { type Clock, errorForStatus, type HttpClient, parseJson, systemClock } from '../http/index.ts';
import type { AppTokens } from './app-tokens.ts';
import { fromMsalError, signInError } from './errors.ts';
import { systemOptions } from './msal.ts';
import { createTokenCache, type FetchedToken } from './token-cache.ts';

export interface ManagedIdentityOptions {
  /** Which user-assigned identity; null for the machine's own. */
  readonly clientId: string | null;
  readonly scope: string;
  /** A client of the origin where the identity answers: a link-local or loopback address. */
  readonly http: (origin: string) => HttpClient;
  readonly operation: string;
  readonly clock?: Clock;
}

/** The answer of an identity endpoint; numbers come as text. */
const Answer = z.looseObject({
  access_token: z.string().optional(),
  expires_in: z.coerce.number().optional(),
  /** Seconds since 1970; some endpoints say only this. */
  expires_on: z.coerce.number().optional(),
  error: z.unknown().optional(),
  error_description: z.string().optional(),
  correlation_id: z.string().optional(),
});
type Answer = z.infer<typeof Answer>;

const TIMEOUT_MS = 5_000;
/** Where an answer does not say. */
const DEFAULT_LIFETIME_MS = 3_600_000;
const REMEDY =
  'Give this machine a managed identity, or correct clientId; outside of Azure use a secret, a certificate or workloadIdentity.';

/**
 * MSAL keeps the network of the process's first request for all later ones. So it gets this one, which passes each
 * call to the network of whoever is asking.
 */
const asking = new AsyncLocalStorage<INetworkModule>();
function networkInUse(): INetworkModule {
  const network = asking.getStore();
  if (network === undefined) throw new TypeError('A managed identity was asked outside of a sign-in.');
  return network;
}
const relay: INetworkModule = {
  sendGetRequestAsync: (url, options) => networkInUse().sendGetRequestAsync(url, options),
  sendPostRequestAsync: (url, options) => networkInUse().sendPostRequestAsync(url, options),
};

/** Tokens for one resource. Where the identity answers is what Azure put into this process's environment. */
export function createManagedIdentityTokens(options: ManagedIdentityOptions): AppTokens {
  const { clientId, scope, operation, clock = systemClock } = options;
  let application: ManagedIdentityApplication | null = null;

  async function fetchToken(): Promise<FetchedToken> {
    application ??= new ManagedIdentityApplication({
      ...(clientId === null ? {} : { managedIdentityIdParams: { userAssignedClientId: clientId } }),
      system: systemOptions(relay),
    });
    const known = application;
    const { network, seen } = createNetwork(options);
    try {
      // The cache is ours; MSAL's would be shared by all identities of the process.
      const { accessToken } = await asking.run(network, () =>
        known.acquireToken({ resource: scope, forceRefresh: true }),
      );
      return { accessToken, lifetimeMs: lifetimeOf(seen.answer, clock.now()) };
    } catch (error) {
      throw seen.failure ?? fromMsalError(error, { operation, signInCommand: null, remedy: REMEDY });
    }
  }

  const cache = createTokenCache(fetchToken, clock);
  return { getToken: (request) => cache.get(request) };
}

function lifetimeOf(answer: Answer | null, now: number): number {
  if (answer?.expires_in !== undefined) return answer.expires_in * 1000;
  return answer?.expires_on === undefined ? DEFAULT_LIFETIME_MS : answer.expires_on * 1000 - now;
}

interface Seen {
  answer: Answer | null;
  /** What failed last, before MSAL wrapped it. */
  failure: unknown;
}

/** The network of one sign-in. */
function createNetwork({ http, operation, clock = systemClock }: ManagedIdentityOptions): {
  readonly network: INetworkModule;
  readonly seen: Seen;
} {
  const seen: Seen = { answer: null, failure: null };
  const context = { operation, system: 'entra' } as const;

  async function send<T>(
    method: 'GET' | 'POST',
    url: string,
    { headers = {}, body }: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> {
    try {
      const response = await http(new URL(url).origin).send({
        operation,
        method,
        url,
        headers,
        ...(body === undefined ? {} : { body }),
        signal: new AbortController().signal,
        timeoutMs: TIMEOUT_MS,
        repeatable: true,
        metered: false,
      });
      if (response.status === 429 || response.status >= 500)
        throw errorForStatus(response, { ...context, isWrite: false, now: clock.now() });
      // Azure Arc first answers where a secret lies that proves who asks; MSAL knows what to do.
      const isChallenge = response.status === 401 && response.headers['www-authenticate'] !== undefined;
      const answer = isChallenge ? {} : Answer.parse(parseJson(response, context));
      if (!isChallenge && (response.status >= 300 || answer.access_token === undefined)) {
        throw signInError(
          {
            error: typeof answer.error === 'string' ? answer.error : `HTTP ${response.status}`,
            description: answer.error_description ?? '',
            claims: '',
            requestId: answer.correlation_id ?? response.requestId,
          },
          { operation, signInCommand: null, remedy: REMEDY },
        );
      }
      seen.answer = answer;
      return { status: response.status, headers: { ...response.headers }, body: answer as T };
    } catch (error) {
      seen.failure = withRemedy(error);
      throw error;
    }
  }

  return {
    seen,
    network: {
      sendGetRequestAsync: (url, options) => send('GET', url, options),
      sendPostRequestAsync: (url, options) => send('POST', url, options),
    },
  };
}

/** Nobody answers there on a machine that is not Azure's. */
function withRemedy(error: unknown): unknown {
  if (!(error instanceof RemoteError) || error.code !== 'unavailable' || error.status !== null) return error;
  const { code, system, remoteCode } = error;
  return new RemoteError(`${error.message} ${REMEDY}`, { code, system, remoteCode, cause: error });
}
