/** A deal that arrived from Microsoft for a customer with one account in the CRM, and what is decided about it. */
import { decideInbound, type InboundInput } from '../../src/core/decide-inbound.ts';
import { TEXT_LIMITS } from '../../src/core/mapping-write.ts';
import type { Decision } from '../../src/core/plan.ts';
import type { AccountCandidate, Referral } from '../../src/core/ports.ts';
import { mapping, referral, timing } from './builders.ts';

/** The customer's account, as the CRM finds it. */
export const account = (rest: Partial<AccountCandidate> = {}): AccountCandidate => ({
  id: '001',
  name: 'Fabrikam GmbH',
  country: 'Germany',
  postalCode: '45127',
  city: 'Essen',
  duns: null,
  ...rest,
});

/** The deal, new and unanswered. */
export const arrived = (values: Referral['deal'] = {}, rest: Partial<Referral> = {}): Referral =>
  referral(
    { state: 'Received', salesStage: null, ...values },
    { tag: { kind: 'none' }, origin: 'inbound', status: 'New', substatus: 'Pending', ...rest },
  );

export const POLICY: InboundInput['policy'] = { create: true, accounts: 'match', existing: 'leave' };

export function inbound(rest: Partial<InboundInput> = {}): InboundInput {
  return {
    referral: arrived(),
    mapping: mapping(),
    limits: TEXT_LIMITS.salesforce,
    timing: timing(),
    policy: POLICY,
    stateCreatedAt: '2026-11-10T00:00:00.000Z',
    accounts: [account()],
    ...rest,
  };
}

export function decide(rest: Partial<InboundInput> = {}): Decision {
  return decideInbound(inbound(rest));
}
