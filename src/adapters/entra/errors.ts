/** What goes wrong at the sign-in service, in our terms: its texts may name users, so only its codes are passed on. */
import { AuthError } from '@azure/msal-node';
import { RemoteError, type RemoteErrorCode } from '../../core/errors.ts';

/** What a person must do about the sign-in service's own error numbers, where that is known. */
const REMEDY_BY_NUMBER: Readonly<Record<string, string>> = {
  AADSTS7000215: 'The client secret is wrong: use the secret value, not its id.',
  AADSTS7000222: 'The client secret has expired: make a new one and put it into the configuration.',
  AADSTS7000218: 'The app is confidential: set clientSecret, or allow public client flows on the app.',
  AADSTS700025: 'The app is public: remove clientSecret from the configuration.',
  AADSTS700016: 'The app is unknown in this tenant: check clientId and tenantId.',
  AADSTS90002: 'The tenant is unknown: check tenantId.',
  AADSTS500011:
    'The resource is unknown in this tenant: an administrator must add its permission to the app.',
  AADSTS65001: 'Consent is missing: an administrator must grant it to the app.',
  AADSTS700027:
    'The certificate is not one of the app: upload its public part to the app registration, or correct certificateFile.',
  AADSTS700024:
    "The proof is outside its time: check this machine's clock, and that the token file is renewed.",
  AADSTS700211:
    'The app trusts no issuer like the one of this token: correct the federated credential of the app.',
  AADSTS700212: 'The token is for another audience than the federated credential of the app says.',
  AADSTS700213:
    'The app trusts no subject like the one of this token: correct the federated credential of the app.',
  AADSTS70021: 'No federated credential of the app fits this token: correct it, or clientId.',
};

/** The errors that only a person who signs in again can mend. */
const NEEDS_SIGN_IN = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
  'no_tokens_found',
]);
const NEEDS_APP_CHANGE = new Set(['invalid_client', 'unauthorized_client', 'access_denied']);

export interface SignInErrorContext {
  readonly operation: string;
  /** What a person runs to sign in again; null where the app signs in by itself. */
  readonly signInCommand: string | null;
  /** What to do where the refusal itself does not tell. */
  readonly remedy?: string;
}

/** The sign-in service's answer to a refused token request, as our error. */
export function signInError(
  said: {
    readonly error: string;
    readonly description: string;
    readonly claims: string;
    readonly requestId: string | null;
  },
  { operation, signInCommand, remedy }: SignInErrorContext,
): RemoteError {
  const number = /AADSTS\d+/.exec(said.description)?.[0] ?? null;
  const known = number === null ? undefined : REMEDY_BY_NUMBER[number];
  const needsPerson = NEEDS_SIGN_IN.has(said.error) && signInCommand !== null;
  const signIn = needsPerson
    ? `Sign in again: ${signInCommand}`
    : (remedy ?? 'Check the app registration and its credentials.');
  const challenge =
    said.claims === ''
      ? ''
      : ' A claims challenge came with it: a conditional access policy wants a fresh sign-in with MFA.';
  const isCredential = needsPerson || NEEDS_SIGN_IN.has(said.error) || NEEDS_APP_CHANGE.has(said.error);
  const code: RemoteErrorCode = isCredential ? 'unauthorized' : 'configuration';
  const label = number === null ? said.error : `${said.error}, ${number}`;
  return new RemoteError(`${operation} was refused (${label}).${challenge} ${known ?? signIn}`, {
    code,
    system: 'entra',
    remoteCode: number ?? said.error,
    requestId: said.requestId,
  });
}

/** Whether the refusal means that this refresh token will never work again. */
export function isDeadToken(error: unknown): boolean {
  return error instanceof RemoteError && error.system === 'entra' && error.code === 'unauthorized';
}

/** What MSAL itself throws, without its text (it quotes the server's). Anything else is a bug and passes. */
export function fromMsalError(error: unknown, context: SignInErrorContext): unknown {
  if (!(error instanceof AuthError)) return error;
  return signInError(
    {
      error: error.errorCode,
      description: error.errorMessage ?? '',
      claims: 'claims' in error && typeof error.claims === 'string' ? error.claims : '',
      requestId: error.correlationId === '' ? null : error.correlationId,
    },
    context,
  );
}
