import type { AxiosProxyConfig } from 'axios';
import pRetry from 'p-retry';
import { RemoteError, type System } from '../../core/errors.ts';
import { systemClock } from './clock.ts';
import { createHostLimit, type HostLimit, HostPausedError } from './limits.ts';
import { checkBaseUrl, resolveUrl } from './origin.ts';
import { retryAfterMs } from './retry-after.ts';
import { createTransport, TransportError } from './transport.ts';
import type { Clock, Exchange, HttpClient, HttpRequest, HttpResponse, RequestCounters } from './types.ts';

export interface HttpClientOptions {
  /** Where requests go, and the only origin they may go to. https, except on loopback. */
  readonly baseUrl: string;
  readonly system: System;
  /** From `createHostLimits()`; without one the client has a fixed concurrency of 4 of its own. */
  readonly limit?: HostLimit;
  readonly counters?: RequestCounters;
  readonly onExchange?: (exchange: Exchange) => void;
  readonly clock?: Clock;
  /** Default deadline of one attempt; 60 s. */
  readonly timeoutMs?: number;
  /** Attempts at a request, the first included; 5. */
  readonly attempts?: number;
  /** The longest `Retry-After` that is waited out; a longer one fails as `rate-limited`. 60 s. */
  readonly maxRetryAfterMs?: number;
  /** The largest answer accepted, after decompression; 64 MiB. */
  readonly maxBodyBytes?: number;
  readonly proxy?: AxiosProxyConfig | false;
  /** Accepts plain http to link-local addresses too: where Azure's machines ask for their identity. */
  readonly linkLocal?: boolean;
}

const RETRYABLE_STATUS = new Set([420, 423, 429, 500, 502, 503, 504, 509]);
const THROTTLING_STATUS = new Set([420, 429, 503, 509]);
const REDIRECT_STATUS = new Set([301, 302, 303, 307, 308]);
const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 30_000;
const REQUEST_ID_HEADERS = [
  'request-id',
  'ms-requestid',
  'x-ms-service-request-id',
  'x-ms-request-id',
  'x-request-id',
  'ms-correlationid',
  'client-request-id',
] as const;

/** An attempt that failed in a way that may be tried again. Never leaves this file. */
class FailedAttempt extends Error {
  readonly outcome: HttpResponse | TransportError;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | null;

  constructor(outcome: HttpResponse | TransportError, isRetryable: boolean, retryAfter: number | null) {
    super('The attempt failed.');
    this.outcome = outcome;
    this.isRetryable = isRetryable;
    this.retryAfterMs = retryAfter;
  }
}

