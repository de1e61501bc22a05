import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMapping } from '../../src/config/mapping.ts';
import { fieldHash } from '../../src/config/selection.ts';
import type { Policy } from '../../src/core/config-types.ts';
import { sameValue } from '../../src/core/lenses/equality.ts';
import { toDeal } from '../../src/core/mapping.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type { Ledger, RunReport } from '../../src/core/store-port.ts';
import type { EngineDependencies } from '../../src/engine/dependencies.ts';
import { performRun } from '../../src/engine/run.ts';
import type { JsonObject } from '../../src/sandbox/partner-center/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { openLedger } from '../../src/store/index.ts';
import { connectSandbox, quietLogger } from '../support/sandbox-remotes.ts';
import { memoryCursors } from '../support/world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEKS = 52;
const SHARED_EACH_WEEK = 5;
const OPEN_STAGES = ['Prospecting', 'Qualification', 'Proposal/Price Quote', 'Negotiation/Review'] as const;
const PRODUCTS = ['GTX Basic', 'GTX Pro', 'GTX Plus Basic', 'MG Special', 'MG Advanced'] as const;

const POLICY: Policy = {
  settleSeconds: 60,
  closeHoldMinutes: 15,
  maxWritesPerRun: 500,
  maxClosesPerRun: 50,
  createGraceMinutes: 15,
  pastCloseDate: 'send',
  inbound: { create: true, accounts: 'create', existing: 'leave' },
  approvals: [],
  runMinutes: 55,
};

/** A small seeded generator: the same year every time. */
function createDice(seed: number): {
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  upTo(n: number): number;
} {
  let state = seed;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return {
    chance: (share) => next() < share,
    upTo: (n) => 1 + Math.floor(next() * n),
    pick<T>(list: readonly T[]): T {
      const found = list[Math.floor(next() * list.length)];
      if (found === undefined) throw new RangeError('There is nothing to pick from.');
      return found;
    },
  };
}

/** A partner with one account, one seller and a contact, and the daemon's engine on real adapters. */
async function openPartner() {
  const sandbox = await startSandbox({ frozenAt: new Date('2026-01-05T08:00:00Z') });
  const mapping = await loadMapping('config/mapping.sandbox.yaml');
  const org = sandbox.salesforce;
  const admin = org.as(org.adminUserId);
  const sellerId = admin.create('User', {
    FirstName: 'Kim',
    LastName: 'Seller',
    Email: 'kim@partner.example',
    Username: 'kim@partner.example',
    Phone: '+1 415 555 0123',
    IsActive: true,
  });
  const seller = org.as(sellerId);
  const accountId = seller.create('Account', {
    Name: 'Fabrikam GmbH',
    BillingStreet: 'Musterweg 5',
    BillingCity: 'Essen',
    BillingPostalCode: '45127',
    BillingCountry: 'Germany',
  });
  const contactId = seller.create('Contact', {
    FirstName: 'Mia',
    LastName: 'Kunde',
    Email: 'mia@fabrikam.example',
    Phone: '+49 201 12345',
    AccountId: accountId,
  });
  const remotes = connectSandbox(sandbox, mapping);
  const clock = (): Date => sandbox.clock.now();
  const ledger = openLedger({ memory: true, connection: 'contoso', now: clock });
  const dependencies: EngineDependencies = {
    connection: 'contoso',
    crm: remotes.crm,
    partnerCenter: remotes.partnerCenter,
    ledger,
    cursors: memoryCursors(),
    mapping,
    hashOf: (field) => fieldHash(mapping, field),
    policy: POLICY,
    timeZone: 'UTC',
    now: clock,
    newId: () => crypto.randomUUID(),
    requests: () => ({
      crm: remotes.counters.crm.requests,
      partnerCenter: remotes.counters.partnerCenter.requests,
      graph: 0,
      retries: 0,
    }),
    logger: quietLogger,
    progress: () => {},
  };
  const run = (): Promise<RunReport> =>
    performRun(dependencies, {
      full: false,
      stop: new AbortController().signal,
      signal: new AbortController().signal,
      only: null,
    });
  return { sandbox, mapping, ledger, seller, accountId, contactId, run };
}

type Partner = Awaited<ReturnType<typeof openPartner>>;

/** What happened in the year, to be sure that every path was walked. */
type Tally = Map<string, number>;

