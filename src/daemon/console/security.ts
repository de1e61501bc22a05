/**
 * What every answer and every request of the console must satisfy, whoever asks. The page may load nothing from
 * elsewhere and run nothing inline; a foreign page may neither read from it nor make it act.
 */
import { isIP } from 'node:net';
import type { ConsoleAccess } from './dependencies.ts';
import { ConsoleError } from './errors.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Headers of every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const first = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

/** Whether an address reaches this machine only. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare);
}

/** The name in a Host header, without its port; null when it is none. */
function hostnameOf(host: string | undefined): string | null {
  const found = /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?$/i.exec(host ?? '');
  return found?.[1]?.toLowerCase() ?? null;
}

/**
 * Refuses requests that were meant for another name: a foreign site's name that was made to point here (DNS rebinding).
 * An address by number cannot be such a name.
 * @throws ConsoleError 421
 */
export function ensureHost(headers: Headers, { host, allowedHosts }: ConsoleAccess): void {
  const name = hostnameOf(first(headers.host));
  const bare = name?.replace(/^\[|\]$/g, '') ?? '';
  const known = [host, ...allowedHosts].map((allowed) => allowed.toLowerCase());
  const isMeant =
    name !== null &&
    (known.includes(bare) ||
      (isLoopback(host) || host === '0.0.0.0' || host === '::' ? isLoopback(bare) : false) ||
      (!isLoopback(host) && isIP(bare) !== 0));
  if (isMeant) return;
  throw new ConsoleError(
    421,
    'wrong-host',
    'This server is not known by that name. Open it by the address it prints at start, or add the name to server.allowedHosts.',
  );
}

/**
 * Refuses what another site's page sends.
 * @throws ConsoleError 403
 */
export function ensureSameOrigin(headers: Headers): void {
  const origin = first(headers.origin);
  const site = first(headers['sec-fetch-site']);
  if (site !== undefined && site !== 'same-origin') throw foreign();
  if (origin === undefined && site === undefined) throw foreign();
  if (origin === undefined) return;
  // Behind a proxy that ends TLS the scheme differs; the name and port do not.
  const sent = URL.canParse(origin) ? new URL(origin).host : null;
  if (sent === null || sent !== first(headers.host)?.toLowerCase()) throw foreign();
}

function foreign(): ConsoleError {
  return new ConsoleError(
    403,
    'foreign-origin',
    'This request did not come from the console’s own page; nothing was done.',
  );
}
