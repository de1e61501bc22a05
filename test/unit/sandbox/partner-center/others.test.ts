import { describe, expect, it } from 'vitest';
import { errorOf, invitation, part, replace, rowsOf, sharedDeal, startPartnerCenter } from './support.ts';

const DAY_MS = 86_400_000;

describe('inbound deals', () => {
  it('come New/Pending from Microsoft, with 14 days to answer', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createInbound({ referral: { name: 'Sent over' } });

    const { json } = await call('GET', `/${id}`);

    expect(json).toMatchObject({
      name: 'Sent over',
      status: 'New',
      substatus: 'Pending',
      type: 'Shared',
      direction: 'Incoming',
      externalReferenceId: null,
      acceptedDateTime: null,
      inviteContext: { invitedBy: { organizationId: 'msft' } },
    });
    expect(String(json.expirationDateTime).slice(0, 10)).toBe('2026-03-16');
  });

  it('may come from a partner, or be leads', async () => {
    const { tenant } = await startPartnerCenter();
    const from = { organizationId: '77777777-7777-4777-8777-777777777777', organizationName: 'Adatum' };

    const partner = tenant.createInbound({ from });
    const lead = tenant.createInbound({ kind: 'lead' });
    const marketplace = tenant.createInbound({ kind: 'marketplaceLead' });

    expect(partner.inviteContext).toMatchObject({ invitedBy: from });
    expect(lead).toMatchObject({ type: 'Independent', qualification: 'SalesQualified' });
    expect(marketplace).toMatchObject({ qualification: 'Direct', referralSource: 'AppSource' });
    expect(tenant.engagement(String(lead.engagementId))).toHaveLength(1);
  });

  it('expire by the clock, and hide the contacts', async () => {
    const { call, clock, tenant } = await startPartnerCenter();
    const { id } = tenant.createInbound();
    const { id: early } = tenant.createInbound({ expiresInDays: 3 });

    clock.advance(3 * DAY_MS + 1000);
    const first = await call('GET', `/${early}`);
    const second = await call('GET', `/${id}`);
    clock.advance(11 * DAY_MS);
    const third = await call('GET', `/${id}`);

    expect(first.json).toMatchObject({ status: 'Closed', substatus: 'Expired' });
    expect(second.json.status).toBe('New');
    expect(third.json).toMatchObject({ substatus: 'Expired', customerProfile: { team: [] } });
    expect(tenant.writeLog.at(-1)).toMatchObject({ by: 'service', action: 'expire', id });
  });

  it('do not expire once accepted', async () => {
    const { clock, tenant } = await startPartnerCenter();
    const { id } = tenant.accept(String(tenant.createInbound().id));

    clock.advance(30 * DAY_MS);

    expect(tenant.referral(String(id)).status).toBe('Active');
  });

  it('refuse an acceptance that comes too late', async () => {
    const { call, clock, tenant } = await startPartnerCenter();
    const { id, eTag } = tenant.createInbound();
    clock.advance(14 * DAY_MS + 1000);

    const stale = await call('PATCH', `/${id}`, {
      body: replace({ status: 'Active', substatus: 'Accepted' }),
      headers: { 'if-match': String(eTag) },
    });
    const late = await call('PATCH', `/${id}`, {
      body: replace({ status: 'Active', substatus: 'Accepted' }),
    });

    expect([stale.status, late.status]).toEqual([412, 409]);
  });
});

