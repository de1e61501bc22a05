/** The stand-in for `https://graph.microsoft.com`: people, mail, and batches of both, for apps without a user. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SandboxClock } from '../kernel/clock.ts';
import type { SandboxRequest, SandboxResponse, StandIn } from '../kernel/server.ts';
import { GraphRefusal } from './graph-error.ts';
import type { GraphTenant } from './people.ts';
import { matching, selected } from './query.ts';

export const GRAPH_AUDIENCE = 'https://graph.microsoft.com';
const VERSION = '/v1.0';
const MAX_BATCH = 20;
const MAIL = /^\/users\/([^/]+)\/sendMail$/i;
const PERSON = /^\/users\/([^/]+)$/i;

export interface GraphApiOptions {
  readonly clock: SandboxClock;
  readonly tenant: GraphTenant;
  /** What the sign-in service says of a bearer token; null when it is no good. */
  readonly verifyToken: (token: string) => { readonly audience: string; readonly isApp: boolean } | null;
}

const Recipients = z.array(z.looseObject({ emailAddress: z.looseObject({ address: z.string() }) }));
const Mail = z.looseObject({
  message: z.looseObject({
    subject: z.string().default(''),
    body: z.looseObject({ contentType: z.string(), content: z.string() }),
    toRecipients: Recipients.default([]),
    ccRecipients: Recipients.default([]),
    internetMessageHeaders: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  }),
});
const Batch = z.object({
  requests: z.array(
    z.object({
      id: z.string(),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.unknown().optional(),
    }),
  ),
});

function parsed<T>(schema: z.ZodType<T>, body: string): T {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    throw new GraphRefusal(400, 'BadRequest', 'Unable to read JSON request payload.');
  }
}

/** The Graph stand-in over a tenant. */
export function createGraphStandIn({ clock, tenant, verifyToken }: GraphApiOptions): StandIn {
  const { switches } = tenant;

  function checkToken(request: SandboxRequest): void {
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const claims = token === undefined ? null : verifyToken(token);
    if (claims?.audience !== GRAPH_AUDIENCE)
      throw new GraphRefusal(401, 'InvalidAuthenticationToken', 'Access token validation failure.');
    if (!claims.isApp)
      throw new GraphRefusal(
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      );
  }

  function sendMail(from: string, request: SandboxRequest): SandboxResponse {
    if (!switches.maySendMail)
      throw new GraphRefusal(403, 'ErrorAccessDenied', 'Access to OData is disabled.');
    const sender = tenant.get(from);
    if (sender.mail === null)
      throw new GraphRefusal(
        404,
        'MailboxNotEnabledForRESTAPI',
        'The mailbox is either inactive or soft-deleted.',
      );
    const { message } = parsed(Mail, request.body);
    const to = message.toRecipients.map(({ emailAddress }) => emailAddress.address);
    if (to.length + message.ccRecipients.length === 0 || to.some((address) => !address.includes('@')))
      throw new GraphRefusal(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.');
    const foreign = message.internetMessageHeaders.find(({ name }) => !name.toLowerCase().startsWith('x-'));
    if (foreign !== undefined)
      throw new GraphRefusal(
        400,
        'InvalidInternetMessageHeader',
        `The header '${foreign.name}' must start with 'x-'.`,
      );
    tenant.sent.push({
      at: clock.now().toISOString(),
      from: sender.userPrincipalName,
      to,
      subject: message.subject,
      text: message.body.content,
      headers: Object.fromEntries(message.internetMessageHeaders.map(({ name, value }) => [name, value])),
    });
    return { status: 202 };
  }

  function route(request: SandboxRequest, path: string): SandboxResponse {
    const mail = MAIL.exec(path)?.[1];
    if (mail !== undefined && request.method === 'POST') return sendMail(mail, request);
    if (path.startsWith('/users') && !switches.mayReadUsers)
      throw new GraphRefusal(
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      );
    if (request.method === 'GET' && path === '/users') {
      const context = `${request.baseUrl}${VERSION}/$metadata#users`;
      return { status: 200, json: { '@odata.context': context, value: matching(tenant.people, request) } };
    }
    const person = PERSON.exec(path)?.[1];
    if (request.method === 'GET' && person !== undefined)
      return { status: 200, json: selected(tenant.get(person), request.query) };
    if (request.method === 'POST' && path === '/$batch') return batch(request);
    throw new GraphRefusal(
      400,
      'BadRequest',
      `Resource not found for the segment '${path.split('/')[1] ?? ''}'.`,
    );
  }

  function batch(request: SandboxRequest): SandboxResponse {
    const { requests } = parsed(Batch, request.body);
    const ids = new Set(requests.map(({ id }) => id.toLowerCase()));
    if (requests.length > MAX_BATCH || ids.size !== requests.length)
      throw new GraphRefusal(
        400,
        'BadRequest',
        `A batch takes at most ${MAX_BATCH} requests with different ids.`,
      );
    const responses = requests.map(({ id, method, url, headers, body }) => {
      if (switches.throttledItems > 0) {
        switches.throttledItems -= 1;
        const refusal = new GraphRefusal(429, 'TooManyRequests', 'Too many requests.');
        const wait = { 'Retry-After': String(switches.retryAfterSeconds) };
        return { id, status: 429, headers: wait, body: refusal.toJson(clock, randomUUID()) };
      }
      const inner = new URL(url, `${request.baseUrl}/`);
      const response = answer(
        {
          ...request,
          method: method.toUpperCase(),
          path: decodeURIComponent(inner.pathname),
          query: inner.searchParams,
          target: url,
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
          ),
          body: body === undefined ? '' : JSON.stringify(body),
        },
        decodeURIComponent(inner.pathname),
      );
      return { id, status: response.status, headers: response.headers ?? {}, body: response.json };
    });
    // In any order, as the real one answers.
    return { status: 200, json: { responses: responses.reverse() } };
  }

  function answer(request: SandboxRequest, path: string): SandboxResponse {
    try {
      return route(request, path);
    } catch (error) {
      if (!(error instanceof GraphRefusal)) throw error;
      return { status: error.status, headers: error.headers, json: error.toJson(clock, randomUUID()) };
    }
  }

  return {
    system: 'graph',
    jsonContentType: 'application/json; odata.metadata=minimal; charset=utf-8',
    isWrite: (request) => /\/sendMail$/i.test(request.path) && request.method === 'POST',
    isData: () => true,
    handle(request) {
      const headers = { 'request-id': randomUUID() };
      try {
        checkToken(request);
        if (!request.path.startsWith(`${VERSION}/`))
          throw new GraphRefusal(400, 'BadRequest', 'Invalid version.');
        const response = answer(request, request.path.slice(VERSION.length));
        return { ...response, headers: { ...headers, ...response.headers } };
      } catch (error) {
        if (!(error instanceof GraphRefusal)) throw error;
        const json = error.toJson(clock, headers['request-id']);
        return { status: error.status, headers: { ...headers, ...error.headers }, json };
      }
    },
  };
}
