/** Requests to the referrals API: addresses, headers, sign-in, and the one repetition that a dead token deserves. */
import type { ReferralId } from '../../core/ids.ts';
import { type Clock, type HttpClient, type HttpResponse, parseJson } from '../http/index.ts';
import { toRemoteError } from './errors.ts';

/** Gives access tokens for the referrals API; `rejectedToken` is one that the API has just refused. */
export type AccessToken = (options: {
  readonly signal: AbortSignal;
  readonly forceRefresh?: boolean;
  readonly rejectedToken?: string;
}) => Promise<string>;

export interface ApiOptions {
  /** A client whose base URL is the API's. */
  readonly http: HttpClient;
  readonly accessToken: AccessToken;
  readonly clock: Clock;
  /** Makes a fresh GUID. */
  readonly newId: () => string;
  /** The connection's name, for the remedy. */
  readonly connection: string;
}

export interface ApiRequest {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the list's address: empty, `/{id}` or `?{query}`. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly body?: unknown;
  readonly ifMatch?: string;
  /** Stays the same when one logical write is repeated; fresh when absent. */
  readonly requestId?: string;
  /** Statuses that the caller deals with; any other that is no success throws. */
  readonly accept?: readonly number[];
  /** Whether it concerns one referral. */
  readonly isSingle?: boolean;
}

export interface ApiAnswer extends HttpResponse {
  /** The id under which support finds the request. */
  readonly sentId: string;
}

export interface Api {
  /** @throws RemoteError for anything but a success or an accepted status */
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** The answer's JSON, with numbers that a double cannot hold as text. */
  parse(response: HttpResponse, request: Pick<ApiRequest, 'operation' | 'method'>): unknown;
  /** The server's clock at the answer, milliseconds since the epoch; ours when it does not say. */
  serverTime(response: HttpResponse): number;
}

const PATH = '/v1.0/engagements/referrals';

/** The address of one referral below the list. The id is a GUID already; encoding costs nothing. */
export function pathOf(id: ReferralId): string {
  return `/${encodeURIComponent(id)}`;
}

/** Builds the API. */
export function createApi({ http, accessToken, clock, newId, connection }: ApiOptions): Api {
  async function attempt(
    request: ApiRequest,
    token: string,
    ids: { request: string; correlation: string },
  ): Promise<ApiAnswer> {
    const { operation, method, path, signal, body, ifMatch } = request;
    const sentId = newId();
    const response = await http.send({
      operation,
      method,
      url: `${PATH}${path}`,
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: 'application/json',
        'client-request-id': sentId,
        'MS-RequestId': ids.request,
        'MS-CorrelationId': ids.correlation,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
        ...(method === 'PATCH' ? { Prefer: 'return=representation' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
      // There is no idempotency key: a create that is sent twice may make two deals.
      repeatable: method === 'GET' || (method === 'PATCH' && ifMatch !== undefined),
    });
    return { ...response, sentId };
  }

  return {
    async send(request) {
      const { operation, method, signal, accept = [], isSingle = false } = request;
      const ids = { request: request.requestId ?? newId(), correlation: newId() };
      const token = await accessToken({ signal });
      let response = await attempt(request, token, ids);
      if (response.status === 401) {
        const renewed = await accessToken({ signal, forceRefresh: true, rejectedToken: token });
        const { afterUnheard = false } = response;
        response = await attempt(request, renewed, ids);
        if (afterUnheard) response = { ...response, afterUnheard };
      }
      if ((response.status >= 200 && response.status < 300) || accept.includes(response.status))
        return response;
      throw toRemoteError(response, {
        operation,
        isWrite: method !== 'GET',
        isSingle,
        signInCommand: `cosell-sync auth login ${connection}`,
        now: clock.now(),
        requestId: response.sentId,
      });
    },
    parse(response, { operation, method }) {
      const outcomeUnknown = method !== 'GET';
      return parseJson(response, { operation, system: 'partnerCenter', outcomeUnknown, exactNumbers: true });
    },
    serverTime({ headers }) {
      const time = Date.parse(headers.date ?? '');
      return Number.isNaN(time) ? clock.now() : time;
    },
  };
}
