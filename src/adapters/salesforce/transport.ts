/** The shape that jsforce wants of a transport, around one function that sends. */
import { PassThrough } from 'node:stream';
import type {
  Connection,
  HttpRequestOptions as JsforceOptions,
  HttpRequest as JsforceRequest,
  HttpResponse as JsforceResponse,
  StreamPromise,
} from 'jsforce';
import type { HttpResponse } from '../http/index.ts';

/** jsforce counts the body's bytes itself; the HTTP layer does so too, and only one may. */
export function withoutLength(headers: JsforceRequest['headers'] = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-length'),
  );
}

/** Options as jsforce passes them through, with whatever the caller put beside them. */
export type TransportOptions<Extra> = JsforceOptions & Partial<Extra>;

type Send<Extra> = (request: JsforceRequest, options: TransportOptions<Extra>) => Promise<HttpResponse>;

/** What jsforce expects of a transport: a promise that also has a stream, which nobody reads here. */
export function transportOf<Extra extends object>(send: Send<Extra>): Connection['_transport'] {
  return {
    httpRequest(
      request: JsforceRequest,
      options: TransportOptions<Extra> = {},
    ): StreamPromise<JsforceResponse> {
      const answer = send(request, options).then(({ status, headers, body }) => ({
        statusCode: status,
        headers: { ...headers },
        body,
      }));
      return Object.assign(answer, { stream: () => new PassThrough() });
    },
    getRequestStreamCreator() {
      throw new TypeError('Streamed requests are not used.');
    },
  };
}

/** A wait for others (a shared sign-in) that ends when the caller gives up. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever else waits for it hears of a failure; nobody must not be an unhandled one.
  promise.catch(() => {});
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
