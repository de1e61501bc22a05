/** Builds what events need: the registration API of a partner account, its memory, and the proof of signatures. */
import { readFile } from 'node:fs/promises';
import type { HostLimitRegistry } from '../adapters/http/index.ts';
import type { ConnectionConfig, HostLimits, WebhooksConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import type { RegistrationMemory, WebhookRegistrations } from '../core/webhook-registration.ts';
import type { Verify } from '../daemon/webhooks/index.ts';
import type { Credentials } from '../store/index.ts';
import { createTokens, SIGN_IN_LIMITS } from './authentication.ts';
import { parseRemembered } from './webhook-memory.ts';

export interface AccountOptions {
  readonly connection: ConnectionConfig;
  readonly credentials: Credentials;
  readonly limits: HostLimitRegistry;
  readonly logger: Logger;
}

/** The registration of a connection's partner account. Nothing is sent. */
export async function createWebhookAccount({
  connection,
  credentials,
  limits,
  logger,
}: AccountOptions): Promise<{
  readonly registrations: WebhookRegistrations;
  readonly memory: RegistrationMemory;
}> {
  const { name, partnerCenter } = connection;
  const [{ createHttpClient }, { createWebhookRegistrations }] = await Promise.all([
    import('../adapters/http/index.ts'),
    import('../adapters/partner-center/webhooks.ts'),
  ]);
  const clientFor = (baseUrl: string, system: 'entra' | 'partnerCenter', settings: HostLimits) =>
    createHttpClient({
      baseUrl,
      system,
      limit: limits.forHost(baseUrl, settings),
      onExchange: (exchange) => logger.debug({ connection: name, ...exchange }, 'Request answered'),
    });
  const tokens = await createTokens(
    connection,
    credentials,
    clientFor(partnerCenter.authority, 'entra', SIGN_IN_LIMITS),
  );
  return {
    registrations: createWebhookRegistrations({
      http: clientFor(partnerCenter.webhookBaseUrl, 'partnerCenter', connection.limits.partnerCenter),
      accessToken: (request) => tokens.getToken('webhooks', request),
      connection: name,
    }),
    memory: createMemory(credentials, name),
  };
}

/** Kept beside the tokens, encrypted: the address that stood before ours may carry a secret. */
function createMemory(credentials: Credentials, connection: string): RegistrationMemory {
  const key = `webhooks/${connection}`;
  return {
    load: async () => parseRemembered(await credentials.load(key)),
    save: (remembered) => credentials.save(key, JSON.stringify(remembered)),
  };
}

/** What proves that an event is Partner Center's. @throws ConfigurationError when the trust file cannot be used */
export async function createVerify(settings: NonNullable<WebhooksConfig['partnerCenter']>): Promise<Verify> {
  const { certificateHosts, trustFile } = settings;
  const { createSignatureVerifier } = await import('../adapters/webhook-signature/index.ts');
  try {
    const trustedCertificates = trustFile === null ? null : await readFile(trustFile, 'utf8');
    return createSignatureVerifier({ certificateHosts, trustedCertificates }).refusalOf;
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error ? String(error.code) : 'it holds no certificates in PEM form';
    throw new ConfigurationError([
      `The certificates in ${trustFile ?? ''} cannot be used (${reason}). Correct webhooks.partnerCenter.trustFile.`,
    ]);
  }
}
