/** Text made safe to show: on a terminal, in a log line, to a person who must not see contact details. */

/** Controls (C0, C1, delete), line separators, characters that reorder what is shown, and lone surrogates. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb]/gu;
const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** One line in which every control character, escape sequence and direction override is visible as an escape. */
export function escapeTerminal(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    return SHORT_ESCAPES.get(character) ?? `\\u${code}`;
  });
}

/** What we write on purpose (a redrawn line, a line end of CSV, a colour), then everything else that is obeyed, not shown. */
const OURS_OR_UNSAFE =
  /\r\u001b\[2K|\r\n|\u001b\[[0-9;]{0,12}m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text of several lines on its way to a terminal: whatever a terminal would obey and is not ours becomes visible.
 * The second line of defence behind `escapeTerminal`, for texts that nobody thought of escaping.
 * @param colour whether colours are written at all
 */
export function guardTerminal(text: string, colour: boolean): string {
  return text.replace(OURS_OR_UNSAFE, (found) => {
    const isOurs = found.startsWith('\r') ? found.length > 1 : found.length > 1 && colour;
    return isOurs ? found : [...found].map((character) => visible(character)).join('');
  });
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const isShown = code > 0x1f && code < 0x7f;
  return isShown ? character : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Characters that JSON may carry as they are and a terminal obeys: C1 controls and direction overrides. */
const BARE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The same JSON text with such characters as escapes: a reader gets the same value, a terminal nothing to obey. */
export function escapeJson(json: string): string {
  return json.replace(BARE_IN_JSON, (character) => visible(character));
}

const HIDDEN = '***';
/** Shorter texts would be given away by a single character. */
const MIN_LENGTH_TO_HINT = 3;

function firstCharacter(text: string): string {
  const characters = [...text];
  return characters.length < MIN_LENGTH_TO_HINT ? '' : characters.slice(0, 1).join('');
}

/** An e-mail address reduced to its first letter and its top-level domain: `a***@***.com`. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 0) return HIDDEN;
  const domain = email.slice(at + 1);
  const dot = domain.lastIndexOf('.');
  const topLevel = dot > 0 && /^[a-z]{2,}$/i.test(domain.slice(dot + 1)) ? domain.slice(dot) : '';
  return escapeTerminal(`${firstCharacter(email.slice(0, at))}${HIDDEN}@${HIDDEN}${topLevel}`);
}

/** A phone number reduced to its last two digits: `***81`. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  return digits.length < 6 ? HIDDEN : `${HIDDEN}${digits.slice(-2)}`;
}

/** A name reduced to the first letter of each word: `A*** S***`. */
export function maskName(name: string): string {
  const words = name.match(/\S+/gu);
  return words === null
    ? HIDDEN
    : escapeTerminal(words.map((word) => `${firstCharacter(word)}${HIDDEN}`).join(' '));
}
