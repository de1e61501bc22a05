/** The errors that cross a boundary. Everything else that is thrown is a bug (exit code 1). */
import { safeRemoteText } from './lenses/remote-text.ts';

/**
 * Why a remote call failed, decided once in the adapter. The core and the engine never see HTTP.
 *
 * - `unauthorized`: credentials dead or refused; nobody can go on with this host until a person acts
 * - `forbidden`: signed in, but a role, scope or permission is missing
 * - `not-visible`: this record is unknown to the caller (404, 410, or 403 on one record): never "deleted"
 * - `version-conflict`: the record moved since it was read (412, 409 on a version, 428)
 * - `rate-limited`: the host asks for a pause (429, 503 with Retry-After, a daily quota)
 * - `quota`: the day's API budget is used up; retry in tens of minutes, not seconds
 * - `unavailable`: no usable answer (5xx, reset, deadline, not JSON)
 * - `rejected`: this record's content or state is refused; repeating it cannot help
 * - `duplicate`: a unique key or a duplicate rule names an existing record
 * - `configuration`: the set-up is wrong for every record (unknown column, API switched off, wrong path)
 */
export type RemoteErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not-visible'
  | 'version-conflict'
  | 'rate-limited'
  | 'quota'
  | 'unavailable'
  | 'rejected'
  | 'duplicate'
  | 'configuration';

/** Which remote system failed. */
export type System = 'crm' | 'partnerCenter' | 'graph' | 'entra' | 'webhook';

export interface RemoteErrorDetails {
  readonly code: RemoteErrorCode;
  readonly system: System;
  /** What the remote calls it (`invalidRequest`, `UNABLE_TO_LOCK_ROW`), for the operator and for support. */
  readonly remoteCode?: string | null;
  readonly status?: number | null;
  readonly retryAfterMs?: number;
  /** The id the remote or we gave the request, to quote to support. */
  readonly requestId?: string | null;
  /**
   * Whether the remote may have done it all the same: true for a write whose answer never came.
   * Such an outcome is settled by looking, never by repeating.
   */
  readonly outcomeUnknown?: boolean;
  /** The remote's fields or path the complaint is about. */
  readonly fields?: readonly string[];
  /** Ids of existing records that a `duplicate` names. */
  readonly duplicateIds?: readonly string[];
  /** Whether it looked like a failure of the host, but the host answers about other records. */
  readonly onlyThisRecord?: boolean;
  readonly cause?: unknown;
}

const MAX_FIELDS = 50;
const MAX_LABEL = 200;

function label(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : safeRemoteText(text, MAX_LABEL);
}

/**
 * A remote call that failed. The message carries no payload and no secret: whatever a remote said in it is made safe
 * here, in the one place that all such texts pass.
 */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: RemoteErrorCode;
  readonly system: System;
  readonly remoteCode: string | null;
  readonly status: number | null;
  readonly retryAfterMs: number;
  readonly requestId: string | null;
  readonly outcomeUnknown: boolean;
  readonly fields: readonly string[];
  readonly duplicateIds: readonly string[];
  readonly onlyThisRecord: boolean;

  constructor(message: string, details: RemoteErrorDetails) {
    super(safeRemoteText(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.system = details.system;
    this.remoteCode = label(details.remoteCode);
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? 0;
    this.requestId = label(details.requestId);
    this.outcomeUnknown = details.outcomeUnknown ?? false;
    this.fields = (details.fields ?? [])
      .slice(0, MAX_FIELDS)
      .map((field) => safeRemoteText(field, MAX_LABEL));
    this.duplicateIds = details.duplicateIds ?? [];
    this.onlyThisRecord = details.onlyThisRecord ?? false;
  }

  /** Whether the same call may succeed later without anybody changing anything. */
  get isTransient(): boolean {
    return this.code === 'rate-limited' || this.code === 'unavailable';
  }

  /** Whether the failure is the host's, not this record's: every further call would meet it too. */
  get stopsHost(): boolean {
    return (
      !this.onlyThisRecord &&
      (this.isTransient ||
        this.code === 'unauthorized' ||
        this.code === 'forbidden' ||
        this.code === 'quota' ||
        this.code === 'configuration')
    );
  }
}

/** The same failure, as one of a single record: other records of the host may be asked about. */
export function ofOneRecord(error: RemoteError): RemoteError {
  return new RemoteError(error.message, { ...error, onlyThisRecord: true, cause: error });
}

/** Wrong usage, configuration, mapping or file: exit code 2. Each problem names a path or a line and the remedy. */
export class ConfigurationError extends Error {
  override readonly name: string = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], summary?: string) {
    super([...(summary === undefined ? [] : [summary]), ...problems].join('\n'));
    this.problems = problems;
  }
}

/** Somebody else decided about the same items first, or they ask something else by now. Nothing was saved. */
export class DecidedElsewhereError extends ConfigurationError {
  override readonly name: string = 'DecidedElsewhereError';
}

/** The state cannot be used as it is (damaged, newer, somebody else's): says what to do. Exit code 4. */
export class StateError extends Error {
  override readonly name: string = 'StateError';
}

/** A link would give an opportunity a second referral, or a referral a second opportunity. Nothing was committed. */
export class LinkConflictError extends StateError {
  override readonly name = 'LinkConflictError';
  /** The link that was refused. */
  readonly opportunityId: string;
  readonly referralId: string;
  /** The link that is in the way. */
  readonly existing: { readonly opportunityId: string; readonly referralId: string };

  constructor(
    refused: { readonly opportunityId: string; readonly referralId: string },
    existing: { readonly opportunityId: string; readonly referralId: string },
  ) {
    super(
      `Opportunity ${refused.opportunityId} cannot be linked to referral ${refused.referralId}: opportunity ${existing.opportunityId} is already linked to referral ${existing.referralId}. Remove the wrong link first.`,
    );
    this.opportunityId = refused.opportunityId;
    this.referralId = refused.referralId;
    this.existing = existing;
  }
}

/** A row of the ledger that says nothing sensible (edited by hand, flipped bits). The record can be parked by its id. */
export class CorruptRowError extends StateError {
  override readonly name = 'CorruptRowError';
  readonly connection: string;
  /** What kind of row: `opportunity`, `referral`, `link`, `intent`, `attention`, `history`, `run` or `note`. */
  readonly kind: string;
  /** The side whose record `id` names; null where the row belongs to none. A link is named by its opportunity. */
  readonly side: 'opportunity' | 'referral' | null;
  readonly id: string;

  constructor(details: {
    readonly connection: string;
    readonly kind: string;
    readonly side: 'opportunity' | 'referral' | null;
    readonly id: string;
    readonly problem: string;
  }) {
    super(
      `The ledger's ${details.kind} row ${details.id} of connection "${details.connection}" cannot be read (${details.problem}). Restore a backup of ledger.db, or move it away and run \`cosell-sync rebuild\`.`,
    );
    this.connection = details.connection;
    this.kind = details.kind;
    this.side = details.side;
    this.id = details.id;
  }
}

/** Another process holds the state: exit code 6. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
}
