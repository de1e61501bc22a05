import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenRequest {
  readonly path: string;
  readonly form: URLSearchParams;
}

export interface FakeEntra {
  readonly authority: string;
  /** Everything received, on any path. */
  readonly requests: TokenRequest[];
  /** The only refresh token it accepts: each redemption replaces it. */
  refreshToken: string;
  /** Answers to give before normal ones. */
  readonly next: { readonly status: number; readonly body: unknown }[];
  /** Runs before a token request is answered. */
  onTokenRequest: () => Promise<void>;
  close(): Promise<void>;
}

/** A stand-in for the sign-in service: one-time refresh tokens, client credentials, device codes. */
export async function startFakeEntra(): Promise<FakeEntra> {
  let issued = 0;
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await readBody(request));
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    entra.requests.push({ path, form });
    await entra.onTokenRequest();
    const { status, body } = entra.next.shift() ?? answerTo(path, form);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  function answerTo(path: string, form: URLSearchParams): { status: number; body: unknown } {
    if (path.endsWith('/oauth2/v2.0/devicecode')) {
      const body = {
        user_code: 'ABCD-EFGH',
        device_code: 'device-1',
        verification_uri: 'https://login.example/device',
        expires_in: 900,
        interval: 0,
        message: 'Sign in.',
      };
      return { status: 200, body };
    }
    if (!path.endsWith('/oauth2/v2.0/token')) return { status: 404, body: { error: 'not_found' } };
    const grant = form.get('grant_type');
    if (grant === 'refresh_token' && form.get('refresh_token') !== entra.refreshToken) {
      return refusal('invalid_grant', 'AADSTS70008: The token of user@contoso.example has expired.');
    }
    issued += 1;
    if (grant !== 'client_credentials') entra.refreshToken = `refresh-${issued}`;
    const body = {
      token_type: 'Bearer',
      expires_in: '3600',
      access_token: `access-${issued} ${form.get('scope')?.split(' ')[0]}`,
      ...(grant === 'client_credentials' ? {} : { refresh_token: entra.refreshToken }),
    };
    return { status: 200, body };
  }

  const entra: FakeEntra = {
    authority: '',
    requests: [],
    refreshToken: 'refresh-0',
    next: [],
    onTokenRequest: async () => {},
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(entra, { authority: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

export function refusal(
  error: string,
  description: string,
  more: object = {},
): { status: number; body: unknown } {
  return {
    status: 400,
    body: { error, error_description: description, correlation_id: 'correlation-1', ...more },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
