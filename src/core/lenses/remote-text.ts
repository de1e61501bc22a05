/** What a remote system said, before it is shown or kept: bounded, on one line, without contact details or credentials. */
import { maskEmail, maskPhone } from './display.ts';

const MAX_LENGTH = 2_000;
const HIDDEN = '[hidden]';
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;
/** `user:password@` of an address. */
const USER_INFO = /:\/\/[^\s/@]{1,200}@/g;
/** Local part and domain are bounded as in RFC 5321, which also bounds the search. OData's annotations look the same. */
const EMAIL =
  /[^\s@<>()[\]"',;:=]{1,64}@(?!odata\.|OData\.|Microsoft\.Dynamics\.)[^\s@<>()[\]"',;:=&]{1,255}/g;
const CREDENTIALS = [
  /(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g,
  /00D\w{9,15}![\w.]+/g,
] as const;
const PARAMETER =
  /(secret|(?:refresh|access|id)_token|assertion|password|code_verifier)(["']?\s*[=:]\s*["']?)[^\s&"',]+/gi;
/** With the sign of an international number; other digits may be ids or amounts. */
const PHONE = /\+\d(?:[ ().-]{0,2}\d){7,14}/g;

/** @param maxLength characters; what is longer is cut and ends in an ellipsis */
export function safeRemoteText(text: string, maxLength = MAX_LENGTH): string {
  // Cut first, so that no text makes the search long; a little more is looked at, so that no half of a token stays.
  const looked = text.slice(0, maxLength * 2);
  let safe = looked.replace(CONTROLS, ' ').replace(USER_INFO, `://${HIDDEN}@`);
  for (const pattern of CREDENTIALS) safe = safe.replace(pattern, HIDDEN);
  safe = safe
    .replace(PARAMETER, `$1$2${HIDDEN}`)
    .replace(EMAIL, (email) => maskEmail(email))
    .replace(PHONE, (phone) => maskPhone(phone));
  return safe.length > maxLength || looked !== text ? `${safe.slice(0, maxLength - 1)}…` : safe;
}
