/** Records to fill a ledger with; every builder takes what matters to the test and invents the rest. */
import { type OpportunityId, type ReferralId, salesforceChecksum } from '../../src/core/ids.ts';
import type { OpportunityRecord, Referral } from '../../src/core/ports.ts';
import type { AttentionItem, HistoryEntry, Intent, Link, RunReport } from '../../src/core/store-port.ts';

export const NOON = '2026-03-01T12:00:00.000Z';

/** The n-th opportunity id. */
export function opportunityId(n: number): OpportunityId {
  const id = `006${String(n).padStart(12, '0')}`;
  return (id + salesforceChecksum(id)) as OpportunityId;
}

/** The n-th referral id. */
export function referralId(n: number): ReferralId {
  return `5e000000-0000-4000-8000-${String(n).padStart(12, '0')}` as ReferralId;
}

export function engagementId(n: number): string {
  return `e6000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** UTC text so many minutes after noon. */
export function minutesLater(minutes: number): string {
  return new Date(Date.parse(NOON) + minutes * 60_000).toISOString();
}

export function opportunity(n: number, overrides: Partial<OpportunityRecord> = {}): OpportunityRecord {
  return {
    id: opportunityId(n),
    version: NOON,
    modifiedAt: NOON,
    createdAt: NOON,
    stageChangedAt: null,
    modifiedByUs: false,
    deleted: false,
    mergedInto: null,
    values: { Name: `Deal ${n}`, Amount: 1200.5, IsShared: true, Description: null },
    customerId: null,
    people: { owner: [{ firstName: 'Ada', lastName: 'Byron', email: 'ada@contoso.example', phone: null }] },
    ...overrides,
  };
}

export function referral(n: number, overrides: Partial<Referral> = {}): Referral {
  return {
    id: referralId(n),
    engagementId: engagementId(n),
    organizationId: null,
    organizationName: null,
    version: `"${n}"`,
    createdAt: NOON,
    updatedAt: NOON,
    expiresAt: null,
    acceptedAt: null,
    closedAt: null,
    tag: { kind: 'none' },
    origin: 'own',
    category: 'deal',
    isMicrosofts: false,
    invitedByOrganizationId: null,
    status: 'Active',
    substatus: 'Accepted',
    type: 'Independent',
    favorite: false,
    registrationStatus: null,
    deal: { name: `Deal ${n}`, amount: '1200.5', notes: null },
    unknown: {},
    malformed: [],
    ...overrides,
  };
}

export function link(n: number, overrides: Partial<Link> = {}): Link {
  return {
    opportunityId: opportunityId(n),
    referralId: referralId(n),
    engagementId: engagementId(n),
    status: 'active',
    baseline: {
      name: { opportunity: `Deal ${n}`, referral: `Deal ${n}`, mapping: 'a1' },
      help: { opportunity: null, referral: null, mapping: 'b2' },
    },
    siblings: [{ id: referralId(n + 500), organizationId: 'msft', state: 'Received' }],
    linkedAt: NOON,
    changedAt: NOON,
    verifiedAt: NOON,
    stageSeen: { value: 'Prospecting', at: NOON },
    written: { Referral_Identifier__c: referralId(n), Audit__c: null },
    ...overrides,
  };
}

export function intent(n: number, overrides: Partial<Intent> = {}): Intent {
  return {
    id: `intent-${n}`,
    kind: 'create-referral',
    opportunityId: opportunityId(n),
    referralId: null,
    engagementId: null,
    since: NOON,
    state: 'planned',
    requestId: `request-${n}`,
    searches: 0,
    ...overrides,
  };
}

export function attention(n: number, overrides: Partial<AttentionItem> = {}): AttentionItem {
  return {
    id: '',
    key: `parked:missing-parts:${opportunityId(n)}`,
    kind: 'parked',
    code: 'missing-parts',
    opportunityId: opportunityId(n),
    referralId: null,
    fields: ['solutions'],
    message: `Opportunity ${opportunityId(n)} names no solution; add one.`,
    values: [],
    since: NOON,
    lastSeenAt: NOON,
    count: 1,
    state: 'open',
    covers: [],
    decisions: {},
    why: null,
    ...overrides,
  };
}

/** A conflict over the amount that a person must decide. */
export function conflict(n: number, overrides: Partial<AttentionItem> = {}): AttentionItem {
  return attention(n, {
    key: `conflict:amount:${opportunityId(n)}`,
    kind: 'conflict',
    code: 'conflict',
    referralId: referralId(n),
    fields: ['amount'],
    message: 'Both sides changed the amount.',
    values: [{ field: 'amount', baseline: '1', opportunity: '2', referral: '3', applied: null }],
    ...overrides,
  });
}

export function historyEntry(n: number, overrides: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    at: NOON,
    runId: 'run-1',
    opportunityId: opportunityId(n),
    referralId: referralId(n),
    field: 'amount',
    who: 'crm',
    to: 'partnerCenter',
    from: '1',
    value: '2',
    rule: 'the CRM changed it',
    requestId: null,
    ...overrides,
  };
}

export function run(n: number, overrides: Partial<RunReport> = {}): RunReport {
  return {
    runId: `run-${n}`,
    connection: 'contoso',
    outcome: 'clean',
    startedAt: NOON,
    finishedAt: NOON,
    read: { opportunities: n, referrals: 0 },
    wrote: {
      opportunitiesCreated: 0,
      opportunitiesUpdated: 0,
      referralsCreated: 0,
      referralsUpdated: 0,
      invitations: 0,
    },
    linked: 0,
    unchanged: 0,
    attention: { conflicts: 0, parked: 0, approvals: 0, notices: 0 },
    requests: { crm: 0, partnerCenter: 0, graph: 0, retries: 0 },
    stopped: null,
    ...overrides,
  };
}
