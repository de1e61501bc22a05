/** A pair that agrees, and what is decided about it once a test has changed one thing. */
import type { Deal } from '../../src/core/deal.ts';
import { decideLinked } from '../../src/core/decide-linked.ts';
import type { LinkedInput } from '../../src/core/linked-input.ts';
import { toDeal } from '../../src/core/mapping.ts';
import { TEXT_LIMITS } from '../../src/core/mapping-write.ts';
import type { Decision } from '../../src/core/plan.ts';
import type { CrmValue, OpportunityRecord, Referral } from '../../src/core/ports.ts';
import { hashOf, link, mapping, opportunity, referral, referralDeal, timing } from './builders.ts';

export interface LinkedCase {
  readonly values?: Readonly<Record<string, CrmValue>>;
  readonly record?: Partial<OpportunityRecord>;
  readonly deal?: Deal;
  readonly referral?: Partial<Referral>;
  readonly input?: Partial<LinkedInput>;
}

/** What both sides agreed on. */
export const agreed = { opportunity: toDeal(opportunity(), mapping()).deal, referral: referralDeal() };

/** Decides on the pair; nothing settles and no close is held unless the test says so. */
export function decide({ values, record, deal, referral: overrides, input }: LinkedCase): Decision {
  const here = opportunity(values, record);
  return decideLinked({
    link: link(agreed),
    opportunity: here,
    mapped: toDeal(here, input?.mapping ?? mapping()),
    referral: referral(deal, overrides),
    mapping: mapping(),
    hashOf,
    limits: TEXT_LIMITS.salesforce,
    timing: timing({ settleSeconds: 0, closeHoldMinutes: 0 }),
    pastCloseDate: 'park',
    decisions: {},
    ...input,
  });
}

/** A deal that Microsoft sent and that nobody has answered. */
export const received = {
  deal: { state: 'Received', salesStage: null } as Deal,
  referral: { status: 'New', substatus: 'Pending', origin: 'inbound' } as Partial<Referral>,
};

/** The link of such a deal. */
export const receivedLink = link({
  opportunity: { ...agreed.opportunity, state: 'Received', salesStage: null },
  referral: { ...agreed.referral, state: 'Received', salesStage: null },
});