describe("Microsoft's answer", () => {
  async function invited() {
    const fixture = await startPartnerCenter();
    const own = await fixture.call('POST', '', { body: sharedDeal() });
    const engagementId = String(own.json.engagementId);
    const invite = () => fixture.call('POST', '', { body: invitation(engagementId) });
    return { ...fixture, engagementId, invite, ownId: String(own.json.id) };
  }

  it.each([
    ['accept', 'Accepted'],
    ['engaged', 'Engaged'],
  ] as const)(
    '%s makes the sibling Active/%s, and gives a CRM id and a seller',
    async (answer, substatus) => {
      const { tenant, engagementId, invite } = await invited();
      await invite();

      const sibling = tenant.answerInvitation(engagementId, answer, { msxId: '7-ABC' });

      const [own] = tenant.engagement(engagementId);
      expect(sibling).toMatchObject({
        status: 'Active',
        substatus,
        trackingInfo: { microsoftMsxId: '7-ABC' },
      });
      expect(sibling.team).toHaveLength(2);
      expect(own).toMatchObject({ trackingInfo: { microsoftMsxId: '7-ABC' } });
      expect(own?.team).toHaveLength(1);
    },
  );

  it.each([
    ['own', 'sibling', [true, false], [1, 2]],
    ['sibling', 'own', [false, true], [2, 1]],
    ['both', 'both', [true, true], [2, 2]],
  ] as const)('can show its id on %s and its team on %s', async (msxIdOn, microsoftTeamOn, hasId, teams) => {
    const { tenant, engagementId, invite } = await invited();
    Object.assign(tenant.switches, { msxIdOn, microsoftTeamOn });
    await invite();

    tenant.answerInvitation(engagementId, 'accept');

    const members = tenant.engagement(engagementId);
    expect(members.map((member) => part(member, 'trackingInfo').microsoftMsxId !== null)).toEqual(hasId);
    expect(members.map(({ team }) => (Array.isArray(team) ? team.length : 0))).toEqual(teams);
  });

  it('may be no, with a reason', async () => {
    const { tenant, engagementId, invite } = await invited();
    await invite();

    const sibling = tenant.answerInvitation(engagementId, 'decline', { reason: 'No matching customer' });

    expect(sibling).toMatchObject({ substatus: 'Declined', statusReason: 'No matching customer' });
    expect(() => tenant.answerInvitation(engagementId, 'accept')).toThrow('no open invitation');
  });

  it('may never come: the sibling expires and our deal stays', async () => {
    const { tenant, clock, engagementId, invite } = await invited();
    await invite();

    clock.advance(15 * DAY_MS);

    const states = tenant.engagement(engagementId).map(({ status, substatus }) => `${status}/${substatus}`);
    expect(states).toEqual(['Active/Accepted', 'Closed/Expired']);
  });

  it('may come by itself after a while', async () => {
    const { tenant, clock, engagementId, invite } = await invited();
    Object.assign(tenant.switches, { answer: 'accept', answerAfterMs: DAY_MS });
    await invite();

    clock.advance(DAY_MS - 1);
    const early = tenant.engagement(engagementId)[1]?.status;
    clock.advance(1);
    const late = tenant.engagement(engagementId)[1]?.status;

    expect([early, late]).toEqual(['New', 'Active']);
  });

  it('can be received first, and won by Microsoft later', async () => {
    const { tenant, engagementId, invite } = await invited();
    await invite();

    const received = tenant.answerInvitation(engagementId, 'receive');
    tenant.answerInvitation(engagementId, 'accept');
    const won = tenant.answerInvitation(engagementId, 'won');

    expect([received.substatus, won.substatus]).toEqual(['Received', 'Won']);
  });
});

describe('people in the portal', () => {
  it('can edit the name and the marketplace intent, which the API cannot', async () => {
    const { call, tenant } = await startPartnerCenter();
    const id = String(tenant.createOwn().id);

    tenant.edit(id, { name: 'Renamed', marketplaceIntent: 'Yes', details: { dealValue: 7 } });

    const { json } = await call('GET', `/${id}`);
    expect(json).toMatchObject({
      name: 'Renamed',
      details: {
        dealValue: 7,
        currency: 'EUR',
        requirements: {
          additionalRequirements: { attributes: [{ id: 'Yes', type: 'CustomerMarketplaceIntent' }] },
        },
      },
    });
  });

  it('cannot edit a closed deal, but can mark it as a favourite', async () => {
    const { tenant } = await startPartnerCenter();
    const id = String(tenant.close(String(tenant.createOwn().id), 'Won').id);

    expect(() => tenant.edit(id, { name: 'Late' })).toThrow('closed');
    expect(tenant.favorite(id, true).favorite).toBe(true);
  });

  it('leave edits by the service to itself', async () => {
    const { tenant } = await startPartnerCenter();
    const id = String(tenant.createInbound().id);

    const moved = tenant.override(id, { expirationDateTime: '2026-04-01T00:00:00Z', status: 'Paused' });

    expect(moved).toMatchObject({ expirationDateTime: '2026-04-01T00:00:00Z', status: 'Paused' });
  });
});

