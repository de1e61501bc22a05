import { describe, expect, it } from 'vitest';
import type { InboundInput } from '../../../src/core/decide-inbound.ts';
import type { Decision, Finding } from '../../../src/core/plan.ts';
import { mapping, REFERRAL, referralDeal } from '../../support/builders.ts';
import { account, arrived, decide } from '../../support/inbound-case.ts';

const nothing: Decision = { actions: [], findings: [], baseline: {}, rules: {}, lookAgainAt: null };

/** A decision that only tells something: what is parked is looked at again tomorrow. */
function told(
  kind: Finding['kind'],
  code: string,
  fields: readonly string[],
  message: string,
  rest: Partial<Finding> = {},
): Decision {
  const key = `${kind}:${code}:${REFERRAL}`;
  const finding = { key, kind, code, opportunityId: null, referralId: REFERRAL, fields, message, values: [] };
  const lookAgainAt = kind === 'parked' ? '2026-11-21T12:00:00.000Z' : null;
  return { ...nothing, findings: [{ ...finding, ...rest }], lookAgainAt };
}

const HOW = '`cosell-sync attention resolve ITEM --account ID` (or `--account new`)';

describe('a deal that arrives', () => {
  it('becomes an opportunity with all that the deal says', () => {
    expect(decide({ referral: arrived({}, { expiresAt: '2026-12-03T10:00:00Z' }) })).toEqual({
      ...nothing,
      actions: [
        {
          type: 'create-opportunity',
          opportunityId: null,
          referralId: REFERRAL,
          draft: {
            values: {
              Name: 'Fabrikam renewal',
              Amount: 84_000,
              CurrencyIsoCode: 'USD',
              CloseDate: '2026-12-31',
              Description: 'Renewal with added scope.',
              How_can_Microsoft_help__c: null,
              Visible_to_Microsoft__c: false,
              Customer_Consent__c: false,
              StageName: 'Co-sell Received',
              Product__c: 'GTX Pro',
              Sync_with_Partner_Center__c: true,
            },
            referralId: REFERRAL,
            customer: { existingId: '001' },
          },
          irreversible: [],
          changes: expect.arrayContaining([{ field: 'amount', from: null, to: '84000' }]),
          reason: `referral ${REFERRAL} came from Microsoft or a partner and has no opportunity yet`,
          order: `2026-12-03T10:00:00Z ${REFERRAL}`,
        },
      ],
    });
  });

  it('that we made in Partner Center is said to come from there, in the order of its last edit', () => {
    expect(decide({ referral: arrived({}, { origin: 'own' }) }).actions).toMatchObject([
      {
        reason: `referral ${REFERRAL} came from Partner Center and has no opportunity yet`,
        order: `2026-11-19T10:00:00.1234567Z ${REFERRAL}`,
      },
    ]);
  });

  it('waits for a stage where the mapping has none for it', () => {
    const stages = mapping().stages.filter(({ deal }) => deal !== 'Received');

    expect(decide({ mapping: mapping({ stages }) })).toEqual(
      told(
        'parked',
        'stage-unmapped',
        ['state'],
        `Referral ${REFERRAL}: no row of the stage table names the deal state Received; add one so that the opportunity can follow.`,
      ),
    );
  });

  it('is created without a value that the CRM cannot hold', () => {
    const strict = mapping().fields.map((field) =>
      field.field === 'notes' ? { ...field, map: {}, strict: true } : field,
    );
    const { actions } = decide({ mapping: mapping({ fields: strict }) });
    const columns = actions.flatMap((action) =>
      action.type === 'create-opportunity' ? Object.keys(action.draft.values) : [],
    );

    expect(columns).toContain('Name');
    expect(columns).not.toContain('Description');
  });
});

describe('a deal that cannot be brought in', () => {
  it('because it cannot be trusted says why', () => {
    expect(decide({ referral: arrived({}, { malformed: ['no state', 'no customer'] }) })).toEqual(
      told(
        'parked',
        'malformed-referral',
        [],
        `Referral ${REFERRAL} cannot be relied on (no state; no customer); look at it in Partner Center.`,
      ),
    );
  });

  it('because another system has it is left to that one', () => {
    expect(decide({ referral: arrived({}, { tag: { kind: 'foreign', text: 'PO 4711' } }) })).toEqual(
      told(
        'notice',
        'foreign-tag',
        ['tag'],
        `Referral ${REFERRAL} carries a CRM id of another system; it is left alone.`,
      ),
    );
  });

  it('because it is older than this state is left to adoption', () => {
    const old = arrived({ state: 'Accepted' }, { createdAt: '2026-11-09T23:59:59Z' });

    expect(decide({ referral: old })).toEqual(
      told(
        'notice',
        'not-adopted',
        [],
        `Referral ${REFERRAL} was there before the first run and carries no CRM id. \`cosell-sync adopt\` proposes its opportunity; nothing is linked or created by itself.`,
      ),
    );
  });

  it.each([
    ['is hidden', undefined],
    ['is missing', null],
    ['has no name', { ...referralDeal().customer, name: null }],
  ])('because its customer %s waits for Partner Center', (_what, customer) => {
    const { customer: _customer, ...deal } = arrived().deal;
    const referral = {
      ...arrived(),
      deal: customer === undefined ? deal : { ...deal, customer },
    } as InboundInput['referral'];

    expect(decide({ referral })).toEqual(
      told(
        'parked',
        'customer-missing',
        ['customer'],
        `Referral ${REFERRAL} names no customer, so no opportunity can be created for it; complete it in Partner Center.`,
      ),
    );
  });

  it('because no account fits asks for one', () => {
    expect(decide({ accounts: [] })).toEqual(
      told(
        'parked',
        'account-missing',
        ['customer'],
        `Referral ${REFERRAL}: no account has its customer's D-U-N-S number, or its exact name, country and postal code; create the account, or set policy.inbound.accounts to create, or choose one with ${HOW}.`,
      ),
    );
  });

  it('because several accounts fit lists them by what tells them apart, without their names', () => {
    const accounts = [
      account(),
      account({ id: '002', duns: '123456789', city: null }),
      account({ id: '003', name: 'Fabrikam AG' }),
    ];

    expect(decide({ accounts })).toEqual(
      told(
        'parked',
        'account-ambiguous',
        ['customer'],
        `Referral ${REFERRAL}: several accounts fit its customer: 001 (D-U-N-S none, 45127 Essen Germany); 002 (D-U-N-S 123456789, 45127 Germany). Choose one with ${HOW}, merge them, or give the right one the customer's D-U-N-S number.`,
        {
          accounts: [
            { id: '001', country: 'Germany', postalCode: '45127', city: 'Essen', duns: null },
            { id: '002', country: 'Germany', postalCode: '45127', city: null, duns: '123456789' },
          ],
        },
      ),
    );
  });
});
