/** Open query results. They grow old, and only so many stay open at a time. */
import type { SandboxClock } from '../kernel/clock.ts';
import type { IdSource } from './ids.ts';
import { refuse } from './salesforce-error.ts';
import type { ResultSet } from './soql-query.ts';
import { rowsIn } from './soql-render.ts';
import type { SalesforceSwitches } from './switches.ts';
import type { JsonRecord } from './values.ts';

const DEFAULT_PAGE = 2_000;
const MIN_PAGE = 200;

export interface Page {
  readonly totalSize: number;
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly JsonRecord[];
}

export interface Locators {
  /** Rows a page may hold, from the header's wish and the org's mood. */
  pageSize(options: string | undefined): number;
  first(result: ResultSet, version: string, pageSize: number): Page;
  /** @throws SalesforceError INVALID_QUERY_LOCATOR */
  next(locator: string, version: string, pageSize: number): Page;
  /** Keeps a result for later and gives the address of the page that starts at an offset. */
  open(result: ResultSet, version: string, offset: number): string;
  /** Makes every open locator invalid. */
  expireAll(): void;
}

interface Open {
  readonly result: ResultSet;
  usedAtMs: number;
}

export function createLocators(clock: SandboxClock, switches: SalesforceSwitches, ids: IdSource): Locators {
  const open = new Map<string, Open>();

  function urlOf(id: string, version: string, offset: number): string {
    return `/services/data/v${version}/query/${id}-${offset}`;
  }

  function keep(result: ResultSet): string {
    const id = ids.next('01g');
    open.set(id, { result, usedAtMs: clock.now().getTime() });
    for (const oldest of open.keys()) {
      if (open.size <= switches.maxOpenLocators) break;
      open.delete(oldest);
    }
    return id;
  }

  function pageOf(
    result: ResultSet,
    id: string | null,
    offset: number,
    version: string,
    asked: number,
  ): Page {
    const limit = Math.min(asked, result.pageCap ?? asked);
    const records: JsonRecord[] = [];
    let used = 0;
    let index = offset;
    // Child rows count towards the page, but a parent is never cut from its children.
    while (index < result.length && (used < limit || records.length === 0)) {
      const row = result.render(index, version);
      const size = rowsIn(row);
      if (records.length > 0 && used + size > limit) break;
      records.push(row);
      used += size;
      index += 1;
    }
    const { totalSize } = result;
    if (index >= result.length) return { totalSize, done: true, records };
    const locator = id ?? keep(result);
    return { totalSize, done: false, nextRecordsUrl: urlOf(locator, version, index), records };
  }

  return {
    pageSize(options) {
      const wish = Number(/batchSize=(\d+)/i.exec(options ?? '')?.[1] ?? DEFAULT_PAGE);
      const size = Math.min(DEFAULT_PAGE, Math.max(MIN_PAGE, wish));
      return switches.pageShrink > 0 ? Math.min(size, switches.pageShrink) : size;
    },
    first: (result, version, pageSize) => pageOf(result, null, 0, version, pageSize),
    next(locator, version, pageSize) {
      const [, id = '', offset = ''] = /^(\w+)-(\d+)$/.exec(locator) ?? [];
      const entry = open.get(id);
      const nowMs = clock.now().getTime();
      if (entry === undefined || nowMs - entry.usedAtMs > switches.locatorLifetimeMs) {
        open.delete(id);
        throw refuse('INVALID_QUERY_LOCATOR', 'invalid query locator');
      }
      entry.usedAtMs = nowMs;
      return pageOf(entry.result, id, Number(offset), version, pageSize);
    },
    open: (result, version, offset) => urlOf(keep(result), version, offset),
    expireAll: () => open.clear(),
  };
}
