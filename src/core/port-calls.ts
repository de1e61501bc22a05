/** What calls to every remote system share. */

/** How a call is made. */
export interface CallOptions {
  /** Aborts the call; an aborted write's outcome is unknown. */
  readonly signal: AbortSignal;
}

/** One fact that `doctor` checks. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** How to mend it; null when ok. */
  readonly remedy: string | null;
}
