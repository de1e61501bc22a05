/** The two servers of a history, as people of the partner see them: records, edits, and what both sides say of a deal. */
import { loadMapping } from '../../../src/config/mapping.ts';
import type { Mapping } from '../../../src/core/mapping-types.ts';
import type { JsonObject } from '../../../src/sandbox/partner-center/index.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { type CrmDesk, type CrmKind, createDesk } from '../../support/crm-desk/index.ts';
import type { Circumstances } from './scenario.ts';

export const FIELDS = ['notes', 'amount', 'closeDate'] as const;
export type Field = (typeof FIELDS)[number];
export type Scalar = string | number | null;
export type DealState = 'Received' | 'Accepted' | 'Won' | 'Lost' | 'Declined' | 'Expired' | 'Error';

/** A deal's values, alike on both sides. */
export interface Seen {
  readonly notes: Scalar;
  readonly amount: Scalar;
  readonly closeDate: Scalar;
  readonly state: DealState;
}

export interface Place {
  readonly sandbox: Sandbox;
  readonly desk: CrmDesk;
  readonly mapping: Mapping;
  readonly sellerId: string;
  /** A new opportunity that is to be shared; complete. @returns its id */
  share(): string;
  /** Every opportunity, and every referral of our own, in order of creation. */
  opportunities(): readonly string[];
  referrals(): readonly JsonObject[];
  isShared(opportunityId: string): boolean;
  /** Whether its seller wants the deal registered. */
  toRegister(opportunityId: string): boolean;
  /** The state of its registration, as the CRM shows it; null: none. */
  registrationAtCrm(opportunityId: string): string | null;
  atCrm(opportunityId: string): Seen;
  atPartner(referral: JsonObject): Seen;
  /** The tags that the records carry of each other; empty text: none. */
  referralOf(opportunityId: string): string;
  opportunityOf(referral: JsonObject): string;
}

