/** What a client can do through the API: read one, create, PATCH, PUT. Visibility, preconditions and rules included. */
import { ApiError, invalidRequest } from './api-error.ts';
import { checkInvitation, toNewReferral } from './create.ts';
import { isObject, type Json, type JsonObject, listAt, renameKeys, setAt, textAt } from './json.ts';
import type { Microsoft } from './microsoft.ts';
import { canonicalKey, MICROSOFT } from './model.ts';
import {
  addressTo,
  asAccepted,
  asInvitation,
  MICROSOFT_PARTY,
  selfParty,
  type TenantParts,
} from './parts.ts';
import { applyPatch, applyPut, parsePatch } from './patch.ts';
import { isEligible } from './registration.ts';
import { illegal, isClosed } from './rules.ts';
import { type PortalUser, seesOwn } from './users.ts';

/** Who calls, and what the call's headers say. */
export interface CallContext {
  readonly user: PortalUser;
  readonly ifMatch: string | null;
  readonly requestId: string | null;
}

export interface Operations {
  /** Whether the user may see the referral, in a list or by id. */
  canSee(user: PortalUser, referral: JsonObject): boolean;
  /** @throws ApiError 404 (or 403) when there is none that the user may see. */
  find(id: string, user: PortalUser): JsonObject;
  create(body: Json, context: CallContext): JsonObject;
  patch(id: string, body: Json, context: CallContext): JsonObject;
  put(id: string, body: Json, context: CallContext): JsonObject;
}

