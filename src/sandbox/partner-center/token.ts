/** What the stand-in needs to know of the sign-in service. */

/** What a sign-in service says about a bearer token; null when it is not (or no longer) good. */
export interface VerifiedToken {
  readonly audience: string;
  /** Directory id of the signed-in user; null for an app without a user. */
  readonly userId: string | null;
}
export type VerifyToken = (token: string) => VerifiedToken | null;
