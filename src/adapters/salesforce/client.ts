/**
 * jsforce's connection on our own HTTP layer. jsforce brings the session: bearer header, one shared sign-in for
 * parallel 401s, replay. Everything below it (deadlines, cut bodies, repeats, pacing, counting) is the HTTP layer's,
 * because jsforce's own transport neither survives a connection cut in mid-body nor has a deadline for bodies.
 */
import { Connection, type HttpRequest as JsforceRequest } from 'jsforce';
import type { SalesforceConfig } from '../../core/config-types.ts';
import { RemoteError } from '../../core/errors.ts';
import { type Clock, type HttpClient, type HttpResponse, parseJsonText } from '../http/index.ts';
import { type ApiUsage, type Budget, createBudget } from './budget.ts';
import { errorOfResponse, unreadable } from './errors.ts';
import { createSession, type SignedIn } from './session.ts';
import { transportOf, untilAborted, withoutLength } from './transport.ts';

const SIGN_IN_TIMEOUT_MS = 30_000;
const NEVER = new AbortController().signal;

export interface SalesforceRequest {
  /** In words that start a sentence: `Read changed opportunities`. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the version's root (`/composite`), or the whole path from `/services/` on. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it changes data: then it is not repeated, and a failure may leave the outcome unknown. */
  readonly isWrite: boolean;
  /** Whether it is about one record: then a missing right says nothing about the others. */
  readonly isOneRecord?: boolean;
  /** False for what the org does not count. */
  readonly metered?: boolean;
  readonly signal: AbortSignal;
}

export interface SalesforceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; null for an empty answer. */
  readonly body: unknown;
  readonly requestId: string | null;
}

/** What is used of a Bayeux client, which has no types of its own. */
export interface EventStream {
  on(event: 'transport:down', handler: () => void): void;
  subscribe(channel: string, handler: (message: unknown) => void): unknown;
  disable(feature: 'websocket'): void;
  disconnect(): unknown;
  readonly _dispatcher: { close(): void };
}

/** Sees each message of a stream; hands on null to drop it. */
export interface StreamExtension {
  incoming(message: StreamMessage, pass: (message: StreamMessage | null) => void): void;
  outgoing(message: StreamMessage, pass: (message: StreamMessage | null) => void): void;
}

export type StreamMessage = Record<string, unknown> & { readonly channel?: unknown };

export interface SalesforceClient {
  /** `/services/data/v66.0` */
  readonly root: string;
  readonly usage: ApiUsage | null;
  /** Signs in if that has not happened. */
  signIn(signal: AbortSignal): Promise<SignedIn>;
  /** @throws RemoteError; the signal's reason when aborted */
  call(request: SalesforceRequest): Promise<SalesforceAnswer>;
  /** Signs in anew, at most a few times a minute. */
  renew(signal: AbortSignal): Promise<void>;
  /** A stream of events with the session's token as it is now; connects when something is subscribed to. */
  openStream(extension: StreamExtension): EventStream;
}

export interface SalesforceClientOptions {
  readonly config: SalesforceConfig;
  /** An HTTP client for an origin: the login host, and the instance that the sign-in names. */
  readonly http: (baseUrl: string) => HttpClient;
  readonly clock: Clock;
  /** Part of the org's daily API calls that we may use, 0 to 1. */
  readonly shareOfDailyQuota: number;
  /** Deadline of one attempt at a data request. Salesforce itself gives up on a query after two minutes. */
  readonly timeoutMs: number;
}

/** One call through jsforce: what is asked, and the answer as the HTTP layer saw it. */
interface Exchange {
  readonly request: SalesforceRequest;
  response: HttpResponse | null;
}

interface ExchangeOptions {
  readonly exchange: Exchange;
}

