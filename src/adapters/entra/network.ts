/** MSAL's way to the network: through our client, to the configured authority and nowhere else. */
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { z } from 'zod';
import { errorForStatus, type HttpClient, parseJson } from '../http/index.ts';
import { type SignInErrorContext, signInError } from './errors.ts';

/** A token endpoint's answer, as far as we read it ourselves. Numbers come as text from older endpoints. */
const TokenAnswer = z.looseObject({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  expires_in: z.coerce.number().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  claims: z.string().optional(),
  correlation_id: z.string().optional(),
});
export type TokenAnswer = z.infer<typeof TokenAnswer>;

/** Errors of a device sign-in that is still going on. */
const STILL_WAITING = new Set(['authorization_pending', 'slow_down']);

export interface NetworkOptions extends SignInErrorContext {
  readonly http: HttpClient;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Runs on every granted answer before MSAL sees it; the answer is withheld until it resolves. */
  readonly onGranted: (answer: TokenAnswer) => Promise<void>;
  /** Changes a refused request for one more try; null: no further try. */
  readonly amend?: (answer: TokenAnswer, body: string) => string | null;
  /** Waits before a device sign-in is asked about again, when the service wants a slower pace. */
  readonly onSlowDown?: () => Promise<void>;
}

export interface Network extends INetworkModule {
  /** What failed last, as it was before MSAL wrapped it in an error of its own; null when nothing did. */
  readonly failure: unknown;
}

/** Builds the network of one token request. */
export function createNetwork(options: NetworkOptions): Network {
  const { http, signal, operation } = options;
  const context = { operation, system: 'entra' } as const;
  let failure: unknown = null;

  async function post(
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<NetworkResponse<TokenAnswer>> {
    const response = await http.send({
      operation,
      method: 'POST',
      url: toBase(url, http.baseUrl),
      headers,
      body,
      signal,
      // The service answers the same refresh token or device code again.
      repeatable: true,
      metered: false,
    });
    if (response.status === 429 || response.status >= 500) {
      throw errorForStatus(response, { ...context, isWrite: false, now: options.now() });
    }
    const parsed = TokenAnswer.safeParse(parseJson(response, context));
    const answer = parsed.success ? parsed.data : { error: 'invalid_response' };
    if (answer.error === undefined && response.status < 300) {
      await options.onGranted(answer);
      return { status: response.status, headers: { ...response.headers }, body: answer };
    }
    const amended = options.amend?.(answer, body) ?? null;
    if (amended !== null) return post(url, amended, headers);
    if (answer.error !== undefined && STILL_WAITING.has(answer.error)) {
      if (answer.error === 'slow_down') await options.onSlowDown?.();
      return {
        status: response.status,
        headers: { ...response.headers },
        body: { ...answer, error: 'authorization_pending' },
      };
    }
    throw signInError(
      {
        error: answer.error ?? `HTTP ${response.status}`,
        description: answer.error_description ?? '',
        claims: answer.claims ?? '',
        requestId: answer.correlation_id ?? response.requestId,
      },
      options,
    );
  }

  const remembering = async <T>(work: Promise<NetworkResponse<TokenAnswer>>): Promise<NetworkResponse<T>> => {
    try {
      return (await work) as NetworkResponse<T>;
    } catch (error) {
      failure = error;
      throw error;
    }
  };

  return {
    get failure() {
      return failure;
    },
    sendPostRequestAsync: <T>(url: string, { body = '', headers = {} }: NetworkRequestOptions = {}) =>
      remembering<T>(post(url, body, headers)),
    // Every endpoint is known from the authority, so that MSAL has no reason to ask for any.
    sendGetRequestAsync: <T>(url: string) =>
      remembering<T>(
        Promise.reject(
          new TypeError(`The sign-in library asked for ${new URL(url).pathname}, which is not expected.`),
        ),
      ),
  };
}

/** MSAL insists on https; a loopback authority (a stand-in) is plain http. Any other host stays, and is refused. */
function toBase(url: string, baseUrl: string): string {
  const target = new URL(url);
  const base = new URL(baseUrl);
  if (target.host === base.host) target.protocol = base.protocol;
  return target.href;
}