function count(tally: Tally, what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

function share(
  { seller, accountId, contactId, sandbox }: Partner,
  dice: ReturnType<typeof createDice>,
  n: number,
  tally: Tally,
): void {
  const kind = dice.pick(['private', 'private', 'partner-led', 'co-sell', 'co-sell'] as const);
  const closeDate = new Date(sandbox.clock.now().getTime() + (30 + dice.upTo(150)) * DAY_MS)
    .toISOString()
    .slice(0, 10);
  const id = seller.create('Opportunity', {
    Name: `Deal ${n}`,
    AccountId: accountId,
    StageName: dice.pick(OPEN_STAGES),
    CloseDate: closeDate,
    Amount: 1_000 * dice.upTo(90),
    Description: `Scope of deal ${n}.`,
    Product__c: dice.pick(PRODUCTS),
    Sync_with_Partner_Center__c: true,
    Visible_to_Microsoft__c: kind === 'partner-led',
    Customer_Consent__c: kind === 'co-sell',
    ...(kind === 'co-sell' ? { How_can_Microsoft_help__c: 'General or Other' } : {}),
  });
  seller.create('OpportunityContactRole', { OpportunityId: id, ContactId: contactId, IsPrimary: true });
  count(tally, `shared ${kind}`);
}

/** Sellers, colleagues at the portal and Microsoft do something with some of the open deals. */
async function live(
  partner: Partner,
  dice: ReturnType<typeof createDice>,
  week: number,
  tally: Tally,
): Promise<void> {
  const { ledger, sandbox, seller } = partner;
  for (const { opportunityId, referralId, engagementId, status } of await ledger.links({})) {
    if (status !== 'active') continue;
    const referral = sandbox.partnerCenter.referral(referralId);
    const opportunity = sandbox.salesforce.find('Opportunity', opportunityId);
    if (opportunity === null) continue;
    const edit = (what: string, values: Record<string, string | number | boolean>): void => {
      seller.update('Opportunity', opportunityId, values);
      count(tally, what);
    };
    if (referral.status === 'New') {
      if (dice.chance(0.25)) edit('accepted', { StageName: 'Prospecting', Amount: 500 * dice.upTo(90) });
      else if (dice.chance(0.2))
        edit('declined', { StageName: 'Declined', Decline_Reason__c: 'Not a customer' });
    } else if (referral.status === 'Active') {
      answer(sandbox, dice, engagementId, tally);
      const habits: readonly (readonly [number, () => void])[] = [
        [
          0.15,
          () =>
            edit('edited in the CRM', {
              Amount: 1_000 * dice.upTo(90),
              Description: `Week ${week} in the CRM.`,
            }),
        ],
        [0.12, () => portal(sandbox, dice, referralId, week, tally)],
        [0.05, () => edit('moved on', { StageName: dice.pick(OPEN_STAGES) })],
        [0.04, () => edit('became visible', { Visible_to_Microsoft__c: true })],
        [
          0.04,
          () =>
            edit('asked for help later', {
              How_can_Microsoft_help__c: 'Quotes or Licensing',
              Customer_Consent__c: true,
            }),
        ],
        [0.06, () => edit('won', { StageName: 'Closed Won' })],
        [0.05, () => edit('lost', { StageName: 'Closed Lost', Loss_Reason__c: 'Budget not adequate' })],
        [0.02, () => closeThere(sandbox, referralId, tally)],
        [0.01, () => remove(partner, opportunityId, tally)],
      ];
      habits.find(([share]) => dice.chance(share))?.[1]();
    } else if (dice.chance(0.02)) edit('edited after the close', { Amount: 1_000 * dice.upTo(90) });
  }
}

function answer(
  sandbox: Sandbox,
  dice: ReturnType<typeof createDice>,
  engagementId: string,
  tally: Tally,
): void {
  const open = sandbox.partnerCenter
    .engagement(engagementId)
    .some((referral: JsonObject) => referral.organizationId === 'msft' && referral.status === 'New');
  if (!open || !dice.chance(0.35)) return;
  const verdict = dice.pick(['accept', 'accept', 'engaged', 'decline'] as const);
  sandbox.partnerCenter.answerInvitation(engagementId, verdict);
  count(tally, `Microsoft: ${verdict}`);
}

function portal(
  sandbox: Sandbox,
  dice: ReturnType<typeof createDice>,
  referralId: string,
  week: number,
  tally: Tally,
): void {
  sandbox.partnerCenter.edit(referralId, {
    details: { notes: `Week ${week} at the portal.`, dealValue: 1_000 * dice.upTo(90) },
  });
  if (dice.chance(0.3)) sandbox.partnerCenter.favorite(referralId, true);
  count(tally, 'edited at the portal');
}

function closeThere(sandbox: Sandbox, referralId: string, tally: Tally): void {
  sandbox.partnerCenter.close(referralId, 'Lost', 'Customer chose another vendor');
  count(tally, 'closed at the portal');
}

function remove({ seller }: Partner, opportunityId: string, tally: Tally): void {
  seller.delete('Opportunity', opportunityId);
  count(tally, 'deleted');
}

/** Pairs that do not agree on a field nobody has to decide about. */
async function disagreements(ledger: Ledger, mapping: Mapping): Promise<readonly string[]> {
  const conflicts = new Set(
    (await ledger.attention({ state: 'open' }))
      .filter(({ kind }) => kind === 'conflict' || kind === 'parked')
      .map(({ opportunityId }) => opportunityId),
  );
  const links = (await ledger.links({})).filter(
    ({ status, opportunityId }) => status === 'active' && !conflicts.has(opportunityId),
  );
  const opportunities = await ledger.opportunities(links.map(({ opportunityId }) => opportunityId));
  const referrals = await ledger.referrals(links.map(({ referralId }) => referralId));
  return links.flatMap(({ opportunityId, referralId }) => {
    const record = opportunities.get(opportunityId)?.record;
    const referral = referrals.get(referralId)?.record;
    if (record === undefined || referral === undefined || referral.status === 'Closed') return [];
    const { deal } = toDeal(record, mapping);
    return (['amount', 'closeDate', 'notes', 'state'] as const)
      .filter((field) => !sameValue(field, deal[field], referral.deal[field]))
      .map((field) => `${opportunityId} ${field}: ${String(deal[field])} / ${String(referral.deal[field])}`);
  });
}

describe('a year of one partner', { timeout: 180_000 }, () => {
  const tally: Tally = new Map();
  let partner: Partner;
  let last: RunReport;

  beforeAll(async () => {
    partner = await openPartner();
    const dice = createDice(20_260_105);
    let n = 0;
    for (let week = 1; week <= WEEKS; week += 1) {
      for (let shared = 0; shared < SHARED_EACH_WEEK; shared += 1) share(partner, dice, ++n, tally);
      for (let received = dice.upTo(2); received > 0; received -= 1) {
        partner.sandbox.partnerCenter.createInbound();
        count(tally, 'received');
      }
      partner.sandbox.clock.advance(HOUR_MS);
      await partner.run();
      partner.sandbox.clock.advance(3 * DAY_MS);
      await live(partner, dice, week, tally);
      partner.sandbox.clock.advance(HOUR_MS);
      await partner.run();
      partner.sandbox.clock.advance(4 * DAY_MS - 2 * HOUR_MS);
    }
    partner.sandbox.clock.advance(30 * DAY_MS);
    for (let round = 0; round < 3; round += 1) {
      await partner.run();
      partner.sandbox.clock.advance(HOUR_MS);
    }
    last = await partner.run();
  }, 180_000);
  afterAll(async () => partner.sandbox.close());

  it('walks every path', () => {
    for (const path of [
      'shared private',
      'shared partner-led',
      'shared co-sell',
      'received',
      'accepted',
      'declined',
      'Microsoft: accept',
      'Microsoft: engaged',
      'Microsoft: decline',
      'edited in the CRM',
      'edited at the portal',
      'moved on',
      'became visible',
      'asked for help later',
      'won',
      'lost',
      'closed at the portal',
      'deleted',
      'edited after the close',
    ]) {
      expect([path, (tally.get(path) ?? 0) > 0]).toEqual([path, true]);
    }
    const ended = new Set(
      partner.sandbox.partnerCenter.referrals().map(({ substatus }) => String(substatus)),
    );
    expect([...ended].sort()).toEqual(
      expect.arrayContaining(['Accepted', 'Declined', 'Expired', 'Lost', 'Won']),
    );
    expect(partner.sandbox.partnerCenter.referrals().length).toBeGreaterThan(300);
  });

  it('ends with both sides in agreement', async () => {
    expect(await disagreements(partner.ledger, partner.mapping)).toEqual([]);
  });

  it('never made an illegal call', () => {
    expect(partner.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });

  it('made no duplicate on either side', () => {
    const own = partner.sandbox.partnerCenter
      .referrals()
      .filter(({ organizationId }) => organizationId !== 'msft');
    const tags = own
      .map(({ externalReferenceId }) => externalReferenceId)
      .filter((tag) => tag !== null && tag !== '');
    const ids = partner.sandbox.salesforce
      .query('SELECT Referral_Identifier__c FROM Opportunity WHERE Referral_Identifier__c != null')
      .map((row) => row.Referral_Identifier__c);

    expect(new Set(tags).size).toBe(tags.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('invited Microsoft at most once a deal', () => {
    const engagements = partner.sandbox.partnerCenter
      .referrals()
      .filter(({ organizationId }) => organizationId === 'msft')
      .map(({ engagementId }) => engagementId);

    expect(new Set(engagements).size).toBe(engagements.length);
  });

  it('falls silent: the last run writes nothing', () => {
    expect(last.wrote).toEqual({
      opportunitiesCreated: 0,
      opportunitiesUpdated: 0,
      referralsCreated: 0,
      referralsUpdated: 0,
      invitations: 0,
    });
    expect(last.stopped).toBeNull();
  });
});
