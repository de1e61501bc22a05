/**
 * The console's second factor: six digits that change every thirty seconds (TOTP, RFC 6238), as authenticator apps make
 * them. A code is good for its own step and one before and after, for clocks differ, and only once.
 */
import { timingSafeEqual } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** What authenticator apps take for granted. */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
const STEP_MS = PARAMETERS.period * 1000;
/** Steps before and after the present one whose codes are taken. */
const DRIFT = [-1, 0, 1] as const;
/** Length of a new secret in bytes: that of the hash (RFC 4226, section 4, R6). */
const NEW_SECRET_BYTES = 20;

export interface SecondFactor {
  /**
   * Whether a code may be used now, compared in constant time.
   * @param isElseRight whether whoever brings it has proved the rest: only then is a right code used up, so that nobody
   *   else can spend it
   */
  admits(code: string, isElseRight: boolean): boolean;
}

/** @param secret the shared secret in base32 */
export function createSecondFactor(secret: string, now: () => Date): SecondFactor {
  const totp = new TOTP({ ...PARAMETERS, secret: Secret.fromBase32(secret) });
  /** Steps whose code was used, as long as it would still be taken. */
  const used = new Set<number>();
  return {
    admits(code, isElseRight) {
      const given = Buffer.from(code.replace(/\s/g, ''));
      const step = Math.floor(now().getTime() / STEP_MS);
      let matched: number | null = null;
      // All of them, so that the time taken does not tell which one was close.
      for (const drift of DRIFT) {
        const wanted = Buffer.from(totp.generate({ timestamp: (step + drift) * STEP_MS }));
        const isSame = given.length === wanted.length && timingSafeEqual(given, wanted);
        if (isSame && !used.has(step + drift)) matched = step + drift;
      }
      if (matched === null || !isElseRight) return false;
      used.add(matched);
      for (const old of used) if (old < step + DRIFT[0]) used.delete(old);
      return true;
    },
  };
}

/** A new secret, and the address by which an authenticator app takes it. @param label what the app shows beside the code */
export function newSecondFactor(label: string): { readonly secret: string; readonly uri: string } {
  const secret = new Secret({ size: NEW_SECRET_BYTES });
  const totp = new TOTP({ ...PARAMETERS, secret, label, issuer: 'cosell-sync' });
  return { secret: secret.base32, uri: totp.toString() };
}
