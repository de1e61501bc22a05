import { describe, expect, it } from 'vitest';
import { errorOf, invitation, part, privateDeal, rowsOf, sharedDeal, startPartnerCenter } from './support.ts';

describe('creating a referral', () => {
  it('turns a posted New/Pending deal of our own into Active/Accepted, accepted moments before it was created', async () => {
    const { call } = await startPartnerCenter();

    const { status, json, headers } = await call('POST', '', {
      body: privateDeal({ status: 'New', substatus: 'Pending' }),
    });

    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'Active',
      substatus: 'Accepted',
      organizationId: '33333333-3333-4333-8333-333333333333',
      direction: 'Incoming',
      inviteContext: {
        assistanceRequestCode: 'Unknown',
        invitedBy: { organizationId: '33333333-3333-4333-8333-333333333333' },
      },
      trackingInfo: { microsoftMsxId: null },
      registrations: [],
    });
    expect(String(json.acceptedDateTime) < String(json.createdDateTime)).toBe(true);
    expect(json.eTag).toMatch(/^"[0-9a-f]{8}-0000-[0-9a-f]{4}-0000-[0-9a-f]{8}0000"$/);
    expect(headers.get('etag')).toBe(json.eTag);
  });

  it('writes the second of the write into the eTag', async () => {
    const { call } = await startPartnerCenter();

    const { json } = await call('POST', '', { body: privateDeal() });

    const second = Number.parseInt(String(json.eTag).slice(25, 33), 16);
    expect(new Date(second * 1000).toISOString()).toBe('2026-03-02T09:00:00.000Z');
  });

  it('does not know a repeated create: the same body twice makes two referrals', async () => {
    const { call, tenant } = await startPartnerCenter();
    const headers = { 'ms-requestid': '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d' };

    await call('POST', '', { body: privateDeal(), headers });
    await call('POST', '', { body: privateDeal(), headers });

    expect(tenant.referrals()).toHaveLength(2);
  });

  it.each([
    ['type', { type: null }],
    ['name', { name: '' }],
    ['customerProfile/name', { customerProfile: null }],
    ['consent', { consent: null }],
    ['details', { details: null }],
    ['details/dealValue', { details: { currency: 'EUR', closingDateTime: '2026-09-30T12:00:00Z' } }],
    ['team', { team: [] }],
  ])('refuses a body without %s, naming it', async (target, changes) => {
    const { call, tenant } = await startPartnerCenter();

    const answer = await call('POST', '', { body: privateDeal(changes) });

    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'invalidRequest', target });
    expect(tenant.writeLog).toEqual([]);
  });

  it.each([
    ['type', { type: 'Private' }],
    ['qualification', { qualification: 'Hot' }],
    ['details/currency', { details: { ...part(privateDeal(), 'details'), currency: 'euro' } }],
    ['details/dealValue', { details: { ...part(privateDeal(), 'details'), dealValue: 'much' } }],
    ['details/closingDateTime', { details: { ...part(privateDeal(), 'details'), closingDateTime: 'soon' } }],
    ['team/phoneNumber', { team: [{ firstName: 'Kim', lastName: 'Seller', email: 'kim@partner.example' }] }],
    [
      'team/email',
      {
        team: [
          { firstName: 'Kim', lastName: 'Seller', phoneNumber: '1', emailAddress: 'kim@partner.example' },
        ],
      },
    ],
    [
      'customerProfile/address/country',
      { customerProfile: { name: 'Fabrikam', address: { country: 'Germany' } } },
    ],
  ])('refuses a wrong value in %s', async (target, changes) => {
    const { call } = await startPartnerCenter();

    const answer = await call('POST', '', { body: privateDeal(changes) });

    expect(answer.status).toBe(400);
    expect(errorOf(answer).target).toBe(target);
  });

  it('answers a missing field with 422 when switched so', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.missingFieldStatus = 422;

    const answer = await call('POST', '', { body: privateDeal({ name: null }) });

    expect(answer.status).toBe(422);
  });

  it('reads keys in any casing, and a deal value in a string', async () => {
    const { call } = await startPartnerCenter();
    const { consent: _, ...rest } = privateDeal({
      details: { ...part(privateDeal(), 'details'), dealValue: '10000.5' },
    });

    const { status, json } = await call('POST', '', {
      body: { ...rest, Consent: { ConsentToToShareInfoWithOthers: true, ConsentToContact: true } },
    });

    expect(status).toBe(200);
    expect(json).toMatchObject({
      details: { dealValue: 10000.5 },
      consent: { consentToToShareInfoWithOthers: true, consentToShareReferralWithMicrosoftSellers: false },
    });
  });

  it('may refuse deal values in strings and keys in other casings', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.numericStrings = 'reject';
    tenant.switches.inputCasing = 'camelOnly';

    const text = await call('POST', '', {
      body: privateDeal({ details: { ...part(privateDeal(), 'details'), dealValue: '1' } }),
    });
    const { type, ...rest } = privateDeal();
    const casing = await call('POST', '', { body: { ...rest, Type: type ?? null } });

    expect(errorOf(text).target).toBe('details/dealValue');
    expect(errorOf(casing).target).toBe('type');
  });

  it('may keep own deals New/Pending, and may answer 201', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.keepNewPending = true;
    tenant.switches.postStatus = 201;

    const { status, json } = await call('POST', '', { body: privateDeal() });

    expect(status).toBe(201);
    expect(json).toMatchObject({ status: 'New', substatus: 'Pending' });
  });

  it('may answer 202 and show the referral only later', async () => {
    const { call, clock, tenant } = await startPartnerCenter();
    tenant.switches.postStatus = 202;
    tenant.switches.postVisibleAfterMs = 30_000;

    const created = await call('POST', '', { body: privateDeal() });
    const early = await call('GET', `/${created.json.id}`);
    const earlyList = await call('GET', '');
    clock.advance(30_000);
    const late = await call('GET', `/${created.json.id}`);
    const lateList = await call('GET', '');

    expect([created.status, early.status, late.status]).toEqual([202, 404, 200]);
    expect([rowsOf(earlyList.json).length, rowsOf(lateList.json).length]).toEqual([0, 1]);
  });

  it('asks for everything the portal asks for when switched so', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.mandatory = 'product';

    const answer = await call('POST', '', { body: privateDeal() });

    expect(errorOf(answer).target).toBe('details/requirements/additionalRequirements/attributes');
  });
});