/**
 * Builds the client of one origin: the only place where requests are sent, spaced, repeated and counted.
 * @throws ConfigurationError when the base URL cannot be used
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const base = checkBaseUrl(options.baseUrl, options.linkLocal ?? false);
  const { system, counters, onExchange, clock = systemClock } = options;
  const {
    timeoutMs = 60_000,
    attempts = 5,
    maxRetryAfterMs = 60_000,
    maxBodyBytes = 64 * 1024 * 1024,
  } = options;
  const limit = options.limit ?? createHostLimit({ concurrency: 4, requestsPerSecond: null }, clock);
  const transport = createTransport({ maxBodyBytes, proxy: options.proxy ?? false });

  /** One attempt: waits for its turn, sends, counts, reports. Throws `TransportError` when no answer came. */
  async function exchange(request: HttpRequest, url: URL, attempt: number): Promise<HttpResponse> {
    const lease = await limit.acquire({ signal: request.signal, maxPauseMs: maxRetryAfterMs });
    const startedAt = clock.now();
    let response: HttpResponse | null = null;
    let wasSent = true;
    try {
      const answer = await transport({
        method: request.method,
        url: url.href,
        headers: request.headers ?? {},
        body: request.body,
        signal: request.signal,
        timeoutMs: request.timeoutMs ?? timeoutMs,
        encoding: request.encoding ?? 'utf8',
      });
      response = { ...answer, requestId: requestIdOf(answer.headers) };
      return response;
    } catch (error) {
      wasSent = !(error instanceof TransportError) || error.mayHaveBeenSent;
      throw error;
    } finally {
      const durationMs = clock.now() - startedAt;
      if (counters !== undefined && wasSent && request.metered !== false) {
        counters.requests += 1;
        if (attempt > 1) counters.retries += 1;
      }
      const status = response?.status ?? null;
      // Before the lease goes, so that nobody slips through between an answer that asks for a pause and the pause.
      const isThrottled = status !== null && THROTTLING_STATUS.has(status);
      const pauseMs = isThrottled && response !== null ? retryAfterMs(response.headers, clock.now()) : null;
      if (pauseMs !== null) limit.pauseUntil(clock.now() + pauseMs);
      lease.release({ latencyMs: durationMs, throttled: isThrottled });
      onExchange?.({
        system,
        operation: request.operation,
        method: request.method,
        path: url.pathname,
        status,
        durationMs,
        attempt,
        requestId: response?.requestId ?? null,
      });
    }
  }

  async function attemptOnce(request: HttpRequest, url: URL, attempt: number): Promise<HttpResponse> {
    let response: HttpResponse;
    try {
      response = await exchange(request, url, attempt);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      throw new FailedAttempt(error, error.isRetryable && request.repeatable, null);
    }
    if (!RETRYABLE_STATUS.has(response.status)) return response;
    const askedMs = retryAfterMs(response.headers, clock.now());
    const wasRefused = response.status === 429 || (response.status === 503 && askedMs !== null);
    const isTooLong = askedMs !== null && askedMs > maxRetryAfterMs;
    throw new FailedAttempt(response, (request.repeatable || wasRefused) && !isTooLong, askedMs);
  }

  async function send(request: HttpRequest): Promise<HttpResponse> {
    const { operation, signal } = request;
    const url = resolveUrl(base, request.url, { operation, system });
    // Once one attempt may have been carried out, no later refusal can take that back.
    let mayHaveHappened = false;
    try {
      const response = await pRetry((attempt) => attemptOnce(request, url, attempt), {
        retries: Math.max(0, attempts - 1),
        minTimeout: 0,
        signal,
        shouldRetry: ({ error }) => error instanceof FailedAttempt && error.isRetryable,
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if (!(error instanceof FailedAttempt)) return;
          mayHaveHappened ||= isWrite(request) && mayHaveDone(error);
          if (!error.isRetryable || retriesLeft <= 0) return;
          const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attemptNumber - 1));
          await clock.sleep(Math.max(error.retryAfterMs ?? 0, clock.random() * ceilingMs), signal);
        },
      });
      return mayHaveHappened ? { ...response, afterUnheard: true } : response;
    } catch (error) {
      if (error instanceof HostPausedError) throw pausedError(operation, error.remainingMs, mayHaveHappened);
      if (!(error instanceof FailedAttempt)) throw error;
      const { outcome, retryAfterMs: askedMs } = error;
      if (outcome instanceof TransportError) {
        throw new RemoteError(`${operation} failed: ${outcome.message}.${remedyFor(outcome)}`, {
          code: 'unavailable',
          system,
          remoteCode: outcome.reason,
          outcomeUnknown: mayHaveHappened,
        });
      }
      if (askedMs !== null && askedMs > maxRetryAfterMs) {
        throw pausedError(operation, askedMs, mayHaveHappened, outcome);
      }
      return outcome;
    }
  }

  function pausedError(
    operation: string,
    remainingMs: number,
    outcomeUnknown: boolean,
    response?: HttpResponse,
  ): RemoteError {
    const seconds = Math.ceil(remainingMs / 1000);
    return new RemoteError(
      `${operation} was put off: ${base.host} asks to wait ${seconds} s. Run again after that.`,
      {
        code: 'rate-limited',
        system,
        status: response?.status ?? null,
        requestId: response?.requestId ?? null,
        retryAfterMs: remainingMs,
        outcomeUnknown,
      },
    );
  }

  return {
    baseUrl: options.baseUrl,
    async send(request) {
      const response = await send(request);
      if (!REDIRECT_STATUS.has(response.status)) return response;
      throw new RemoteError(
        `${request.operation} failed: ${base.host} redirects (HTTP ${response.status}), and redirects are not followed. ` +
          'Check the base URL in the configuration.',
        { code: 'unavailable', system, status: response.status, requestId: response.requestId },
      );
    },
  };
}

/** A query may be sent by POST; it is then repeatable. Every other method than GET and HEAD writes. */
function isWrite({ method, repeatable }: HttpRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && !(method === 'POST' && repeatable);
}

/** Whether the failed attempt can have been carried out all the same. */
function mayHaveDone({ outcome, retryAfterMs: askedMs }: FailedAttempt): boolean {
  if (outcome instanceof TransportError) return outcome.mayHaveBeenSent;
  return outcome.status >= 500 && !(outcome.status === 503 && askedMs !== null);
}

function remedyFor({ isRetryable }: TransportError): string {
  return isRetryable
    ? ' Check the network, then run again.'
    : ' Check the base URL, certificates and credentials.';
}

function requestIdOf(headers: Readonly<Record<string, string>>): string | null {
  for (const name of REQUEST_ID_HEADERS) {
    const value = headers[name];
    if (value !== undefined && value !== '') return value.slice(0, 200);
  }
  return null;
}
