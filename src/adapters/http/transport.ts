/** One HTTP exchange with axios. Nothing that axios knows of the request (it holds the token) leaves this file. */
import { setImmediate } from 'node:timers/promises';
import axios, { type AxiosProxyConfig, isAxiosError } from 'axios';

export interface TransportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** The caller's own wish to stop. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly encoding: 'utf8' | 'latin1';
}

export interface TransportAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** No usable answer: why, and whether the request can have reached the host. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** Node's or the TLS library's code, `DEADLINE`, or null. */
  readonly reason: string | null;
  readonly mayHaveBeenSent: boolean;
  readonly isRetryable: boolean;

  constructor(
    message: string,
    details: { reason: string | null; mayHaveBeenSent: boolean; isRetryable: boolean },
  ) {
    super(message);
    this.reason = details.reason;
    this.mayHaveBeenSent = details.mayHaveBeenSent;
    this.isRetryable = details.isRetryable;
  }
}

export type Transport = (request: TransportRequest) => Promise<TransportAnswer>;

export interface TransportOptions {
  readonly maxBodyBytes: number;
  readonly proxy: AxiosProxyConfig | false;
}

/** Codes of failures to connect: the request never left. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS_|^EPROTO$|^ERR_SSL_/;
/** A name in a header or URL that Node itself refuses: our bug or a broken credential, never the network's. */
const INVALID_REQUEST = /^ERR_INVALID_|^ERR_UNESCAPED_CHARACTERS$/;

/** Builds the transport: no redirects, no environment proxies, text bodies of bounded size after decompression. */
export function createTransport({ maxBodyBytes, proxy }: TransportOptions): Transport {
  const instance = axios.create({
    adapter: 'http',
    proxy,
    maxRedirects: 0,
    decompress: true,
    maxContentLength: maxBodyBytes,
    maxBodyLength: Number.POSITIVE_INFINITY,
    responseType: 'text',
    transformRequest: [(data) => data],
    transformResponse: [(data) => data],
    validateStatus: () => true,
  });

  return async ({ method, url, headers, body, signal, timeoutMs, encoding }) => {
    signal.throwIfAborted();
    // A process that was busy has not heard yet which idle connections were closed: a write on one of them would be lost
    // without anybody knowing whether it was carried out.
    // The first turn of the event loop may be half over, so that only the second one is sure to listen.
    for (let turn = 0; turn < 2; turn += 1) await setImmediate();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      const answer = await instance.request<string>({
        method,
        url,
        headers: { 'User-Agent': 'cosell-sync', Accept: 'application/json', ...headers },
        data: body,
        responseEncoding: encoding,
        signal: AbortSignal.any([signal, deadline.signal]),
      });
      return {
        status: answer.status,
        headers: plainHeaders(answer.headers),
        body: typeof answer.data === 'string' ? answer.data : '',
      };
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.signal.aborted) {
        throw new TransportError(`no complete answer within ${timeoutMs / 1000} s`, {
          reason: 'DEADLINE',
          mayHaveBeenSent: true,
          isRetryable: true,
        });
      }
      throw toTransportError(error, maxBodyBytes, new URL(url).host);
    } finally {
      clearTimeout(timer);
    }
  };
}

function plainHeaders(headers: unknown): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === 'string' || typeof value === 'number') plain[name.toLowerCase()] = String(value);
    else if (Array.isArray(value)) plain[name.toLowerCase()] = value.join(', ');
  }
  return plain;
}

/** Keeps the code, names the host, drops the rest: axios errors carry the whole request. Others are bugs and pass. */
function toTransportError(error: unknown, maxBodyBytes: number, host: string): unknown {
  if (!(error instanceof Error)) return error;
  const reason = 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (reason !== null && INVALID_REQUEST.test(reason)) {
    return new TransportError(`the request is malformed (${reason})`, {
      reason,
      mayHaveBeenSent: false,
      isRetryable: false,
    });
  }
  if (!isAxiosError(error) && reason === null) return error;
  if (/maxContentLength/.test(error.message)) {
    return new TransportError(`the answer is larger than ${maxBodyBytes} bytes`, {
      reason,
      mayHaveBeenSent: true,
      isRetryable: false,
    });
  }
  if (reason !== null && CERTIFICATE.test(reason)) {
    return new TransportError(`the secure connection failed (${reason})`, {
      reason,
      mayHaveBeenSent: false,
      isRetryable: false,
    });
  }
  const mayHaveBeenSent = reason === null || !NOT_SENT.has(reason);
  const what = mayHaveBeenSent
    ? 'the connection broke before a complete answer'
    : `${host} could not be reached`;
  return new TransportError(reason === null ? what : `${what} (${reason})`, {
    reason,
    mayHaveBeenSent,
    isRetryable: true,
  });
}
