/** A browser as the console's server sees it: cookies, origin and the page's own header. */
import type { LightMyRequestResponse } from 'fastify';
import type { ConsoleUnderTest } from '../../support/console.ts';

export const HOST = '127.0.0.1:8787';
export const ORIGIN = `http://${HOST}`;

export interface Visitor {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>;
  post(
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>;
  delete(path: string): Promise<LightMyRequestResponse>;
  signIn(name?: string, token?: string, code?: string): Promise<LightMyRequestResponse>;
  /** The cookie as the server set it. */
  readonly cookie: string;
}

export function visit({ daemon }: ConsoleUnderTest): Visitor {
  let cookie = '';
  let csrf = '';
  const headersOf = (extra: Readonly<Record<string, string>>): Record<string, string> => ({
    host: HOST,
    ...(cookie === '' ? {} : { cookie: cookie.split(';')[0] ?? '' }),
    ...extra,
  });
  const acting = { origin: ORIGIN, 'sec-fetch-site': 'same-origin' };
  const visitor: Visitor = {
    get: (path, headers = {}) => daemon.app.inject({ method: 'GET', url: path, headers: headersOf(headers) }),
    post: (path, body, headers = {}) =>
      daemon.app.inject({
        method: 'POST',
        url: path,
        headers: headersOf({
          ...acting,
          'content-type': 'application/json',
          'x-cosell-csrf': csrf,
          ...headers,
        }),
        payload: JSON.stringify(body),
      }),
    delete: (path) =>
      daemon.app.inject({
        method: 'DELETE',
        url: path,
        headers: headersOf({ ...acting, 'x-cosell-csrf': csrf }),
      }),
    async signIn(name = 'Dana Fox', token = '', code = '') {
      const answer = await visitor.post('/api/session', { name, token, code });
      if (answer.statusCode === 200) {
        cookie = String(answer.headers['set-cookie']);
        csrf = answer.json().csrf;
      }
      return answer;
    },
    get cookie() {
      return cookie;
    },
  };
  return visitor;
}
