/** Requests to one environment's Web API: its headers, its token, its batches. Everything below is the HTTP layer's. */
import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import type { DynamicsConfig } from '../../core/config-types.ts';
import { RemoteError } from '../../core/errors.ts';
import type { AppTokens } from '../entra/index.ts';
import { type Clock, type HttpClient, type HttpResponse, parseJsonText } from '../http/index.ts';
import { type ErrorContext, errorOfAnswer, unreadable } from './errors.ts';
import { type BatchItem, boundaryOf, type ItemAnswer, parseBatch, renderBatch } from './multipart.ts';

/** More than this many requests of one user at a time are refused. */
export const MAX_CONCURRENT_REQUESTS = 52;

export interface DynamicsRequest {
  /** In words that start a sentence: `Read changed opportunities`. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the API's root (`WhoAmI`), or the whole path from `/api/` on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Whether it changes data: then it is not repeated, and a failure may leave the outcome unknown. */
  readonly isWrite: boolean;
  readonly signal: AbortSignal;
}

export interface DynamicsAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; null for an empty answer. */
  readonly body: unknown;
  readonly requestId: string | null;
  /** The server's clock, milliseconds since the epoch; null when the answer does not tell. */
  readonly serverTime: number | null;
}

export interface BatchOptions {
  readonly operation: string;
  readonly isWrite: boolean;
  readonly signal: AbortSignal;
}

export interface BatchAnswer {
  /** By position of the items; an empty list where no answer came. */
  readonly items: readonly ItemAnswer[];
  readonly requestId: string | null;
  readonly serverTime: number | null;
}

export interface DynamicsClient {
  /** `/api/data/v9.2` */
  readonly root: string;
  /** @throws RemoteError for every status from 400 on; the signal's reason when aborted */
  call(request: DynamicsRequest): Promise<DynamicsAnswer>;
  /** Sends items as one request. @throws RemoteError when the batch as a whole failed */
  batch(items: readonly BatchItem[], options: BatchOptions): Promise<BatchAnswer>;
  /** The path and query of a link that the server gave. @throws RemoteError when it leads to another host */
  pathOf(link: string, operation: string): string;
  /** The error of one part of a batch. */
  errorOf(answer: ItemAnswer[number], context: Omit<ErrorContext, 'now'>): RemoteError;
}

export interface DynamicsClientOptions {
  readonly config: DynamicsConfig;
  readonly http: (baseUrl: string) => HttpClient;
  readonly tokens: AppTokens;
  readonly clock: Clock;
  /** Deadline of one attempt at a request, its body included. */
  readonly timeoutMs: number;
  /** Requests at a time; at most 52. */
  readonly maxConcurrentRequests: number;
}

/** Builds the client. Nothing is sent before the first call. */
export function createDynamicsClient(options: DynamicsClientOptions): DynamicsClient {
  const { config, tokens, clock, timeoutMs } = options;
  const root = `/api/data/v${config.apiVersion}`;
  const origin = new URL(config.url).origin;
  const gate = pLimit(Math.max(1, Math.min(options.maxConcurrentRequests, MAX_CONCURRENT_REQUESTS)));
  let http: HttpClient | null = null;

  async function send(request: DynamicsRequest, text: string | undefined): Promise<HttpResponse> {
    http ??= options.http(origin);
    const { operation, method, path, signal } = request;
    const exchange = (token: string): Promise<HttpResponse> =>
      gate(() =>
        http?.send({
          operation,
          method,
          url: path.startsWith('/') ? path : `${root}/${path}`,
          headers: {
            Authorization: `Bearer ${token}`,
            'OData-MaxVersion': '4.0',
            'OData-Version': '4.0',
            'If-None-Match': 'null',
            ...(text === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
            ...request.headers,
          },
          ...(text === undefined ? {} : { body: text }),
          signal,
          timeoutMs,
          repeatable: !request.isWrite,
        }),
      ) as Promise<HttpResponse>;
    const token = await tokens.getToken({ signal });
    const response = await exchange(token);
    if (response.status !== 401) return response;
    // Revoked, or the environment moved its clock: once more with a fresh one. A 401 was not carried out.
    return exchange(await tokens.getToken({ signal, forceRefresh: true, rejectedToken: token }));
  }

  function errorOf(response: HttpResponse, { operation, isWrite }: DynamicsRequest): RemoteError {
    return errorOfAnswer(response, { operation, isWrite, now: clock.now() });
  }

  return {
    root,
    async call(request) {
      const text = request.body === undefined ? undefined : JSON.stringify(request.body);
      const response = await send(request, text);
      if (response.status >= 400) throw errorOf(response, request);
      const { headers } = response;
      const requestId = requestIdOf(response);
      const body = response.body === '' ? null : parseJsonText(response.body);
      if (body === undefined) throw unreadable(request.operation, requestId, request.isWrite);
      return { headers, body, requestId, serverTime: serverTimeOf(headers) };
    },
    async batch(items, { operation, isWrite, signal }) {
      const boundary = `batch_${randomUUID()}`;
      const request: DynamicsRequest = {
        operation,
        method: 'POST',
        path: '$batch',
        headers: {
          'Content-Type': `multipart/mixed; boundary="${boundary}"`,
          Prefer: 'odata.continue-on-error',
        },
        isWrite,
        signal,
      };
      const response = await send(request, renderBatch(items, boundary));
      const answered = boundaryOf(response.headers['content-type'] ?? '');
      const parsed = answered === null ? null : parseBatch(response.body, answered, items.length);
      const requestId = requestIdOf(response);
      if (parsed?.some((item) => item.length > 0)) {
        return { items: parsed, requestId, serverTime: serverTimeOf(response.headers) };
      }
      if (response.status >= 400) throw errorOf(response, request);
      throw unreadable(operation, requestId, isWrite);
    },
    pathOf(link, operation) {
      const url = URL.canParse(link, origin) ? new URL(link, origin) : null;
      if (url !== null && isSameHost(url, new URL(origin)) && url.pathname.startsWith(`${root}/`)) {
        return `${url.pathname}${url.search}`;
      }
      throw new RemoteError(
        `${operation} was stopped: the server's link leads to ${url?.origin ?? 'something that is not a URL'} instead of ${origin}. Check crm.url in the configuration.`,
        { code: 'configuration', system: 'crm' },
      );
    },
    errorOf: (answer, context) => errorOfAnswer(answer, { ...context, now: clock.now() }),
  };
}

/** Links name the host that was asked, or the environment's `api` host; either way the request goes to the former. */
function isSameHost(link: URL, own: URL): boolean {
  if (link.username !== '' || link.password !== '') return false;
  const apiHost = own.host.replace('.', '.api.');
  return link.protocol === own.protocol && (link.host === own.host || link.host === apiHost);
}

function requestIdOf(response: HttpResponse): string | null {
  return response.requestId ?? response.headers.req_id ?? null;
}

function serverTimeOf(headers: Readonly<Record<string, string>>): number | null {
  const time = Date.parse(headers.date ?? '');
  return Number.isNaN(time) ? null : time;
}
