/** Turns whatever Dataverse says went wrong into a `RemoteError`, in this one place. */
import { RemoteError, type RemoteErrorCode } from '../../core/errors.ts';
import { codeForStatus, type HttpResponse, parseJsonText, retryAfterMs } from '../http/index.ts';
import { ErrorAnswer } from './schema.ts';

export const EXPIRED_VERSION_STAMP = '0x80044352';
export const TRACKING_NOT_ENABLED = '0x80072491';
export const PRIVILEGE_DENIED = '0x80040220';
export const KEY_NOT_DEFINED = '0x80060890';
const SEGMENT_NOT_FOUND = '0x8006088a';
const OBJECT_DOES_NOT_EXIST = '0x80040217';
const BAD_PAYLOAD = '0x80048d19';

/** By code rather than status: for most codes the status is not documented, and some come with several. */
const CODES: Readonly<Record<string, RemoteErrorCode>> = {
  [OBJECT_DOES_NOT_EXIST]: 'not-visible',
  '0x80060891': 'not-visible',
  [KEY_NOT_DEFINED]: 'configuration',
  '0x8006089d': 'duplicate',
  '0x80060882': 'version-conflict',
  '0x80060883': 'version-conflict',
  '0x8006088d': 'configuration',
  '0x80040237': 'duplicate',
  '0x80060892': 'duplicate',
  '0x80040333': 'duplicate',
  [PRIVILEGE_DENIED]: 'forbidden',
  '0x8004020d': 'forbidden',
  '0x80048306': 'forbidden',
  '0x80072560': 'forbidden',
  '0x80040225': 'unauthorized',
  '0x8004022b': 'rejected',
  '0x8005f101': 'unauthorized',
  '0x80040203': 'rejected',
  '0x8004431a': 'rejected',
  '0x80044331': 'rejected',
  '0x80048408': 'rejected',
  '0x80100005': 'rejected',
  // Closed or reopened meanwhile: the row is not what the decision was made on.
  '0x80040515': 'version-conflict',
  '0x8004051a': 'version-conflict',
  '0x80040516': 'rejected',
  '0x8004022e': 'rejected',
  '0x80048479': 'rejected',
  [BAD_PAYLOAD]: 'rejected',
  [SEGMENT_NOT_FOUND]: 'configuration',
  '0x80060888': 'configuration',
  '0x80040265': 'rejected',
  '0x80044151': 'unavailable',
  [EXPIRED_VERSION_STAMP]: 'rejected',
  [TRACKING_NOT_ENABLED]: 'configuration',
  '0x80072322': 'rate-limited',
  '0x80072321': 'rate-limited',
  '0x80072326': 'rate-limited',
};

/** Codes whose text an administrator wrote or that names columns only; other texts may quote the record. */
const TEXT_IS_SAFE = new Set(['0x80040265', '0x80044331', '0x80072322', '0x80072321', '0x80072326']);
/** What some codes mean here, because the code alone helps nobody and the platform's text may quote the record. */
const MEANINGS: Readonly<Record<string, { readonly text: string; readonly remedy?: string }>> = {
  '0x80072560': {
    text: 'the environment has no application user for this app',
    remedy:
      'Create it in the Power Platform admin center: Environments, Settings, Application users, New app user.',
  },
  '0x80040225': {
    text: 'the application user is disabled, or belongs to no business unit',
    remedy: 'Enable it in the Power Platform admin center: Environments, Settings, Application users.',
  },
  '0x8004022b': { text: 'the owner that it is given to is disabled' },
  '0x8004022e': { text: 'it is closed, and this environment lets closed opportunities be read only' },
  '0x80040333': { text: 'a rule that detects duplicates matched' },
  '0x80040516': { text: 'it cannot be closed as it stands' },
  '0x8004431a': { text: 'a choice has no option of the number that was sent' },
  '0x80048408': { text: 'the status reason does not belong to the state' },
  '0x80048479': { text: 'its currency cannot change while it has products' },
};
const MAX_TEXT = 300;
/** A property that the table lacks: the mapping is wrong for every row. */
const UNKNOWN_PROPERTY =
  /Could not find a property named '?[\w.]+'?|undeclared property '[\w.]+'|Invalid property '[\w.]+'/i;

