/** The kinds of single values that a configuration has. */
import { validate as isSchedule } from 'node-cron';
import { z } from 'zod';
import { isTimeZone } from '../core/lenses/calendar.ts';
import { isPlausibleEmail } from '../core/lenses/people.ts';

/** Text that is not empty. */
export const text = z.string().trim().min(1);
/** A secret that must be there; its value is taken as it is and never shown. */
export const secret = z.string().min(1);
/** A secret that may be left out; an empty one counts as left out. */
export const optionalSecret = z.string().optional();
/**
 * The shared secret of codes that change with time, as base32: 128 bits at least (RFC 4226, section 4, R6). What is wrong
 * with it is said without showing it.
 */
export const totpSecret = z
  .string()
  .transform((value) => value.replace(/[\s-]|=+$/g, '').toUpperCase())
  .refine(
    (value) => /^[A-Z2-7]{26,}$/.test(value),
    'must be a secret in base32, 26 characters (A to Z, 2 to 7) or more; cosell-sync console-secret makes one',
  );
/** Counts of records. */
export const count = z.int().min(0);
/** Minutes and seconds; 0 is always legal. */
export const duration = z.number().min(0);

export const email = text.refine(isPlausibleEmail, 'must be an e-mail address');
export const timeZone = text.refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin, or UTC');
/** Six fields begin with seconds. */
export const schedule = text.refine(
  isCron,
  'must be a cron expression of five fields such as "*/5 * * * *", or six that begin with seconds',
);
/** A tenant's GUID or domain; it becomes part of an address. */
export const tenantId = text.regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, 'must be a tenant id (a GUID) or a domain');
/** The id of an app registration; it becomes part of requests as it stands. */
export const clientId = text.regex(/^\S+$/, 'must not contain blanks');
/** A file or folder; relative ones count from the file they are written in. */
export const path = text.refine(
  (value) => value !== '~' && !/^~[/\\]/.test(value),
  `begins with ~, which is not expanded here; write the whole path, or begin it with \${HOME}`,
);

export const apiVersion = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? 'must be text in quotes, such as "66.0": as a number it loses its zeros'
        : undefined,
  })
  .regex(/^\d{1,3}\.\d$/, 'must be a version such as "66.0"');

/** A time of day. */
export const clockTime = text.regex(
  /^(?:[01]\d|2[0-3]):[0-5]\d$/,
  'must be a time of day from "00:00" to "23:59"',
);

function isCron(expression: string): boolean {
  try {
    return isSchedule(expression);
  } catch {
    return false;
  }
}

/** Hosts of this machine, the only ones that may be spoken to without TLS. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function addressProblem(value: string): string | null {
  if (/\s/.test(value) || !URL.canParse(value)) return 'must be an address such as https://host';
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'must be an address that begins with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'must begin with https:// (http:// is accepted for this machine only: localhost, 127.0.0.1, [::1])';
  }
  return /[?#]/.test(value) ? 'must not contain ? or #' : null;
}

/**
 * A base address: https (or this machine), nothing but host and path, without a slash at the end.
 *
 * @param tooMuch what people copy along although the product appends it itself
 */
export function baseUrl(tooMuch?: { readonly pattern: RegExp; readonly text: string }) {
  return text
    .superRefine((value, context) => {
      const tail = tooMuch?.pattern.test(value) === true ? tooMuch.text : null;
      const problem = addressProblem(value) ?? tail;
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .transform((value) => (URL.canParse(value) ? new URL(value).href.replace(/\/+$/, '') : value));
}

/** An address that carries a secret: what is wrong with it is said without showing it. */
export const webhookUrl = z.string().superRefine((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  const hasUser = url !== null && (url.username !== '' || url.password !== '');
  const message = !isSafe
    ? 'must be an address that begins with https:// (http:// is accepted for this machine only)'
    : hasUser
      ? 'must not contain a user name or password'
      : null;
  if (message !== null) context.addIssue({ code: 'custom', message });
});

export const postgresUrl = z
  .string()
  .refine(
    (value) => URL.canParse(value) && /^postgres(?:ql)?:$/.test(new URL(value).protocol),
    'must be an address such as postgres://user@host/database',
  );
