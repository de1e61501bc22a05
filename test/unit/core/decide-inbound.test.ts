import { describe, expect, it } from 'vitest';
import { chooseAccount } from '../../../src/core/decide-inbound.ts';
import { mapping, REFERRAL, referral, referralDeal } from '../../support/builders.ts';
import { account, arrived, decide } from '../../support/inbound-case.ts';

const customer = referralDeal().customer ?? null;

describe('an inbound deal', () => {
  it('becomes an opportunity in the on-hold stage, on the matching account, selected by the filter', () => {
    expect(decide().actions).toMatchObject([
      {
        type: 'create-opportunity',
        draft: {
          referralId: REFERRAL,
          customer: { existingId: '001' },
          values: {
            Name: 'Fabrikam renewal',
            Amount: 84_000,
            CloseDate: '2026-12-31',
            StageName: 'Co-sell Received',
            Sync_with_Partner_Center__c: true,
          },
        },
      },
    ]);
  });

  it('without a matching account is parked, or brings its account along, as the policy says', () => {
    const parked = decide({ accounts: [] });
    const created = decide({ accounts: [], policy: { create: true, accounts: 'create', existing: 'leave' } });

    expect(parked.findings).toMatchObject([{ kind: 'parked', code: 'account-missing' }]);
    expect(created.actions).toMatchObject([
      {
        draft: {
          customer: {
            create: { values: { 'Account.Name': 'Fabrikam GmbH', 'Account.BillingCountry': 'DE' } },
          },
        },
      },
    ]);
  });

  it('with several fitting accounts is a question that lists them', () => {
    const decision = decide({ accounts: [account(), account({ id: '002', duns: '123456789' })] });

    expect(decision.actions).toEqual([]);
    expect(decision.findings[0]?.message).toContain('001');
    expect(decision.findings[0]?.message).toContain('002 (D-U-N-S 123456789');
  });

  it('with a name longer than the CRM holds is shortened, always alike', () => {
    const long = referral({ state: 'Received', name: 'x'.repeat(200) }, { tag: { kind: 'none' } });
    const [action] = decide({ referral: long }).actions;

    expect(action?.type === 'create-opportunity' ? String(action.draft.values.Name).length : 0).toBe(120);
  });
});

describe('a value that a new opportunity cannot hold', () => {
  const foreign = arrived({ amount: '500', currency: 'EUR' });

  it('is left out with what belongs to it, told once, and the deal keeps it', () => {
    const { actions, findings, lookAgainAt } = decide({
      referral: foreign,
      lacking: new Set(['CurrencyIsoCode']),
    });
    const [action] = actions;

    expect(action?.type === 'create-opportunity' && action.draft.values).not.toHaveProperty('Amount');
    expect(action?.changes.map(({ field }) => field)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(amount|currency)$/)]),
    );
    expect(findings).toEqual([
      {
        key: `notice:cannot-hold:${REFERRAL}:amount`,
        kind: 'notice',
        code: 'cannot-hold',
        opportunityId: null,
        referralId: REFERRAL,
        fields: ['amount'],
        message: `Referral ${REFERRAL}: the deal is in EUR, but the CRM shows no column CurrencyIsoCode and its amounts are in USD. Its opportunity is created without an amount. The deal keeps its value in Partner Center; an amount that is entered in the CRM goes to the deal in the currency of the opportunity.`,
        values: [],
      },
    ]);
    expect(lookAgainAt).toBeNull();
  });

  it('is none where the CRM has the column', () => {
    const { actions, findings } = decide({ referral: foreign });

    expect(actions).toMatchObject([{ draft: { values: { Amount: 500, CurrencyIsoCode: 'EUR' } } }]);
    expect(findings).toEqual([]);
  });

  it('other than money is told alike', () => {
    const fields = mapping().fields.map((rule) =>
      rule.field === 'notes' ? { ...rule, map: { A: 'b' }, strict: true } : rule,
    );

    expect(
      decide({ referral: arrived({ notes: 'c' }), mapping: mapping({ fields }) }).findings[0]?.message,
    ).toBe(
      `Referral ${REFERRAL}: the mapping has no CRM value for the deal's notes "c". Its opportunity is created without notes.`,
    );
  });
});

describe('a referral that is no business of ours', () => {
  it.each([
    ['a lead', { category: 'lead' }],
    ['a marketplace lead', { category: 'marketplace' }],
    ['Microsoft’s own record', { isMicrosofts: true }],
  ] as const)('such as %s leads to nothing', (_name, rest) => {
    expect(
      decide({ referral: referral({ state: 'Received' }, { tag: { kind: 'none' }, ...rest }) }),
    ).toMatchObject({ actions: [], findings: [] });
  });

  it('such as one that ended before we saw it leads to nothing', () => {
    expect(decide({ referral: referral({ state: 'Declined' }, { tag: { kind: 'none' } }) })).toMatchObject({
      actions: [],
      findings: [],
    });
  });

  it('such as one with another system’s id is named in a notice and never touched', () => {
    expect(decide({ referral: referral({}, { tag: { kind: 'foreign', text: 'PO 4711' } }) })).toMatchObject({
      actions: [],
      findings: [{ kind: 'notice', code: 'foreign-tag' }],
    });
  });

  it('is left to adoption when it was open before the first run, and created when it is newer', () => {
    const own = (createdAt: string) => referral({}, { tag: { kind: 'none' }, createdAt });

    expect(decide({ referral: own('2026-10-01T00:00:00Z') })).toMatchObject({
      actions: [],
      findings: [{ code: 'not-adopted' }],
    });
    expect(decide({ referral: own('2026-11-12T00:00:00Z') }).actions).toHaveLength(1);
  });

  it('is left alone when creating is switched off', () => {
    expect(decide({ policy: { create: false, accounts: 'match', existing: 'leave' } })).toMatchObject({
      actions: [],
      findings: [],
    });
  });
});

describe('choosing an account', () => {
  if (customer === null) throw new TypeError('The deal needs a customer.');

  it('goes by D-U-N-S number first, whatever the name', () => {
    const choice = chooseAccount({ ...customer, duns: '123456789' }, [
      account(),
      account({ id: '002', name: 'Other', duns: '123456789' }),
    ]);

    expect(choice).toEqual({ kind: 'existing', id: '002' });
  });

  it('needs name, country and postal code to agree', () => {
    expect(chooseAccount(customer, [account({ postalCode: '10115' })])).toEqual({ kind: 'none' });
    expect(chooseAccount(customer, [account({ country: 'Austria' })])).toEqual({ kind: 'none' });
    expect(chooseAccount(customer, [account({ country: 'DE' })])).toEqual({ kind: 'existing', id: '001' });
  });

  it('never picks one of several', () => {
    expect(chooseAccount(customer, [account(), account({ id: '002' })]).kind).toBe('several');
  });
});
