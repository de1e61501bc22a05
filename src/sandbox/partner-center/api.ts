/** The referrals API over HTTP: routing, sign-in, headers, the error envelope. */
import { createHash } from 'node:crypto';
import type { SandboxClock } from '../kernel/clock.ts';
import type { SandboxRequest, SandboxResponse, StandIn } from '../kernel/server.ts';
import { ApiError, invalidRequest } from './api-error.ts';
import { type Json, type JsonObject, textAt } from './json.ts';
import {
  cutPage,
  type ListPage,
  type ListQuery,
  nextLink,
  parseListQuery,
  projectRow,
  selectRows,
} from './list.ts';
import { renderCasing, renderReferral } from './render.ts';
import { ILLEGAL_RULES } from './rules.ts';
import type { Tenant } from './tenant.ts';
import type { VerifyToken } from './token.ts';
import type { PortalUser } from './users.ts';
import { answerWebhookCall, WEBHOOKS_PATH } from './webhook-api.ts';

/** The only audience the referrals API takes. */
export const REFERRALS_AUDIENCE = 'https://api.partner.microsoft.com';
const BASE_PATH = '/v1.0/engagements/referrals';
const JSON_TYPE = 'application/json; charset=utf-8';
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export interface PartnerCenterApiOptions {
  readonly clock: SandboxClock;
  readonly tenant: Tenant;
  readonly verifyToken: VerifyToken;
}

function unauthorized(): ApiError {
  return new ApiError('Caller is not authorized to access the resource.', {
    status: 401,
    code: 'unAuthorized',
    target: 'referral',
    rule: 'innerErrorCode',
  });
}

function denied(message: string): ApiError {
  return new ApiError(message, {
    status: 403,
    code: 'accessDenied',
    target: 'referral',
    rule: 'roleMissing',
  });
}

function refuse(status: number, message: string, rule: string): ApiError {
  return new ApiError(message, { status, code: 'invalidRequest', target: 'referral', rule });
}

function parseBody(request: SandboxRequest): Json {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw refuse(415, 'The content type must be application/json.', 'contentType');
  try {
    return JSON.parse(request.body) as Json;
  } catch {
    throw invalidRequest('The body is not valid JSON.', 'referral', 'malformed');
  }
}

