/** Sign-in with Microsoft Entra: delegated tokens for Partner Center, app-only tokens for Dataverse and Graph. */
export { type AppProof, type AppSignInOptions, createAppSignIn, proofOf } from './app-sign-in.ts';
export { type AppTokens, type AppTokensOptions, createAppTokens } from './app-tokens.ts';
export { type Certificate, readCertificate } from './certificate.ts';
export type { AppIdentity, DevicePrompt } from './msal.ts';
export {
  createPartnerTokens,
  type PartnerResource,
  type PartnerTokens,
  type PartnerTokensOptions,
} from './partner-tokens.ts';
export type { Credentials } from './stored-credential.ts';
export type { TokenRequestOptions } from './token-cache.ts';
