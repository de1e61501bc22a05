import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMapping } from '../../src/config/mapping.ts';
import { fieldHash } from '../../src/config/selection.ts';
import type { Policy } from '../../src/core/config-types.ts';
import { sameValue } from '../../src/core/lenses/equality.ts';
import { toDeal } from '../../src/core/mapping.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type { Ledger, RunReport } from '../../src/core/store-port.ts';
import { chooseAccountFor } from '../../src/engine/account-choice.ts';
import type { EngineDependencies } from '../../src/engine/dependencies.ts';
import { approveItems } from '../../src/engine/operator.ts';
import { performRun } from '../../src/engine/run.ts';
import type { JsonObject } from '../../src/sandbox/partner-center/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { openLedger } from '../../src/store/index.ts';
import { CRMS, type CrmDesk, type CrmKind, createDesk } from '../support/crm-desk/index.ts';
import { connectDynamics, connectSandbox, quietLogger } from '../support/sandbox-remotes.ts';
import { memoryCursors } from '../support/world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEKS = 52;
const SHARED_EACH_WEEK = 4;
const OPEN_STAGES = ['Prospecting', 'Qualification', 'Proposal/Price Quote', 'Negotiation/Review'] as const;
const PRODUCTS = ['GTX Basic', 'GTX Pro', 'GTX Plus Basic', 'MG Special', 'MG Advanced'] as const;

const POLICY: Policy = {
  settleSeconds: 60,
  closeHoldMinutes: 15,
  maxWritesPerRun: 500,
  maxClosesPerRun: 50,
  createGraceMinutes: 15,
  pastCloseDate: 'send',
  inbound: { create: true, accounts: 'match', existing: 'leave', contacts: 'create', leads: true },
  approvals: ['decline'],
  runMinutes: 55,
};

