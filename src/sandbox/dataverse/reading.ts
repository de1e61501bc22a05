/** What all reads share. */
import type { ApiAnswer, ApiCall, ApiContext } from './http.ts';
import type { RenderContext } from './render.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** How the rows of an answer are to be shown. */
export function renderContext({ org, actor }: ApiContext, call: ApiCall, isList: boolean): RenderContext {
  return {
    parts: org.parts,
    actor,
    apiUrl: call.apiUrl,
    annotations: call.preferences.annotations,
    pageSize: pageSizeOf(org.switches.maxPageSize, call),
    isList,
  };
}

/** Rows on a page: what was asked, and never more than the server gives. */
export function pageSizeOf(limit: number, call: ApiCall): number {
  return Math.min(call.preferences.maxPageSize ?? limit, limit);
}

/** A count as an answer of its own. */
export function countText(count: number): ApiAnswer {
  return { status: 200, text: `${BYTE_ORDER_MARK}${count}`, contentType: 'text/plain' };
}
