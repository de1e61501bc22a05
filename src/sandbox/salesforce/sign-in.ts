/** The token endpoint and the sessions it hands out. */
import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import type { SandboxClock } from '../kernel/clock.ts';
import type { SandboxRequest, SandboxResponse } from '../kernel/server.ts';
import type { SalesforceOrg } from './org.ts';
import { isRecord, type JsonRecord, textOf } from './values.ts';

/** A client that an administrator has set up. */
export interface ConnectedApp {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The user that client credentials act as; without one that flow is off. */
  readonly runAs?: string;
  /** PEM of the certificate or public key that assertions (JWT bearer) are signed for; without one that flow is off. */
  readonly publicKey?: string;
  /** Refresh tokens that are good, and whose they are. */
  readonly refreshTokens?: Readonly<Record<string, string>>;
  /** Each use of a refresh token replaces it. */
  readonly rotatesRefreshTokens?: boolean;
}

export interface SignIn {
  token(request: SandboxRequest): SandboxResponse;
  revoke(request: SandboxRequest): SandboxResponse;
  /** The user of a session, which stays open while it is used; null when there is none. */
  userOf(accessToken: string): string | null;
  /** Ends every session: the next requests are answered 401 once. */
  expireAll(): void;
  /** Sign-ins that succeeded. */
  readonly count: number;
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const AUDIENCES = ['https://login.salesforce.com', 'https://test.salesforce.com'];
/** Sources differ on three or five minutes; a little more allows for the request's own time. */
const MAX_ASSERTION_S = 305;

class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: string;
  constructor(code: string, description: string) {
    super(description);
    this.code = code;
  }
}

export interface SignInOptions {
  readonly clock: SandboxClock;
  readonly org: SalesforceOrg;
  readonly apps: readonly ConnectedApp[];
}

