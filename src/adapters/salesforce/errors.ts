/** Turns whatever Salesforce says went wrong into a `RemoteError`, in this one place. */
import { RemoteError, type RemoteErrorCode } from '../../core/errors.ts';
import { canonicalSalesforceId } from '../../core/ids.ts';
import { codeForStatus, type HttpResponse, parseJsonText, retryAfterMs } from '../http/index.ts';
import { type ErrorItem, ErrorList } from './schema.ts';

/** A used-up daily quota is a rolling one: it frees itself slowly, so look again in a quarter of an hour. */
export const QUOTA_RETRY_MS = 15 * 60_000;
const MAX_TEXT = 300;

const CODES: Readonly<Record<string, RemoteErrorCode>> = {
  INVALID_SESSION_ID: 'unauthorized',
  INVALID_AUTH_HEADER: 'unauthorized',
  API_DISABLED_FOR_ORG: 'configuration',
  API_CURRENTLY_DISABLED: 'configuration',
  SERVER_UNAVAILABLE: 'unavailable',
  UNKNOWN_EXCEPTION: 'unavailable',
  UNABLE_TO_LOCK_ROW: 'unavailable',
  QUERY_TIMEOUT: 'unavailable',
  INVALID_QUERY_LOCATOR: 'unavailable',
  OPERATION_TOO_LARGE: 'unavailable',
  EXCEEDED_ID_LIMIT: 'unavailable',
  INVALID_REPLICATION_DATE: 'rejected',
  REQUIRED_FIELD_MISSING: 'rejected',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'rejected',
  FIELD_INTEGRITY_EXCEPTION: 'rejected',
  FIELD_FILTER_VALIDATION_EXCEPTION: 'rejected',
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: 'rejected',
  STRING_TOO_LONG: 'rejected',
  NUMBER_OUTSIDE_VALID_RANGE: 'rejected',
  INVALID_EMAIL_ADDRESS: 'rejected',
  JSON_PARSER_ERROR: 'rejected',
  INVALID_TYPE_ON_FIELD_IN_RECORD: 'rejected',
  MALFORMED_ID: 'rejected',
  DUPLICATE_VALUE: 'duplicate',
  DUPLICATES_DETECTED: 'duplicate',
  DUPLICATE_EXTERNAL_ID: 'rejected',
  ENTITY_IS_DELETED: 'not-visible',
  NOT_FOUND: 'not-visible',
  INVALID_CROSS_REFERENCE_KEY: 'not-visible',
  INVALID_FIELD: 'configuration',
  INVALID_FIELD_FOR_INSERT_UPDATE: 'configuration',
  INVALID_TYPE: 'configuration',
  MALFORMED_QUERY: 'configuration',
  QUERY_TOO_COMPLICATED: 'configuration',
  INSUFFICIENT_ACCESS: 'forbidden',
  INSUFFICIENT_ACCESS_OR_READONLY: 'forbidden',
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: 'forbidden',
  TXN_SECURITY_METERING_ERROR: 'forbidden',
  TXN_SECURITY_RUNTIME_EXCEPTION: 'forbidden',
  INACTIVE_OWNER_OR_USER: 'rejected',
  TRANSFER_REQUIRES_READ: 'rejected',
  ENTITY_IS_LOCKED: 'rejected',
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: 'rejected',
  CANNOT_EXECUTE_FLOW_TRIGGER: 'rejected',
  LIMIT_EXCEEDED: 'configuration',
  STORAGE_LIMIT_EXCEEDED: 'configuration',
  ALL_OR_NONE_OPERATION_ROLLED_BACK: 'unavailable',
  PROCESSING_HALTED: 'unavailable',
  PRECONDITION_FAILED: 'version-conflict',
};

/** Codes whose text an administrator wrote or that names columns only; other texts may quote the record. */
const TEXT_IS_SAFE = new Set([
  'FIELD_CUSTOM_VALIDATION_EXCEPTION',
  'REQUIRED_FIELD_MISSING',
  'INVALID_FIELD_FOR_INSERT_UPDATE',
  'REQUEST_LIMIT_EXCEEDED',
  'API_DISABLED_FOR_ORG',
  'API_CURRENTLY_DISABLED',
]);

