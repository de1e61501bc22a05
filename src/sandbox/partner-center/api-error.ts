/** A refusal, in the error envelope of the referrals API. */

/** The codes the API documents; the sample of a 401 spells its own differently, and the recording wins. */
export type ApiErrorCode =
  | 'accessDenied'
  | 'generalException'
  | 'invalidRequest'
  | 'itemNotFound'
  | 'preconditionFailed'
  | 'resourceModified'
  | 'serviceNotAvailable'
  | 'unAuthorized';

export interface ApiErrorDetails {
  readonly status: number;
  readonly code: ApiErrorCode;
  /** Field or resource the complaint is about. */
  readonly target: string;
  /** Name of the rule, sent as the inner error's code. */
  readonly rule: string;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly details: ApiErrorDetails;

  constructor(message: string, details: ApiErrorDetails) {
    super(message);
    this.details = details;
  }

  get envelope(): unknown {
    const { code, target, rule } = this.details;
    return {
      error: { code, message: this.message, target, innerError: { code: rule, message: this.message } },
    };
  }
}

/** A 400 about one field or option. */
export function invalidRequest(message: string, target: string, rule = 'invalidValue'): ApiError {
  return new ApiError(message, { status: 400, code: 'invalidRequest', target, rule });
}