/** The sign-in service of one org. */
export function createSignIn({ clock, org, apps }: SignInOptions): SignIn {
  const sessions = new Map<string, { readonly userId: string; usedAtMs: number }>();
  const refreshTokens = new Map<string, { readonly clientId: string; readonly userId: string }>();
  for (const { clientId, refreshTokens: known = {} } of apps) {
    for (const [token, userId] of Object.entries(known)) refreshTokens.set(token, { clientId, userId });
  }
  let count = 0;

  function appOf(form: URLSearchParams, isSecretNeeded: boolean): ConnectedApp {
    const app = apps.find(({ clientId }) => clientId === form.get('client_id'));
    if (app === undefined) throw new OAuthError('invalid_client_id', 'client identifier invalid');
    const secret = form.get('client_secret');
    const isWrong = secret === null ? isSecretNeeded : secret !== app.clientSecret;
    if (isWrong) throw new OAuthError('invalid_client', 'invalid client credentials');
    return app;
  }

  function activeUser(userId: string): string {
    const user = org.find('User', userId);
    if (user === null) throw new OAuthError('invalid_grant', 'authentication failure');
    if (user.IsActive !== true) throw new OAuthError('inactive_user', 'user is inactive');
    return textOf(user, 'Id') ?? userId;
  }

  function userNamed(username: string): string {
    const [user] = org.query(`SELECT Id FROM User WHERE Username = '${username.replace(/['\\]/g, '\\$&')}'`);
    if (user === undefined) throw new OAuthError('invalid_grant', "user hasn't approved this consumer");
    return activeUser(String(user.Id));
  }

  function byAssertion(assertion: string, baseUrl: string): string {
    const { header, claims, content, signature } = readAssertion(assertion);
    const app = apps.find(({ clientId }) => clientId === claims.iss);
    if (app === undefined) throw new OAuthError('invalid_client_id', 'client identifier invalid');
    const isSigned =
      app.publicKey !== undefined &&
      header.alg === 'RS256' &&
      verify('RSA-SHA256', Buffer.from(content), createPublicKey(app.publicKey), signature);
    if (!isSigned) throw new OAuthError('invalid_grant', 'invalid assertion');
    if (![...AUDIENCES, baseUrl].includes(String(claims.aud).replace(/\/$/, ''))) {
      throw new OAuthError('invalid_grant', 'audience is invalid');
    }
    const nowS = clock.now().getTime() / 1000;
    const expires = Number(claims.exp);
    if (!(expires > nowS && expires <= nowS + MAX_ASSERTION_S)) {
      throw new OAuthError('invalid_grant', 'expired authorization code');
    }
    return userNamed(String(claims.sub));
  }

  function grant(form: URLSearchParams, baseUrl: string): { userId: string; refreshToken?: string } {
    switch (form.get('grant_type')) {
      case 'client_credentials': {
        const { runAs } = appOf(form, true);
        if (runAs === undefined) throw new OAuthError('invalid_grant', 'no client credentials user enabled');
        return { userId: activeUser(runAs) };
      }
      case JWT_BEARER:
        return { userId: byAssertion(form.get('assertion') ?? '', baseUrl) };
      case 'refresh_token': {
        const app = appOf(form, false);
        const token = form.get('refresh_token') ?? '';
        const known = refreshTokens.get(token);
        if (known === undefined || known.clientId !== app.clientId) {
          throw new OAuthError('invalid_grant', 'expired access/refresh token');
        }
        const userId = activeUser(known.userId);
        if (app.rotatesRefreshTokens !== true) return { userId };
        refreshTokens.delete(token);
        const refreshToken = `5Aep${createHash('sha256').update(token).digest('hex')}`;
        refreshTokens.set(refreshToken, known);
        return { userId, refreshToken };
      }
      case 'password': {
        const isOff = !org.switches.passwordFlow;
        appOf(form, true);
        if (isOff) throw new OAuthError('invalid_grant', 'authentication failure');
        return { userId: userNamed(form.get('username') ?? '') };
      }
      default:
        throw new OAuthError('unsupported_grant_type', 'grant type not supported');
    }
  }

  return {
    get count() {
      return count;
    },
    token(request) {
      const form = formOf(request);
      try {
        if (request.method !== 'POST') throw new OAuthError('invalid_request', 'must use HTTP POST');
        const { userId, refreshToken } = grant(form, request.baseUrl);
        count += 1;
        const issuedAt = String(clock.now().getTime());
        const random = createHash('sha256')
          .update(`${org.organizationId}/${userId}/${count}`)
          .digest('base64url');
        const accessToken = `${org.organizationId.slice(0, 15)}!AQ${random}`;
        sessions.set(accessToken, { userId, usedAtMs: clock.now().getTime() });
        const id = `${request.baseUrl}/id/${org.organizationId}/${userId}`;
        const key = form.get('client_secret') ?? 'sandbox';
        const json: JsonRecord = {
          access_token: accessToken,
          signature: createHmac('sha256', key)
            .update(id + issuedAt)
            .digest('base64'),
          ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
          scope: 'api id',
          instance_url: org.switches.instanceUrl ?? request.baseUrl,
          id,
          token_type: 'Bearer',
          issued_at: issuedAt,
        };
        return { status: 200, headers: { 'Cache-Control': 'no-cache, no-store' }, json };
      } catch (error) {
        if (!(error instanceof OAuthError)) throw error;
        return { status: 400, json: { error: error.code, error_description: error.message } };
      }
    },
    revoke(request) {
      sessions.delete(formOf(request).get('token') ?? '');
      return { status: 200 };
    },
    userOf(accessToken) {
      const session = sessions.get(accessToken);
      const nowMs = clock.now().getTime();
      if (session === undefined || org.switches.refuseSessions) return null;
      if (nowMs - session.usedAtMs > org.switches.sessionLifetimeMs) {
        sessions.delete(accessToken);
        return null;
      }
      session.usedAtMs = nowMs;
      return org.find('User', session.userId)?.IsActive === true ? session.userId : null;
    },
    expireAll: () => sessions.clear(),
  };
}

/** Parameters from the body, the query and a Basic header. */
function formOf(request: SandboxRequest): URLSearchParams {
  const form = new URLSearchParams(request.body);
  for (const [name, value] of request.query) if (!form.has(name)) form.set(name, value);
  const basic = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [clientId = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    form.set('client_id', decodeURIComponent(clientId));
    form.set('client_secret', decodeURIComponent(secret.join(':')));
  }
  return form;
}

function readAssertion(assertion: string): {
  readonly header: JsonRecord;
  readonly claims: JsonRecord;
  readonly content: string;
  readonly signature: Buffer;
} {
  const [head = '', body = '', signature = ''] = assertion.split('.');
  try {
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    const header = read(head);
    const claims = read(body);
    if (isRecord(header) && isRecord(claims)) {
      return { header, claims, content: `${head}.${body}`, signature: Buffer.from(signature, 'base64url') };
    }
  } catch {
    // Told below, like any other text that is no assertion.
  }
  throw new OAuthError('invalid_grant', 'invalid assertion');
}
