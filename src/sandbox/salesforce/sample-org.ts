/**
 * A sample org: a few hundred opportunities as a partner might have them, the same for the same seed and clock, with a
 * realistic minority that lacks something. Everything lies before the sandbox's now.
 */

import { HELP_LABELS } from './connector-fields.ts';
import { findStage } from './opportunity-rules.ts';
import type { SalesforceOrg } from './org.ts';
import { createRandom, type Random } from './random.ts';
import { createAccounts, createProducts, createUsers } from './sample-cast.ts';
import { CAMPAIGNS, DEALS, PRODUCTS, STAGE_SHARES } from './sample-data.ts';
import { DEFAULT_STAGES } from './stages.ts';
import { toStamp, type Values } from './values.ts';

export interface SampleOptions {
  /** Other seeds give other orgs; default 1. */
  readonly seed?: number;
  /** Default 300. */
  readonly opportunities?: number;
}

/** What a sample opportunity lacks. */
export type Defect =
  | 'noAccount'
  | 'noAmount'
  | 'misspeltCountry'
  | 'ownerWithoutPhone'
  | 'unknownProduct'
  | 'pastCloseDate';

export interface SampleOrg {
  readonly accounts: readonly string[];
  readonly users: readonly string[];
  readonly opportunities: readonly string[];
  /** Those marked for synchronization. */
  readonly flagged: readonly string[];
  readonly defects: ReadonlyMap<string, Defect>;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Out of a hundred open opportunities, so many have each defect. */
const DEFECT_PERCENT = 3;
const DEFECTS: readonly Defect[] = [
  'noAccount',
  'noAmount',
  'misspeltCountry',
  'ownerWithoutPhone',
  'unknownProduct',
  'pastCloseDate',
];

interface Cast {
  readonly accounts: readonly string[];
  /** Contacts of each account. */
  readonly contacts: ReadonlyMap<string, readonly string[]>;
  readonly misspeltAccount: string;
  readonly sellers: readonly string[];
  readonly phonelessSeller: string;
  readonly campaigns: readonly string[];
}

/** Fills an org. */
export function createSampleOrg(
  org: SalesforceOrg,
  { seed = 1, opportunities: count = 300 }: SampleOptions = {},
): SampleOrg {
  const random = createRandom(seed);
  const nowMs = org.parts.clock.now().getTime();
  for (const stage of DEFAULT_STAGES) if (findStage(org.parts, stage.name) === null) org.addStage(stage);
  const started = toStamp(nowMs - 400 * DAY_MS);
  const users = createUsers(org, random, started);
  const { accounts, contacts } = createAccounts(org, random, users, started);
  createProducts(org, started);
  const campaigns = CAMPAIGNS.map((name) =>
    org.load('Campaign', {
      Name: name,
      Type: 'Partners',
      Status: 'In Progress',
      IsActive: true,
      SystemModstamp: started,
    }),
  );
  const cast: Cast = {
    accounts: accounts.slice(0, -1),
    contacts,
    misspeltAccount: accounts.at(-1) ?? '',
    sellers: users.slice(0, -1),
    phonelessSeller: users.at(-1) ?? '',
    campaigns,
  };
  const defects = new Map<string, Defect>();
  const flagged: string[] = [];
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { id, defect, isFlagged } = createOpportunity(org, random, cast, nowMs, index);
    ids.push(id);
    if (defect !== null) defects.set(id, defect);
    if (isFlagged) flagged.push(id);
  }
  return { accounts, users, opportunities: ids, flagged, defects };
}

function pickStage(random: Random): string {
  let roll = random.below(100);
  for (const { stage, share } of STAGE_SHARES) {
    roll -= share;
    if (roll < 0) return stage;
  }
  return 'Prospecting';
}

interface Created {
  readonly id: string;
  readonly defect: Defect | null;
  readonly isFlagged: boolean;
}

