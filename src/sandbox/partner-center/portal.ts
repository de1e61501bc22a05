/** What people do in the Partner Center portal, and deals that come in from others. */
import { ApiError, invalidRequest } from './api-error.ts';
import { type JsonObject, listAt, mergeDeep, setAt, textAt, valueAt } from './json.ts';
import { fillReferral } from './model.ts';
import {
  addressTo,
  asAccepted,
  asInvitation,
  MICROSOFT_PARTY,
  type Party,
  selfParty,
  type TenantParts,
} from './parts.ts';
import { stampTransition } from './patch.ts';
import { REGISTRATION_STATUSES, type RegistrationStatus, reviewRegistration } from './registration.ts';
import { checkTransition, illegal, isClosed, SHARE_CONSENT } from './rules.ts';
import { sampleDeal } from './samples.ts';
import { shiftStamp } from './stamps.ts';
import type { WriteContext } from './store.ts';

export interface InboundOptions {
  /** Who sends the deal; Microsoft unless given. */
  readonly from?: Party;
  /** A co-sell deal (default), a lead from the solution-provider page, or one from the marketplace. */
  readonly kind?: 'deal' | 'lead' | 'marketplaceLead';
  /** Values over a made-up deal, in the API's own shape. */
  readonly referral?: JsonObject;
  /** Days until it expires unanswered; 14 unless given. */
  readonly expiresInDays?: number;
  /** Whether the sender's own referral is in the engagement too; by default for deals. */
  readonly sibling?: boolean;
}

export interface Portal {
  /** A deal received from Microsoft or another partner: New/Pending. Returns the partner's referral. */
  createInbound(options?: InboundOptions): JsonObject;
  /** A deal that somebody at the partner typed into the portal: Active/Accepted. */
  createOwn(referral?: JsonObject, user?: string): JsonObject;
  /**
   * An edit in the portal, merged over the referral (lists are replaced). `marketplaceIntent` sets that attribute.
   * @throws ApiError when the deal is closed, or a consent would be taken back.
   */
  edit(id: string, changes: JsonObject, user?: string): JsonObject;
  /** A change by the service itself, without any rule: moved deadlines, values nobody documented. */
  override(id: string, changes: JsonObject): JsonObject;
  receive(id: string): JsonObject;
  accept(id: string, changes?: JsonObject): JsonObject;
  decline(id: string, reason?: string): JsonObject;
  close(id: string, outcome: 'Won' | 'Lost' | 'Error', reason?: string): JsonObject;
  favorite(id: string, favorite: boolean): JsonObject;
  /** Microsoft's review of a registered deal. */
  reviewRegistration(id: string, status: RegistrationStatus, reason?: string): JsonObject;
}

const PORTAL_USER = 'kim@partner.example';
const MARKETPLACE_INTENT = 'CustomerMarketplaceIntent';
const CLOSE_AHEAD_MS = 120 * 86_400_000;
/** What no form has, but a received deal may carry. */
const SERVICE_KEYS = [
  'referralSource',
  'callToAction',
  'quality',
  'isSpam',
  'tags',
  'createdVia',
  'trackingInfo',
];
const DAY_TICKS = 86_400n * 10_000_000n;

function withMarketplaceIntent(body: JsonObject, intent: string): void {
  const path = 'details/requirements/additionalRequirements/attributes';
  const others = listAt(body, path).filter((item) => textAt(item, 'type') !== MARKETPLACE_INTENT);
  setAt(body, path, [...others, { id: intent, type: MARKETPLACE_INTENT }]);
}

