/** A refused sign-in, in the JSON that Microsoft's token endpoints answer with. */
import type { SandboxClock } from '../kernel/clock.ts';

export interface SignInErrorDetails {
  readonly status: number;
  /** The OAuth error. */
  readonly error: string;
  /** Number after `AADSTS`. */
  readonly code: number;
  readonly suberror?: string;
  readonly claims?: string;
}

export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly details: SignInErrorDetails;

  constructor(message: string, details: SignInErrorDetails) {
    super(message);
    this.details = details;
  }

  toJson(clock: SandboxClock, traceId: string, correlationId: string): Readonly<Record<string, unknown>> {
    const { error, code, suberror, claims } = this.details;
    const timestamp = clock.now().toISOString().replace('T', ' ').replace(/\..*/, 'Z');
    const trace = `Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
    return {
      error,
      error_description: `AADSTS${code}: ${this.message} ${trace}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
      ...(suberror === undefined ? {} : { suberror }),
      ...(claims === undefined ? {} : { claims }),
    };
  }
}

/** A grant that cannot be used (again): a person has to sign in. */
export function invalidGrant(message: string, code: number, suberror?: string): SignInError {
  return new SignInError(message, {
    status: 400,
    error: 'invalid_grant',
    code,
    ...(suberror === undefined ? {} : { suberror }),
  });
}

/** An application that did not prove who it is. */
export function invalidClient(message: string, code: number): SignInError {
  return new SignInError(message, { status: 401, error: 'invalid_client', code });
}
