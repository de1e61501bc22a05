/** The REST API over HTTP: sign-in, sessions, metering, routing, and the shape of errors. */
import type { SandboxClock } from '../kernel/clock.ts';
import type { SandboxRequest, SandboxResponse, StandIn } from '../kernel/server.ts';
import { CHANGE_EVENTS_PATH, type ChangeEvents, createChangeEvents } from './change-events.ts';
import { handleCollections } from './collections-api.ts';
import { handleComposite, preconditionAnswer } from './composite-api.ts';
import { PreconditionFailed } from './conditional.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, type Handler, parseTarget } from './http.ts';
import { createLocators, type Locators } from './locators.ts';
import { handleLimits, handleResources, identityOf, isKnownVersion, versionList } from './meta-api.ts';
import type { SalesforceOrg } from './org.ts';
import { handleQuery } from './query-api.ts';
import { handleSObjects } from './rows-api.ts';
import { notFound, refuse, SalesforceError } from './salesforce-error.ts';
import { type ConnectedApp, createSignIn, type SignIn } from './sign-in.ts';
import { handleTooling } from './tooling-api.ts';
import { createUsage, type Usage } from './usage.ts';
import { isRecord } from './values.ts';

const JSON_TYPE = 'application/json;charset=UTF-8';
const MAX_URI_BYTES = 16_384;

export interface SalesforceStandInOptions {
  readonly clock: SandboxClock;
  readonly org: SalesforceOrg;
  /** The clients that may sign in. */
  readonly apps: readonly ConnectedApp[];
}

/** The stand-in for an org's My Domain host, with what tests and the control API steer. */
export interface SalesforceStandIn extends StandIn {
  readonly signIn: SignIn;
  readonly usage: Usage;
  readonly locators: Locators;
  readonly changeEvents: ChangeEvents;
}

/** The stand-in for `https://{mydomain}.my.salesforce.com`. */
export function createSalesforceStandIn({ clock, org, apps }: SalesforceStandInOptions): SalesforceStandIn {
  const signIn = createSignIn({ clock, org, apps });
  const usage = createUsage(clock, org.switches);
  const changeEvents = createChangeEvents(org, signIn);
  const locators = createLocators(clock, org.switches, org.store.ids);

  const dispatch: Handler = (context, call) => {
    const [resource = '', second = ''] = call.segments;
    switch (resource.toLowerCase()) {
      case '':
        return handleResources(context, call);
      case 'query':
      case 'queryall':
        return handleQuery(context, call);
      case 'sobjects':
        return handleSObjects(context, call);
      case 'composite':
        if (second === '') return handleComposite(context, call, dispatch);
        if (second.toLowerCase() === 'sobjects') return handleCollections(context, call);
        throw notFound();
      case 'limits':
        return handleLimits(context, call, usage);
      case 'tooling':
        return handleTooling(context, call);
      default:
        throw notFound();
    }
  };

  function authorize(request: SandboxRequest): ApiContext {
    const token = /^(?:Bearer|OAuth) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const userId = token === undefined ? null : signIn.userOf(token);
    if (userId === null) throw refuse('INVALID_SESSION_ID', 'Session expired or invalid', undefined, 401);
    return { org, locators, actor: { userId, origin: 'api' } };
  }

  function data(request: SandboxRequest): SandboxResponse {
    let context: ApiContext | null = null;
    try {
      if (Buffer.byteLength(request.target) > MAX_URI_BYTES) {
        throw refuse('URI_TOO_LONG', 'The length of the URI exceeds the 16,384 byte limit.', undefined, 414);
      }
      const parsed = parseTarget(request.target);
      if (parsed === null || !isKnownVersion(parsed.version)) throw notFound();
      context = authorize(request);
      usage.count();
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const call: ApiCall = {
        ...parsed,
        method,
        headers: request.headers,
        body: parseBody(request),
        baseUrl: request.baseUrl,
        isPart: false,
      };
      return withLimits(dispatch(context, call));
    } catch (error) {
      if (error instanceof PreconditionFailed && context !== null) {
        return withLimits(preconditionAnswer(context, error));
      }
      if (error instanceof SalesforceError) return withLimits({ status: error.status, json: error.body });
      throw error;
    }
  }

  function withLimits({ status, headers = {}, json }: ApiAnswer): SandboxResponse {
    return {
      status,
      headers: { ...headers, 'Sforce-Limit-Info': usage.header },
      ...(json === undefined || status === 204 || status === 304 ? {} : { json }),
    };
  }

  function route(request: SandboxRequest): SandboxResponse | Promise<SandboxResponse> {
    const { path } = request;
    if (path.startsWith(CHANGE_EVENTS_PATH)) return changeEvents.handle(request);
    if (path === '/services/oauth2/token') return signIn.token(request);
    if (path === '/services/oauth2/revoke') return signIn.revoke(request);
    if (/^\/services\/data\/?$/.test(path)) return { status: 200, json: versionList() };
    if (path.startsWith('/services/data/')) return data(request);
    try {
      if (!path.startsWith(`/id/${org.organizationId}/`)) throw notFound();
      const { status, json } = identityOf(authorize(request), request.baseUrl);
      return { status, json };
    } catch (error) {
      if (error instanceof SalesforceError) return { status: error.status, json: error.body };
      throw error;
    }
  }

  return {
    system: 'salesforce',
    jsonContentType: JSON_TYPE,
    signIn,
    usage,
    locators,
    changeEvents,
    isWrite,
    isData: ({ path }) => /^\/services\/data\/v\d/.test(path),
    async handle(request) {
      const response = await route(request);
      const date = new Date(clock.now().getTime() + org.switches.clockSkewMs).toUTCString();
      return { ...response, headers: { Date: date, ...response.headers } };
    },
  };
}

function parseBody(request: SandboxRequest): unknown {
  if (request.body === '' || request.method === 'GET') return undefined;
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw refuse('UNSUPPORTED_MEDIA_TYPE', `Content type ${type} is not supported`, undefined, 415);
  }
  try {
    return JSON.parse(request.body);
  } catch {
    throw refuse('JSON_PARSER_ERROR', 'Unexpected character at [line:1, column:1]');
  }
}

/** Reading by POST (bulk retrieve, a composite of reads) is no write. */
function isWrite(request: SandboxRequest): boolean {
  const { method, path } = request;
  if (method === 'GET' || method === 'HEAD' || !path.startsWith('/services/data/')) return false;
  if (method !== 'POST') return true;
  if (/\/composite\/sobjects\/[^/]+\/?$/.test(path)) return false;
  if (!/\/composite\/?$/.test(path)) return true;
  try {
    const body: unknown = JSON.parse(request.body);
    const parts = isRecord(body) && Array.isArray(body.compositeRequest) ? body.compositeRequest : [];
    return parts.filter(isRecord).some((part) => {
      const isRetrieve = /\/composite\/sobjects\/[^/?]+\/?(?:\?|$)/.test(String(part.url));
      return String(part.method ?? 'GET').toUpperCase() !== 'GET' && !(isRetrieve && part.method === 'POST');
    });
  } catch {
    return true;
  }
}
