/** Microsoft Partner Center's referrals API behind the core's port. */
import { randomUUID } from 'node:crypto';
import { RemoteError } from '../../core/errors.ts';
import { parseReferralId, type ReferralId } from '../../core/ids.ts';
import type {
  CallOptions,
  PartnerCenter,
  Referral,
  ReferralChanges,
  ReferralDraft,
} from '../../core/ports.ts';
import { type Clock, type HttpClient, systemClock } from '../http/index.ts';
import { checkPartnerCenter } from './check.ts';
import { type AccessToken, type ApiAnswer, createApi, pathOf } from './client.ts';
import { createFeed, type IsKnown } from './feed.ts';
import { createLookups } from './lookups.ts';
import { toReferral } from './mapping.ts';
import { createPages } from './pages.ts';
import { createRawListCache, type RawLists } from './raw-lists.ts';
import { toRegistrationPatch } from './registration.ts';
import { isPercentStage, type SalesStageStyle } from './states.ts';
import { type PatchOperation, replacesLists, toCreateBody, toPatch } from './writing.ts';

export type { AccessToken } from './client.ts';

export interface PartnerCenterOptions {
  /** A client whose base URL is the API's, such as `https://api.partner.microsoft.com`. */
  readonly http: HttpClient;
  readonly accessToken: AccessToken;
  /** The connection's name, for remedies. */
  readonly connection: string;
  /** The zone in which a day of Partner Center's instants is read. */
  readonly timeZone: string;
  /** Our organisation's id, where several organisations share a view. */
  readonly organizationId?: string | null;
  /** How sales stages are written until a read shows percentages; `label`. */
  readonly salesStageStyle?: SalesStageStyle;
  /** How far back late rows of the list are looked for; 10 minutes. */
  readonly overlapMs?: number;
  /** How often that is done; 5 minutes. */
  readonly sweepIntervalMs?: number;
  /** Pages after which a walk gives up; 10,000. */
  readonly maxPages?: number;
  readonly clock?: Clock;
  readonly newId?: () => string;
}

