/** Signing in to the console, and who is signed in. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ConsoleAccess, ConsoleDependencies } from './dependencies.ts';
import { ConsoleError } from './errors.ts';
import { BODY_LIMIT, read, SignInInput } from './inputs.ts';
import { ensureSameOrigin } from './security.ts';
import { createSessions, type Session, type Wrong } from './sessions.ts';

/**
 * Browsers take the second name over https only, and from no other host; over http, which the console must speak on
 * loopback, they would refuse it.
 */
const COOKIE = { http: 'cosell_session', https: '__Host-cosell_session' } as const;
const CSRF_HEADER = 'x-cosell-csrf';
/** The page says so of what it asks for by itself. */
const UNATTENDED_HEADER = 'x-cosell-unattended';

/** Who may look and who may act. */
export interface Visitors {
  /** Whether a request may read: signed in, or nothing is asked for. Keeps nobody signed in. */
  mayRead(request: FastifyRequest): boolean;
  /** @throws ConsoleError 401 */
  ensureReader(request: FastifyRequest): void;
  /** The session that may change something with this request. @throws ConsoleError 401, 403 */
  ensureActor(request: FastifyRequest): Session;
}

/** Adds `/session`, and says who the visitors are. */
export function addSessionRoutes(
  api: FastifyInstance,
  { access, now, onSignIn }: Pick<ConsoleDependencies, 'access' | 'now' | 'onSignIn'>,
): Visitors {
  const sessions = createSessions(now, access.sessions);
  const sessionOf = (request: FastifyRequest, isAttended: boolean): Session | null =>
    sessions.find(cookieOf(request), isAttended);
  const isAttended = ({ method, headers }: FastifyRequest): boolean =>
    method !== 'GET' || headers[UNATTENDED_HEADER] === undefined;

  const visitors: Visitors = {
    mayRead: (request) => access.isOpen || sessionOf(request, false) !== null,
    ensureReader(request) {
      const session = sessionOf(request, isAttended(request));
      if (!access.isOpen && session === null) throw signedOut();
    },
    ensureActor(request) {
      ensureSameOrigin(request.headers);
      const session = sessionOf(request, true);
      if (session === null) throw signedOut();
      if (request.headers[CSRF_HEADER] !== session.csrf) {
        throw new ConsoleError(
          403,
          'stale-page',
          'This page is out of date; nothing was done. Load it again.',
        );
      }
      return session;
    },
  };

  api.get('/session', async (request) => {
    const session = sessionOf(request, isAttended(request));
    return {
      needsToken: !access.isOpen,
      needsCode: access.secondFactor !== null,
      mayRead: visitors.mayRead(request),
      name: session?.name ?? null,
      csrf: session?.csrf ?? null,
    };
  });

  api.post('/session', BODY_LIMIT, async (request, reply) => {
    ensureSameOrigin(request.headers);
    const { name, token, code } = read(SignInInput, request.body);
    const admission = sessions.open({
      name,
      address: request.ip,
      findWrong: () => findWrong(access, token, code),
    });
    onSignIn?.({ outcome: admission.ok ? 'signed-in' : admission.reason, name, address: request.ip });
    if (!admission.ok && admission.reason === 'throttled') {
      const { retryAfterSeconds } = admission;
      throw new ConsoleError(
        429,
        'throttled',
        `Too many wrong ${access.secondFactor === null ? 'tokens' : 'tokens or codes'}; try again in ${retryAfterSeconds} seconds.`,
        { retryAfterSeconds },
      );
    }
    if (!admission.ok)
      throw new ConsoleError(
        401,
        'wrong-token',
        access.secondFactor === null
          ? 'That is not the token of the configuration (server.token).'
          : 'The token (server.token) or the code is wrong. A code is good once; the next one comes within half a minute.',
      );
    const { session } = admission;
    // Whoever signs in again leaves the session that they came with.
    const before = cookieOf(request);
    if (before !== undefined) sessions.close(before);
    reply.header('set-cookie', cookieText(session.id, access.sessions.maxMs / 1000, isHttps(request)));
    return { name: session.name, csrf: session.csrf };
  });

  api.delete('/session', async (request, reply) => {
    const session = visitors.ensureActor(request);
    sessions.close(session.id);
    reply.header('set-cookie', cookieText('', 0, isHttps(request)));
    return { ok: true };
  });

  return visitors;
}

/** Both are always looked at, so that the answer's time does not tell which was right; its words do not either. */
function findWrong(
  { isOpen, isToken, secondFactor }: ConsoleAccess,
  token: string,
  code: string,
): Wrong | null {
  if (isOpen) return null;
  const isRight = isToken(token);
  const isAdmitted = secondFactor === null || secondFactor.admits(code, isRight);
  if (!isRight) return 'wrong-token';
  return isAdmitted ? null : 'wrong-code';
}

/** The answer to who is not, or no longer, signed in. */
export function signedOut(): ConsoleError {
  return new ConsoleError(401, 'signed-out', 'Sign in to go on.');
}

/** Over https only the name that no http page of this host can have set. */
function cookieOf(request: FastifyRequest): string | undefined {
  const wanted = COOKIE[isHttps(request) ? 'https' : 'http'];
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === wanted) return value;
  }
  return undefined;
}

/** Claiming https only makes the cookie stricter, so a proxy's word is enough. */
function isHttps(request: FastifyRequest): boolean {
  return request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
}

function cookieText(value: string, maxAgeSeconds: number, secure: boolean): string {
  const parts = [
    `${COOKIE[secure ? 'https' : 'http']}=${value}`,
    'Path=/',
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(secure ? ['Secure'] : []),
  ];
  return parts.join('; ');
}
