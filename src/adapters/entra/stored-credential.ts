/** The refresh token as it is kept between runs. Encryption is the store's business, not ours. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseJsonText } from '../http/index.ts';

/** Where credentials are kept: text by key, encrypted at rest, each save durable when it resolves. */
export interface Credentials {
  load(key: string): Promise<string | null>;
  save(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
}

const StoredCredential = z.object({
  version: z.literal(1),
  /** Which app and tenant the token was issued to: it is of no use to another. */
  identity: z.string(),
  refreshToken: z.string().min(1),
  /** SHA-256 of the configured token that was last taken over; null when none was. */
  importedDigest: z.string().nullable(),
});
export type StoredCredential = z.infer<typeof StoredCredential>;

/** The stored credential, or null when the text is none (then a person signs in again). */
export function parseStoredCredential(text: string | null): StoredCredential | null {
  if (text === null) return null;
  const parsed = StoredCredential.safeParse(parseJsonText(text));
  return parsed.success ? parsed.data : null;
}

/** A digest by which a secret is recognised without being kept. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}
