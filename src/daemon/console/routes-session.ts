/** Signing in to the console, and who is signed in. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ConsoleDependencies } from './dependencies.ts';
import { ConsoleError } from './errors.ts';
import { BODY_LIMIT, read, SignInInput } from './inputs.ts';
import { ensureSameOrigin } from './security.ts';
import { createSessions, SESSION_MS, type Session } from './sessions.ts';

const COOKIE = 'cosell_session';
const CSRF_HEADER = 'x-cosell-csrf';

/** Who may look and who may act. */
export interface Visitors {
  /** Whether a request may read: signed in, or nothing is asked for. */
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
  const sessions = createSessions(now);
  const sessionOf = (request: FastifyRequest): Session | null =>
    sessions.find(cookieOf(request.headers.cookie));

  const visitors: Visitors = {
    mayRead: (request) => access.isOpen || sessionOf(request) !== null,
    ensureReader(request) {
      if (!visitors.mayRead(request)) throw signedOut();
    },
    ensureActor(request) {
      ensureSameOrigin(request.headers);
      const session = sessionOf(request);
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
    const session = sessionOf(request);
    return {
      needsToken: !access.isOpen,
      mayRead: visitors.mayRead(request),
      name: session?.name ?? null,
      csrf: session?.csrf ?? null,
    };
  });

  api.post('/session', BODY_LIMIT, async (request, reply) => {
    ensureSameOrigin(request.headers);
    const { name, token } = read(SignInInput, request.body);
    const admission = sessions.open({
      name,
      address: request.ip,
      isAllowed: () => access.isOpen || access.isToken(token),
    });
    onSignIn?.({ outcome: admission.ok ? 'signed-in' : admission.reason, name, address: request.ip });
    if (!admission.ok && admission.reason === 'throttled') {
      const { retryAfterSeconds } = admission;
      throw new ConsoleError(
        429,
        'throttled',
        `Too many wrong tokens; try again in ${retryAfterSeconds} seconds.`,
        { retryAfterSeconds },
      );
    }
    if (!admission.ok)
      throw new ConsoleError(
        401,
        'wrong-token',
        'That is not the token of the configuration (server.token).',
      );
    const { session } = admission;
    reply.header('set-cookie', cookieText(session.id, SESSION_MS / 1000, isHttps(request)));
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

function signedOut(): ConsoleError {
  return new ConsoleError(401, 'signed-out', 'Sign in to go on.');
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === COOKIE) return value;
  }
  return undefined;
}

/** Claiming https only makes the cookie stricter, so a proxy's word is enough. */
function isHttps(request: FastifyRequest): boolean {
  return request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
}

function cookieText(value: string, maxAgeSeconds: number, secure: boolean): string {
  const parts = [
    `${COOKIE}=${value}`,
    'Path=/',
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(secure ? ['Secure'] : []),
  ];
  return parts.join('; ');
}