/** The stand-in for `https://api.partner.microsoft.com`. */
export function createPartnerCenterStandIn(options: PartnerCenterApiOptions): StandIn {
  const { clock, tenant, verifyToken } = options;
  const { store, operations, switches } = tenant;
  let requests = 0;
  let kept: { readonly key: string; readonly revision: number; readonly rows: readonly JsonObject[] } | null =
    null;

  function signIn(request: SandboxRequest): PortalUser {
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const verified = token === undefined ? null : verifyToken(token);
    if (verified === null || verified.audience !== REFERRALS_AUDIENCE) throw unauthorized();
    if (verified.userId === null) throw denied('The operation needs a signed-in user.');
    const user = tenant.user(verified.userId);
    if (user === undefined || user.role === 'none') throw denied('The caller lacks a referrals role.');
    return user;
  }

  /** Rows that match the query now; kept until the next write, so that walking pages stays cheap. */
  function matching(query: ListQuery, user: PortalUser): readonly JsonObject[] {
    const { filter, orderBy, descending } = query;
    const key = JSON.stringify([filter, orderBy, descending, user, switches]);
    if (kept !== null && kept.key === key && kept.revision === store.revision && store.isSettled())
      return kept.rows;
    const byEngagement = /\bengagementId\s+eq\b/.test(filter ?? '');
    const hidesSiblings =
      switches.siblings === 'hidden' || (switches.siblings === 'engagementOnly' && !byEngagement);
    const visible = function* (): Iterable<JsonObject> {
      for (const row of store.listed()) {
        if (hidesSiblings && row.organizationId !== tenant.organization.id) continue;
        if (operations.canSee(user, row)) yield row;
      }
    };
    const rows = selectRows(visible(), query, switches);
    kept = { key, revision: store.revision, rows };
    return rows;
  }

  /** Another writer gets in between two pages: a row on the far side of the border moves to this side's end. */
  function shiftRows(query: ListQuery, user: PortalUser): void {
    const rows = matching(query, user);
    const moved = query.descending ? rows.at(-1) : rows[0];
    if (moved !== undefined) tenant.override(textAt(moved, 'id') ?? '', {});
  }

  function list(request: SandboxRequest, user: PortalUser): SandboxResponse {
    const query = parseListQuery(request.query);
    if (switches.shiftRows && query.page > 1) shiftRows(query, user);
    const page: ListPage = cutPage(matching(query, user), query, switches);
    const count = query.withTotal || switches.count === 'total' ? page.total : page.rows.length;
    const answer: JsonObject = {
      '@odata.context': `${request.baseUrl}/v1.0/$metadata#Referrals`,
      ...(switches.count === 'absent' && !query.withTotal ? {} : { '@odata.count': count }),
      value: page.rows.map((row) =>
        projectRow(renderReferral(row, request.baseUrl, switches, 'list'), query.select),
      ),
    };
    if (page.next !== null)
      answer['@odata.nextLink'] = nextLink(request.baseUrl, page.next, request.query, switches);
    return { status: 200, json: renderCasing(answer, switches) };
  }

  function single(
    request: SandboxRequest,
    referral: JsonObject,
    status: number,
    withContext: boolean,
  ): SandboxResponse {
    const context = `${request.baseUrl}/v1.0/$metadata#Referrals/$entity`;
    const body = {
      ...(withContext ? { '@odata.context': context } : {}),
      ...renderReferral(referral, request.baseUrl, switches, 'single'),
    };
    return { status, headers: { ETag: textAt(referral, 'eTag') ?? '' }, json: renderCasing(body, switches) };
  }

  function route(request: SandboxRequest): SandboxResponse {
    const user = signIn(request);
    const rest = request.path.startsWith(BASE_PATH) ? request.path.slice(BASE_PATH.length) : null;
    const id = rest === null || rest === '' || rest === '/' ? null : rest.slice(1).replace(/\/$/, '');
    if (rest === null || (id !== null && (!rest.startsWith('/') || id.includes('/'))))
      throw new ApiError('There is no such resource.', {
        status: 404,
        code: 'itemNotFound',
        target: 'resource',
        rule: 'unknownPath',
      });
    if (id !== null && !GUID.test(id))
      throw invalidRequest('The referral id is not a GUID.', 'id', 'malformed');
    const context = {
      user,
      ifMatch: request.headers['if-match'] ?? null,
      requestId: request.headers['ms-requestid'] ?? null,
    };
    switch (`${request.method} ${id === null ? 'list' : 'one'}`) {
      case 'GET list':
        return list(request, user);
      case 'POST list':
        return single(request, operations.create(parseBody(request), context), switches.postStatus, false);
      case 'GET one':
        return single(request, operations.find(id ?? '', user), 200, true);
      case 'PATCH one': {
        const after = operations.patch(id ?? '', parseBody(request), context);
        const wantsBody = /\breturn=representation\b/i.test(request.headers.prefer ?? '');
        return wantsBody ? single(request, after, 200, false) : { status: 204 };
      }
      case 'PUT one':
        return single(request, operations.put(id ?? '', parseBody(request), context), 200, false);
      default:
        throw refuse(405, `The method ${request.method} is not allowed here.`, 'unsupportedOperation');
    }
  }

  function toAnswer(request: SandboxRequest, error: unknown): SandboxResponse {
    if (!(error instanceof ApiError)) throw error;
    if (ILLEGAL_RULES.has(error.details.rule)) {
      const id = request.path.slice(BASE_PATH.length + 1).toLowerCase();
      tenant.noteIllegalCall(request.method, id === '' ? null : id, error.message, error.details);
    }
    const challenge = error.details.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : undefined;
    return {
      status: error.details.status,
      json: error.envelope,
      ...(challenge ? { headers: challenge } : {}),
    };
  }

  function traceHeaders(request: SandboxRequest): Record<string, string> {
    requests += 1;
    const hex = createHash('sha256').update(`request/${requests}`).digest('hex');
    const requestId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    const { headers } = request;
    return {
      'request-id': requestId,
      'client-request-id': headers['client-request-id'] ?? requestId,
      'MS-RequestId': headers['ms-requestid'] ?? requestId,
      ...(headers['ms-correlationid'] === undefined
        ? {}
        : { 'MS-CorrelationId': headers['ms-correlationid'] }),
      timestamp: clock.now().toISOString(),
      'x-ms-ags-diagnostic':
        '{"ServerInfo":{"DataCenter":"Sandbox","Slice":"Main","RoleInstance":"LOCAL_IN_0"}}',
    };
  }

  return {
    system: 'partner-center',
    jsonContentType: JSON_TYPE,
    isWrite: (request) => request.method !== 'GET' && request.method !== 'HEAD',
    isData: (request) => !request.path.startsWith(WEBHOOKS_PATH),
    handle(request) {
      tenant.settle();
      const trace = traceHeaders(request);
      if (request.path.startsWith(WEBHOOKS_PATH)) {
        const answer = answerWebhookCall(request, tenant, verifyToken);
        return { ...answer, headers: { ...trace, ...answer.headers } };
      }
      let response: SandboxResponse;
      try {
        response = route(request);
      } catch (error) {
        response = toAnswer(request, error);
      }
      return { ...response, headers: { ...trace, ...response.headers } };
    },
  };
}
