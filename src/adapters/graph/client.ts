/**
 * Microsoft Graph's own client, for what it knows (addresses, versions, bodies), over our HTTP layer, for what that
 * does better: it sends tokens to any configured host, repeats only what may be repeated, and keeps `Retry-After`.
 */
import { Client, type Context, type Middleware, ResponseType } from '@microsoft/microsoft-graph-client';
import type { AppTokens } from '../entra/index.ts';
import { type HttpClient, type HttpResponse, isLoopback } from '../http/index.ts';

/** The audience of tokens for a Graph host that is only a stand-in on this machine. */
const PUBLIC_GRAPH = 'https://graph.microsoft.com';
/** Directory and mail are conveniences: a run does not wait long for them. */
const TIMEOUT_MS = 20_000;

export interface GraphCall {
  /** In words, for error messages; names no person. */
  readonly operation: string;
  /** Below the version, such as `/$batch`. */
  readonly path: string;
  readonly body: object;
  /** Whether the POST only asks, so that repeating it does no harm. */
  readonly repeatable: boolean;
  readonly signal: AbortSignal;
}

export interface GraphClient {
  /** Any answer, whatever its status; a refused token is renewed once. @throws RemoteError when none came */
  post(call: GraphCall): Promise<HttpResponse>;
}

/** The scope of app-only tokens for a Graph host. */
export function graphScope(baseUrl: string): string {
  const url = new URL(baseUrl);
  return `${isLoopback(url) ? PUBLIC_GRAPH : url.origin}/.default`;
}

/** @param http a client whose base URL is Graph's */
export function createGraphClient(http: HttpClient, tokens: AppTokens): GraphClient {
  async function send(call: GraphCall, token: string): Promise<HttpResponse> {
    let outcome: { readonly response: HttpResponse } | { readonly error: unknown } | null = null;
    const transport: Middleware = {
      async execute(context: Context) {
        const { request, options } = context;
        try {
          const response = await http.send({
            operation: call.operation,
            method: 'POST',
            url: typeof request === 'string' ? request : request.url,
            headers: {
              'Content-Type': 'application/json',
              Accept: 'application/json',
              Authorization: `Bearer ${token}`,
            },
            body: String(options?.body ?? ''),
            signal: call.signal,
            timeoutMs: TIMEOUT_MS,
            repeatable: call.repeatable,
          });
          outcome = { response };
          context.response = new Response(null, { status: response.status });
        } catch (error) {
          outcome = { error };
          throw error;
        }
      },
    };
    const client = Client.initWithMiddleware({
      baseUrl: `${http.baseUrl.replace(/\/+$/, '')}/`,
      defaultVersion: 'v1.0',
      middleware: transport,
    });
    try {
      await client.api(call.path).responseType(ResponseType.RAW).post(call.body);
    } catch (error) {
      // The client wraps what its transport throws; the original says more.
      throw failureOf(outcome) ?? error;
    }
    const answered = responseOf(outcome);
    if (answered === null) throw new TypeError('The Graph client sent nothing.');
    return answered;
  }

  return {
    async post(call) {
      const token = await tokens.getToken({ signal: call.signal });
      const response = await send(call, token);
      if (response.status !== 401) return response;
      const renewed = await tokens.getToken({
        signal: call.signal,
        forceRefresh: true,
        rejectedToken: token,
      });
      return send(call, renewed);
    },
  };
}

type Outcome = { readonly response: HttpResponse } | { readonly error: unknown } | null;

function failureOf(outcome: Outcome): unknown {
  return outcome !== null && 'error' in outcome ? outcome.error : null;
}

function responseOf(outcome: Outcome): HttpResponse | null {
  return outcome !== null && 'response' in outcome ? outcome.response : null;
}
