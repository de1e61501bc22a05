/** What the tenant's operations share. */
import type { SandboxClock } from '../kernel/clock.ts';
import type { IdSource } from './identity.ts';
import { type JsonObject, setAt } from './json.ts';
import { MICROSOFT } from './model.ts';
import { type StampSource, shiftStamp } from './stamps.ts';
import type { ReferralStore } from './store.ts';
import type { PartnerCenterSwitches } from './switches.ts';

export interface Organization {
  readonly id: string;
  readonly name: string;
  /** Partner location. */
  readonly mpnId: string;
}

export interface TenantParts {
  readonly clock: SandboxClock;
  readonly stamps: StampSource;
  readonly ids: IdSource;
  readonly switches: PartnerCenterSwitches;
  readonly store: ReferralStore;
  readonly organization: Organization;
}

export const MICROSOFT_PARTY = { organizationId: MICROSOFT, organizationName: 'Microsoft' } as const;

export interface Party {
  readonly organizationId: string;
  readonly organizationName: string;
}

/** How long an invitation waits for an answer: 14 days, in 100 ns ticks. */
const ANSWER_TICKS = 14n * 86_400n * 10_000_000n;
/** How much earlier than its creation an own deal is accepted, in 100 ns ticks. */
const ACCEPTED_EARLIER_TICKS = 48n;

/** When an invitation made at this stamp expires. */
export function expiryOf(stamp: string): string {
  return shiftStamp(stamp, ANSWER_TICKS);
}

/** Gives a filled body its ids, owner, times and inviter; the state is set by the two functions below. */
export function addressTo(
  filled: JsonObject,
  parts: TenantParts,
  details: { owner: Party; invitedBy: Party; engagementId: string; stamp: string; direction: string },
): JsonObject {
  const { owner, invitedBy, engagementId, stamp, direction } = details;
  const body: JsonObject = {
    ...structuredClone(filled),
    id: parts.ids.guid(),
    engagementId,
    ...owner,
    createdDateTime: stamp,
    direction,
  };
  setAt(body, 'inviteContext/invitedBy', { ...invitedBy });
  return body;
}

/** A deal its owner made itself: at work from the start. */
export function asAccepted(body: JsonObject, stamp: string): JsonObject {
  return {
    ...body,
    status: 'Active',
    substatus: 'Accepted',
    acceptedDateTime: shiftStamp(stamp, -ACCEPTED_EARLIER_TICKS),
  };
}

/** An invitation its owner has to answer. */
export function asInvitation(body: JsonObject, stamp: string): JsonObject {
  return { ...body, status: 'New', substatus: 'Pending', expirationDateTime: expiryOf(stamp) };
}

/** The partner as the inviter of its own deals. */
export function selfParty(organization: Organization): Party {
  return { organizationId: organization.id, organizationName: organization.name };
}