describe('inviting Microsoft', () => {
  it("creates Microsoft's New/Pending sibling in the same engagement, expiring after 14 days", async () => {
    const { call } = await startPartnerCenter();
    const own = await call('POST', '', { body: sharedDeal() });

    const { status, json } = await call('POST', '', { body: invitation(String(own.json.engagementId)) });

    expect(status).toBe(200);
    expect(json).toMatchObject({
      engagementId: own.json.engagementId,
      organizationId: 'msft',
      status: 'New',
      substatus: 'Pending',
      inviteContext: {
        notes: 'Please help us scope a pilot.',
        assistanceRequestCode: 'ProofOfConceptOrDemo',
        invitedBy: { organizationId: own.json.organizationId },
      },
    });
    expect(json.id).not.toBe(own.json.id);
    expect(String(json.expirationDateTime).slice(0, 19)).toBe('2026-03-16T09:00:00');
  });

  it.each([
    ['an unknown engagement', 'engagementId', invitation('9f0c0000-0000-4000-8000-0000000000e1')],
    ['no engagement', 'engagementId', invitation('')],
  ])('is refused for %s', async (_name, target, body) => {
    const { call } = await startPartnerCenter();

    const answer = await call('POST', '', { body });

    expect(answer.status).toBe(400);
    expect(errorOf(answer).target).toBe(target);
  });

  it('is refused while the deal is not visible to Microsoft, or has no customer contact', async () => {
    const { call } = await startPartnerCenter();
    const own = await call('POST', '', { body: sharedDeal() });
    const engagementId = String(own.json.engagementId);
    const consent = { consentToToShareInfoWithOthers: true, consentToContact: true };
    const customerProfile = { ...part(sharedDeal(), 'customerProfile'), team: [] };

    const hidden = await call('POST', '', { body: invitation(engagementId, { consent }) });
    const alone = await call('POST', '', { body: invitation(engagementId, { customerProfile }) });

    expect(errorOf(hidden).target).toBe('consent/consentToShareReferralWithMicrosoftSellers');
    expect(errorOf(alone).target).toBe('customerProfile/team');
  });

  it('makes a second sibling when repeated, or refuses when switched so', async () => {
    const { call, tenant } = await startPartnerCenter();
    const own = await call('POST', '', { body: sharedDeal() });
    const body = invitation(String(own.json.engagementId));

    await call('POST', '', { body });
    const second = await call('POST', '', { body });
    tenant.switches.repeatedInvite = 'reject';
    const third = await call('POST', '', { body });

    expect([second.status, third.status]).toEqual([200, 409]);
    expect(tenant.engagement(String(own.json.engagementId))).toHaveLength(3);
  });

  it('is refused for a closed deal', async () => {
    const { call, tenant } = await startPartnerCenter();
    const own = tenant.createOwn();
    tenant.close(String(own.id), 'Won');

    const answer = await call('POST', '', { body: invitation(String(own.engagementId)) });

    expect(answer.status).toBe(409);
    expect(tenant.illegalCalls).toMatchObject([{ method: 'POST', rule: 'closed' }]);
  });
});
