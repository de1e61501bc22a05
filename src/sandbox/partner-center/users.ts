/** The partner's people and what each of them sees: the same list call has different rows for different users. */
import { type JsonObject, listAt, textAt } from './json.ts';

/**
 * - `referralsAdmin`: every deal of the company
 * - `referralsUser`: deals whose team names the user
 * - `locationAdmin`: deals of some partner locations (`mpnId`)
 * - `none`: no role; every call is refused
 */
export type PortalRole = 'referralsAdmin' | 'referralsUser' | 'locationAdmin' | 'none';
export const PORTAL_ROLES = ['referralsAdmin', 'referralsUser', 'locationAdmin', 'none'] as const;

export interface PortalUser {
  /** Object id in the directory: what a token names. */
  readonly id: string;
  readonly email: string;
  readonly role: PortalRole;
  /** Partner locations, for `locationAdmin`. */
  readonly locations: readonly string[];
}

/** Whether a user sees one of the partner's own referrals. */
export function seesOwn(user: PortalUser, referral: JsonObject): boolean {
  switch (user.role) {
    case 'referralsAdmin':
      return true;
    case 'locationAdmin':
      return user.locations.includes(textAt(referral, 'mpnId') ?? '');
    case 'referralsUser':
      return listAt(referral, 'team').some(
        (member) => textAt(member, 'email')?.toLowerCase() === user.email.toLowerCase(),
      );
    case 'none':
      return false;
    default:
      return user.role satisfies never;
  }
}
