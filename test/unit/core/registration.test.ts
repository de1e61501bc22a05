import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/lenses/canonical-json.ts';
import type { CrmValue, Referral } from '../../../src/core/ports.ts';
import { registrationStatusOf, SENT_KEY } from '../../../src/core/registration.ts';
import {
  CORRECTABLE,
  type HeldRegistration,
  REGISTRATION_FIELDS,
} from '../../../src/core/registration-values.ts';
import { referral, SOLUTION } from '../../support/builders.ts';
import { REGISTRABLE, registering } from '../../support/registration.ts';
import {
  assess,
  decide,
  HELD,
  lineOf,
  type RegistrationCase,
  reviewed,
} from '../../support/registration-case.ts';

describe('the eligibility of a deal', () => {
  it('names every column that is empty or cannot be read, at once', () => {
    const made = {
      crm: { Contract_Signed__c: null, Contract_Start__c: 'soon', Pricing_Model__c: 'Barter', Amount: '' },
    };

    expect(lineOf('values', made)?.text).toBe(
      "the contract's value is missing (Amount), the date of signature is missing (Contract_Signed__c), " +
        "the contract's start cannot be read (Contract_Start__c), the pricing model cannot be read (Pricing_Model__c)",
    );
  });
});

describe('what is to be done', () => {
  it('nothing where the mapping has no such section', () => {
    const { registration: _none, ...plain } = registering();

    expect(assess({ mapping: plain })).toBeNull();
    expect(decide({ mapping: plain })).toEqual({ actions: [], findings: [] });
  });

  it.each([false, null, '', 'perhaps'])('nothing when the CRM says %j', (wanted) => {
    expect(assess({ crm: { Register_Deal__c: wanted } })?.step).toEqual({ type: 'none' });
  });

  it('registers with every value, irreversibly, and says which came from defaults', () => {
    const { actions, findings } = decide({ crm: { Contract_Term__c: null } });

    expect(findings).toEqual([]);
    expect(actions).toMatchObject([
      {
        type: 'register-deal',
        irreversible: ['register'],
        registration: {
          type: 'register',
          values: { contractValue: '84000', contractCurrency: 'USD', term: 'Finite', solutionId: SOLUTION },
        },
      },
    ]);
    expect(actions[0]?.changes.map(({ field }) => field)).toEqual(
      REGISTRATION_FIELDS.map((field) => `registration.${field}`),
    );
    expect(actions[0]?.reason).toContain("term from the mapping's defaults");
  });

  it('registers a deal that was won too early, and says what Microsoft may do', () => {
    const { actions } = decide({ referral: { closedAt: '2026-11-01T12:00:00Z' } });

    expect(actions[0]?.reason).toContain('with less than 72 Microsoft may refuse the registration');
  });

  it('parks a deal that does not qualify, with all reasons at once', () => {
    const { actions, findings } = decide({
      crm: { Contract_Signed__c: '2026-10-01', Contract_End__c: '2026-11-01' },
      deal: { amount: '100', visibleToMicrosoft: false },
    });

    expect(actions).toEqual([]);
    expect(findings).toMatchObject([{ kind: 'parked', code: 'registration-not-eligible' }]);
    for (const reason of ['private deal', '100 USD', 'signed on 2026-10-01', 'before it starts'])
      expect(findings[0]?.message).toContain(reason);
  });

  it.each<[string, RegistrationCase]>([
    ['before it is won', { deal: { state: 'Accepted' } }],
    ['while the CRM has reopened it', { crm: { StageName: 'Prospecting' } }],
    ['while Microsoft reviews it', { referral: reviewed('ReviewPending') }],
    ['in a state of review that nobody knows yet', { referral: reviewed('Escalated') }],
    ['once it is approved', { referral: reviewed('Approved', { ...HELD, signDate: '2026-11-17' }) }],
    ['once it has passed', { referral: reviewed('passed') }],
  ])('says and sends nothing %s', (_when, made) => {
    expect(decide(made)).toEqual({ actions: [], findings: [] });
  });

  it('needs no registration of what was transacted in the marketplace', () => {
    const { actions, findings } = decide({ crm: { Marketplace_Transacted__c: true } });

    expect(actions).toEqual([]);
    expect(findings).toMatchObject([{ kind: 'notice', code: 'registration-not-needed' }]);
  });

  it('reports a refused registration with what Microsoft said', () => {
    const { findings } = decide({ referral: reviewed('Failed', HELD, 'No proof of execution.') });

    expect(findings).toMatchObject([{ kind: 'notice', code: 'registration-failed' }]);
    expect(findings[0]?.message).toContain('("No proof of execution")');
  });
});