describe('deal registration', () => {
  const REGISTRATION = {
    type: 'AzureIPCoSell',
    contract: {
      currency: 'EUR',
      value: 91000,
      term: 'Finite',
      signDateTime: '2026-03-02T00:00:00Z',
      startDateTime: '2026-03-15T00:00:00Z',
      endDateTime: '2027-03-14T00:00:00Z',
    },
    solutionDetails: [{ id: 'SOL-10001-ABC', currency: 'EUR', value: 91000, isDeployedOnAzure: true }],
  };
  const add = (changes: object = {}) => [
    {
      op: 'add',
      path: '/registrations/-',
      value: { ...REGISTRATION, contract: { ...REGISTRATION.contract, ...changes } },
    },
  ];

  async function won() {
    const fixture = await startPartnerCenter();
    const id = String(fixture.tenant.close(String(fixture.tenant.createOwn().id), 'Won').id);
    return { ...fixture, id };
  }

  it('goes to review, and touches the closed deal', async () => {
    const { call, tenant, id } = await won();
    const before = tenant.referral(id);

    const answer = await call('PATCH', `/${id}`, { body: add() });

    const after = tenant.referral(id);
    expect(answer.status).toBe(204);
    expect(after).toMatchObject({
      registrationStatus: 'ReviewPending',
      registrations: [{ status: 'ReviewPending', contract: { value: 91000 } }],
    });
    expect(String(after.updatedDateTime) > String(before.updatedDateTime)).toBe(true);
    expect(after.closedDateTime).toBe(before.closedDateTime);
  });

  it.each(['Approved', 'Failed', 'ActionRequired'] as const)('can be reviewed as %s', async (status) => {
    const { call, tenant, id } = await won();
    await call('PATCH', `/${id}`, { body: add() });

    tenant.reviewRegistration(id, status, 'Looked at');

    const { json } = await call('GET', `/${id}`);
    expect(json).toMatchObject({
      registrationStatus: status,
      registrations: [{ status, statusReason: 'Looked at' }],
    });
  });

  it('can be mended only when action is required', async () => {
    const { call, tenant, id } = await won();
    await call('PATCH', `/${id}`, { body: add() });
    const body = replace({
      'registrations/0/contract/value': 95000,
      'registrations/0/solutionDetails/0/value': 95000,
    });

    const early = await call('PATCH', `/${id}`, { body });
    tenant.reviewRegistration(id, 'ActionRequired', 'Wrong value');
    const mended = await call('PATCH', `/${id}`, { body });

    expect([early.status, mended.status]).toEqual([409, 204]);
    expect(tenant.referral(id)).toMatchObject({
      registrationStatus: 'ReviewPending',
      registrations: [{ contract: { value: 95000 }, solutionDetails: [{ value: 95000 }] }],
    });
  });

  it.each([
    ['signed in the future', { signDateTime: '2026-03-09T00:00:00Z' }, 'registrations/contract/signDateTime'],
    [
      'signed before the referral',
      { signDateTime: '2026-02-20T00:00:00Z' },
      'registrations/contract/signDateTime',
    ],
    [
      'ending before it starts',
      { endDateTime: '2026-03-01T00:00:00Z' },
      'registrations/contract/endDateTime',
    ],
    ['too small a year', { value: 20000 }, 'registrations/contract/value'],
    ['of an unknown term', { term: 'Long' }, 'registrations/contract/term'],
  ])('is refused when %s', async (_name, changes, target) => {
    const { call, id } = await won();

    const answer = await call('PATCH', `/${id}`, { body: add(changes) });

    expect(answer.status).toBe(400);
    expect(errorOf(answer).target).toBe(target);
  });

  it('is refused for deals that are open, private or small, and a second time', async () => {
    const { call, tenant, id } = await won();
    const open = tenant.createOwn();
    const consent = { consentToShareReferralWithMicrosoftSellers: false };
    const hidden = tenant.close(String(tenant.createOwn({ consent }).id), 'Won');
    const small = tenant.close(String(tenant.createOwn({ details: { dealValue: 24_999 } }).id), 'Won');
    await call('PATCH', `/${id}`, { body: add() });

    const ids = [open.id, hidden.id, small.id, id];
    const answers = await Promise.all(ids.map((one) => call('PATCH', `/${one}`, { body: add() })));

    expect(answers.map(({ status }) => status)).toEqual([409, 409, 409, 409]);
  });

  it('may start by itself after a win', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.autoRegistration = true;
    const { id } = tenant.createOwn();

    await call('PATCH', `/${id}`, { body: replace({ status: 'Closed', substatus: 'Won' }) });

    expect(tenant.referral(String(id)).registrationStatus).toBe('ReviewPending');
    expect(rowsOf((await call('GET', '')).json)).toHaveLength(1);
  });
});
