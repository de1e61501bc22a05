import { ConfigurationError, RemoteError, type System } from '../../core/errors.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** Whether the URL names this machine; only then may it be plain http. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/** Whether the URL names an address that no router passes on; where Azure's machines ask for their identity. */
function isLinkLocal(url: URL): boolean {
  return /^169\.254(?:\.\d{1,3}){2}$/.test(url.hostname);
}

/**
 * The base URL, checked: https (http on loopback only), no user information, query or fragment.
 * @param linkLocal whether plain http is also accepted to link-local addresses
 * @throws ConfigurationError
 */
export function checkBaseUrl(baseUrl: string, linkLocal = false): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const problem = url === null ? 'it is not a URL' : problemOf(url, linkLocal);
  if (url === null || problem !== null) {
    throw new ConfigurationError([
      `The base URL "${withoutUserInfo(baseUrl)}" cannot be used: ${problem}. Correct it in the configuration.`,
    ]);
  }
  return url;
}

function problemOf(url: URL, linkLocal: boolean): string | null {
  if (url.username !== '' || url.password !== '') return 'it carries a user name or password';
  if (url.search !== '' || url.hash !== '') return 'it has a query or fragment';
  const mayBePlain = isLoopback(url) || (linkLocal && isLinkLocal(url));
  if (url.protocol === 'https:' || (url.protocol === 'http:' && mayBePlain)) return null;
  return 'https is required except for loopback hosts';
}

function withoutUserInfo(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//');
}

/**
 * The full URL of a request: a path goes below the base URL, an absolute URL must have the same origin.
 * @throws RemoteError `configuration` when the request, and the token with it, would go anywhere else
 */
export function resolveUrl(
  base: URL,
  url: string,
  context: { readonly operation: string; readonly system: System },
): URL {
  const isAbsolute = /^[a-z][a-z0-9+.-]*:/i.test(url);
  const text = isAbsolute ? url : `${base.href.replace(/\/+$/, '')}/${url.replace(/^[/\\]+/, '')}`;
  const resolved = URL.canParse(text) ? new URL(text) : null;
  if (resolved?.origin === base.origin && resolved.username === '' && resolved.password === '')
    return resolved;
  const where = resolved === null ? 'something that is not a URL' : `${resolved.protocol}//${resolved.host}`;
  throw new RemoteError(
    `${context.operation} was not sent: it would have gone to ${where} instead of ${base.origin}. Check the base URL in the configuration.`,
    { code: 'configuration', system: context.system },
  );
}
