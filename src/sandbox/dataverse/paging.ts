/** Links to the next page: opaque to clients, and stateless here, as the position stands in them. */
import { badRequest } from './dataverse-error.ts';
import type { Scalar } from './odata-values.ts';

export interface PageState {
  /** Number of the page that the link leads to. */
  readonly page: number;
  /** What the last row of the page before was ordered by. */
  readonly at: readonly Scalar[];
  /** Of a tracked read: the version it began with, and for changes the version they begin after. */
  readonly to?: number;
  readonly from?: number;
}

const FORM = /pagingcookie="([^"]*)"/;
const INNER = /last="([^"]*)"/;

/** The encoded value of a `$skiptoken`. */
export function writeSkipToken(state: PageState): string {
  const last = Buffer.from(JSON.stringify(state), 'utf8').toString('base64url');
  const inner = `<cookie page="${state.page - 1}"><row last="${last}" /></cookie>`;
  const cookie = encodeURIComponent(encodeURIComponent(inner)).replace(/%25([0-9A-F]{2})/g, (code) =>
    code.toLowerCase(),
  );
  const tracking = state.to === undefined ? 'False' : 'True';
  return `%3Ccookie%20pagenumber=%22${state.page}%22%20pagingcookie=%22${cookie}%22%20istracking=%22${tracking}%22%20/%3E`;
}

/** @param token decoded once, as it stands in a query @throws DataverseError when nobody gave out such a token */
export function readSkipToken(token: string): PageState {
  try {
    const cookie = decodeURIComponent(decodeURIComponent(FORM.exec(token)?.[1] ?? ''));
    const last = INNER.exec(cookie)?.[1] ?? '';
    const state: unknown = JSON.parse(Buffer.from(last, 'base64url').toString('utf8'));
    if (typeof state === 'object' && state !== null && 'at' in state) return state as PageState;
  } catch {
    // Told below.
  }
  throw badRequest('0x80040203', 'Malformed XML in the paging cookie.');
}
