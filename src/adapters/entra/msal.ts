/** The grants we use, each through a fresh MSAL application: state lives with us, not in MSAL's caches. */
import {
  ClientAssertion,
  ConfidentialClientApplication,
  type Configuration,
  CryptoProvider,
  type INetworkModule,
  LogLevel,
  PublicClientApplication,
} from '@azure/msal-node';
import { RemoteError } from '../../core/errors.ts';
import type { Clock, HttpClient } from '../http/index.ts';
import { readCertificate } from './certificate.ts';
import { fromMsalError, type SignInErrorContext } from './errors.ts';
import { createNetwork, type Network, type NetworkOptions, type TokenAnswer } from './network.ts';
import type { FetchedToken } from './token-cache.ts';

export interface AppIdentity {
  /** Such as `https://login.microsoftonline.com`; plain http on loopback only. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** Certificate and private key, PEM, instead of a secret. */
  readonly certificatePem?: string | null;
  /** A token of another issuer that this app trusts, instead of a secret. */
  readonly assertion?: string | null;
}

export interface GrantOptions extends SignInErrorContext {
  /** A client whose base URL is the authority. */
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly scopes: readonly string[];
}

/** What a person must see to sign in on another device. */
export interface DevicePrompt {
  readonly verificationUri: string;
  readonly userCode: string;
  readonly expiresInSeconds: number;
}

/** Access tokens live about an hour; used only where an answer does not say. */
const DEFAULT_LIFETIME_SECONDS = 3_600;
const SLOW_DOWN_MS = 5_000;

/**
 * Redeems a refresh token. The service hands out a new one with each redemption.
 * @param onRotated runs, and is awaited, before the access token is handed out
 */
export function redeemRefreshToken(
  identity: AppIdentity,
  refreshToken: string,
  onRotated: (refreshToken: string) => Promise<void>,
  options: GrantOptions,
): Promise<FetchedToken> {
  const onGranted = async ({ refresh_token: rotated }: TokenAnswer): Promise<void> => {
    if (rotated !== undefined && rotated !== '') await onRotated(rotated);
  };
  return grant({ ...options, onGranted }, async (network) => {
    const configuration = configure(identity, network);
    const application = hasCredential(identity)
      ? new ConfidentialClientApplication(configuration)
      : new PublicClientApplication(configuration);
    return application.acquireTokenByRefreshToken({
      refreshToken,
      scopes: [...options.scopes],
      forceCache: true,
    });
  });
}

/** Signs the app itself in, without a user. */
export function redeemClientCredentials(identity: AppIdentity, options: GrantOptions): Promise<FetchedToken> {
  return grant({ ...options, onGranted: async () => {} }, async (network) => {
    const application = new ConfidentialClientApplication(configure(identity, network));
    return application.acquireTokenByClientCredential({ scopes: [...options.scopes], skipCache: true });
  });
}

/** Signs a person in who types a code on another device; resolves with the refresh token. */
export async function redeemDeviceCode(
  identity: AppIdentity,
  onPrompt: (prompt: DevicePrompt) => void,
  options: GrantOptions,
): Promise<string> {
  let refreshToken = '';
  await grant(
    {
      ...options,
      onGranted: async (answer) => {
        refreshToken = answer.refresh_token ?? refreshToken;
      },
      // A confidential app must prove itself here too; a public one must not: known only from the refusal.
      amend: ({ error_description: description = '' }, body) => {
        const proof = proofFor(identity);
        const isWanted = description.includes('AADSTS7000218') && !/&client_(?:secret|assertion)=/.test(body);
        return proof !== null && isWanted ? `${body}&${new URLSearchParams(proof)}` : null;
      },
      onSlowDown: () => options.clock.sleep(SLOW_DOWN_MS, options.signal),
    },
    async (network) => {
      const application = new PublicClientApplication(
        configure({ ...identity, clientSecret: null, certificatePem: null, assertion: null }, network),
      );
      const request = {
        scopes: [...options.scopes, 'offline_access'],
        cancel: false,
        deviceCodeCallback: ({
          verificationUri,
          userCode,
          expiresIn,
        }: {
          verificationUri: string;
          userCode: string;
          expiresIn: number;
        }) => onPrompt({ verificationUri, userCode, expiresInSeconds: expiresIn }),
      };
      const stopPolling = (): void => {
        request.cancel = true;
      };
      options.signal.addEventListener('abort', stopPolling, { once: true });
      return application.acquireTokenByDeviceCode(request);
    },
  );
  if (refreshToken !== '') return refreshToken;
  throw new RemoteError(
    `${options.operation} gave no refresh token. Allow the offline_access permission on the app.`,
    {
      code: 'configuration',
      system: 'entra',
    },
  );
}

