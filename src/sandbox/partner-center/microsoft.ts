/** Microsoft's side: answers to invitations, and what the service does by itself when time passes. */
import { ApiError } from './api-error.ts';
import { type JsonObject, listAt, setAt, textAt } from './json.ts';
import { fillMember, MICROSOFT } from './model.ts';
import type { TenantParts } from './parts.ts';
import { stampTransition } from './patch.ts';
import { MICROSOFT_SELLER } from './samples.ts';
import { stampMs, toStamp } from './stamps.ts';
import type { WriteContext } from './store.ts';

/**
 * - `receive`: New/Received, seen but not decided
 * - `accept`: Active/Accepted, with a CRM id and a seller
 * - `engaged`: Active/Engaged, with the same
 * - `decline`: Closed/Declined with a reason
 * - `won`, `lost`: Microsoft closes its own side after having accepted
 */
export const MICROSOFT_ANSWERS = ['receive', 'accept', 'engaged', 'decline', 'won', 'lost'] as const;
export type MicrosoftAnswer = (typeof MICROSOFT_ANSWERS)[number];

const STATE_BY_ANSWER: Readonly<Record<MicrosoftAnswer, { status: string; substatus: string }>> = {
  receive: { status: 'New', substatus: 'Received' },
  accept: { status: 'Active', substatus: 'Accepted' },
  engaged: { status: 'Active', substatus: 'Engaged' },
  decline: { status: 'Closed', substatus: 'Declined' },
  won: { status: 'Closed', substatus: 'Won' },
  lost: { status: 'Closed', substatus: 'Lost' },
};
const DEFAULT_REASON = 'No Microsoft seller manages this customer';

export interface AnswerOptions {
  readonly reason?: string;
  /** Microsoft's CRM id; made up when absent. */
  readonly msxId?: string;
}

export interface Microsoft {
  /** An invitation was made: an automatic answer is scheduled if the switches say so. */
  invited(engagementId: string): void;
  /** @throws ApiError when the engagement has no open referral of Microsoft's. */
  answer(engagementId: string, answer: MicrosoftAnswer, options?: AnswerOptions): JsonObject;
  /** Does what is due: expires what was not answered in time, gives automatic answers. */
  settle(): void;
}

/** Microsoft, for one tenant. */
export function createMicrosoft(parts: TenantParts): Microsoft {
  const { store, switches, stamps, clock } = parts;
  let due: { readonly engagementId: string; readonly atMs: number; readonly answer: MicrosoftAnswer }[] = [];

  function addTeam(body: JsonObject): void {
    body.team = [...listAt(body, 'team'), fillMember(MICROSOFT_SELLER)];
  }

  function share(own: JsonObject, msxId: string, context: WriteContext): void {
    const body = structuredClone(own);
    if (switches.msxIdOn !== 'sibling') setAt(body, 'trackingInfo/microsoftMsxId', msxId);
    if (switches.microsoftTeamOn !== 'sibling') addTeam(body);
    store.put(body, stamps.next(), context);
  }

  function answer(engagementId: string, decision: MicrosoftAnswer, options: AnswerOptions = {}): JsonObject {
    const members = store.engagement(engagementId);
    const sibling = members.findLast(
      (referral) => referral.organizationId === MICROSOFT && referral.status !== 'Closed',
    );
    if (sibling === undefined)
      throw new ApiError('The engagement has no open invitation to Microsoft.', {
        status: 404,
        code: 'itemNotFound',
        target: 'engagementId',
        rule: 'notInvited',
      });
    const context = { by: 'microsoft', action: decision } as const;
    const body: JsonObject = { ...structuredClone(sibling), ...STATE_BY_ANSWER[decision] };
    if (decision === 'decline' || decision === 'lost') body.statusReason = options.reason ?? DEFAULT_REASON;
    const stamp = stamps.next();
    stampTransition(sibling, body, stamp);
    if (decision !== 'accept' && decision !== 'engaged') return store.put(body, stamp, context);
    const msxId = options.msxId ?? parts.ids.msxId();
    if (switches.msxIdOn !== 'own') setAt(body, 'trackingInfo/microsoftMsxId', msxId);
    if (switches.microsoftTeamOn !== 'own') addTeam(body);
    const stored = store.put(body, stamp, context);
    const own = members.find((referral) => referral.organizationId === parts.organization.id);
    if (own !== undefined && (switches.msxIdOn !== 'sibling' || switches.microsoftTeamOn !== 'sibling'))
      share(own, msxId, context);
    return stored;
  }

  function expire(referral: JsonObject): void {
    const stamp = stamps.next();
    const body: JsonObject = { ...structuredClone(referral), status: 'Closed', substatus: 'Expired' };
    body.closedDateTime = stamp;
    // Whoever did not answer loses sight of the customer's people.
    setAt(body, 'customerProfile/team', []);
    store.put(body, stamp, { by: 'service', action: 'expire' });
  }

  return {
    invited(engagementId) {
      if (switches.answer === 'silence') return;
      due.push({
        engagementId,
        atMs: clock.now().getTime() + switches.answerAfterMs,
        answer: switches.answer,
      });
    },
    answer,
    settle() {
      const nowMs = clock.now().getTime();
      const ready = due.filter(({ atMs }) => atMs <= nowMs);
      due = due.filter(({ atMs }) => atMs > nowMs);
      for (const { engagementId, answer: decision } of ready) {
        const isOpen = store
          .engagement(engagementId)
          .some((referral) => referral.organizationId === MICROSOFT && referral.status !== 'Closed');
        if (isOpen) answer(engagementId, decision);
      }
      for (const referral of store.unanswered()) {
        const expires = toStamp(textAt(referral, 'expirationDateTime') ?? '');
        if (expires !== null && stampMs(expires) <= nowMs) expire(referral);
      }
    },
  };
}
