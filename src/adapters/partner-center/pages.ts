/** Walking the referral list page by page, and the literal forms that its filters take. */
import { RemoteError } from '../../core/errors.ts';
import type { Referral } from '../../core/ports.ts';
import type { Api } from './client.ts';
import { readErrorBody } from './errors.ts';
import { ListPayload } from './schema.ts';

export interface Page {
  readonly referrals: readonly Referral[];
  /** Rows without a usable id: nothing can be done with them but count them. */
  readonly unreadable: number;
  /** The server's clock, milliseconds since the epoch. */
  readonly serverTime: number;
  /** Whether another page follows. */
  readonly hasMore: boolean;
}

/** How a walk ended: at its end or where the caller stopped; at the cap or in a loop; in an expired page token. */
export type WalkEnd = 'done' | 'cut-short' | 'expired';

export interface WalkOptions {
  readonly operation: string;
  /** The query of the first page, encoded. */
  readonly query: string;
  readonly signal: AbortSignal;
  /** Takes a page; false stops the walk. */
  readonly onPage: (page: Page) => boolean;
}

export interface Pages {
  /** @throws RemoteError; a 400 on the first page is `FilterRefusedError` */
  walk(options: WalkOptions): Promise<WalkEnd>;
}

export interface PagesOptions {
  readonly api: Api;
  readonly toReferral: (row: unknown) => Referral | null;
  readonly maxPages: number;
}

/** The first page was answered with 400: the filter's form is not supported here. */
export class FilterRefusedError extends Error {
  override readonly name = 'FilterRefusedError';
  readonly refusal: string;

  constructor(refusal: string) {
    super('The filter was refused.');
    this.refusal = refusal;
  }
}

/** Builds the walker. */
export function createPages({ api, toReferral, maxPages }: PagesOptions): Pages {
  return {
    async walk({ operation, query, signal, onPage }) {
      const visited = new Set<string>();
      let next: string | null = query;
      for (let pageNumber = 1; next !== null; pageNumber += 1) {
        // A page token seen before would lead round in a circle.
        if (visited.has(next) || pageNumber > maxPages) return 'cut-short';
        visited.add(next);
        const isFirst = pageNumber === 1;
        const accept = isFirst ? [400] : [400, 410];
        const response = await api.send({ operation, method: 'GET', path: `?${next}`, signal, accept });
        if (response.status >= 400) {
          if (isFirst) throw new FilterRefusedError(readErrorBody(response).message ?? 'no reason given');
          return 'expired';
        }
        const parsed = ListPayload.safeParse(api.parse(response, { operation, method: 'GET' }));
        if (!parsed.success) throw notAList(operation, response.requestId ?? response.sentId);
        const rows = parsed.data.value.map((row) => toReferral(row));
        const referrals = rows.filter((row) => row !== null);
        const link = parsed.data['@odata.nextLink'] ?? null;
        const goesOn = onPage({
          referrals,
          unreadable: rows.length - referrals.length,
          serverTime: api.serverTime(response),
          hasMore: link !== null,
        });
        if (!goesOn) return 'done';
        next = link === null ? null : queryOf(link);
        if (link !== null && next === null) return 'cut-short';
      }
      return 'done';
    },
  };
}

/**
 * The query of a link to the next page, as it came. The rest of the link is not used: real ones name http, other
 * paths and other hosts, and the token must go nowhere but to the configured base.
 */
function queryOf(link: string): string | null {
  const query = /\?([^#]+)/.exec(link)?.[1];
  return query === undefined || query === '' ? null : query;
}

function notAList(operation: string, requestId: string): RemoteError {
  return new RemoteError(
    `${operation} failed: the answer is not a list of referrals. Check partnerCenter.baseUrl.`,
    {
      code: 'unavailable',
      system: 'partnerCenter',
      requestId,
    },
  );
}

/** A query's options in the given order, values encoded, the dollar signs left readable. */
export function toQuery(options: Readonly<Record<string, string | null>>): string {
  return Object.entries(options)
    .flatMap(([name, value]) => (value === null ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');
}

/** The forms of a filter to try in turn; which one works is remembered for the life of the client. */
export interface FilterForms {
  /**
   * Runs the work with the first form that the remote accepts.
   * @param forms filters from most to least wanted; null is no filter
   * @throws RemoteError when even the last is refused: `rejected`, or `configuration` where the last is no filter
   */
  attempt<T>(
    operation: string,
    forms: readonly (string | null)[],
    work: (filter: string | null) => Promise<T>,
  ): Promise<T>;
}

/** Builds the memory of one filter. */
export function createFilterForms(initial = 0): FilterForms & { readonly accepted: number } {
  let accepted = initial;
  return {
    get accepted() {
      return accepted;
    },
    async attempt(operation, forms, work) {
      for (let index = Math.min(accepted, forms.length - 1); ; index += 1) {
        try {
          const result = await work(forms[index] ?? null);
          accepted = index;
          return result;
        } catch (error) {
          if (!(error instanceof FilterRefusedError)) throw error;
          if (index < forms.length - 1) continue;
          throw new RemoteError(`${operation} failed (HTTP 400): ${error.refusal}`, {
            code: forms[index] === null ? 'configuration' : 'rejected',
            system: 'partnerCenter',
            status: 400,
          });
        }
      }
    },
  };
}
