/** Small complete records for tests of the core: override what the test is about. */
import type { Deal } from '../../src/core/deal.ts';
import { parseFilter } from '../../src/core/filter.ts';
import {
  type OpportunityId,
  parseOpportunityId,
  parseReferralId,
  type ReferralId,
} from '../../src/core/ids.ts';
import type { FieldMapping, Mapping } from '../../src/core/mapping-types.ts';
import type { CrmValue, OpportunityRecord, Referral } from '../../src/core/ports.ts';
import type { Link } from '../../src/core/store-port.ts';
import { type Timing, timingAt } from '../../src/core/timing.ts';

export function opportunityId(text: string): OpportunityId {
  const id = parseOpportunityId(text);
  if (id === null) throw new TypeError(`${text} is not an opportunity id`);
  return id;
}

export function referralId(text: string): ReferralId {
  const id = parseReferralId(text);
  if (id === null) throw new TypeError(`${text} is not a referral id`);
  return id;
}

export const OPPORTUNITY = opportunityId('0065500000KQ12X');
export const OTHER_OPPORTUNITY = opportunityId('0065500000KQ12Y');
export const REFERRAL = referralId('11111111-0000-4000-8000-000000000001');
export const OTHER_REFERRAL = referralId('11111111-0000-4000-8000-000000000002');
export const NOW = '2026-11-20T12:00:00.000Z';
export const SOLUTION = 'SOL-10001-AAA';
export const SELLER = {
  firstName: 'Kim',
  lastName: 'Seller',
  email: 'kim@partner.example',
  phone: '+14155550123',
};

export const field = (
  name: FieldMapping['field'],
  crm: string,
  rest: Partial<FieldMapping> = {},
): FieldMapping => ({
  field: name,
  crm,
  sync: 'both',
  conflict: 'ask',
  default: null,
  map: null,
  strict: false,
  ...rest,
});

export function mapping(overrides: Partial<Mapping> = {}): Mapping {
  return {
    include: parseFilter('Sync_with_Partner_Center__c = true'),
    includeText: 'Sync_with_Partner_Center__c = true',
    tag: {
      referralId: 'Referral_Identifier__c',
      referralLink: 'Referral_Link__c',
      status: 'Referral_Status__c',
      audit: 'Audit__c',
    },
    fields: [
      field('name', 'Name', { sync: 'toPartnerCenter' }),
      field('amount', 'Amount'),
      field('currency', 'CurrencyIsoCode', { default: 'USD' }),
      field('closeDate', 'CloseDate'),
      field('notes', 'Description'),
      field('help', 'How_can_Microsoft_help__c', { sync: 'toPartnerCenter' }),
      field('visibleToMicrosoft', 'Visible_to_Microsoft__c', { sync: 'toPartnerCenter' }),
      field('consentToShareContact', 'Customer_Consent__c', { sync: 'toPartnerCenter' }),
    ],
    customer: {
      name: 'Account.Name',
      country: 'Account.BillingCountry',
      postalCode: 'Account.BillingPostalCode',
      duns: 'Account.DunsNumber',
    },
    contacts: [{ source: 'contactRoles' }],
    team: { from: [{ source: 'owner' }], fallback: null },
    solutions: { from: [{ path: 'Product__c' }], catalogue: { 'GTX Pro': SOLUTION }, default: null },
    stageField: 'StageName',
    stages: [
      { crm: 'Co-sell Received', deal: 'Received', salesStage: null, reason: null },
      { crm: 'Prospecting', deal: 'Accepted', salesStage: 'Qualify', reason: null },
      { crm: 'Proposal/Price Quote', deal: 'Accepted', salesStage: 'Propose', reason: null },
      { crm: 'Closed Won', deal: 'Won', salesStage: null, reason: null },
      { crm: 'Closed Lost', deal: 'Lost', salesStage: null, reason: 'Loss_Reason__c' },
      { crm: 'Declined', deal: 'Declined', salesStage: null, reason: 'Decline_Reason__c' },
    ],
    ...overrides,
  };
}

