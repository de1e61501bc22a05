import { describe, expect, it } from 'vitest';
import { toReferral } from '../../../src/adapters/partner-center/mapping.ts';
import type { Referral } from '../../../src/core/ports.ts';
import { idOf, OPPORTUNITY, payload } from './support.ts';

const OWN = '33333333-0000-4000-8000-000000000001';
const mapping = { timeZone: 'Europe/Berlin', organizationId: null };

function read(changes: object = {}, etag: string | null = null): Referral {
  const referral = toReferral(payload(1, changes), etag, mapping);
  if (referral === null) throw new Error('The row was not read.');
  return referral;
}

describe('a referral', () => {
  it('is read into canonical values', () => {
    const referral = read();

    expect(referral).toMatchObject({
      id: idOf(1),
      version: '"1-1"',
      origin: 'own',
      category: 'deal',
      isMicrosofts: false,
      tag: { kind: 'opportunity', id: OPPORTUNITY },
      createdAt: '2026-02-28T09:00:00.1234567Z',
      malformed: [],
      unknown: {},
    });
    expect(referral.deal).toEqual({
      name: 'Data platform renewal',
      amount: '84000.5',
      currency: 'EUR',
      closeDate: '2026-09-30',
      notes: 'First line\nsecond line',
      campaignId: null,
      customer: {
        name: 'Fabrikam Oil & Gas',
        address: {
          line1: 'Musterweg 5',
          line2: null,
          city: 'Essen',
          state: 'NW',
          postalCode: '45127',
          country: 'DE',
        },
        duns: '000000004',
        size: '51to250employees',
      },
      contacts: [
        { firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+49 201 000000' },
      ],
      team: [{ firstName: 'Kim', lastName: 'Seller', email: 'kim@partner.example', phone: '+49 30 000000' }],
      solutions: [{ id: 'SOL-10001-ABC', name: 'Partner Analytics' }],
      state: 'Accepted',
      salesStage: null,
      reason: null,
      help: null,
      visibleToMicrosoft: true,
      consentToShareContact: true,
      microsoftCrmId: null,
      referralProgram: null,
      favorite: false,
      marketplaceIntent: 'HaveNotDecided',
      partnerRole: null,
      solutionArea: null,
      solutionPlay: null,
    });
  });

  it('prefers the ETag of the header', () => {
    expect(read({}, '"header"').version).toBe('"header"');
  });

  it('without a usable id is nothing', () => {
    expect(toReferral(payload(1, { id: 'none' }), null, mapping)).toBeNull();
    expect(toReferral('text', null, mapping)).toBeNull();
    expect(toReferral(null, null, mapping)).toBeNull();
  });

  it('tells what is not known from what is empty', () => {
    const { deal } = read({
      name: undefined,
      details: { notes: '' },
      team: null,
      customerProfile: {},
      consent: undefined,
    });

    expect(deal).not.toHaveProperty('name');
    expect(deal).not.toHaveProperty('amount');
    expect(deal).not.toHaveProperty('solutions');
    expect(deal).not.toHaveProperty('visibleToMicrosoft');
    expect(deal).toMatchObject({ notes: null, team: [], customer: null, contacts: [] });
  });

  it.each([null, '', [], {}])('takes %j for empty anywhere', (empty) => {
    const referral = read({
      details: { notes: empty, dealValue: empty, closingDateTime: empty, requirements: empty },
      trackingInfo: empty,
    });

    expect(referral.malformed).toEqual([]);
    expect(referral.deal).toMatchObject({
      notes: null,
      amount: null,
      closeDate: null,
      solutions: [],
      microsoftCrmId: null,
    });
  });

  it.each([
    [{}, null],
    [null, null],
    [{ profileType: 'DUNS', id: '12-345-6789' }, '123456789'],
    [[{ profileType: 'External', id: '6-ABC' }], null],
    [[{ profileType: 'Duns', id: '' }], null],
  ])('accepts the customer ids %j', (ids, duns) => {
    expect(read({ customerProfile: { name: 'Fabrikam', ids } }).deal.customer?.duns).toBe(duns);
  });

  it.each([
    [10000, '10000'],
    ['10000', '10000'],
    ['1e3', '1000'],
    [0.1, '0.1'],
    ['84000.50', '84000.5'],
    ['12345678901234567.89', '12345678901234567.89'],
    [1e21, '1000000000000000000000'],
  ])('reads the deal value %j as %s', (dealValue, amount) => {
    expect(read({ details: { dealValue } }).deal.amount).toBe(amount);
  });

  it('keeps a record whose one value is odd, and names it', () => {
    const referral = read({
      details: { dealValue: 'a lot', currency: 'USD', closingDateTime: 'soon' },
      team: [{ firstName: 'Kim', email: { no: 'text' } }],
      favorite: 'perhaps',
    });

    expect(referral.deal).not.toHaveProperty('amount');
    expect(referral.deal).not.toHaveProperty('closeDate');
    expect(referral.deal.currency).toBe('USD');
    expect(referral.deal.team).toEqual([{ firstName: 'Kim', lastName: null, email: null, phone: null }]);
    expect(referral.malformed.map((entry) => entry.split(':')[0])).toEqual([
      'favorite',
      'details.dealValue',
      'details.closingDateTime',
      'team.0.email',
    ]);
    expect(referral.malformed.join()).not.toContain('a lot');
  });

  it('does not change the row it reads', () => {
    const row = payload(1, { details: { dealValue: 'a lot' } });
    const before = structuredClone(row);

    toReferral(row, null, mapping);

    expect(row).toEqual(before);
  });

  it.each([
    ['New', 'Pending', 'Received'],
    ['New', 'Received', 'Received'],
    ['active', 'ACCEPTED', 'Accepted'],
    ['Active', 'Engaged', 'Accepted'],
    ['Active', null, 'Accepted'],
    ['Closed', 'Won', 'Won'],
    ['Closed', 'Lost', 'Lost'],
    ['Closed', 'Declined', 'Declined'],
    ['Closed', 'Expired', 'Expired'],
    ['Closed', 'Error', 'Error'],
  ])('reads %s/%s as %s', (status, substatus, state) => {
    expect(read({ status, substatus }).deal.state).toBe(state);
  });

  it('keeps an unknown substatus as it is', () => {
    const referral = read({ status: 'Active', substatus: 'Paused' });

    expect(referral.deal).not.toHaveProperty('state');
    expect(referral.unknown).toEqual({ state: 'Active/Paused' });
    expect(referral.malformed).toEqual([]);
  });

  it('calls a status that contradicts its substatus malformed', () => {
    const referral = read({ status: 'Active', substatus: 'Won' });

    expect(referral.deal).not.toHaveProperty('state');
    expect(referral.malformed).toEqual(['state: Active/Won contradicts itself']);
  });

  it('does not take the hidden contacts of an expired lead for deleted', () => {
    const referral = read({
      status: 'Closed',
      substatus: 'Expired',
      customerProfile: { name: 'Fabrikam', team: [] },
    });

    expect(referral.deal).not.toHaveProperty('contacts');
  });

  it.each([
    ['20', 'Qualify'],
    ['40', 'Develop'],
    ['60%', 'Propose'],
    ['80', 'Close'],
    ['100', 'Close'],
    [60, 'Propose'],
    ['10', null],
    ['propose', 'Propose'],
    ['Negotiated', 'Close'],
    [null, null],
  ])('puts the sales stage %j into the bucket %s', (salesStage, bucket) => {
    expect(read({ salesStage }).deal.salesStage).toBe(bucket);
  });

  it('keeps unknown words of stage, help, type and qualification', () => {
    const referral = read({
      salesStage: 'Dreaming',
      type: 'Triangular',
      qualification: 'Guessed',
      inviteContext: { assistanceRequestCode: 'Telepathy' },
    });

    expect(referral.unknown).toEqual({
      salesStage: 'Dreaming',
      type: 'Triangular',
      qualification: 'Guessed',
      help: 'Telepathy',
    });
    expect(referral.deal).not.toHaveProperty('help');
  });

  it('reads the help that was asked for without regard to case', () => {
    expect(read({ inviteContext: { assistanceRequestCode: 'proofofconceptordemo' } }).deal.help).toBe(
      'ProofOfConceptOrDemo',
    );
  });

  it.each([
    [{ organizationId: OWN }, 'Incoming', 'own'],
    [{ organizationId: OWN.toUpperCase() }, 'Incoming', 'own'],
    [{ organizationId: 'msft' }, 'Outgoing', 'inbound'],
    [null, 'Outgoing', 'own'],
    [null, 'Incoming', 'inbound'],
  ])('decides the origin by who invited: %j, direction %s is %s', (invitedBy, direction, origin) => {
    expect(read({ direction, inviteContext: { invitedBy } }).origin).toBe(origin);
  });

  it.each([
    ['Independent', 'Direct', 'msft', 'marketplace'],
    ['Independent', 'Direct', null, 'marketplace'],
    ['Independent', 'SalesQualified', 'msft', 'lead'],
    ['Independent', 'MarketingQualified', 'MSFT', 'lead'],
    ['Independent', 'SalesQualified', OWN, 'deal'],
    ['Independent', 'SalesQualified', null, 'deal'],
    ['Shared', 'SalesQualified', 'msft', 'deal'],
  ])('takes %s/%s invited by %s for a %s', (type, qualification, organizationId, category) => {
    const invitedBy = organizationId === null ? null : { organizationId };

    expect(read({ type, qualification, inviteContext: { invitedBy } }).category).toBe(category);
  });

  it('recognises the record of Microsoft by owner or target', () => {
    expect(read({ organizationId: 'MSFT' }).isMicrosofts).toBe(true);
    expect(read({ target: [{ type: 'BusinessProfileLocation', id: 'msft' }] }).isMicrosofts).toBe(true);
  });

  it('recognises the record of another partner when our organisation is configured', () => {
    const ours = toReferral(payload(), null, { ...mapping, organizationId: OWN });
    const theirs = toReferral(payload(), null, { ...mapping, organizationId: 'another' });

    expect(ours?.isMicrosofts).toBe(false);
    expect(theirs?.isMicrosofts).toBe(true);
  });

  it('needs both consents to share a contact', () => {
    const consent = { consentToToShareInfoWithOthers: true, consentToContact: false };

    expect(read({ consent }).deal.consentToShareContact).toBe(false);
  });
});