export interface ErrorContext {
  /** What was being done, in words that start a sentence: `Update opportunity 7cf7…`. */
  readonly operation: string;
  readonly isWrite: boolean;
  /** The error belongs to one record, not to the whole request. */
  readonly isOneRecord?: boolean;
  /** The table of the record in question, when it is one: an error that names another one is about a lookup. */
  readonly table?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** An answer, whole or part of a batch, as far as its error goes. */
export type Failed = Pick<HttpResponse, 'status' | 'headers' | 'body'> & {
  readonly requestId?: string | null;
};

/** The error of an answer with status 400 or above. */
export function errorOfAnswer(answer: Failed, context: ErrorContext): RemoteError {
  const { status, headers } = answer;
  const parsed = ErrorAnswer.safeParse(parseJsonText(answer.body));
  const said = parsed.success ? parsed.data : { code: '', message: '' };
  const remoteCode = said.code === '' || said.code === '0x0' ? null : said.code.toLowerCase();
  const code = decideCode(remoteCode, said.message, status, headers, context);
  const text = textOf(remoteCode, said.message);
  const named = remoteCode ?? `HTTP ${status}`;
  const column = /'(\w+)' attribute/.exec(said.message)?.[1];
  const asked = retryAfterMs(headers, context.now) ?? 0;
  return new RemoteError(
    `${context.operation} failed: ${text === '' ? named : `${named}: ${text}`}. ${MEANINGS[remoteCode ?? '']?.remedy ?? remedyFor(code)}`,
    {
      code,
      system: 'crm',
      remoteCode,
      status,
      requestId: answer.requestId ?? headers.req_id ?? null,
      retryAfterMs: asked,
      fields: column === undefined ? [] : [column],
      // A refusal that asks for a pause was not carried out; other server failures may have been.
      outcomeUnknown: context.isWrite && status >= 500 && code === 'unavailable',
    },
  );
}

function decideCode(
  remoteCode: string | null,
  message: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  { isOneRecord = false, table = '' }: ErrorContext,
): RemoteErrorCode {
  // 412 also tells that a row of this key is there already, with a code of its own or when that is what was asked.
  const known = remoteCode === null ? undefined : CODES[remoteCode];
  if (status === 412) return known === 'duplicate' ? 'duplicate' : 'version-conflict';
  if (status === 429) return 'rate-limited';
  if (UNKNOWN_PROPERTY.test(message)) return 'configuration';
  if (remoteCode === OBJECT_DOES_NOT_EXIST && table !== '') {
    // `account With Id = … Does Not Exist` while an opportunity is written: its lookup leads nowhere.
    const missing = /^'?(\w+)'? With Id/i.exec(message)?.[1]?.toLowerCase() ?? table;
    return missing === table ? 'not-visible' : 'rejected';
  }
  // Rights may reach to this row's business unit or not; that says nothing about the others.
  if (isOneRecord && known === 'forbidden') return 'rejected';
  // The row's own transaction broke and was rolled back: a clash with another one, or something that comes again.
  if (isOneRecord && status === 500 && (known === undefined || known === 'unavailable')) {
    return known === 'unavailable' || /deadlock/i.test(message) ? 'version-conflict' : 'rejected';
  }
  if (known !== undefined) return known;
  if (status === 403) return isOneRecord ? 'rejected' : 'forbidden';
  if (status === 409) return 'version-conflict';
  if (status === 405 || status === 501) return 'configuration';
  // Deadlocks come as 500 with varying codes; what a plug-in refuses has a code of its own.
  return codeForStatus(status, headers);
}

function textOf(remoteCode: string | null, message: string): string {
  if (remoteCode !== null && TEXT_IS_SAFE.has(remoteCode)) return tidy(message);
  const meaning = remoteCode === null ? undefined : MEANINGS[remoteCode];
  if (meaning !== undefined) return meaning.text;
  const property = UNKNOWN_PROPERTY.exec(message)?.[0];
  const privilege = /missing (prv\w+) privilege/.exec(message)?.[1];
  return property ?? (privilege === undefined ? '' : `the privilege ${privilege} is missing`);
}

function tidy(message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, MAX_TEXT).replace(/\.$/, '');
}

function remedyFor(code: RemoteErrorCode): string {
  switch (code) {
    case 'unauthorized':
      return 'Check the app, its credentials and its application user in Dataverse, then run again.';
    case 'forbidden':
      return 'Give the application user a security role with this right, then run again.';
    case 'quota':
    case 'rate-limited':
    case 'unavailable':
      return 'It is tried again in the next run.';
    case 'configuration':
      return 'Run `cosell-sync doctor` to see what is missing.';
    case 'version-conflict':
      return 'The record moved since it was read.';
    case 'not-visible':
      return 'It is deleted, or not shared with the application user.';
    case 'duplicate':
      return 'Look at the records that have the same key.';
    case 'rejected':
      return 'Correct the record or the mapping.';
  }
}

/** The error of an answer that is not of the expected shape although its status says success. */
export function unreadable(operation: string, requestId: string | null, isWrite: boolean): RemoteError {
  return new RemoteError(
    `${operation} failed: Dataverse's answer cannot be read. It is tried again in the next run.`,
    { code: 'unavailable', system: 'crm', requestId, outcomeUnknown: isWrite },
  );
}

/** The error of a request that was not sent because one before it failed for a reason that concerns all. */
export function notSent(reason: RemoteError): RemoteError {
  return new RemoteError(`The record was not sent, because an earlier request failed: ${reason.message}`, {
    code: reason.code,
    system: 'crm',
    remoteCode: reason.remoteCode,
    status: reason.status,
    retryAfterMs: reason.retryAfterMs,
    requestId: reason.requestId,
  });
}