/** The sandbox's mapping, with everything else that a deal may carry. */
async function yearMapping({ kind, pathOf }: CrmDesk): Promise<Mapping> {
  const mapping = await loadMapping(
    `config/mapping.${kind === 'dynamics' ? 'sandbox-dynamics' : 'sandbox'}.yaml`,
  );
  const column = (field: 'favorite' | 'microsoftTeam', crm: string) =>
    ({ field, crm, sync: 'toCrm', conflict: 'ask', default: null, map: null, strict: false }) as const;
  return {
    ...mapping,
    fields: [
      ...mapping.fields,
      column('favorite', pathOf('Favorite__c')),
      column('microsoftTeam', pathOf('Microsoft_Team__c')),
    ],
    team: { ...mapping.team, from: [{ source: 'owner' }, { source: 'opportunityTeam' }] },
    stages: [
      ...mapping.stages,
      {
        crm: kind === 'dynamics' ? { statecode: 'Lost', statuscode: 'Closed as Error' } : 'Closed as Error',
        deal: 'Error',
        salesStage: null,
        reason: pathOf('Loss_Reason__c'),
      },
    ],
    registration: {
      wanted: pathOf('Register_Deal__c'),
      status: pathOf('Registration_Status__c'),
      values: {
        contractValue: { crm: pathOf('Amount'), default: null },
        signDate: { crm: pathOf('Contract_Signed__c'), default: null },
        startDate: { crm: pathOf('Contract_Start__c'), default: null },
        term: { crm: null, default: 'Perpetual' },
        deployedOnAzure: { crm: pathOf('Deployed_on_Azure__c'), default: null },
        primaryDeploymentOn: { crm: null, default: 'Customer' },
        pricingModel: { crm: null, default: 'Other' },
      },
      eligibleSolutions: Object.values(mapping.solutions.catalogue),
    },
  };
}

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
async function openPartner(kind: CrmKind) {
  const sandbox = await startSandbox({
    frozenAt: new Date('2026-01-05T08:00:00Z'),
    ...(kind === 'dynamics' ? { dynamics: {} } : {}),
  });
  const crm = createDesk(kind, sandbox);
  // What others send is in their currency.
  if (kind === 'dynamics') crm.addCurrency('EUR');
  crm.addColumn('Opportunity', 'Favorite__c', 'boolean');
  crm.addColumn('Opportunity', 'Microsoft_Team__c', 'text');
  if (kind === 'salesforce')
    sandbox.salesforce.addStage({
      name: 'Closed as Error',
      probability: 0,
      forecastCategoryName: 'Omitted',
      isClosed: true,
    });
  const mapping = await yearMapping(crm);
  const sellerId = crm.add('User', {
    FirstName: 'Kim',
    LastName: 'Seller',
    Email: 'kim@partner.example',
    Username: 'kim@partner.example',
    Phone: '+1 415 555 0123',
    IsActive: true,
  });
  const accountId = crm.add(
    'Account',
    {
      Name: 'Fabrikam GmbH',
      BillingStreet: 'Musterweg 5',
      BillingCity: 'Essen',
      BillingPostalCode: '45127',
      BillingCountry: 'Germany',
    },
    sellerId,
  );
  const contactId = crm.add(
    'Contact',
    {
      FirstName: 'Mia',
      LastName: 'Kunde',
      Email: 'mia@fabrikam.example',
      Phone: '+49 201 12345',
      AccountId: accountId,
    },
    sellerId,
  );
  const remotes = connectSandbox(sandbox, mapping);
  const adapter = kind === 'dynamics' ? connectDynamics(sandbox, mapping) : remotes.crm;
  const clock = (): Date => sandbox.clock.now();
  const ledger = openLedger({ memory: true, connection: 'contoso', now: clock });
  const dependencies: EngineDependencies = {
    connection: 'contoso',
    crm: adapter,
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
  const run = (full = false): Promise<RunReport> =>
    performRun(dependencies, {
      full,
      stop: new AbortController().signal,
      signal: new AbortController().signal,
      only: null,
    });
  const colleagueId = crm.add('User', {
    FirstName: 'Robin',
    LastName: 'Successor',
    Email: 'robin@partner.example',
    Username: 'robin@partner.example',
    Phone: '+1 415 555 0177',
    IsActive: true,
  });
  for (const name of ['Spring', 'Autumn']) crm.add('Campaign', { Name: name, IsActive: true });
  return {
    sandbox,
    mapping,
    ledger,
    crm,
    sellerId,
    accountId,
    contactId,
    colleagueId,
    run,
    full: () => run(true),
  };
}

type Partner = Awaited<ReturnType<typeof openPartner>>;

/** What happened in the year, to be sure that every path was walked. */
type Tally = Map<string, number>;

function count(tally: Tally, what: string): number {
  const times = (tally.get(what) ?? 0) + 1;
  tally.set(what, times);
  return times;
}

function share(
  { crm, sellerId, accountId, contactId, sandbox }: Partner,
  dice: ReturnType<typeof createDice>,
  n: number,
  tally: Tally,
): void {
  const kind = dice.pick(['private', 'private', 'partner-led', 'co-sell', 'co-sell'] as const);
  const closeDate = new Date(sandbox.clock.now().getTime() + (30 + dice.upTo(150)) * DAY_MS)
    .toISOString()
    .slice(0, 10);
  const id = crm.add(
    'Opportunity',
    {
      Name: `Deal ${n}`,
      AccountId: accountId,
      StageName: dice.pick(OPEN_STAGES),
      CloseDate: closeDate,
      Amount: dice.chance(0.05) ? null : 1_000 * dice.upTo(90),
      Description: `Scope of deal ${n}.`,
      Product__c: dice.pick(PRODUCTS),
      Sync_with_Partner_Center__c: true,
      Visible_to_Microsoft__c: kind === 'partner-led',
      Customer_Consent__c: kind === 'co-sell',
      ...(kind === 'co-sell' ? { How_can_Microsoft_help__c: 'General or Other' } : {}),
    },
    sellerId,
  );
  crm.add('OpportunityContactRole', { OpportunityId: id, ContactId: contactId, IsPrimary: true });
  count(tally, `shared ${kind}`);
}

/** Sellers, colleagues at the portal and Microsoft do something with some of the open deals. */
async function live(
  partner: Partner,
  dice: ReturnType<typeof createDice>,
  week: number,
  tally: Tally,
): Promise<void> {
  const { ledger, sandbox, crm, sellerId } = partner;
  for (const { opportunityId, referralId, engagementId, status } of await ledger.links({})) {
    if (status !== 'active') continue;
    const referral = sandbox.partnerCenter.referral(referralId);
    const opportunity = crm.row('Opportunity', opportunityId);
    if (opportunity === null) continue;
    const edit = (what: string, values: Record<string, string | number | boolean | null>): void => {
      crm.edit('Opportunity', opportunityId, values, sellerId);
      count(tally, what);
    };
    if (referral.status === 'New') {
      if (dice.chance(0.1)) {
        sandbox.partnerCenter.accept(referralId);
        count(tally, 'accepted at the portal');
      } else if (dice.chance(0.05)) {
        sandbox.partnerCenter.decline(referralId);
        count(tally, 'declined at the portal');
      } else if (dice.chance(0.25))
        edit('accepted', { StageName: 'Prospecting', Amount: 500 * dice.upTo(90) });
      else if (dice.chance(0.2))
        edit('declined', { StageName: 'Declined', Decline_Reason__c: 'Not a customer' });
    } else if (referral.status === 'Active') {
      answer(sandbox, dice, engagementId, tally);
      const day = (offset: number): string =>
        new Date(sandbox.clock.now().getTime() + offset * DAY_MS).toISOString().slice(0, 10);
      const habits: readonly (readonly [number, () => void])[] = [
        [0.02, () => edit('changed hands', { OwnerId: partner.colleagueId })],
        [0.03, () => edit('changed the product', { Product__c: dice.pick(PRODUCTS) })],
        [
          0.03,
          () => {
            const [campaignId = ''] = crm.find('Campaign', { Name: dice.pick(['Spring', 'Autumn']) });
            edit('got a campaign', { CampaignId: campaignId });
          },
        ],
        [
          0.02,
          () => {
            const member = { OpportunityId: opportunityId, UserId: partner.colleagueId };
            if (crm.find('OpportunityTeamMember', member).length > 0) return;
            crm.add('OpportunityTeamMember', {
              ...member,
              TeamMemberRole: 'Sales Rep',
            });
            count(tally, 'joined the team');
          },
        ],
        [0.02, () => edit('taken back', { Visible_to_Microsoft__c: false, How_can_Microsoft_help__c: null })],
        [0.02, () => edit('left the filter', { Sync_with_Partner_Center__c: false })],
        [
          0.02,
          () => edit('closed as an error', { StageName: 'Closed as Error', Loss_Reason__c: 'Test referral' }),
        ],
        [
          0.02,
          () => edit('lost for no reason of theirs', { StageName: 'Closed Lost', Loss_Reason__c: 'Rain' }),
        ],
        [
          0.05,
          () =>
            edit('won, to be registered', {
              StageName: 'Closed Won',
              Amount: 400_000,
              Visible_to_Microsoft__c: true,
              Register_Deal__c: true,
              Contract_Signed__c: day(-1),
              Contract_Start__c: day(0),
              Deployed_on_Azure__c: true,
            }),
        ],
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
    } else if (referral.registrationStatus === 'ReviewPending') {
      sandbox.partnerCenter.reviewRegistration(referralId, dice.chance(0.8) ? 'Approved' : 'Failed');
      count(tally, 'registration reviewed');
    } else if (dice.chance(0.02)) edit('edited after the close', { Amount: 1_000 * dice.upTo(90) });
  }
  await repair(partner, tally);
}

/** What the week's questions are answered with: records that left come back, reasons are corrected, approvals given. */
async function repair(partner: Partner, tally: Tally): Promise<void> {
  const { ledger, sandbox, crm, accountId } = partner;
  const decide = { ledger, now: () => sandbox.clock.now() };
  for (const { opportunityId } of await ledger.links({ status: 'out-of-scope' })) {
    crm.edit('Opportunity', opportunityId, { Sync_with_Partner_Center__c: true });
    count(tally, 'came back into the filter');
  }
  for (const { opportunityId } of await ledger.links({ status: 'opportunity-deleted' })) {
    crm.restore('Opportunity', opportunityId);
    count(tally, 'undeleted');
  }
  for (const item of await ledger.attention({ state: 'open' })) {
    if (item.code === 'reason-unknown' && item.opportunityId !== null) {
      crm.edit('Opportunity', item.opportunityId, { Loss_Reason__c: 'Others' });
      count(tally, 'reason corrected');
    } else if (item.code === 'missing-parts' && item.opportunityId !== null) {
      crm.edit('Opportunity', item.opportunityId, { Amount: 12_000 });
      count(tally, 'completed');
    } else if (item.kind === 'approval' && item.code !== 'halted') {
      await approveItems(decide, [item]);
      count(tally, 'approved');
    } else if (item.code === 'account-missing' || item.code === 'account-ambiguous') {
      await chooseAccountFor(decide, item, count(tally, 'account chosen') % 2 === 0 ? 'new' : accountId);
    }
  }
}

/** A deal or a lead from somebody else, of a customer that the CRM knows or not. */
function receive({ partnerCenter }: Sandbox, dice: ReturnType<typeof createDice>, tally: Tally): void {
  const name = dice.pick(['Fabrikam GmbH', 'Fabrikam GmbH', 'Contoso Retail', 'Tailwind Traders']);
  const kind = dice.pick(['deal', 'deal', 'deal', 'lead', 'marketplaceLead'] as const);
  partnerCenter.createInbound({ kind, referral: { customerProfile: { name } } });
  count(tally, kind === 'deal' ? 'received' : kind);
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

/** A role that is lost takes a deal out of sight; it comes back with the role. */
async function vanish({ ledger, sandbox, full }: Partner, tally: Tally): Promise<void> {
  const [link] = await ledger.links({ status: 'active', limit: 1 });
  if (link === undefined) return;
  sandbox.partnerCenter.store.hide(link.referralId, 'everything');
  await full();
  await full();
  count(tally, 'vanished');
  sandbox.partnerCenter.store.hide(link.referralId, null);
  await full();
  count(tally, 'seen again');
}

function remove({ crm }: Partner, opportunityId: string, tally: Tally): void {
  crm.remove('Opportunity', opportunityId);
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

describe.each(CRMS)('a year of one partner (%s)', { timeout: 180_000 }, (kind) => {
  const tally: Tally = new Map();
  let partner: Partner;
  let last: RunReport;

  beforeAll(async () => {
    partner = await openPartner(kind);
    const dice = createDice(20_260_105);
    let n = 0;
    for (let week = 1; week <= WEEKS; week += 1) {
      for (let shared = 0; shared < SHARED_EACH_WEEK; shared += 1) share(partner, dice, ++n, tally);
      for (let received = dice.upTo(2); received > 0; received -= 1) {
        receive(partner.sandbox, dice, tally);
      }
      partner.sandbox.clock.advance(HOUR_MS);
      await partner.run();
      partner.sandbox.clock.advance(3 * DAY_MS);
      await live(partner, dice, week, tally);
      partner.sandbox.clock.advance(HOUR_MS);
      await partner.run();
      if (week % 26 === 0) await vanish(partner, tally);
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
      'lead',
      'marketplaceLead',
      'account chosen',
      'completed',
      'accepted at the portal',
      'declined at the portal',
      'approved',
      'changed hands',
      'changed the product',
      'got a campaign',
      'joined the team',
      'taken back',
      'left the filter',
      'came back into the filter',
      'undeleted',
      'closed as an error',
      'lost for no reason of theirs',
      'reason corrected',
      'won, to be registered',
      'registration reviewed',
      'vanished',
      'seen again',
    ]) {
      expect([path, (tally.get(path) ?? 0) > 0]).toEqual([path, true]);
    }
    const ended = new Set(
      partner.sandbox.partnerCenter.referrals().map(({ substatus }) => String(substatus)),
    );
    expect([...ended].sort()).toEqual(
      expect.arrayContaining(['Accepted', 'Declined', 'Error', 'Expired', 'Lost', 'Won']),
    );
    expect(partner.sandbox.partnerCenter.referrals().length).toBeGreaterThan(300);
  });

  it('ends with both sides in agreement', async () => {
    expect(await disagreements(partner.ledger, partner.mapping)).toEqual([]);
  });

  it('brought customer contacts once, and Microsoft’s people into their column', () => {
    const { crm } = partner;
    const emails = crm
      .find('Contact', {})
      .map((id) => crm.row('Contact', id))
      .map((row) => `${row?.AccountId} ${row?.Email}`);
    const told = crm
      .find('Opportunity', {})
      .filter((id) => (crm.row('Opportunity', id)?.Microsoft_Team__c ?? null) !== null);

    expect(new Set(emails).size).toBe(emails.length);
    expect(told.length).toBeGreaterThan(10);
  });

  it('carried the favourite mark and the review of registrations back', () => {
    const { crm } = partner;

    expect(crm.find('Opportunity', { Favorite__c: true }).length).toBeGreaterThan(0);
    expect(crm.find('Opportunity', { Registration_Status__c: 'Approved' }).length).toBeGreaterThan(0);
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
    const { crm } = partner;
    const ids = crm
      .find('Opportunity', {})
      .map((id) => crm.row('Opportunity', id)?.Referral_Identifier__c)
      .filter((id) => id !== null && id !== undefined && id !== '');

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
