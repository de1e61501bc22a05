/** Authenticated encryption of short texts under a key derived from a secret text. */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { z } from 'zod';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** An encrypted text, all parts base64. */
export const Sealed = z.object({ nonce: z.string(), tag: z.string(), data: z.string() });
export type Sealed = z.infer<typeof Sealed>;

export interface Cipher {
  /** Encrypts a text so that it opens only under the same name. */
  seal(name: string, text: string): Sealed;
  /** The text; null when key or name is another, or any byte was changed. */
  open(name: string, sealed: Sealed): string | null;
}

/** Derives the key from the secret text and the salt; slow on purpose, so keep the cipher. */
export function createCipher(secret: string, salt: string): Cipher {
  const key = scryptSync(secret, Buffer.from(salt, 'base64'), KEY_BYTES);
  return {
    seal(name, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(name));
      const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return {
        nonce: nonce.toString('base64'),
        tag: cipher.getAuthTag().toString('base64'),
        data: data.toString('base64'),
      };
    },
    open(name, { nonce, tag, data }) {
      try {
        const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(nonce, 'base64'), { authTagLength: 16 })
          .setAAD(Buffer.from(name))
          .setAuthTag(Buffer.from(tag, 'base64'));
        return Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString(
          'utf8',
        );
      } catch {
        return null;
      }
    },
  };
}
