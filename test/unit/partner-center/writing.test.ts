import { describe, expect, it } from 'vitest';
import { toCreateBody, toPatch } from '../../../src/adapters/partner-center/writing.ts';
import type { Deal } from '../../../src/core/deal.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import { OPPORTUNITY } from './support.ts';

const label = { salesStageStyle: 'label', raw: null } as const;
const patch = (deal: Deal) => toPatch({ deal }, label);
const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });

const deal: Deal = {
  name: 'Fabrikam renewal',
  amount: '84000.5',
  currency: 'EUR',
  closeDate: '2026-09-30',
  notes: 'Renewal',
  customer: {
    name: 'Fabrikam GmbH',
    address: {
      line1: 'Musterweg 5',
      line2: null,
      city: 'Essen',
      state: 'NW',
      postalCode: '45127',
      country: 'DE',
    },
    duns: '000000004',
    size: '251to1000employees',
  },
  contacts: [{ firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+49201000000' }],
  team: [{ firstName: 'Kim', lastName: 'Seller', email: 'kim@partner.example', phone: '+4930000000' }],
  solutions: [{ id: 'SOL-10001-ABC', name: 'Partner Analytics' }],
  marketplaceIntent: 'HaveNotDecided',
};
const draft = { deal, opportunityId: OPPORTUNITY, type: 'Independent' } as const;

describe('a JSON Patch', () => {
  it('carries only the fields that are given', () => {
    expect(patch({ amount: '91000', currency: 'EUR' })).toEqual([
      replace('/details/dealValue', 91000),
      replace('/details/currency', 'EUR'),
    ]);
  });

  it('sends the day at noon UTC', () => {
    expect(patch({ closeDate: '2026-10-15' })).toEqual([
      replace('/details/closingDateTime', '2026-10-15T12:00:00Z'),
    ]);
  });

  it('accepts before it edits', () => {
    const operations = toPatch({ deal: { notes: 'Hello', state: 'Accepted' }, tag: OPPORTUNITY }, label);

    expect(operations).toEqual([
      replace('/status', 'Active'),
      replace('/substatus', 'Accepted'),
      replace('/details/notes', 'Hello'),
      replace('/externalReferenceId', OPPORTUNITY),
    ]);
  });

  it('edits before it closes', () => {
    expect(patch({ state: 'Lost', reason: 'Budget not adequate', amount: '1' })).toEqual([
      replace('/details/dealValue', 1),
      replace('/status', 'Closed'),
      replace('/substatus', 'Lost'),
      replace('/statusReason', 'Budget not adequate'),
    ]);
  });

  it.each([
    ['Won', 'Closed', 'Won'],
    ['Declined', 'Closed', 'Declined'],
    ['Error', 'Closed', 'Error'],
    ['Received', 'New', 'Received'],
  ] as const)('writes %s as %s/%s, always both', (state, status, substatus) => {
    expect(patch({ state })).toEqual([replace('/status', status), replace('/substatus', substatus)]);
  });

  it('spells the sales stage as the tenant does', () => {
    const percent = toPatch({ deal: { salesStage: 'Propose' } }, { salesStageStyle: 'percent', raw: null });

    expect(percent).toEqual([replace('/salesStage', '60')]);
    expect(patch({ salesStage: 'Propose' })).toEqual([replace('/salesStage', 'Propose')]);
    expect(patch({ salesStage: null })).toEqual([replace('/salesStage', null)]);
  });

  it('empties text with null', () => {
    expect(patch({ notes: null, campaignId: null })).toEqual([
      replace('/details/notes', null),
      replace('/campaignId', null),
    ]);
  });

  it('gives visibility and never takes it back', () => {
    expect(patch({ visibleToMicrosoft: true })).toEqual([
      replace('/consent/consentToShareReferralWithMicrosoftSellers', true),
    ]);
    expect(() => patch({ visibleToMicrosoft: false })).toThrow(TypeError);
    expect(() => patch({ visibleToMicrosoft: null })).toThrow(TypeError);
  });

  it.each([
    { name: 'New name' },
    { help: 'GeneralOrOther' },
    { customer: null },
    { consentToShareContact: true },
    { microsoftCrmId: '1' },
    { favorite: true },
    { marketplaceIntent: 'Yes' },
    { state: 'Expired' },
    { state: null },
  ] as Deal[])('refuses %j as a bug', (change) => {
    expect(() => patch(change)).toThrow(TypeError);
  });

  it('refuses to change nothing', () => {
    expect(() => patch({})).toThrow(TypeError);
  });

  it('keeps what is known of a member without an e-mail', () => {
    const raw = {
      contacts: [],
      solutions: [],
      team: [{ firstName: 'Kim', lastName: null, email: '', title: 'Lead' }],
    };
    const team = [{ firstName: 'Kim', lastName: null, email: null, phone: null }];

    const [operation] = toPatch({ deal: { team } }, { salesStageStyle: 'label', raw });

    expect(operation?.value).toMatchObject([{ firstName: 'Kim', title: 'Lead' }]);
  });

  it('refuses an amount that would lose digits, or none', () => {
    expect(() => patch({ amount: '12345678901234567.89' })).toThrow(RemoteError);
    expect(() => patch({ amount: null })).toThrow(/empty/);
    expect(() => patch({ closeDate: null })).toThrow(RemoteError);
  });

  it('sends back what it does not know of list entries, and the spelling of what did not change', () => {
    const raw = {
      contacts: [],
      team: [
        {
          firstName: 'Kim ',
          lastName: 'Seller',
          phoneNumber: '+49 30 000000',
          email: 'Kim@partner.example',
          title: 'Lead',
        },
      ],
      solutions: [{ id: 'SOL-10001-ABC', name: 'Partner Analytics', type: 'Category', price: 12 }],
    };
    const team = [
      { firstName: 'Kim', lastName: 'Müller', email: 'kim@partner.example', phone: '+49 30 000000' },
      { firstName: 'New', lastName: 'One', email: 'new@partner.example', phone: '1' },
    ];
    const solutions = [
      { id: 'SOL-10001-ABC', name: null },
      { id: 'SOL-2', name: null },
    ];

    const operations = toPatch({ deal: { team, solutions } }, { salesStageStyle: 'label', raw });

    expect(operations).toEqual([
      replace('/team', [
        {
          firstName: 'Kim ',
          lastName: 'Müller',
          phoneNumber: '+49 30 000000',
          email: 'Kim@partner.example',
          title: 'Lead',
        },
        { firstName: 'New', lastName: 'One', phoneNumber: '1', email: 'new@partner.example' },
      ]),
      replace('/details/requirements/solutions', [
        { id: 'SOL-10001-ABC', name: 'Partner Analytics', type: 'Category', price: 12 },
        { id: 'SOL-2', type: 'Name' },
      ]),
    ]);
  });
});

describe('a create', () => {
  it('of a private deal shows Microsoft nothing and shares no contact', () => {
    expect(toCreateBody(draft, label)).toEqual({
      name: 'Fabrikam renewal',
      externalReferenceId: OPPORTUNITY,
      type: 'Independent',
      qualification: 'SalesQualified',
      customerProfile: {
        name: 'Fabrikam GmbH',
        address: {
          addressLine1: 'Musterweg 5',
          city: 'Essen',
          state: 'NW',
          postalCode: '45127',
          country: 'DE',
        },
        size: '251to1000employees',
        team: [],
        ids: [{ profileType: 'Duns', id: '000000004' }],
      },
      consent: {
        consentToToShareInfoWithOthers: false,
        consentToContact: false,
        consentToShareReferralWithMicrosoftSellers: false,
      },
      details: {
        notes: 'Renewal',
        dealValue: 84000.5,
        currency: 'EUR',
        closingDateTime: '2026-09-30T12:00:00Z',
        requirements: {
          solutions: [{ id: 'SOL-10001-ABC', name: 'Partner Analytics', type: 'Name' }],
          additionalRequirements: {
            attributes: [{ type: 'CustomerMarketplaceIntent', id: 'HaveNotDecided' }],
          },
        },
      },
      team: [
        { firstName: 'Kim', lastName: 'Seller', phoneNumber: '+4930000000', email: 'kim@partner.example' },
      ],
      target: [],
    });
  });

  it('of a partner-led deal is visible, without an invitation', () => {
    const body = toCreateBody({ ...draft, deal: { ...deal, visibleToMicrosoft: true } }, label);

    expect(body).toMatchObject({ target: [], consent: { consentToShareReferralWithMicrosoftSellers: true } });
    expect(body).not.toHaveProperty('inviteContext');
  });

  it('of a co-sell deal targets the solution and names the help', () => {
    const coSell: Deal = {
      ...deal,
      help: 'ProofOfConceptOrDemo',
      visibleToMicrosoft: true,
      consentToShareContact: true,
    };

    const body = toCreateBody({ deal: coSell, opportunityId: OPPORTUNITY, type: 'Shared' }, label);

    expect(body).toMatchObject({
      type: 'Shared',
      target: [{ type: 'SolutionProfile', id: 'SOL-10001-ABC' }],
      inviteContext: { assistanceRequestCode: 'ProofOfConceptOrDemo' },
      customerProfile: { team: [{ email: 'mia@fabrikam.example' }] },
      consent: {
        consentToToShareInfoWithOthers: true,
        consentToContact: true,
        consentToShareReferralWithMicrosoftSellers: true,
      },
    });
    expect(body).not.toHaveProperty('engagementId');
  });

  it('of the invitation joins the engagement and targets Microsoft', () => {
    const coSell: Deal = { ...deal, help: 'ProofOfConceptOrDemo', consentToShareContact: true };
    const invite = {
      engagementId: '22222222-0000-4000-8000-000000000001',
      notes: 'Please help us scope a pilot.',
    };

    const body = toCreateBody({ deal: coSell, opportunityId: OPPORTUNITY, type: 'Shared', invite }, label);

    expect(body).toMatchObject({
      engagementId: invite.engagementId,
      target: [{ type: 'BusinessProfileLocation', id: 'msft' }],
      inviteContext: {
        assistanceRequestCode: 'ProofOfConceptOrDemo',
        notes: 'Please help us scope a pilot.',
      },
    });
  });
});