/** @param microsoft is told of each invitation. */
export function createOperations(parts: TenantParts, microsoft: Microsoft): Operations {
  const { organization, store, switches } = parts;
  const isOwn = (referral: JsonObject): boolean => referral.organizationId === organization.id;

  function canSee(user: PortalUser, referral: JsonObject): boolean {
    if (user.role === 'referralsAdmin') return true;
    if (isOwn(referral)) return seesOwn(user, referral);
    const relatives = store.engagement(textAt(referral, 'engagementId') ?? '');
    return relatives.some((relative) => isOwn(relative) && seesOwn(user, relative));
  }

  function find(id: string, user: PortalUser): JsonObject {
    const referral = store.get(id);
    if (referral !== undefined && store.isVisible(id) && canSee(user, referral)) return referral;
    const refused = referral !== undefined && switches.invisibleStatus === 403;
    throw new ApiError('The referral was not found, or the caller may not see it.', {
      status: refused ? 403 : 404,
      code: refused ? 'accessDenied' : 'itemNotFound',
      target: 'referral',
      rule: 'notVisible',
    });
  }

  function toInput(body: Json): Json {
    return switches.inputCasing === 'any' ? renameKeys(body, canonicalKey) : body;
  }

  function isShared(referral: JsonObject): boolean {
    return store
      .engagement(textAt(referral, 'engagementId') ?? '')
      .some(({ organizationId }) => organizationId === MICROSOFT);
  }

  /** The referral to write to, once ownership and precondition hold. */
  function findToWrite(id: string, context: CallContext, missing: number | null): JsonObject {
    const before = find(id, context.user);
    if (!isOwn(before))
      throw new ApiError("Another organization's referral cannot be changed.", {
        status: 403,
        code: 'accessDenied',
        target: 'referral',
        rule: 'notOwner',
      });
    const { ifMatch } = context;
    if (ifMatch === null && missing !== null)
      throw new ApiError('The If-Match header is required.', {
        status: missing,
        code: missing === 400 ? 'invalidRequest' : 'preconditionFailed',
        target: 'If-Match',
        rule: 'preconditionRequired',
      });
    if (ifMatch !== null && ifMatch !== '*' && ifMatch !== before.eTag)
      throw new ApiError('The referral has changed since it was read.', {
        status: switches.mismatchStatus,
        code: switches.mismatchCode,
        target: 'If-Match',
        rule: 'eTagMismatch',
      });
    return before;
  }

  const written = (action: string, context: CallContext) =>
    ({
      by: 'api',
      action,
      user: context.user.email,
      ifMatch: context.ifMatch,
      requestId: context.requestId,
    }) as const;

  function registerAutomatically(after: JsonObject): void {
    if (!switches.autoRegistration || !isEligible(after) || after.registrationStatus !== 'None') return;
    store.put({ ...after, registrationStatus: 'ReviewPending' }, parts.stamps.next(), {
      by: 'service',
      action: 'register',
    });
  }

  function engagementOf(input: JsonObject, user: PortalUser): { id: string; own: JsonObject } | null {
    const id = textAt(input, 'engagementId')?.toLowerCase() ?? '';
    if (id === '') return null;
    const own = store.engagement(id).find((referral) => isOwn(referral) && canSee(user, referral));
    if (own === undefined)
      throw invalidRequest('There is no such engagement.', 'engagementId', 'unknownEngagement');
    return { id, own };
  }

  function invite(filled: JsonObject, engagement: { id: string; own: JsonObject }, context: CallContext) {
    if (isClosed(engagement.own))
      throw illegal('Microsoft cannot be invited to a closed deal.', 'engagementId', 'closed', switches);
    checkInvitation(filled);
    if (switches.repeatedInvite === 'reject' && isShared(engagement.own))
      throw new ApiError('Microsoft has been invited to this engagement already.', {
        status: 409,
        code: 'invalidRequest',
        target: 'target',
        rule: 'alreadyInvited',
      });
    const stamp = parts.stamps.next();
    const body = addressTo(filled, parts, {
      owner: MICROSOFT_PARTY,
      invitedBy: selfParty(organization),
      engagementId: engagement.id,
      stamp,
      direction: 'Outgoing',
    });
    const sibling = store.put(
      { ...asInvitation(body, stamp), mpnId: null },
      stamp,
      written('invite', context),
      visibleAt(),
    );
    microsoft.invited(engagement.id);
    return sibling;
  }

  function visibleAt(): number {
    return switches.postStatus === 202 ? parts.clock.now().getTime() + switches.postVisibleAfterMs : 0;
  }

  return {
    canSee,
    find,
    create(body, context) {
      const input = toInput(body);
      const filled = toNewReferral(input, switches, parts.clock.now().getTime());
      const engagement = isObject(input) ? engagementOf(input, context.user) : null;
      const asksMicrosoft = listAt(filled, 'target').some((target) => textAt(target, 'id') === MICROSOFT);
      if (asksMicrosoft) {
        if (engagement === null)
          throw invalidRequest(
            'An invitation to Microsoft names the engagement.',
            'engagementId',
            'requiredFieldMissing',
          );
        return invite(filled, engagement, context);
      }
      const stamp = parts.stamps.next();
      const own = addressTo(filled, parts, {
        owner: selfParty(organization),
        invitedBy: selfParty(organization),
        engagementId: engagement?.id ?? parts.ids.guid(),
        stamp,
        direction: switches.directionOfOwn,
      });
      own.mpnId ??= organization.mpnId;
      setAt(own, 'inviteContext/invitedMpnId', own.mpnId);
      const ready = switches.keepNewPending ? asInvitation(own, stamp) : asAccepted(own, stamp);
      return store.put(ready, stamp, written('create', context), visibleAt());
    },
    patch(id, body, context) {
      const operations = parsePatch(toInput(body), switches);
      const before = findToWrite(id, context, switches.patchIfMatch === 'required' ? 428 : null);
      const stamp = parts.stamps.next();
      const after = applyPatch(before, operations, {
        switches,
        stamp,
        newId: parts.ids.guid,
        sharedWithMicrosoft: isShared(before),
      });
      const stored = store.put(after, stamp, written('patch', context));
      registerAutomatically(stored);
      return stored;
    },
    put(id, body, context) {
      const before = findToWrite(id, context, switches.putWithoutIfMatch);
      const stamp = parts.stamps.next();
      const after = applyPut(before, toInput(body), {
        switches,
        stamp,
        sharedWithMicrosoft: isShared(before),
      });
      return store.put(after, stamp, written('put', context));
    },
  };
}
