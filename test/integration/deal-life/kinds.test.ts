import { afterAll, beforeAll, expect, it } from 'vitest';
import { finish, start } from '../../cli/command-line.ts';
import { CO_SELL, type DealLife, describeLife } from './deal-life.ts';

const SHARED = 'consentToShareReferralWithMicrosoftSellers';
const DAY_MS = 86_400_000;

describeLife('kinds of deals, and the way from one to the next', { timeout: 120_000 }, (open) => {
  let life: DealLife;
  let own: { readonly hidden: string; readonly visible: string; readonly helped: string };

  beforeAll(async () => {
    life = await open();
    own = {
      hidden: life.share(),
      visible: life.share({ Visible_to_Microsoft__c: true }),
      helped: life.share(CO_SELL),
    };
    await life.sync();
  });
  afterAll(async () => life.place.close());

  const kinds = async (): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries((await life.deals()).map(({ opportunityId, kind }) => [opportunityId, kind]));

  it('a private, a partner-led and a co-sell deal follow from the columns of the CRM', async () => {
    expect(await kinds()).toEqual({
      [own.hidden]: 'private',
      [own.visible]: 'partner-led',
      [own.helped]: 'co-sell',
    });
    expect(life.referral(own.hidden)).toMatchObject({ type: 'Independent', consent: { [SHARED]: false } });
    expect(life.referral(own.visible)).toMatchObject({ consent: { [SHARED]: true } });
    expect(life.referral(own.helped)).toMatchObject({
      type: 'Shared',
      consent: { [SHARED]: true },
      target: [{ type: 'SolutionProfile', id: 'SOL-10002-AAA' }],
      inviteContext: { assistanceRequestCode: 'ProofOfConceptOrDemo' },
    });
    expect([own.hidden, own.visible].flatMap((id) => life.siblings(id))).toEqual([]);
  });

  it("a co-sell deal invites Microsoft into the same engagement, with the help wanted and the deal's notes", () => {
    expect(life.siblings(own.helped)).toMatchObject([
      {
        engagementId: life.engagementId(own.helped),
        status: 'New',
        target: [{ type: 'BusinessProfileLocation', id: 'msft' }],
        inviteContext: { assistanceRequestCode: 'ProofOfConceptOrDemo', notes: 'Scope of deal 3.' },
        customerProfile: { team: [{ email: 'mia@fabrikam.example' }] },
      },
    ]);
  });

  it('the status says what kind of deal it is and that Microsoft has not answered', () => {
    expect(life.column(own.hidden, 'Referral_Status__c')).toBe('Accepted (private)');
    expect(life.column(own.visible, 'Referral_Status__c')).toBe('Accepted (partner-led)');
    expect(life.column(own.helped, 'Referral_Status__c')).toMatch(
      /^Accepted \(co-sell, Microsoft: no answer yet, expires \d{4}-\d\d-\d\d\)$/,
    );
  });

  it('a private deal becomes partner-led by one patch of its consent', async () => {
    life.forget();
    life.edit(own.hidden, { Visible_to_Microsoft__c: true });

    await life.sync();

    expect(life.patches(own.hidden)).toEqual([[{ op: 'replace', path: `/consent/${SHARED}`, value: true }]]);
    expect((await kinds())[own.hidden]).toBe('partner-led');
  });

  it('then co-sell, in the engagement it has, without a second referral of ours', async () => {
    const before = life.engagementId(own.hidden);
    life.edit(own.hidden, CO_SELL);

    const { wrote } = await life.sync();

    expect(wrote).toMatchObject({ referralsCreated: 0, invitations: 1 });
    expect(life.engagementId(own.hidden)).toBe(before);
    expect(life.siblings(own.hidden)).toHaveLength(1);
    expect((await kinds())[own.hidden]).toBe('co-sell');
  });

  it('and never back: flags that are switched off change nothing, and that is said', async () => {
    life.forget();
    const switchedOff = {
      Visible_to_Microsoft__c: false,
      How_can_Microsoft_help__c: null,
      Customer_Consent__c: false,
    };
    life.edit(own.hidden, switchedOff);
    life.edit(own.visible, { Visible_to_Microsoft__c: false });
    life.edit(own.helped, { How_can_Microsoft_help__c: 'Quotes or Licensing' });

    await life.sync();
    const idle = await life.sync();

    expect([own.hidden, own.visible, own.helped].flatMap((id) => life.patches(id))).toEqual([]);
    expect(life.posts()).toEqual([]);
    expect(await kinds()).toEqual({
      [own.hidden]: 'co-sell',
      [own.visible]: 'partner-led',
      [own.helped]: 'co-sell',
    });
    const hidden = await life.said(own.hidden);
    expect(hidden).toContain('visibleToMicrosoft was switched off');
    expect(hidden).toMatch(/help was .* Microsoft/);
    expect(hidden).toMatch(/consentToShareContact was .* Microsoft/);
    expect(await life.said(own.visible)).toContain('what is shared stays shared');
    expect(await life.said(own.helped)).toMatch(/help was .* Partner Center/);
    expect(idle.outcome).toBe('clean');
  });

  it('no call was illegal', () => {
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});

describeLife('asking Microsoft for help, interrupted and answered', { timeout: 120_000 }, (open) => {
  let life: DealLife;

  beforeAll(async () => {
    life = await open({ policy: { createGraceMinutes: 0 } });
  });
  afterAll(async () => life.place.close());

  /** A run that dies when its n-th referral is created. */
  async function diesAtCreate(n: number, when: 'before' | 'after'): Promise<void> {
    const { hooks } = life.place.sandbox;
    let creates = 0;
    let child: ReturnType<typeof start> | null = null;
    const strike = (system: string, write: boolean, method: string): void => {
      if (system !== 'partner-center' || !write || method !== 'POST') return;
      creates += 1;
      if (creates !== n) return;
      child?.kill('SIGKILL');
      if (when === 'before') throw new Error('The client died before this took effect.');
    };
    if (when === 'before')
      hooks.beforeEffect = (request, system, write) => strike(system, write, request.method);
    else hooks.afterEffect = (request, _response, system, write) => strike(system, write, request.method);
    child = start(['sync', '--config', life.place.configFile]);
    await finish(child);
    delete hooks.beforeEffect;
    delete hooks.afterEffect;
  }

  it.each([
    ['after our referral', 1, 'after'],
    ['before the invitation', 2, 'before'],
    ['after the invitation', 2, 'after'],
  ] as const)('a run killed %s is finished by the next, once', async (_where, n, when) => {
    const id = life.share(CO_SELL);
    await diesAtCreate(n, when);

    await life.sync();

    expect(life.siblings(id)).toHaveLength(1);
    expect(
      life.place.sandbox.partnerCenter
        .referrals()
        .filter(
          ({ externalReferenceId, organizationId }) =>
            externalReferenceId === id && organizationId !== 'msft',
        ),
    ).toHaveLength(1);
  });

  it('a sibling that is there already is found, and nobody is invited again', async () => {
    const id = life.share();
    await life.sync();
    const { partnerCenter } = life.place.sandbox;
    const { operations, users } = partnerCenter;
    const [user] = users;
    if (user === undefined) throw new TypeError('The tenant has no user.');
    const { id: _id, links: _links, ...body } = life.referral(id);
    partnerCenter.switches.siblings = 'engagementOnly';
    operations.create(
      {
        ...body,
        consent: { consentToToShareInfoWithOthers: true, consentToContact: true, [SHARED]: true },
        customerProfile: {
          name: 'Fabrikam GmbH',
          address: { country: 'DE' },
          team: [{ firstName: 'Mia', lastName: 'Kunde', phoneNumber: '1', email: 'mia@fabrikam.example' }],
        },
        target: [{ type: 'BusinessProfileLocation', id: 'msft' }],
        inviteContext: { assistanceRequestCode: 'GeneralOrOther' },
      },
      { user, ifMatch: null, requestId: null },
    );
    life.edit(id, CO_SELL);

    const { wrote } = await life.sync();
    partnerCenter.switches.siblings = 'everywhere';

    expect(wrote.invitations).toBe(0);
    expect(life.siblings(id)).toHaveLength(1);
    expect((await life.deals('--kind', 'co-sell')).map(({ opportunityId }) => opportunityId)).toContain(id);
  });

  it("Microsoft's answers reach the status, its CRM id its column, its reason the status too", async () => {
    const { partnerCenter } = life.place.sandbox;
    const [accepted, engaged, declined, silent] = ['a', 'b', 'c', 'd'].map(() => life.share(CO_SELL));
    await life.sync();
    partnerCenter.answerInvitation(life.engagementId(String(accepted)), 'accept', { msxId: '7-ABCDEFG' });
    partnerCenter.answerInvitation(life.engagementId(String(engaged)), 'engaged');
    partnerCenter.answerInvitation(life.engagementId(String(declined)), 'decline', {
      reason: 'No Microsoft seller manages this customer',
    });

    await life.sync();

    const status = (id: string | undefined) => life.column(String(id), 'Referral_Status__c');
    expect(status(accepted)).toBe('Accepted (co-sell, Microsoft: accepted)');
    expect(life.column(String(accepted), 'Microsoft_CRM_Identifier__c')).toBe('7-ABCDEFG');
    expect(status(engaged)).toBe('Accepted (co-sell, Microsoft: engaged)');
    expect(status(declined)).toBe(
      'Accepted (co-sell, Microsoft: declined (No Microsoft seller manages this customer))',
    );
    expect(status(silent)).toContain('Microsoft: no answer yet');
    expect(await life.said(String(declined))).toContain('No Microsoft seller manages this customer');

    life.place.sandbox.clock.advance(15 * DAY_MS);
    await life.sync();
    expect(status(silent)).toBe('Accepted (co-sell, Microsoft: expired without an answer)');
  });

  it("Microsoft's referrals never become opportunities of their own", () => {
    const { partnerCenter } = life.place.sandbox;
    const linked = life.crm.find('Opportunity', {}).map((id) => life.column(id, 'Referral_Identifier__c'));
    expect(linked.filter((id) => id !== null).length).toBeGreaterThan(5);
    const siblings = partnerCenter
      .referrals()
      .filter(({ organizationId }) => organizationId === 'msft')
      .map(({ id }) => id);

    expect(siblings.length).toBeGreaterThan(5);
    expect(linked.filter((id) => siblings.includes(String(id)))).toEqual([]);
    expect(partnerCenter.illegalCalls).toEqual([]);
  });
});
