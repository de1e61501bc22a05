/** Tokens with the shape of a JWT. Only this sandbox checks them, so a keyed hash stands in for the signature. */
import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';

const Claims = z.looseObject({
  aud: z.string(),
  exp: z.number(),
  iat: z.number(),
  jti: z.string(),
  tid: z.string(),
  oid: z.string(),
  idtyp: z.string().optional(),
});
export type Claims = z.infer<typeof Claims>;

export interface TokenMint {
  sign(claims: Readonly<Record<string, unknown>>): string;
  /** The claims of a token this mint signed, whatever its age; null for any other text. */
  read(token: string): Claims | null;
  /** Whether this mint signed the token. */
  isOurs(token: string): boolean;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

/** A mint whose tokens no other mint accepts. */
export function createMint(): TokenMint {
  const key = randomBytes(32);
  const header = encode({ typ: 'JWT', alg: 'HS256', kid: 'sandbox' });
  const signature = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  const isOurs = (token: string): boolean => {
    const [head, body, mark] = token.split('.');
    return head !== undefined && body !== undefined && mark === signature(`${head}.${body}`);
  };
  return {
    isOurs,
    sign(claims) {
      const text = `${header}.${encode(claims)}`;
      return `${text}.${signature(text)}`;
    },
    read(token) {
      const [, body = ''] = token.split('.');
      if (!isOurs(token)) return null;
      const parsed = Claims.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
      return parsed.success ? parsed.data : null;
    },
  };
}