describe('a registration that Microsoft sent back', () => {
  const back = (values: HeldRegistration = HELD) => reviewed('ActionRequired', values, 'Wrong date.');

  it('waits for a person while the CRM holds what was sent', () => {
    const { actions, findings } = decide({ referral: back() });

    expect(actions).toEqual([]);
    expect(findings).toMatchObject([{ kind: 'parked', code: 'registration-action-required' }]);
    expect(findings[0]?.message).toContain('("Wrong date")');
  });

  it('is corrected by what the CRM holds differently, and by nothing else', () => {
    const { actions } = decide({ referral: back({ ...HELD, signDate: '2026-11-17', endDate: null }) });

    expect(actions).toMatchObject([
      {
        type: 'register-deal',
        irreversible: ['register'],
        registration: { type: 'correct', changes: { signDate: '2026-11-18', endDate: '2027-11-18' } },
        changes: [
          { field: 'registration.signDate', from: '2026-11-17', to: '2026-11-18' },
          { field: 'registration.endDate', from: null, to: '2027-11-18' },
        ],
      },
    ]);
  });

  it('is not corrected with values that break a rule', () => {
    const { actions, findings } = decide({ crm: { Contract_Signed__c: '2026-01-01' }, referral: back() });

    expect(actions).toEqual([]);
    expect(findings).toMatchObject([{ code: 'registration-not-eligible' }]);
    expect(findings[0]?.message).toContain('2026-01-01');
  });

  it('is not corrected when the CRM has taken its wish back', () => {
    const { actions, findings } = decide({
      crm: { Register_Deal__c: false },
      referral: back({ ...HELD, signDate: '2026-11-17' }),
    });

    expect(actions).toEqual([]);
    expect(findings).toMatchObject([{ code: 'registration-action-required' }]);
  });

  it('names what cannot be changed any more', () => {
    const { actions, findings } = decide({ referral: back({ ...HELD, contractCurrency: 'EUR' }) });

    expect(actions).toEqual([]);
    expect(findings[0]?.message).toContain('contractCurrency');
  });

  it('never gets the same correction twice', () => {
    const first = decide({ referral: back({ ...HELD, signDate: '2026-11-17' }) }).actions[0];
    if (first?.type !== 'register-deal') throw new TypeError('There is nothing to correct.');

    const again = decide({
      referral: back({ ...HELD, signDate: '2026-11-17' }),
      link: { written: { [SENT_KEY]: canonicalJson(first.values) } },
    });

    expect(again.actions).toEqual([]);
    expect(again.findings[0]?.message).toContain(
      "the CRM's signDate was sent, but Partner Center holds another",
    );
  });

  it('keeps its solution even when another one of the deal would qualify', () => {
    const { actions } = decide({
      mapping: registering({ eligibleSolutions: [SOLUTION, 'SOL-2'] }),
      deal: {
        solutions: [
          { id: 'SOL-2', name: null },
          { id: SOLUTION, name: null },
        ],
      },
      referral: back({ ...HELD, pricingModel: 'PayAsYouGo' }),
    });

    expect(actions).toMatchObject([
      { values: { solutionId: SOLUTION }, registration: { changes: { pricingModel: 'Other' } } },
    ]);
  });
});