export interface ErrorContext {
  /** What was being done, in words that start a sentence: `Update opportunity 006…`. */
  readonly operation: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestId: string | null;
  readonly isWrite: boolean;
  /** The error belongs to one record, not to the whole request. */
  readonly isOneRecord?: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The error of a whole answer with status 400 or above. */
export function errorOfResponse(
  response: HttpResponse,
  context: Pick<ErrorContext, 'operation' | 'isWrite' | 'isOneRecord' | 'now'>,
): RemoteError {
  const { status, headers, requestId } = response;
  return errorOfBody(parseJsonText(response.body), { ...context, status, headers, requestId });
}

/**
 * The error of a body that came with a failing status: a list of errors, one error, a page, or nothing at all.
 * Several errors are told as the first one that says more than that the others were rolled back.
 */
export function errorOfBody(body: unknown, context: ErrorContext): RemoteError {
  const parsed = ErrorList.safeParse(Array.isArray(body) ? body : [body ?? {}]);
  return errorOfItems(parsed.success ? parsed.data : [], context);
}

const FOLLOW_UPS = new Set(['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'PROCESSING_HALTED']);

/** The error of a list of errors, which may be empty. */
export function errorOfItems(items: readonly ErrorItem[], context: ErrorContext): RemoteError {
  const telling = items.find(({ code }) => code !== null && !FOLLOW_UPS.has(code)) ?? items[0] ?? null;
  const remoteCode = telling?.code ?? null;
  const code = decideCode(telling, context);
  const { status, headers = {}, isWrite } = context;
  const asked = retryAfterMs(headers, context.now) ?? 0;
  const fields = [...new Set(items.flatMap((item) => item.fields))];
  const named = remoteCode === null ? `HTTP ${status}` : remoteCode;
  const text = items
    .map((item) =>
      item.code !== null && TEXT_IS_SAFE.has(item.code) ? tidy(item.message) : columnIn(item.message),
    )
    .filter((part) => part !== '')
    .join(' / ');
  const what = [
    text === '' ? named : `${named}: ${text}`,
    fields.length === 0 || text !== '' ? '' : ` (${fields.join(', ')})`,
  ].join('');
  return new RemoteError(`${context.operation} failed: ${what}.${remedyFor(code, remoteCode)}`, {
    code,
    system: 'crm',
    remoteCode,
    status,
    requestId: context.requestId,
    fields,
    retryAfterMs: code === 'quota' ? Math.max(asked, QUOTA_RETRY_MS) : asked,
    duplicateIds: code === 'duplicate' ? duplicateIdsOf(items) : [],
    // A refusal with `Retry-After`, or for a locked row, was not carried out; other server failures may have been.
    outcomeUnknown: isWrite && status >= 500 && code === 'unavailable' && !isLockFailure(telling),
  });
}

function decideCode(
  item: ErrorItem | null,
  { status, headers, isOneRecord = false }: ErrorContext,
): RemoteErrorCode {
  if (status === 412) return 'version-conflict';
  const remoteCode = item?.code ?? null;
  if (remoteCode === 'REQUEST_LIMIT_EXCEEDED') {
    // The one pair of errors that only the text tells apart: calls at a time, or calls a day.
    return /concurrent/i.test(item?.message ?? '') ? 'rate-limited' : 'quota';
  }
  if (isLockFailure(item)) return 'unavailable';
  // A lookup to a missing row is the record's own content; without a column it is the record that is missing.
  if (remoteCode === 'INVALID_CROSS_REFERENCE_KEY' && (item?.fields.length ?? 0) > 0) return 'rejected';
  const known = remoteCode === null ? undefined : CODES[remoteCode];
  // One record may be locked or shared read-only; that says nothing about the others.
  if (isOneRecord && known === 'forbidden') return 'rejected';
  if (known !== undefined) return known;
  if (status === 409) return 'version-conflict';
  if (status === 405 || status === 414 || status === 415 || status === 431) return 'configuration';
  // The edge knows no route to the org: it moved, sleeps or is gone. Not a request to slow down.
  if (status === 420) return 'unavailable';
  return codeForStatus(status, headers);
}

/** Whether another transaction held the row: an Apex trigger's failure quotes the code in its text. */
function isLockFailure(item: ErrorItem | null): boolean {
  return item?.code === 'UNABLE_TO_LOCK_ROW' || item?.message.includes('UNABLE_TO_LOCK_ROW') === true;
}

function duplicateIdsOf(items: readonly ErrorItem[]): string[] {
  const ids = new Set<string>();
  for (const item of items) {
    // `duplicate value found: Referral__c duplicates value on record with id: 006…`
    const quoted = /record with id:\s*([a-zA-Z0-9]{15,18})/.exec(item.message)?.[1];
    for (const text of [...item.duplicateIds, ...(quoted === undefined ? [] : [quoted])]) {
      const id = canonicalSalesforceId(text);
      if (id !== null) ids.add(id);
    }
  }
  return [...ids];
}

/** The column or relationship that a refused query names; the rest of that text quotes the query with its values. */
function columnIn(message: string): string {
  const found =
    /No such column '[\w.]+' on (?:entity|sobject of type) '?\w+'?|Didn't understand relationship '\w+'/i;
  return found.exec(message)?.[0] ?? '';
}

function tidy(message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, MAX_TEXT).replace(/\.$/, '');
}

function remedyFor(code: RemoteErrorCode, remoteCode: string | null): string {
  switch (code) {
    case 'unauthorized':
      return ' Check the credentials and the app in Salesforce, then run again.';
    case 'forbidden':
      return ' Give the integration user access in Salesforce, then run again.';
    case 'quota':
      return " The org's daily API quota is used up; the next runs wait until some is free.";
    case 'rate-limited':
    case 'unavailable':
      return ' It is tried again in the next run.';
    case 'configuration':
      return remoteCode?.startsWith('INVALID_FIELD') === true
        ? ' Run `cosell-sync doctor` to see which columns are missing, and `cosell-sync setup` to create them.'
        : ' Run `cosell-sync doctor`.';
    case 'version-conflict':
      return ' The record moved since it was read.';
    case 'not-visible':
      return ' It is deleted, or not shared with the integration user.';
    case 'duplicate':
      return ' Look at the records it names.';
    case 'rejected':
      return ' Correct the record or the mapping.';
  }
}

/** The error of an answer that is no JSON of the expected shape although its status says success. */
export function unreadable(operation: string, response: HttpResponse | null, isWrite: boolean): RemoteError {
  return new RemoteError(
    `${operation} failed: Salesforce's answer cannot be read. It is tried again in the next run.`,
    {
      code: 'unavailable',
      system: 'crm',
      status: response?.status ?? null,
      requestId: response?.requestId ?? null,
      outcomeUnknown: isWrite,
    },
  );
}
