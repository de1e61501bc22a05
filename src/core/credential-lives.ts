/** Sign-ins and certificates end some day; whoever must renew them is told before. */
import type { Finding } from './plan.ts';

/** Something to sign in with, as long as it is good. */
export interface CredentialLife {
  /** Stays the same when it is renewed: `partner-center`, or a file. */
  readonly key: string;
  /** In words, such as `The sign-in to Partner Center`. */
  readonly what: string;
  /** When it ends unless somebody renews or uses it, UTC text. */
  readonly endsAt: string;
  readonly remedy: string;
}

/** What all items about credentials begin with. */
export const DYING_PREFIX = 'notice:credentials-dying:';
/** The code of everything about credentials. */
export const CREDENTIALS = 'credentials';
const DAY_MS = 86_400_000;

/** Days until something ends, begun ones counted whole; negative once it has ended. */
export function wholeDaysLeft(endsAt: string, now: string): number {
  const days = (Date.parse(endsAt) - Date.parse(now)) / DAY_MS;
  return days < 0 ? Math.floor(days) : Math.ceil(days);
}

/**
 * The warnings in force: for each life the nearest step only.
 * @param warnDays days before the end at which to warn
 */
export function dyingFindings(
  lives: readonly CredentialLife[],
  warnDays: readonly number[],
  now: string,
): readonly Finding[] {
  return lives.flatMap(({ key, what, endsAt, remedy }) => {
    const left = Date.parse(endsAt) - Date.parse(now);
    const steps = [...warnDays].sort((one, other) => one - other);
    const step = left <= 0 ? 0 : steps.find((days) => left <= days * DAY_MS);
    if (step === undefined) return [];
    const day = endsAt.slice(0, 10);
    const when =
      step === 0
        ? `ended on ${day}`
        : `ends on ${day}, ${step === 1 ? 'within a day' : `within ${step} days`}`;
    return {
      key: `${DYING_PREFIX}${key}:${step}`,
      kind: 'notice',
      code: CREDENTIALS,
      opportunityId: null,
      referralId: null,
      fields: [],
      message: `${what} ${when}. ${remedy}`,
      values: [],
    };
  });
}
