/** What was updated or deleted between two times, to the minute. */
import { type ApiAnswer, type ApiCall, type ApiContext, notAllowed } from './http.ts';
import type { SObject } from './object.ts';
import { refuse, type SalesforceError } from './salesforce-error.ts';
import { parseDateTime, stampToMs, textOf, toStamp } from './values.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const UPDATED_LOOK_BACK_MS = 30 * DAY_MS;
const DELETED_LOOK_BACK_MS = 15 * DAY_MS;

interface Span {
  readonly from: string;
  readonly until: string;
  /** Until when nothing can still turn up: before the first write that has not committed. */
  readonly covered: string;
}

function wrongDate(message: string): SalesforceError {
  return refuse('INVALID_REPLICATION_DATE', message);
}

function toMinute(instant: number): number {
  return Math.floor(instant / MINUTE_MS) * MINUTE_MS;
}

function spanOf({ org }: ApiContext, call: ApiCall, object: SObject, lookBackMs: number): Span {
  if (call.method !== 'GET') notAllowed(call, ['GET', 'HEAD']);
  if (!object.replicateable)
    throw refuse('INVALID_TYPE', `object '${object.name}' does not support replication`);
  // A plus sign that was not encoded arrives as a blank.
  const read = (name: string): number => {
    const stamp = parseDateTime((call.query.get(name) ?? '').replace(' ', '+'));
    if (stamp === null) throw wrongDate(`${name}: a date and time in ISO format has to be specified`);
    return toMinute(stampToMs(stamp));
  };
  const nowMs = org.parts.clock.now().getTime();
  const start = read('start');
  const end = Math.min(read('end'), nowMs);
  if (start >= end) throw wrongDate('endDate must be at least one minute greater than startDate');
  if (start < nowMs - lookBackMs) {
    const days = lookBackMs / DAY_MS;
    throw wrongDate(`startDate before org replication enabled date or more than ${days} days ago`);
  }
  const inFlight = org.store
    .table(object.name)
    .uncommitted(nowMs)
    .map(({ values }) => toMinute(stampToMs(textOf(values, 'SystemModstamp') ?? '')));
  const covered = Math.max(start, Math.min(toMinute(end), ...inFlight));
  return { from: toStamp(start), until: toStamp(end), covered: toStamp(covered) };
}

export function handleUpdated(context: ApiContext, call: ApiCall, object: SObject): ApiAnswer {
  const { from, until, covered } = spanOf(context, call, object, UPDATED_LOOK_BACK_MS);
  const { store } = context.org;
  const ids = [...new Set(store.table(object.name).idsStamped(from, null))].filter((id) => {
    const values = store.read(object.name, id);
    const stamp = textOf(values ?? {}, 'SystemModstamp') ?? '';
    return values !== null && values.IsDeleted !== true && stamp >= from && stamp < until;
  });
  return { status: 200, json: { ids: ids.sort(), latestDateCovered: covered } };
}

export function handleDeleted(context: ApiContext, call: ApiCall, object: SObject): ApiAnswer {
  const { from, until, covered } = spanOf(context, call, object, DELETED_LOOK_BACK_MS);
  const { store, parts } = context.org;
  const log = store.deletedLog.filter((entry) => entry.object === object.name);
  const isStillDeleted = (id: string): boolean =>
    (store.table(object.name).get(id)?.values.IsDeleted ?? true) === true;
  const deletedRecords = log
    .filter(({ at, id }) => at >= from && at < until && isStillDeleted(id))
    .map(({ id, at }) => ({ deletedDate: at, id }));
  const earliest = toStamp(parts.clock.now().getTime() - DELETED_LOOK_BACK_MS);
  const earliestDateAvailable = log[0] !== undefined && log[0].at > earliest ? log[0].at : earliest;
  return { status: 200, json: { deletedRecords, earliestDateAvailable, latestDateCovered: covered } };
}