const START = new Date('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const COLUMNS = { notes: 'Description', amount: 'Amount', closeDate: 'CloseDate' } as const;
const FILES: Readonly<Record<CrmKind, string>> = {
  salesforce: 'mapping.sandbox.yaml',
  dynamics: 'mapping.sandbox-dynamics.yaml',
};
const loaded = new Map<CrmKind, Promise<Mapping>>();

/** The mapping that is shipped for the sandbox, read once. */
export function mappingFor(kind: CrmKind): Promise<Mapping> {
  const known =
    loaded.get(kind) ?? loadMapping(new URL(`../../../config/${FILES[kind]}`, import.meta.url).pathname);
  loaded.set(kind, known);
  return known;
}

/** The mapping of a partner that registers its won deals, with the column that the sandbox lacks. */
function withRegistration(mapping: Mapping, desk: CrmDesk): Mapping {
  desk.addColumn('Opportunity', 'Contract_End__c', 'date');
  const column = (name: string) => ({ crm: desk.pathOf(name), default: null });
  return {
    ...mapping,
    registration: {
      wanted: desk.pathOf('Register_Deal__c'),
      status: desk.pathOf('Registration_Status__c'),
      values: {
        contractValue: column('Amount'),
        signDate: column('Contract_Signed__c'),
        startDate: column('Contract_Start__c'),
        endDate: column('Contract_End__c'),
        term: { crm: null, default: 'Finite' },
        deployedOnAzure: column('Deployed_on_Azure__c'),
        primaryDeploymentOn: { crm: null, default: 'Customer' },
        pricingModel: { crm: null, default: 'Other' },
      },
      eligibleSolutions: Object.values(mapping.solutions.catalogue),
    },
  };
}

export function columnOf(field: Field): string {
  return COLUMNS[field];
}

function scalar(value: unknown, field: Field): Scalar {
  if (value === null || value === undefined || value === '') return null;
  if (field === 'amount') return Number(value);
  return field === 'closeDate' ? String(value).slice(0, 10) : String(value);
}

const STATE_OF_STAGE: Readonly<Record<string, DealState>> = {
  'Co-sell Received': 'Received',
  'Closed Won': 'Won',
  'Closed Lost': 'Lost',
  Declined: 'Declined',
};

function stateOf({ status, substatus }: JsonObject): DealState {
  if (status === 'New') return 'Received';
  if (status === 'Active') return 'Accepted';
  return String(substatus) as DealState;
}

/** Opens both servers with one account, one contact and one seller, all complete. */
export async function openPlace(circumstances: Circumstances): Promise<Place> {
  const { crm: kind, pageSize, shared, received, registers } = circumstances;
  const sandbox = await startSandbox({
    frozenAt: START,
    ...(kind === 'dynamics' ? { dynamics: {} } : {}),
  });
  const desk = createDesk(kind, sandbox);
  const { partnerCenter, salesforce, dynamics } = sandbox;
  if (pageSize !== null) {
    partnerCenter.switches.pageSize = pageSize;
    salesforce.switches.pageShrink = pageSize;
    if (dynamics !== null) dynamics.switches.maxPageSize = pageSize;
  }
  // Deals arrive in euros. An environment without them brings none in; an org of one currency keeps its own.
  if (dynamics !== null) desk.addCurrency('EUR');
  const sellerId = desk.add('User', {
    FirstName: 'Kim',
    LastName: 'Seller',
    Email: 'kim@partner.example',
    Username: 'kim@partner.example',
    Phone: '+1 415 555 0123',
    IsActive: true,
  });
  const accountId = desk.add(
    'Account',
    {
      Name: 'Fabrikam GmbH',
      BillingStreet: 'Musterweg 5',
      BillingCity: 'Essen',
      BillingState: 'NW',
      BillingPostalCode: '45127',
      BillingCountry: 'Germany',
    },
    sellerId,
  );
  let deals = 0;
  const place: Place = {
    sandbox,
    desk,
    mapping: registers ? withRegistration(await mappingFor(kind), desk) : await mappingFor(kind),
    sellerId,
    share() {
      deals += 1;
      return desk.add(
        'Opportunity',
        {
          Name: `Deal ${deals}`,
          AccountId: accountId,
          StageName: 'Prospecting',
          CloseDate: '2027-02-15',
          Amount: 30_000 + deals,
          Description: `Scope of deal ${deals}.`,
          Product__c: 'GTX Pro',
          Sync_with_Partner_Center__c: true,
        },
        sellerId,
      );
    },
    opportunities: () => desk.find('Opportunity', {}),
    referrals: () =>
      partnerCenter
        .referrals()
        .filter(({ organizationId }) => organizationId === partnerCenter.organization.id),
    isShared: (id) => desk.row('Opportunity', id)?.Sync_with_Partner_Center__c === true,
    toRegister: (id) => desk.row('Opportunity', id)?.Register_Deal__c === true,
    registrationAtCrm: (id) =>
      scalar(desk.row('Opportunity', id)?.Registration_Status__c, 'notes') as string | null,
    atCrm(id) {
      const row = desk.row('Opportunity', id) ?? {};
      const [notes, amount, closeDate] = FIELDS.map((field) => scalar(row[COLUMNS[field]], field));
      const state = STATE_OF_STAGE[String(row.StageName)] ?? 'Accepted';
      return { notes: notes ?? null, amount: amount ?? null, closeDate: closeDate ?? null, state };
    },
    atPartner(referral) {
      const { details } = referral;
      const at = typeof details === 'object' && details !== null && !Array.isArray(details) ? details : {};
      return {
        notes: scalar(at.notes, 'notes'),
        amount: scalar(at.dealValue, 'amount'),
        closeDate: scalar(at.closingDateTime, 'closeDate'),
        state: stateOf(referral),
      };
    },
    referralOf: (id) => String(desk.row('Opportunity', id)?.Referral_Identifier__c ?? ''),
    opportunityOf: ({ externalReferenceId }) => String(externalReferenceId ?? ''),
  };
  for (let left = shared; left > 0; left -= 1) place.share();
  for (let left = received; left > 0; left -= 1) partnerCenter.createInbound();
  // Older than what the feeds read again in any case: what is passed over now would be passed over for good.
  sandbox.clock.advance(HOUR_MS);
  return place;
}

/** What the daemon wrote into the CRM, as the server noted it. */
export interface CrmWrite {
  readonly isOpportunity: boolean;
  readonly id: string;
  readonly operation: string;
}

/** Every write that the CRM accepted from the daemon, oldest first. */
export function crmWrites({ salesforce, dynamics }: Sandbox): readonly CrmWrite[] {
  if (dynamics !== null)
    return dynamics.writeLog
      .filter(({ origin }) => origin === 'api')
      .map(({ table, id, operation }) => ({ isOpportunity: table === 'opportunity', id, operation }));
  return salesforce.writeLog
    .filter(({ origin }) => origin === 'api')
    .map(({ object, id, operation }) => ({ isOpportunity: object === 'Opportunity', id, operation }));
}
