/** The mapping's rules as the merge takes them, and what a referral does not take any more. */
import { describe, expect, it } from 'vitest';
import type { Deal, FieldName } from '../../../src/core/deal.ts';
import type { FieldMapping, Mapping } from '../../../src/core/mapping-types.ts';
import { frozenOn, policiesOf } from '../../../src/core/policies.ts';
import type { Referral } from '../../../src/core/ports.ts';
import { link, mapping, REFERRAL, referral, referralDeal } from '../../support/builders.ts';

const field = (name: FieldName, rest: Partial<FieldMapping> = {}): FieldMapping => ({
  field: name,
  crm: 'Column__c',
  sync: 'both',
  conflict: 'ask',
  default: null,
  map: null,
  strict: false,
  ...rest,
});
const { state: _state, ...STATELESS } = referralDeal();
const BOTH = { sync: 'both', conflict: 'ask' };
const ONE_WAY = { sync: 'toPartnerCenter', conflict: 'crm' };

describe('the rules of a mapping', () => {
  const bare = { fields: [], contacts: [], team: { from: [], fallback: null } } as const;
  const noSolutions = { from: [], catalogue: {}, default: null };
  const rules = (overrides: Partial<Mapping>, deal: Deal = {}, there: Referral = referral()) => [
    ...policiesOf(mapping({ ...bare, solutions: noSolutions, ...overrides }), there, deal),
  ];

  it('always cover customer and state', () => {
    expect(rules({})).toEqual([
      ['customer', ONE_WAY],
      ['state', BOTH],
    ]);
  });

  it('are those of the fields that name a group, in the order of the catalogue', () => {
    const fields = [
      field('state', { sync: 'toCrm', conflict: 'partnerCenter' }),
      field('salesStage'),
      field('notes', { sync: 'toPartnerCenter', conflict: 'crm' }),
      field('currency'),
      field('amount', { conflict: 'crm' }),
    ];

    expect(rules({ fields })).toEqual([
      ['amount', { sync: 'both', conflict: 'crm' }],
      ['notes', { sync: 'toPartnerCenter', conflict: 'crm' }],
      ['customer', ONE_WAY],
      ['state', { sync: 'toCrm', conflict: 'partnerCenter' }],
    ]);
  });

  it('cover team and solutions where the mapping has a source for them', () => {
    const team = { from: [{ source: 'owner' }], fallback: null } as const;
    const solutions = { ...noSolutions, from: [{ path: 'Product__c' }] };

    expect(rules({ team, solutions })).toEqual([
      ['customer', ONE_WAY],
      ['team', ONE_WAY],
      ['solutions', ONE_WAY],
      ['state', BOTH],
    ]);
  });

  it('cover contacts only with recorded consent', () => {
    const contacts = [{ source: 'contactRoles' }] as const;
    const named = (deal: Deal, from: Mapping['contacts'] = contacts) =>
      rules({ contacts: from }, deal).map(([name]) => name);

    expect(named({ consentToShareContact: true })).toEqual(['customer', 'contacts', 'state']);
    expect(named({ consentToShareContact: true }, [])).toEqual(['customer', 'state']);
    for (const deal of [{}, { consentToShareContact: false }, { consentToShareContact: null }])
      expect(named(deal)).toEqual(['customer', 'state']);
  });

  it('leave help and consent to the invitation, and let help make the deal visible', () => {
    const fields = [field('help'), field('consentToShareContact')];

    expect(rules({ fields })).toEqual([
      ['customer', ONE_WAY],
      ['state', BOTH],
      ['visibleToMicrosoft', ONE_WAY],
    ]);
    expect(rules({ fields: [...fields, field('visibleToMicrosoft')] })).toEqual([
      ['customer', ONE_WAY],
      ['state', BOTH],
      ['visibleToMicrosoft', BOTH],
    ]);
  });

  it('let a closed deal have the last word on its stage', () => {
    const stage = (deal: Deal, fields: readonly FieldMapping[] = []) =>
      Object.fromEntries(rules({ fields }, {}, referral({}, { deal }))).state;

    expect(stage({ state: 'Won' })).toEqual({ sync: 'both', conflict: 'partnerCenter' });
    expect(stage({ state: 'Expired' }, [field('state', { sync: 'toCrm', conflict: 'crm' })])).toEqual({
      sync: 'toCrm',
      conflict: 'partnerCenter',
    });
    for (const deal of [{ state: 'Received' } as const, STATELESS, { state: null }])
      expect(stage(deal)).toEqual(BOTH);
  });
});

describe('what a referral does not take any more', () => {
  const CREATED =
    'was changed in the CRM, but Partner Center takes it only when a deal is created; change it there by hand where the page allows it';
  const NEVER = 'was changed in the CRM, but only Microsoft writes it in Partner Center';
  const CONTACTS =
    "was changed in the CRM, but customer contacts stay as they were when the deal was shared with Microsoft; tell Microsoft's seller of the deal";
  const onOpen = {
    name: CREATED,
    customer: CREATED,
    help: CREATED,
    consentToShareContact: CREATED,
    microsoftCrmId: NEVER,
    microsoftTeam: NEVER,
    favorite: NEVER,
    marketplaceIntent: CREATED,
    partnerRole: CREATED,
    solutionArea: CREATED,
    solutionPlay: CREATED,
  };
  const frozen = (there: Referral, siblings: ReturnType<typeof link>['siblings'] = []) =>
    Object.fromEntries(frozenOn(there, link(null, { siblings })));

  it('is what is written at creation and what only Microsoft writes', () => {
    expect(frozen(referral())).toEqual(onOpen);
    expect(frozen(referral({}, { deal: STATELESS }))).toEqual(onOpen);
    expect(frozen(referral({}, { invitedByOrganizationId: null }))).toEqual(onOpen);
  });

  it('is also the contacts once Microsoft has its own record of the deal', () => {
    const microsofts = { id: REFERRAL, organizationId: 'MSFT', state: 'Received' };

    expect(frozen(referral(), [microsofts])).toEqual({ ...onOpen, contacts: CONTACTS });
    expect(frozen(referral({}, { invitedByOrganizationId: 'MSFT' }))).toEqual({
      ...onOpen,
      contacts: CONTACTS,
    });
  });

  it('is everything once the deal is closed', () => {
    const closed = frozen(referral({ state: 'Lost' }), [
      { id: REFERRAL, organizationId: 'msft', state: 'Received' },
    ]);

    expect(Object.keys(closed)).toEqual([
      'name',
      'amount',
      'closeDate',
      'notes',
      'campaignId',
      'customer',
      'contacts',
      'team',
      'solutions',
      'state',
      'help',
      'visibleToMicrosoft',
      'consentToShareContact',
      'microsoftCrmId',
      'microsoftTeam',
      'referralProgram',
      'favorite',
      'marketplaceIntent',
      'partnerRole',
      'solutionArea',
      'solutionPlay',
    ]);
    expect(new Set(Object.values(closed))).toEqual(
      new Set(['was changed in the CRM, but the deal is closed (Lost) and Microsoft allows no further edit']),
    );
  });
});
