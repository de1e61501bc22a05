/** The registration for events. It has a host, a token audience and an error shape of its own. */
import { RemoteError } from '../../core/errors.ts';
import type { WebhookRegistration, WebhookRegistrations } from '../../core/webhook-registration.ts';
import { codeForStatus, type HttpClient, type HttpResponse, parseJson, retryAfterMs } from '../http/index.ts';
import type { AccessToken } from './client.ts';
import { readErrorBody } from './errors.ts';
import { EventNames, RegistrationPayload, StartedTest, TestPayload } from './webhook-schema.ts';

const PATH = '/webhooks/v1/registration';
const TIMEOUT_MS = 30_000;

export interface WebhookRegistrationsOptions {
  /** A client whose base URL is the webhook host's. */
  readonly http: HttpClient;
  /** Tokens for the webhook host's audience. */
  readonly accessToken: AccessToken;
  /** The connection's name, for the remedy. */
  readonly connection: string;
}

interface Request {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
  readonly accept?: readonly number[];
}

/** Builds the client. Nothing is sent before the first call. */
export function createWebhookRegistrations(options: WebhookRegistrationsOptions): WebhookRegistrations {
  const { http, accessToken, connection } = options;

  async function send(request: Request, signal: AbortSignal): Promise<HttpResponse> {
    const { operation, method, path, body, accept = [] } = request;
    const attempt = (token: string): Promise<HttpResponse> =>
      http.send({
        operation,
        method,
        url: `${PATH}${path}`,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
        timeoutMs: TIMEOUT_MS,
        // Replacing a registration twice by the same one does no harm; a second create is refused.
        repeatable: method !== 'POST',
      });
    const token = await accessToken({ signal });
    let response = await attempt(token);
    if (response.status === 401)
      response = await attempt(await accessToken({ signal, forceRefresh: true, rejectedToken: token }));
    if ((response.status >= 200 && response.status < 300) || accept.includes(response.status))
      return response;
    throw refusal(response, request, connection);
  }

  const parse = (response: HttpResponse, { operation, method }: Request): unknown =>
    parseJson(response, { operation, system: 'partnerCenter', outcomeUnknown: method !== 'GET' });
  const bodyOf = ({ url, events }: WebhookRegistration): object => ({
    WebhookUrl: url,
    WebhookEvents: events,
  });

  return {
    async listEvents({ signal }) {
      const request = { operation: 'List the webhook events', method: 'GET', path: '/events' } as const;
      return read(EventNames, parse(await send(request, signal), request), request);
    },
    async find({ signal }) {
      const request = {
        operation: 'Read the webhook registration',
        method: 'GET',
        path: '',
        accept: [404],
      } as const;
      const response = await send(request, signal);
      if (response.status === 404) return null;
      return read(RegistrationPayload, parse(response, request), request);
    },
    async create(registration, { signal }) {
      const operation = 'Register for webhook events';
      await send({ operation, method: 'POST', path: '', body: bodyOf(registration) }, signal);
    },
    async replace(registration, { signal }) {
      const operation = 'Replace the webhook registration';
      await send({ operation, method: 'PUT', path: '', body: bodyOf(registration) }, signal);
    },
    async startTest({ signal }) {
      const request = {
        operation: 'Ask for a test event',
        method: 'POST',
        path: '/validationEvents',
        body: {},
      } as const;
      return read(StartedTest, parse(await send(request, signal), request), request);
    },
    async findTest(correlationId, { signal }) {
      const path = `/validationEvents/${encodeURIComponent(correlationId)}`;
      const request = { operation: 'Look after the test event', method: 'GET', path } as const;
      return read(TestPayload, parse(await send(request, signal), request), request);
    },
  };
}

function read<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  value: unknown,
  { operation, method }: Request,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RemoteError(
    `${operation} failed: the answer is not what the webhook API sends. Check partnerCenter.webhookBaseUrl.`,
    { code: 'unavailable', system: 'partnerCenter', outcomeUnknown: method !== 'GET' },
  );
}

function refusal(response: HttpResponse, { operation, method }: Request, connection: string): RemoteError {
  const { status, headers, requestId } = response;
  const said = readErrorBody(response);
  const code = status === 409 ? 'version-conflict' : codeForStatus(status, headers);
  const message = said.message === null ? '' : `: ${said.message}`;
  return new RemoteError(`${operation} failed (HTTP ${status})${message}${remedyFor(status, connection)}`, {
    code,
    system: 'partnerCenter',
    status,
    remoteCode: said.code,
    requestId,
    retryAfterMs: retryAfterMs(headers, Date.now()) ?? 0,
    outcomeUnknown: method !== 'GET' && status >= 500,
  });
}

function remedyFor(status: number, connection: string): string {
  if (status === 401)
    return `. Check that the app may call https://api.partnercenter.microsoft.com for a user (user_impersonation), then sign in again: cosell-sync auth login ${connection}`;
  if (status === 403)
    return '. The signed-in user lacks a role that may manage webhooks; Referrals admin is what the connectors of Microsoft use.';
  return status === 429 ? '. Tests are limited to two a minute; wait and try again.' : '';
}