/** Builds the adapter of one connection. */
export function createPartnerCenter(
  options: PartnerCenterOptions,
): PartnerCenter & Required<Pick<PartnerCenter, 'settle' | 'register'>> {
  const { http, accessToken, connection, timeZone, organizationId = null, clock = systemClock } = options;
  const {
    overlapMs = 10 * 60_000,
    sweepIntervalMs = 5 * 60_000,
    maxPages = 10_000,
    newId = randomUUID,
  } = options;
  const api = createApi({ http, accessToken, clock, newId, connection });
  const rawLists = createRawListCache();
  let salesStageStyle: SalesStageStyle = options.salesStageStyle ?? 'label';

  function fromRow(row: unknown, etag: string | null = null): Referral | null {
    const referral = toReferral(row, etag, { timeZone, organizationId });
    if (referral === null) return null;
    rawLists.remember(referral.id, referral.version, row);
    const stage: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, 'salesStage') : null;
    if (typeof stage === 'string' && isPercentStage(stage)) salesStageStyle = 'percent';
    return referral;
  }

  const pages = createPages({ api, toReferral: (row) => fromRow(row), maxPages });
  const feed = createFeed({ pages, overlapMs, sweepIntervalMs });

  async function find(id: ReferralId, { signal }: CallOptions): Promise<Referral | null> {
    const operation = `Read referral ${id}`;
    const request = { operation, method: 'GET', path: pathOf(id), signal, isSingle: true } as const;
    try {
      const response = await api.send(request);
      const referral = fromRow(api.parse(response, request), etagOf(response));
      if (referral?.id === id) return referral;
    } catch (error) {
      if (error instanceof RemoteError && error.code === 'not-visible') return null;
      throw error;
    }
    throw new RemoteError(`${operation} failed: the answer describes another record. Try again later.`, {
      code: 'unavailable',
      system: 'partnerCenter',
    });
  }

  /** What a confirmed write has left: from its answer, else by a read. The write is done, whatever happens here. */
  async function readBack(id: ReferralId | null, operation: string, call: CallOptions): Promise<Referral> {
    let cause: unknown;
    try {
      const referral = id === null ? null : await find(id, call);
      if (referral !== null) return referral;
    } catch (error) {
      call.signal.throwIfAborted();
      cause = error;
    }
    throw new RemoteError(
      `${operation} was accepted, but the result cannot be read yet. It is looked for in the next run.`,
      {
        code: 'unavailable',
        system: 'partnerCenter',
        outcomeUnknown: true,
        cause,
      },
    );
  }

  function fromWrite(response: ApiAnswer, operation: string): Referral | null {
    if (response.body.trim() === '') return null;
    try {
      return fromRow(api.parse(response, { operation, method: 'POST' }), etagOf(response));
    } catch (error) {
      // The write is done; that its answer cannot be read is a reason to read the record.
      if (error instanceof RemoteError) return null;
      throw error;
    }
  }

  async function create(draft: ReferralDraft, requestId: string, call: CallOptions): Promise<Referral> {
    const invites = draft.invite !== undefined;
    const operation = `${invites ? 'Invite Microsoft for' : 'Create the referral of'} opportunity ${draft.opportunityId}`;
    const body = toCreateBody(draft, { salesStageStyle });
    const response = await api.send({
      operation,
      method: 'POST',
      path: '',
      body,
      requestId,
      signal: call.signal,
    });
    const created =
      fromWrite(response, operation) ?? (await readBack(idInLocation(response), operation, call));
    // Where the answer does not say who invited: we did.
    return created.invitedByOrganizationId === null && !invites ? { ...created, origin: 'own' } : created;
  }

  /** The lists at the version to be changed, when the changes replace any. */
  async function currentLists(
    id: ReferralId,
    ifMatch: string,
    changes: ReferralChanges,
    call: CallOptions,
  ): Promise<RawLists | null> {
    if (!replacesLists(changes)) return null;
    const known = rawLists.recall(id, ifMatch);
    if (known !== null) return known;
    const current = await find(id, call);
    if (current === null) throw notVisible(id);
    if (current.version !== null && current.version !== ifMatch) {
      throw new RemoteError(
        `Update referral ${id} was not sent: it was changed meanwhile and is read again.`,
        {
          code: 'version-conflict',
          system: 'partnerCenter',
        },
      );
    }
    return rawLists.recall(id, ifMatch);
  }

  async function update(
    id: ReferralId,
    ifMatch: string,
    changes: ReferralChanges,
    requestId: string,
    call: CallOptions,
  ): Promise<Referral> {
    const raw = await currentLists(id, ifMatch, changes, call);
    const body = toPatch(changes, { salesStageStyle, raw });
    return patch(`Update referral ${id}`, id, ifMatch, body, requestId, call);
  }

  /** One PATCH under a precondition; what it has left, from its answer or by a read. */
  async function patch(
    operation: string,
    id: ReferralId,
    ifMatch: string,
    body: readonly PatchOperation[],
    requestId: string,
    call: CallOptions,
  ): Promise<Referral> {
    const path = pathOf(id);
    const response = await api.send({
      operation,
      method: 'PATCH',
      path,
      body,
      ifMatch,
      requestId,
      signal: call.signal,
      isSingle: true,
    });
    const updated = fromWrite(response, operation);
    // Without its new version the representation is of no use for the next write.
    if (updated?.id === id && updated.version !== null) return updated;
    return readBack(id, operation, call);
  }

  const { listEngagement, findByTags } = createLookups(pages);

  return {
    feedIdentity: `partner-center ${http.baseUrl.replace(/\/+$/, '')}`,
    changes: (cursor, isKnown, { signal }) => feed.changes(cursor, isKnown, signal),
    settle: (cursor: string, isKnown: IsKnown, { signal }: CallOptions) =>
      feed.settle(cursor, isKnown, signal),
    find,
    listEngagement,
    findByTags,
    create,
    update,
    register: (id, ifMatch, registration, requestId, call) => {
      const what = registration.type === 'register' ? 'Register' : 'Correct the registration of';
      return patch(`${what} referral ${id}`, id, ifMatch, toRegistrationPatch(registration), requestId, call);
    },
    check: ({ signal }) => checkPartnerCenter({ api, accessToken, clock, connection, signal }),
  };
}

function etagOf({ headers }: ApiAnswer): string | null {
  const etag = headers.etag ?? '';
  return etag === '' ? null : etag;
}

/** Only the id is taken from a Location: the address itself may lie elsewhere. */
function idInLocation({ headers }: ApiAnswer): ReferralId | null {
  const path = (headers.location ?? '').split(/[?#]/)[0] ?? '';
  return parseReferralId(path.replace(/\/+$/, '').split('/').at(-1) ?? '');
}

function notVisible(id: ReferralId): RemoteError {
  return new RemoteError(`Update referral ${id} failed: the signed-in user cannot see it.`, {
    code: 'not-visible',
    system: 'partnerCenter',
  });
}
