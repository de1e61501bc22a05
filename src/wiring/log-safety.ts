/** What may stand in a log line: nothing under a secret's name, and never more than a person would read. */
import { exitCodeOfError } from '../cli/exit-codes.ts';
import { safeRemoteText } from '../core/lenses/remote-text.ts';
import { escapeTerminal } from '../core/lenses/text.ts';

export const HIDDEN = '[hidden]';
const MAX_TEXT = 2_000;
const MAX_DEPTH = 4;
const MAX_ENTRIES = 24;
/** Characters of all texts of one line together. */
const MAX_TOTAL = 12_000;

/** Names under which a secret travels, in any spelling: `client_secret`, `X-CoSell-Token`, `refreshToken`. */
const SECRET_NAME =
  /^(?:.*authorization|(?:set)?cookie|.*(?:token|secret|password|passwd|passphrase|assertion|privatekey|apikey|secretkey|credentials?|usercode|devicecode))$/;

function isSecret(name: string): boolean {
  return SECRET_NAME.test(name.toLowerCase().replace(/[^a-z]/g, ''));
}

/** Cuts and cleans the texts of one line; all of them share one budget. */
export function createLineBounds(): {
  text(value: string): string;
  value(value: unknown): unknown;
} {
  let left = MAX_TOTAL;

  function text(value: string): string {
    const limit = Math.max(0, Math.min(MAX_TEXT, left));
    const kept = value.length > limit ? `${value.slice(0, limit)}… (${value.length} characters)` : value;
    left -= Math.min(value.length, limit);
    return escapeTerminal(kept);
  }

  function value(given: unknown, depth = 0): unknown {
    if (typeof given === 'string') return text(given);
    if (typeof given === 'bigint') return String(given);
    if (given instanceof Error) return errorOf(given);
    if (typeof given !== 'object' || given === null) return typeof given === 'function' ? undefined : given;
    if (depth >= MAX_DEPTH) return '…';
    if (Array.isArray(given)) {
      const shown = given.slice(0, MAX_ENTRIES).map((item) => value(item, depth + 1));
      return given.length > MAX_ENTRIES ? [...shown, `… (${given.length} entries)`] : shown;
    }
    const entries = Object.entries(given)
      .slice(0, MAX_ENTRIES)
      .map(([name, held]) => {
        const hides = isSecret(name) && held !== null && held !== undefined;
        return [text(name), hides ? HIDDEN : value(held, depth + 1)] as const;
      });
    return Object.fromEntries(entries);
  }

  /** Errors of HTTP libraries carry requests with credentials: only what is ours to tell is kept. */
  function errorOf(error: Error): object {
    const { name, stack } = error;
    // Errors of ours say what is meant to be said; what a bug came across may be anything.
    const message = exitCodeOfError(error) === 1 ? safeRemoteText(error.message) : error.message;
    // Line by line, so that the stack stays readable where a terminal shows it.
    const lines = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    return {
      name: text(name),
      message: text(message),
      stack: lines.map((line) => text(line)).slice(0, MAX_ENTRIES),
    };
  }

  return { text, value: (given) => value(given) };
}
