/** Asking the server. Failures are errors that say what happened and what to do next. */

/** @type {string | null} */
let csrf = null;
/** @param {string | null} value */
export function setCsrf(value) {
  csrf = value;
}

export class ApiError extends Error {
  /**
   * @param {number} status 0: the server did not answer
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown>} body
   */
  constructor(status, code, message, body = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

/** What is asked for so long after the last touch is the page's own doing. */
const ATTENDED_MS = 30_000;
let touchedAt = Date.now();
for (const type of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'])
  addEventListener(type, () => (touchedAt = Date.now()), { passive: true, capture: true });

/** Tells the server what nobody asked for: it keeps nobody signed in. @returns {Record<string, string>} */
export function attendance() {
  return Date.now() - touchedAt > ATTENDED_MS ? { 'x-cosell-unattended': '1' } : {};
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
async function ask(method, path, body) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(`/api${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...attendance(),
        ...(method === 'GET' || csrf === null ? {} : { 'x-cosell-csrf': csrf }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, 'unreachable', 'The daemon does not answer. Is cosell-sync start running?');
  }
  const text = await answer.text();
  /** @type {any} */
  let document = {};
  try {
    document = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(
      answer.status,
      'no-json',
      'Something between this page and the daemon answered instead of it.',
    );
  }
  if (answer.ok) return document;
  const { code = 'failed', message = 'The daemon could not answer; its log says why.' } =
    document.error ?? {};
  throw new ApiError(answer.status, code, message, document);
}

/** What is being asked for: parts of a screen that want the same are answered together. @type {Map<string, Promise<any>>} */
const underWay = new Map();

/** @param {string} path */
export function get(path) {
  const asked = underWay.get(path) ?? ask('GET', path).finally(() => underWay.delete(path));
  underWay.set(path, asked);
  return asked;
}
/** @param {string} path @param {unknown} body */
export const post = (path, body) => ask('POST', path, body);
/** @param {string} path */
export const remove = (path) => ask('DELETE', path);
