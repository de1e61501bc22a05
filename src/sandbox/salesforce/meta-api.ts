/** Versions, the resource map, limits, record counts, and who is signed in. */
import type { ApiAnswer, ApiCall, ApiContext } from './http.ts';
import { notFound } from './salesforce-error.ts';
import type { Usage } from './usage.ts';
import { type JsonRecord, textOf } from './values.ts';

const FIRST_VERSION = 31;
const LAST_VERSION = 68;
const SEASONS = ['Spring', 'Summer', 'Winter'] as const;

/** Three releases a year: 66.0 is Spring '26, 68.0 Winter '27. */
function labelOf(version: number): string {
  const distance = version - 66;
  const season = SEASONS[((distance % 3) + 3) % 3] ?? 'Spring';
  const year = 26 + Math.floor(distance / 3) + (season === 'Winter' ? 1 : 0);
  return `${season} '${String(year).padStart(2, '0')}`;
}

export function isKnownVersion(version: string): boolean {
  const number = Number(version);
  return version.endsWith('.0') && number >= FIRST_VERSION && number <= LAST_VERSION;
}

export function versionList(): JsonRecord[] {
  return Array.from({ length: LAST_VERSION - FIRST_VERSION + 1 }, (_, index) => {
    const version = FIRST_VERSION + index;
    return { label: labelOf(version), url: `/services/data/v${version}.0`, version: `${version}.0` };
  });
}

const RESOURCES = ['composite', 'limits', 'query', 'queryAll', 'sobjects', 'tooling'];

export function handleResources({ org, actor }: ApiContext, call: ApiCall): ApiAnswer {
  const root = `/services/data/v${call.version}`;
  const entries = RESOURCES.map((name) => [name, `${root}/${name}`]);
  const identity = `${call.baseUrl}/id/${org.organizationId}/${actor.userId}`;
  return { status: 200, json: { ...Object.fromEntries(entries), identity } };
}

/** Limits beside the API calls; the sandbox never uses them up. */
const OTHER_LIMITS: Readonly<Record<string, number>> = {
  ConcurrentAsyncGetReportInstances: 200,
  ConcurrentSyncReportRuns: 20,
  DailyAsyncApexExecutions: 250_000,
  DailyBulkApiBatches: 15_000,
  DailyBulkV2QueryFileStorageMB: 976_562,
  DailyBulkV2QueryJobs: 10_000,
  DailyDurableStreamingApiEvents: 10_000,
  DailyStreamingApiEvents: 10_000,
  DataStorageMB: 5,
  FileStorageMB: 20,
};

export function handleLimits({ org }: ApiContext, call: ApiCall, usage: Usage): ApiAnswer {
  const [, resource] = call.segments;
  if (resource?.toLowerCase() === 'recordcount') {
    const wanted = (call.query.get('sObjects') ?? '').split(',').map((name) => name.toLowerCase());
    const counted = org.schema
      .objects()
      .filter(({ name }) => wanted.includes('') || wanted.includes(name.toLowerCase()))
      .map(({ name }) => ({ count: org.store.table(name).size, name }));
    return { status: 200, json: { sObjects: counted.filter(({ count }) => count > 0) } };
  }
  if (resource !== undefined) throw notFound();
  const json: JsonRecord = {
    DailyApiRequests: { Max: org.switches.dailyLimit, Remaining: usage.remaining },
  };
  for (const [name, max] of Object.entries(OTHER_LIMITS)) json[name] = { Max: max, Remaining: max };
  return { status: 200, json };
}

/** The identity of a signed-in user, as behind a token answer's `id`. */
export function identityOf({ org, actor }: ApiContext, baseUrl: string): ApiAnswer {
  const user = org.find('User', actor.userId) ?? {};
  const rest = `${baseUrl}/services/data/v{version}/`;
  return {
    status: 200,
    json: {
      id: `${baseUrl}/id/${org.organizationId}/${actor.userId}`,
      asserted_user: true,
      user_id: actor.userId,
      organization_id: org.organizationId,
      username: textOf(user, 'Username'),
      nick_name: textOf(user, 'Alias'),
      display_name: textOf(user, 'Name'),
      email: textOf(user, 'Email'),
      email_verified: true,
      first_name: textOf(user, 'FirstName'),
      last_name: textOf(user, 'LastName'),
      timezone: textOf(user, 'TimeZoneSidKey'),
      active: user.IsActive === true,
      user_type: 'STANDARD',
      language: 'en_US',
      locale: 'en_US',
      utcOffset: 0,
      urls: { rest, sobjects: `${rest}sobjects/`, query: `${rest}query/` },
    },
  };
}