describe('the state of a review', () => {
  it.each<[Partial<Referral>, string | null]>([
    [{ registrationStatus: null }, null],
    [{ registrationStatus: 'None' }, null],
    [{ registrationStatus: 'reviewpending' }, 'ReviewPending'],
    [{ registrationStatus: 'Escalated' }, 'Escalated'],
    [
      {
        registrationStatus: 'ReviewPending',
        registrations: [{ status: 'Approved', statusReason: null, values: {} }],
      },
      'Approved',
    ],
    [
      { registrationStatus: 'None', registrations: [{ status: null, statusReason: null, values: {} }] },
      'ReviewPending',
    ],
  ])('%j is %s', (overrides, status) => {
    expect(registrationStatusOf(referral({}, overrides))).toBe(status);
  });
});

describe('laws', () => {
  const cell = fc.oneof(
    fc.constantFrom<CrmValue>(
      null,
      true,
      false,
      '',
      'yes',
      'Finite',
      'Perpetual',
      'Other',
      'Partner',
      '2026-11-18',
      '2026-13-99',
      84_000,
      'x',
    ),
    fc.string(),
    fc.double({ noNaN: true }),
  );
  // Few values are wild at a time, so that most deals come near to being registered.
  const crm = fc.dictionary(fc.constantFrom(...Object.keys(REGISTRABLE), 'Amount', 'CurrencyIsoCode'), cell, {
    maxKeys: 2,
  });
  const held = fc
    .dictionary(
      fc.constantFrom(...REGISTRATION_FIELDS),
      fc.oneof(
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom('2026-11-18', '84000', 'USD', 'Finite'),
      ),
      { maxKeys: 3 },
    )
    .map((odd): HeldRegistration => ({ ...HELD, ...odd }));
  const state = fc.oneof(
    { weight: 3, arbitrary: fc.constant('Won' as const) },
    fc.constantFrom('Received', 'Accepted', 'Lost', 'Declined', 'Expired', 'Error', null),
  );
  const status = fc.oneof(
    fc.constantFrom('ActionRequired', 'None', null),
    fc.constantFrom(
      'None',
      'ReviewPending',
      'ActionRequired',
      'Approved',
      'Passed',
      'Failed',
      'Closed',
      null,
    ),
    fc.string(),
  );
  const anyCase = fc
    .record({
      crm,
      held,
      state,
      status,
      wasRead: fc.boolean(),
      createdAt: fc.oneof(fc.string(), { weight: 4, arbitrary: fc.constant('2026-11-01T00:00:00Z') }),
    })
    .map(
      ({
        crm: values,
        held: registered,
        state: dealState,
        status: word,
        wasRead,
        createdAt,
      }): RegistrationCase => ({
        crm: values,
        deal: { state: dealState },
        referral: {
          createdAt,
          registrationStatus: word,
          ...(wasRead ? { registrations: [{ status: word, statusReason: null, values: registered }] } : {}),
        },
      }),
    );

  it('no record throws, and at most one thing is done or said', () => {
    fc.assert(
      fc.property(anyCase, (made) => {
        const { actions, findings } = decide(made);

        expect(actions.length + findings.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('nothing is sent without an explicit yes, and nothing new unless the deal is won and every rule is met', () => {
    fc.assert(
      fc.property(anyCase, (made) => {
        const assessment = assess(made);
        const [action] = decide(made).actions;
        if (action?.type !== 'register-deal') return;

        expect(assessment?.wanted).toBe(true);
        if (action.registration.type === 'correct') {
          expect(assessment?.status).toBe('ActionRequired');
          for (const field of Object.keys(action.registration.changes))
            expect([...CORRECTABLE]).toContain(field);
        } else {
          expect(made.deal?.state).toBe('Won');
          expect(assessment?.status).toBeNull();
          expect(assessment?.lines.filter(({ ok, required }) => required && ok === false)).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('once a registration is held as it was sent, nothing is left to correct', () => {
    fc.assert(
      fc.property(anyCase, (made) => {
        const [action] = decide(made).actions;
        if (action?.type !== 'register-deal') return;

        const again = decide({
          ...made,
          referral: { ...made.referral, ...reviewed('ActionRequired', { ...action.values }) },
        });

        expect(again.actions).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