export function opportunity(
  values: Readonly<Record<string, CrmValue>> = {},
  overrides: Partial<OpportunityRecord> = {},
): OpportunityRecord {
  return {
    id: OPPORTUNITY,
    version: '2026-11-20T11:00:00.000Z',
    modifiedAt: '2026-11-20T11:00:00.000Z',
    createdAt: '2026-11-01T09:00:00.000Z',
    stageChangedAt: '2026-11-20T11:00:00.000Z',
    modifiedByUs: false,
    deleted: false,
    mergedInto: null,
    values: {
      Name: 'Fabrikam renewal',
      Amount: 84_000,
      CloseDate: '2026-12-31',
      Description: 'Renewal with added scope.',
      StageName: 'Prospecting',
      Sync_with_Partner_Center__c: true,
      Referral_Identifier__c: null,
      How_can_Microsoft_help__c: null,
      Visible_to_Microsoft__c: false,
      Customer_Consent__c: false,
      'Account.Name': 'Fabrikam GmbH',
      'Account.BillingCountry': 'Germany',
      'Account.BillingPostalCode': '45127',
      'Account.DunsNumber': null,
      Product__c: 'GTX Pro',
      Loss_Reason__c: null,
      Decline_Reason__c: null,
      ...values,
    },
    customerId: '0015500000AAAAA',
    people: { owner: [SELLER], contactRoles: [] },
    ...overrides,
  };
}

/** A deal as Partner Center would hold the opportunity above. */
export function referralDeal(values: Deal = {}): Deal {
  return {
    name: 'Fabrikam renewal',
    amount: '84000',
    currency: 'USD',
    closeDate: '2026-12-31',
    notes: 'Renewal with added scope.',
    customer: {
      name: 'Fabrikam GmbH',
      address: { line1: null, line2: null, city: null, state: null, postalCode: '45127', country: 'DE' },
      duns: null,
      size: null,
    },
    contacts: [],
    team: [SELLER],
    solutions: [{ id: SOLUTION, name: 'GTX Pro' }],
    state: 'Accepted',
    salesStage: 'Qualify',
    reason: null,
    help: null,
    visibleToMicrosoft: false,
    consentToShareContact: false,
    microsoftCrmId: null,
    ...values,
  };
}

export function referral(values: Deal = {}, overrides: Partial<Referral> = {}): Referral {
  return {
    id: REFERRAL,
    engagementId: '22222222-0000-4000-8000-000000000001',
    organizationId: '33333333-0000-4000-8000-000000000001',
    organizationName: 'Partner One',
    version: '"84001c9d-0000-0100-0000-6225a63e0000"',
    createdAt: '2026-11-01T10:00:00.1234567Z',
    updatedAt: '2026-11-19T10:00:00.1234567Z',
    expiresAt: null,
    acceptedAt: null,
    closedAt: null,
    tag: { kind: 'opportunity', id: OPPORTUNITY },
    origin: 'own',
    category: 'deal',
    isMicrosofts: false,
    invitedByOrganizationId: '33333333-0000-4000-8000-000000000001',
    status: 'Active',
    substatus: 'Accepted',
    type: 'Independent',
    favorite: false,
    registrationStatus: null,
    deal: referralDeal(values),
    unknown: {},
    malformed: [],
    ...overrides,
  };
}

export const hashOf = (name: string): string => `hash-${name}`;

/** A link whose baseline says that both sides agreed on these two deals. */
export function link(
  agreed: { readonly opportunity: Deal; readonly referral: Deal } | null = null,
  overrides: Partial<Link> = {},
): Link {
  const names =
    agreed === null
      ? []
      : (Object.keys(agreed.referral) as (keyof Deal)[]).filter((name) =>
          Object.hasOwn(agreed.opportunity, name),
        );
  return {
    opportunityId: OPPORTUNITY,
    referralId: REFERRAL,
    engagementId: '22222222-0000-4000-8000-000000000001',
    status: 'active',
    baseline: Object.fromEntries(
      names.map((name) => [
        name,
        { opportunity: agreed?.opportunity[name], referral: agreed?.referral[name], mapping: hashOf(name) },
      ]),
    ),
    siblings: [],
    linkedAt: '2026-11-01T10:00:00.000Z',
    changedAt: '2026-11-01T10:00:00.000Z',
    verifiedAt: '2026-11-01T10:00:00.000Z',
    stageSeen: null,
    written: {},
    ...overrides,
  };
}

export function timing(
  overrides: {
    readonly settleSeconds?: number;
    readonly closeHoldMinutes?: number;
    readonly now?: string;
  } = {},
): Timing {
  const now = overrides.now ?? NOW;
  return timingAt(now, now.slice(0, 10), {
    settleSeconds: overrides.settleSeconds ?? 60,
    closeHoldMinutes: overrides.closeHoldMinutes ?? 15,
  });
}
