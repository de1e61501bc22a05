/** Who may see more than health: whoever brings the token, or a session that the token opened; anybody where only this machine can connect and no token is set. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Gate {
  /** Whether anything is asked for at all. */
  readonly isOpen: boolean;
  /** Whether the text is the token, compared in constant time. */
  isToken(text: string): boolean;
  /** Whether a request carries the token or a session. */
  allows(request: FastifyRequest): boolean;
  /** Lets a session cookie open the gate too. */
  addSession(isSession: (request: FastifyRequest) => boolean): void;
  /** A fastify `onRequest` hook: 401 for whoever may not. */
  check(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** @param token null: the gate is open, which the configuration allows on loopback only */
export function createGate(token: string | null): Gate {
  const sessions: ((request: FastifyRequest) => boolean)[] = [];
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = token === null ? null : digest(token);
  const isToken = (text: string): boolean => wanted !== null && timingSafeEqual(digest(text), wanted);
  const bearerOf = ({ headers }: FastifyRequest): string | null =>
    /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
  const allows = (request: FastifyRequest): boolean => {
    if (wanted === null) return true;
    const bearer = bearerOf(request);
    return (bearer !== null && isToken(bearer)) || sessions.some((isSession) => isSession(request));
  };
  return {
    isOpen: wanted === null,
    isToken,
    allows,
    addSession: (isSession) => void sessions.push(isSession),
    async check(request, reply) {
      if (allows(request)) return;
      await reply.code(401).header('WWW-Authenticate', 'Bearer realm="cosell-sync"').send({
        error: 'This needs the token of the configuration (server.token), as "Authorization: Bearer …".',
      });
    },
  };
}