async function grant(
  options: GrantOptions & Pick<NetworkOptions, 'onGranted' | 'amend' | 'onSlowDown'>,
  acquire: (network: Network) => Promise<{ readonly accessToken: string } | null>,
): Promise<FetchedToken> {
  let lifetimeSeconds = DEFAULT_LIFETIME_SECONDS;
  const network = createNetwork({
    ...options,
    now: options.clock.now,
    onGranted: async (answer) => {
      lifetimeSeconds = answer.expires_in ?? lifetimeSeconds;
      await options.onGranted(answer);
    },
  });
  let accessToken = '';
  try {
    accessToken = (await acquire(network))?.accessToken ?? '';
  } catch (error) {
    options.signal.throwIfAborted();
    throw network.failure ?? fromMsalError(error, options);
  }
  if (accessToken !== '') return { accessToken, lifetimeMs: lifetimeSeconds * 1000 };
  throw new RemoteError(`${options.operation} gave no access token. Try again later.`, {
    code: 'unavailable',
    system: 'entra',
  });
}

function hasCredential({ clientSecret, certificatePem = null, assertion = null }: AppIdentity): boolean {
  return clientSecret !== null || certificatePem !== null || assertion !== null;
}

/** What the app shows of itself, as parameters of a token request; null for a public client. */
function proofFor(identity: AppIdentity): Record<string, string> | null {
  const { clientId, clientSecret, certificatePem = null } = identity;
  if (certificatePem === null) return clientSecret === null ? null : { client_secret: clientSecret };
  const { thumbprintSha256, privateKey, x5c } = readCertificate(certificatePem);
  const { token_endpoint: audience } = endpointsOf(identity);
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: ClientAssertion.fromCertificateWithSha256Thumbprint(
      thumbprintSha256,
      privateKey,
      x5c,
    ).getJwt(new CryptoProvider(), clientId, audience),
  };
}

function tenantUrlOf({ authority, tenantId }: AppIdentity): string {
  const url = new URL(authority);
  url.protocol = 'https:';
  return `${url.href.replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}`;
}

function endpointsOf(identity: AppIdentity) {
  const tenantUrl = tenantUrlOf(identity);
  return {
    authorization_endpoint: `${tenantUrl}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenantUrl}/oauth2/v2.0/token`,
    issuer: `${tenantUrl}/v2.0`,
    jwks_uri: `${tenantUrl}/discovery/v2.0/keys`,
  };
}

/**
 * MSAL's configuration with every endpoint spelled out, so that it looks nothing up: neither clouds nor metadata.
 */
function configure(identity: AppIdentity, networkClient: Network): Configuration {
  const { clientId, clientSecret, certificatePem = null, assertion = null } = identity;
  return {
    auth: {
      clientId,
      authority: tenantUrlOf(identity),
      knownAuthorities: [new URL(identity.authority).host],
      authorityMetadata: JSON.stringify(endpointsOf(identity)),
      ...(clientSecret === null ? {} : { clientSecret }),
      ...(certificatePem === null ? {} : { clientCertificate: readCertificate(certificatePem) }),
      ...(assertion === null ? {} : { clientAssertion: assertion }),
    },
    system: systemOptions(networkClient),
  };
}

/** Nothing is logged, nothing repeated, and every request goes through our network. */
export function systemOptions(networkClient: INetworkModule) {
  return {
    networkClient,
    disableInternalRetries: true,
    loggerOptions: { loggerCallback: () => {}, logLevel: LogLevel.Error, piiLoggingEnabled: false },
  };
}