/** The portal of one tenant. */
export function createPortal(parts: TenantParts): Portal {
  const { store, stamps, organization, switches, clock, ids } = parts;

  function existing(id: string): JsonObject {
    const found = store.get(id);
    if (found === undefined)
      throw new ApiError(`There is no referral ${id} in the sandbox.`, {
        status: 404,
        code: 'itemNotFound',
        target: 'referral',
        rule: 'notFound',
      });
    return found;
  }

  function put(body: JsonObject, stamp: string, context: WriteContext): JsonObject {
    return structuredClone(store.put(body, stamp, context));
  }

  function toBody(referral: JsonObject): JsonObject {
    const close = new Date(clock.now().getTime() + CLOSE_AHEAD_MS).toISOString();
    const { marketplaceIntent, ...values } = referral;
    const filled = fillReferral(mergeDeep(sampleDeal(`${close.slice(0, 10)}T12:00:00Z`), values));
    for (const key of SERVICE_KEYS) {
      const value = values[key];
      if (value !== undefined) filled[key] = structuredClone(value);
    }
    if (typeof marketplaceIntent === 'string') withMarketplaceIntent(filled, marketplaceIntent);
    return filled;
  }

  function change(id: string, changes: JsonObject, context: WriteContext): JsonObject {
    const before = existing(id);
    const { marketplaceIntent, ...values } = changes;
    const after = mergeDeep(structuredClone(before), structuredClone(values));
    if (typeof marketplaceIntent === 'string') withMarketplaceIntent(after, marketplaceIntent);
    if (context.by === 'portal') {
      if (isClosed(before)) throw illegal('A closed deal cannot be edited.', 'status', 'closed', switches);
      checkTransition(before, after, switches);
      if (valueAt(before, SHARE_CONSENT) === true && valueAt(after, SHARE_CONSENT) !== true)
        throw invalidRequest('A visible deal cannot become private.', SHARE_CONSENT, 'consentOneWay');
    }
    const stamp = stamps.next();
    stampTransition(before, after, stamp);
    return put(after, stamp, context);
  }

  const byPortal = (action: string, user = PORTAL_USER): WriteContext => ({ by: 'portal', action, user });

  return {
    createInbound(options = {}) {
      const { from = MICROSOFT_PARTY, kind = 'deal' } = options;
      const by = from.organizationId === MICROSOFT_PARTY.organizationId ? 'microsoft' : 'partner';
      const filled = toBody({
        qualification: kind === 'marketplaceLead' ? 'Direct' : 'SalesQualified',
        type: kind === 'deal' ? 'Shared' : 'Independent',
        target: [{ type: 'BusinessProfileLocation', id: organization.id }],
        ...(kind === 'deal'
          ? {
              inviteContext: {
                notes: 'Can you help this customer?',
                assistanceRequestCode: 'GeneralOrOther',
              },
            }
          : {}),
        ...(kind === 'marketplaceLead' ? { referralSource: 'AppSource', callToAction: 'ContactMe' } : {}),
        team: [],
        ...options.referral,
      });
      const engagementId = ids.guid();
      const base = { invitedBy: from, engagementId, direction: 'Incoming' } as const;
      if (options.sibling ?? kind === 'deal') {
        const stamp = stamps.next();
        const sibling = addressTo(filled, parts, { ...base, owner: from, stamp, direction: 'Outgoing' });
        store.put({ ...asAccepted(sibling, stamp), externalReferenceId: null }, stamp, {
          by,
          action: 'create',
        });
      }
      const stamp = stamps.next();
      const own = addressTo(filled, parts, { ...base, owner: selfParty(organization), stamp });
      own.mpnId ??= organization.mpnId;
      const invitation = asInvitation(own, stamp);
      if (options.expiresInDays !== undefined)
        invitation.expirationDateTime = shiftStamp(
          stamp,
          BigInt(Math.round(options.expiresInDays * 1e6)) * (DAY_TICKS / 1_000_000n),
        );
      return put(invitation, stamp, { by, action: 'create' });
    },
    createOwn(referral = {}, user) {
      const stamp = stamps.next();
      const party = selfParty(organization);
      const body = addressTo(
        toBody({ target: [{ type: 'SolutionProfile', id: 'SOL-10000-AAA' }], ...referral }),
        parts,
        {
          owner: party,
          invitedBy: party,
          engagementId: ids.guid(),
          stamp,
          direction: switches.directionOfOwn,
        },
      );
      body.mpnId ??= organization.mpnId;
      setAt(body, 'inviteContext/invitedMpnId', body.mpnId);
      return put(asAccepted(body, stamp), stamp, byPortal('create', user));
    },
    edit: (id, changes, user) => change(id, changes, byPortal('edit', user)),
    override: (id, changes) => change(id, changes, { by: 'service', action: 'override' }),
    receive: (id) => change(id, { status: 'New', substatus: 'Received' }, byPortal('receive')),
    accept: (id, changes = {}) =>
      change(id, { ...changes, status: 'Active', substatus: 'Accepted' }, byPortal('accept')),
    decline: (id, reason = 'Customer requirement not met') =>
      change(id, { status: 'Closed', substatus: 'Declined', statusReason: reason }, byPortal('decline')),
    close: (id, outcome, reason) =>
      change(
        id,
        { status: 'Closed', substatus: outcome, ...(reason === undefined ? {} : { statusReason: reason }) },
        byPortal('close'),
      ),
    favorite(id, favorite) {
      const stamp = stamps.next();
      return put({ ...existing(id), favorite }, stamp, byPortal('favorite'));
    },
    reviewRegistration(id, status, reason) {
      if (!REGISTRATION_STATUSES.includes(status))
        throw invalidRequest('There is no such registration status.', 'status', 'invalidEnumValue');
      const body = structuredClone(existing(id));
      const stamp = stamps.next();
      reviewRegistration(body, status, reason ?? null, stamp);
      return put(body, stamp, { by: 'microsoft', action: 'review' });
    },
  };
}
