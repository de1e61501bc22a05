/** The webhook registration API. In production it has a host, an audience and an error shape of its own. */
import { z } from 'zod';
import type { SandboxRequest, SandboxResponse } from '../kernel/server.ts';
import { toPem } from './certificate.ts';
import { renameKeys } from './json.ts';
import type { Tenant } from './tenant.ts';
import type { VerifyToken } from './token.ts';
import { WEBHOOK_EVENTS, type WebhookRegistration } from './webhooks.ts';

export const WEBHOOKS_AUDIENCE = 'https://api.partnercenter.microsoft.com';
export const WEBHOOKS_PATH = '/webhooks/';
export const CERTIFICATE_PATH = '/webhooks/certificate.cer';
const REGISTRATION_PATH = '/webhooks/v1/registration';
const SUBSCRIBER = 'e5b1a1f0-0000-4000-8000-000000000001';

const RegistrationBody = z.object({
  webhookurl: z.url(),
  webhookevents: z.array(z.enum(WEBHOOK_EVENTS)).min(1),
  signaturetokentomssignatureheader: z.boolean().default(false),
});

function flatError(status: number, code: string, description: string): SandboxResponse {
  return { status, json: { code, description, data: [], source: 'PartnerWebhooks' } };
}

function view(registration: WebhookRegistration, withSubscriber: boolean): SandboxResponse {
  return {
    status: 200,
    json: {
      ...(withSubscriber ? { SubscriberId: registration.subscriberId } : {}),
      WebhookUrl: registration.url,
      WebhookEvents: registration.events,
    },
  };
}

function save(request: SandboxRequest, tenant: Tenant): SandboxResponse {
  let parsed: unknown;
  try {
    parsed = renameKeys(JSON.parse(request.body), (key) => key.toLowerCase());
  } catch {
    return flatError(400, '400000', 'The body is not valid JSON.');
  }
  const body = RegistrationBody.safeParse(parsed);
  if (!body.success) return flatError(400, '400001', 'The webhook registration is not valid.');
  const registration = {
    subscriberId: tenant.webhooks.registration?.subscriberId ?? SUBSCRIBER,
    url: body.data.webhookurl,
    events: body.data.webhookevents,
    signatureInOwnHeader: body.data.signaturetokentomssignatureheader,
    certificateUrl: `${request.baseUrl}${CERTIFICATE_PATH}`,
  };
  tenant.webhooks.register(registration);
  return view(registration, true);
}

function startTest(request: SandboxRequest, tenant: Tenant): SandboxResponse {
  const correlationId = tenant.webhooks.startTest(`${request.baseUrl}${REGISTRATION_PATH}/validationEvents`);
  if (correlationId !== null) return { status: 200, json: { correlationId } };
  const message = 'At most two test events a minute can be asked for.';
  return { status: 429, json: { statusCode: 429, message }, headers: { 'Retry-After': '60' } };
}

function testStatus(
  correlationId: string,
  registration: WebhookRegistration,
  tenant: Tenant,
): SandboxResponse {
  const delivery = tenant.webhooks.test(correlationId);
  if (delivery === undefined) return flatError(404, '404001', 'There is no such test.');
  const sent = delivery.attempts > 0;
  return {
    status: 200,
    json: {
      correlationId,
      partnerId: tenant.organization.id,
      status: delivery.state === 'delivered' ? 'completed' : 'in progress',
      callbackUrl: registration.url,
      results: sent
        ? [
            {
              responseCode: delivery.state === 'delivered' ? 'OK' : String(delivery.lastStatus ?? ''),
              responseMessage: '',
              systemError: delivery.lastStatus === null,
              dateTimeUtc: delivery.lastSentAt,
            },
          ]
        : [],
    },
  };
}

/** Answers a call under `/webhooks`. */
export function answerWebhookCall(
  request: SandboxRequest,
  tenant: Tenant,
  verifyToken: VerifyToken,
): SandboxResponse {
  if (request.path === CERTIFICATE_PATH)
    return {
      status: 200,
      text: toPem(tenant.webhooks.certificate),
      contentType: 'application/x-x509-ca-cert',
    };
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const verified = token === undefined ? null : verifyToken(token);
  if (verified?.audience !== WEBHOOKS_AUDIENCE)
    return flatError(401, '401000', 'The caller is not authorized.');
  const { registration } = tenant.webhooks;
  const missing = flatError(404, '404000', 'There is no webhook registration.');
  const test = /^\/webhooks\/v1\/registration\/validationEvents\/([^/]+)$/.exec(request.path)?.[1];
  if (test !== undefined && request.method === 'GET')
    return registration === null ? missing : testStatus(test, registration, tenant);
  switch (`${request.method} ${request.path}`) {
    case `GET ${REGISTRATION_PATH}/events`:
      return { status: 200, json: WEBHOOK_EVENTS };
    case `GET ${REGISTRATION_PATH}`:
      return registration === null ? missing : view(registration, false);
    case `POST ${REGISTRATION_PATH}`:
      if (registration !== null)
        return flatError(409, '409000', 'A registration exists already; replace it.');
      return save(request, tenant);
    case `PUT ${REGISTRATION_PATH}`:
      return registration === null ? missing : save(request, tenant);
    case `POST ${REGISTRATION_PATH}/validationEvents`:
      if (registration?.events.includes('test-created') !== true)
        return flatError(400, '400002', 'The registration does not ask for test-created.');
      return startTest(request, tenant);
    default:
      return flatError(404, '404002', 'There is no such resource.');
  }
}
