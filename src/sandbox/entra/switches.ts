/** What can be changed about the sign-in service while it runs. */
import { z } from 'zod';

export const EntraSwitches = z.object({
  accessTokenSeconds: z.int().min(1),
  /** Life of an unused refresh token. */
  refreshTokenDays: z.number().min(0),
  /** An old refresh token dies when the one that replaced it is used for the first time. */
  rotateStrictly: z.boolean(),
  /** Refresh tokens are refused until the user has signed in with a second factor. */
  mfaRequired: z.boolean(),
  /** What the person does with a device code. */
  deviceCode: z.enum(['approve', 'pending', 'decline']),
  deviceCodeIntervalSeconds: z.number().min(0),
  deviceCodeSeconds: z.int().min(1),
});
export type EntraSwitches = z.infer<typeof EntraSwitches>;

/** A change of some switches, and two actions that are done at once. */
export const EntraSwitchesPatch = EntraSwitches.partial()
  .extend({
    /** true: every refresh token issued so far is revoked; false: they are good again. */
    revoke: z.boolean().optional(),
    /** true: every access token issued so far stops working. */
    expireAccessTokens: z.literal(true).optional(),
  })
  .strict();
export type EntraSwitchesPatch = z.infer<typeof EntraSwitchesPatch>;

/** All switches at their defaults. */
export function defaultEntraSwitches(): EntraSwitches {
  return {
    accessTokenSeconds: 3600,
    refreshTokenDays: 90,
    rotateStrictly: false,
    mfaRequired: false,
    deviceCode: 'approve',
    deviceCodeIntervalSeconds: 1,
    deviceCodeSeconds: 900,
  };
}
