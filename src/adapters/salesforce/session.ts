/** Signing in with jsforce, at most a few times a minute: a host that refuses every fresh token must not be hammered. */
import type { Connection } from 'jsforce';
import type { SalesforceConfig } from '../../core/config-types.ts';
import { ConfigurationError, RemoteError, type RemoteErrorCode } from '../../core/errors.ts';
import { canonicalSalesforceId } from '../../core/ids.ts';
import type { Clock, HttpResponse } from '../http/index.ts';
import { createGrant, isAllowedInstance } from './auth.ts';
import { TokenAnswer } from './schema.ts';

/** Sign-ins allowed in a window. Salesforce itself allows 3,600 an hour and user. */
const MAX_SIGN_INS = 3;
const SIGN_IN_WINDOW_MS = 60_000;

export interface SignedIn {
  /** 18-character id of the user whose rights we have. */
  readonly userId: string | null;
  readonly organizationId: string | null;
}

export interface Session {
  /** Signs in once; parallel callers share the sign-in. */
  ensure(): Promise<SignedIn>;
  /** Signs in anew after a 401, within the cap. @throws RemoteError, ConfigurationError */
  renew(): Promise<string>;
  /** Why the last sign-in failed; null after one that worked. */
  readonly failure: Error | null;
}

export interface SessionOptions {
  readonly config: SalesforceConfig;
  readonly connection: Connection;
  readonly clock: Clock;
  /** The answer that the connection's OAuth transport got last. */
  readonly lastAnswer: () => HttpResponse | null;
}

/** Builds the session of a connection. */
export function createSession({ config, connection, clock, lastAnswer }: SessionOptions): Session {
  let signedIn: SignedIn | null = null;
  let underWay: Promise<SignedIn> | null = null;
  let failure: Error | null = null;
  let signIns: number[] = [];

  async function signIn(): Promise<SignedIn> {
    const now = clock.now();
    signIns = signIns.filter((time) => now - time < SIGN_IN_WINDOW_MS);
    if (signIns.length >= MAX_SIGN_INS) {
      throw refused('Salesforce keeps refusing fresh sessions', 'INVALID_SESSION_ID', 401);
    }
    signIns.push(now);
    const token = TokenAnswer.safeParse(await requestToken());
    if (!token.success) {
      throw new RemoteError(
        'Signing in to Salesforce failed: the answer cannot be read. Check crm.loginUrl; else try again later.',
        { code: 'unavailable', system: 'crm', status: lastAnswer()?.status ?? null },
      );
    }
    const { access_token: accessToken, instance_url: instanceUrl, id } = token.data;
    if (!isAllowedInstance(instanceUrl, config.loginUrl)) {
      throw new RemoteError(
        'Signing in to Salesforce failed: it names an instance outside salesforce.com and force.com. Check crm.loginUrl.',
        { code: 'configuration', system: 'crm' },
      );
    }
    const [organizationId = '', userId = ''] = id.split('/').slice(-2);
    connection._establish({
      instanceUrl: new URL(instanceUrl).origin,
      accessToken,
      userInfo: { id: userId, organizationId, url: id },
    });
    return {
      userId: canonicalSalesforceId(userId),
      organizationId: canonicalSalesforceId(organizationId),
    };
  }

  async function requestToken(): Promise<unknown> {
    const grant = createGrant(config, clock.now());
    try {
      return await connection.oauth2.requestToken(grant);
    } catch (error) {
      throw toSignInError(error, lastAnswer());
    }
  }

  function shared(): Promise<SignedIn> {
    underWay ??= signIn()
      .then(
        (result) => {
          signedIn = result;
          failure = null;
          return result;
        },
        (error: unknown) => {
          failure = error instanceof Error ? error : new Error('Signing in failed', { cause: error });
          throw failure;
        },
      )
      .finally(() => {
        underWay = null;
      });
    return underWay;
  }

  return {
    ensure: () => (signedIn === null ? shared() : Promise.resolve(signedIn)),
    async renew() {
      await shared();
      return connection.accessToken ?? '';
    },
    get failure() {
      return failure;
    },
  };
}

const CODE_BY_OAUTH_ERROR: Readonly<Record<string, RemoteErrorCode>> = {
  rate_limit_exceeded: 'rate-limited',
  temporarily_unavailable: 'unavailable',
  server_error: 'unavailable',
};

/** jsforce tells an OAuth failure by the error's name only; the status comes from the answer itself. */
function toSignInError(error: unknown, answer: HttpResponse | null): unknown {
  if (error instanceof RemoteError || error instanceof ConfigurationError) return error;
  if (!(error instanceof Error) || answer === null || answer.status < 400) return error;
  const isCode = /^[a-z_]{1,60}$/.test(error.name);
  const code =
    CODE_BY_OAUTH_ERROR[error.name] ??
    (answer.status === 429 ? 'rate-limited' : answer.status >= 500 ? 'unavailable' : 'unauthorized');
  if (code === 'unauthorized') return refused('Salesforce refuses the sign-in', error.name, answer.status);
  return new RemoteError(
    `Signing in to Salesforce failed (HTTP ${answer.status}). It is tried again in the next run.`,
    { code, system: 'crm', remoteCode: isCode ? error.name : null, status: answer.status },
  );
}

function refused(what: string, remoteCode: string, status: number): RemoteError {
  const isCode = /^[A-Za-z_]{1,60}$/.test(remoteCode);
  return new RemoteError(
    `${what}${isCode ? ` (${remoteCode})` : ''}. Check crm.loginUrl (your My Domain), crm.auth, and that the app is ` +
      'enabled for this flow and the integration user is active and approved for it.',
    { code: 'unauthorized', system: 'crm', remoteCode: isCode ? remoteCode : null, status },
  );
}