/** Builds the client. Nothing is sent before the first call. */
export function createSalesforceClient(options: SalesforceClientOptions): SalesforceClient {
  const { config, clock, timeoutMs } = options;
  const root = `/services/data/v${config.apiVersion}`;
  const budget = createBudget(options.shareOfDailyQuota, clock.now);
  const clients = new Map<string, HttpClient>();
  let lastSignInAnswer: HttpResponse | null = null;

  const httpFor = (baseUrl: string): HttpClient => {
    const existing = clients.get(baseUrl);
    if (existing !== undefined) return existing;
    const created = options.http(baseUrl);
    clients.set(baseUrl, created);
    return created;
  };

  const { auth } = config;
  const connection = new Connection({
    loginUrl: config.loginUrl,
    version: config.apiVersion,
    callOptions: { client: 'cosell-sync' },
    oauth2: {
      clientId: auth.clientId,
      loginUrl: config.loginUrl,
      ...(auth.flow === 'clientCredentials' ? { clientSecret: auth.clientSecret } : {}),
    },
    refreshFn: (_connection, callback) => {
      session.renew().then(
        (accessToken) => callback(null, accessToken),
        (error: unknown) => callback(error instanceof Error ? error : new Error('Signing in failed')),
      );
    },
  });
  const session = createSession({ config, connection, clock, lastAnswer: () => lastSignInAnswer });

  connection._transport = transportOf<ExchangeOptions>(async (request, { exchange }) => {
    if (exchange === undefined) throw new TypeError('Only calls of this client go through its transport.');
    // jsforce made the URL absolute before a sign-in that may have moved us to another instance.
    const response = await sendData(exchange, request, httpFor(connection.instanceUrl), timeoutMs, budget);
    exchange.response = response;
    return response;
  });
  connection.oauth2._transport = transportOf(async (request) => {
    lastSignInAnswer = null;
    lastSignInAnswer = await httpFor(new URL(config.loginUrl).origin).send({
      operation: 'Sign in to Salesforce',
      method: 'POST',
      url: request.url,
      headers: withoutLength(request.headers),
      body: String(request.body ?? ''),
      signal: NEVER,
      timeoutMs: SIGN_IN_TIMEOUT_MS,
      repeatable: true,
      metered: false,
    });
    return lastSignInAnswer;
  });

  async function call(request: SalesforceRequest): Promise<SalesforceAnswer> {
    const { operation, isWrite } = request;
    budget.ensureFree(operation);
    await untilAborted(session.ensure(), request.signal);
    const exchange: Exchange = { request, response: null };
    try {
      await untilAborted(
        connection.request(
          {
            method: request.method,
            url: request.path,
            ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
            headers: { 'content-type': 'application/json', ...request.headers },
          },
          // As text, because the answer is parsed here and not twice.
          { exchange, responseType: 'text/plain' },
        ),
        request.signal,
      );
    } catch (error) {
      const { response } = exchange;
      if (error instanceof RemoteError) throw error;
      // jsforce tells the call that met the 401 of a failed sign-in in words of its own.
      if (session.failure !== null && response?.status === 401) throw session.failure;
      if (response === null || response.status < 400) throw error;
      const { isOneRecord = false } = request;
      throw errorOfResponse(response, { operation, isWrite, isOneRecord, now: clock.now() });
    }
    const { response } = exchange;
    if (response === null) throw unreadable(operation, null, isWrite);
    const { status, headers, requestId } = response;
    if (response.body === '') return { status, headers, requestId, body: null };
    const body = parseJsonText(response.body);
    if (body === undefined) throw unreadable(operation, response, isWrite);
    return { status, headers, requestId, body };
  }

  return {
    root,
    get usage() {
      return budget.usage;
    },
    signIn: (signal) => untilAborted(session.ensure(), signal),
    call,
    renew: (signal) => untilAborted(session.renew(), signal).then(() => undefined),
    openStream: (extension) => connection.streaming.createClient([extension]) as unknown as EventStream,
  };
}

async function sendData(
  { request }: Exchange,
  { method, headers, url, body }: JsforceRequest,
  http: HttpClient,
  timeoutMs: number,
  budget: Budget,
): Promise<HttpResponse> {
  const { pathname, search } = new URL(url);
  const response = await http.send({
    operation: request.operation,
    method: method === 'GET' || method === 'PATCH' ? method : 'POST',
    url: `${pathname}${search}`,
    headers: withoutLength(headers),
    ...(typeof body === 'string' ? { body } : {}),
    signal: request.signal,
    timeoutMs,
    repeatable: !request.isWrite,
    ...(request.metered === undefined ? {} : { metered: request.metered }),
  });
  if (request.metered !== false) budget.record(response.headers);
  return response;
}