function createOpportunity(
  org: SalesforceOrg,
  random: Random,
  cast: Cast,
  nowMs: number,
  index: number,
): Created {
  const stage = pickStage(random);
  const isClosed = stage.startsWith('Closed');
  const defect = isClosed ? null : (DEFECTS[Math.floor(random.below(100) / DEFECT_PERCENT)] ?? null);
  const isFlagged = !isClosed && random.below(3) < 2;
  const createdMs = nowMs - (2 + random.below(360)) * DAY_MS - random.below(10) * HOUR_MS;
  const modifiedMs = createdMs + random.below(Math.floor((nowMs - HOUR_MS - createdMs) / 1000)) * 1000;
  const closesMs =
    isClosed || defect === 'pastCloseDate'
      ? Math.min(modifiedMs, nowMs - 3 * DAY_MS)
      : nowMs + (10 + random.below(200)) * DAY_MS;
  const product = random.pick(PRODUCTS);
  const accountId = defect === 'misspeltCountry' ? cast.misspeltAccount : random.pick(cast.accounts);
  const account = org.find('Account', accountId);
  const ownerId = defect === 'ownerWithoutPhone' ? cast.phonelessSeller : random.pick(cast.sellers);
  const quantity = 1 + random.below(20);
  const contacts = cast.contacts.get(accountId) ?? [];
  const wantsHelp = isFlagged && random.below(3) === 0;
  const values: Values = {
    Name: `${defect === 'noAccount' ? 'Walk-in' : String(account?.Name)} - ${random.pick(DEALS)} ${index + 1}`,
    AccountId: defect === 'noAccount' ? null : accountId,
    StageName: stage,
    Amount:
      defect === 'noAmount' ? null : Math.round(product.price * quantity * (90 + random.below(11))) / 100,
    CloseDate: new Date(closesMs).toISOString().slice(0, 10),
    Type: random.below(3) === 0 ? 'New Customer' : 'Existing Customer - Upgrade',
    LeadSource: 'Partner Referral',
    Description: random.below(2) === 0 ? `Interested in ${quantity} × ${product.name}.` : null,
    OwnerId: ownerId,
    CampaignId: random.below(4) === 0 ? random.pick(cast.campaigns) : null,
    Product__c: defect === 'unknownProduct' ? 'GTXPro' : product.name,
    Legacy_Id__c: `OPP-${String(index + 1).padStart(5, '0')}`,
    Sync_with_Partner_Center__c: isFlagged,
    How_can_Microsoft_help__c: wantsHelp ? random.pick(HELP_LABELS) : null,
    Visible_to_Microsoft__c: wantsHelp,
    Customer_Consent__c: wantsHelp,
    Loss_Reason__c: stage === 'Closed Lost' ? random.pick(['Price', 'Competitor', 'No decision']) : null,
    CreatedDate: toStamp(createdMs),
    CreatedById: ownerId,
    LastModifiedDate: toStamp(modifiedMs),
    LastModifiedById: ownerId,
    SystemModstamp: toStamp(modifiedMs),
    LastStageChangeDate: toStamp(createdMs + Math.floor((modifiedMs - createdMs) / 2)),
    ContactId: contacts[0] ?? null,
  };
  const id = org.load('Opportunity', values);
  loadChildren(org, random, id, { contacts, cast, ownerId, stamp: toStamp(modifiedMs) });
  return { id, defect, isFlagged };
}

interface ChildRows {
  readonly contacts: readonly string[];
  readonly cast: Cast;
  readonly ownerId: string;
  readonly stamp: string;
}

function loadChildren(
  org: SalesforceOrg,
  random: Random,
  OpportunityId: string,
  { contacts, cast, ownerId, stamp: SystemModstamp }: ChildRows,
): void {
  contacts.forEach((ContactId, index) => {
    const Role = index === 0 ? 'Decision Maker' : 'Evaluator';
    org.load('OpportunityContactRole', {
      OpportunityId,
      ContactId,
      Role,
      IsPrimary: index === 0,
      SystemModstamp,
    });
  });
  const colleague = random.pick(cast.sellers);
  if (!org.switches.teamSelling || colleague === ownerId || random.below(2) === 0) return;
  org.load('OpportunityTeamMember', {
    OpportunityId,
    UserId: colleague,
    Name: org.find('User', colleague)?.Name ?? null,
    TeamMemberRole: 'Sales Rep',
    SystemModstamp,
  });
}
