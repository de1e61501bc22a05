/** What the servers have told the daemon: versions that it may name in a precondition, and secrets that it must keep. */
import type { SandboxResponse } from '../../../src/sandbox/kernel/server.ts';

export interface Knowledge {
  /** From an answer that arrived whole. */
  learn(response: SandboxResponse, text: string): void;
  /** From any answer of a token endpoint, whether it arrived or not. */
  learnSecrets(text: string): void;
  /** Whether an ETag was given out, byte for byte. */
  knowsETag(eTag: string): boolean;
  /** Whether a row's stamp in this second was given out, as an HTTP date. */
  knowsStamp(httpDate: string): boolean;
  readonly secrets: ReadonlySet<string>;
}

const E_TAG = /"(?:@odata\.etag|eTag|ETag)":"((?:[^"\\]|\\.)*)"/gu;
const STAMP = /"SystemModstamp":"([^"]+)"/gu;
const SECRET = /"(?:access_token|refresh_token)":"([^"]+)"/gu;

export function createKnowledge(): Knowledge {
  const eTags = new Set<string>();
  const stamps = new Set<string>();
  const secrets = new Set<string>();
  return {
    learn({ headers = {} }, text) {
      for (const [name, value] of Object.entries(headers))
        if (name.toLowerCase() === 'etag') eTags.add(value);
      for (const [, value = ''] of text.matchAll(E_TAG)) eTags.add(String(JSON.parse(`"${value}"`)));
      for (const [, value = ''] of text.matchAll(STAMP)) stamps.add(new Date(value).toUTCString());
    },
    learnSecrets(text) {
      for (const [, value = ''] of text.matchAll(SECRET)) secrets.add(value);
    },
    knowsETag: (eTag) => eTags.has(eTag),
    knowsStamp: (httpDate) => stamps.has(httpDate),
    secrets,
  };
}
