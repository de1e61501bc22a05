import { describe, expect, it } from 'vitest';
import { renderRegistration } from '../../../src/cli/explain-registration.ts';
import { neededColumns } from '../../../src/cli/needed-columns.ts';
import { explainRegistration } from '../../../src/views/explained-registration.ts';
import { link, mapping, NOW, opportunity, referral } from '../../support/builders.ts';
import { REGISTRABLE, registering } from '../../support/registration.ts';

const plain = (_style: string, text: string): string => text;

const explained = (overrides: Parameters<typeof referral>[1] = {}, crm = REGISTRABLE) =>
  explainRegistration({
    link: link(),
    opportunity: opportunity(crm),
    referral: referral(
      { state: 'Won', visibleToMicrosoft: true },
      { closedAt: '2026-11-02T10:00:00Z', ...overrides },
    ),
    mapping: registering(),
    now: NOW,
    history: [],
  });

describe('the explanation of a registration', () => {
  it('says rule by rule how the deal stands, and what comes next', () => {
    const explanation = explained({}, { ...REGISTRABLE, Contract_Start__c: '2026-01-01' });
    if (explanation === null) throw new TypeError('Nothing was explained.');

    const text = renderRegistration(explanation, plain);

    expect(text).toMatch(/review +not registered/);
    expect(text).toMatch(/next +nothing while a rule is broken/);
    expect(text).toMatch(/yes +the deal is won/);
    expect(text).toMatch(/no +the contract starts on 2026-01-01, more than 90 days ago/);
    expect(text).toMatch(/mind +the deal was won 23 hours after it was created; with less than 72/);
    expect(text).toMatch(/open +whether Microsoft manages the customer/);
  });

  it('shows the state of the review with what Microsoft said, and no codes that move a cursor', () => {
    const explanation = explained({
      registrations: [{ status: 'ActionRequired', statusReason: 'Wrong \u001b[31mdate', values: {} }],
    });
    if (explanation === null) throw new TypeError('Nothing was explained.');

    const text = renderRegistration(explanation, plain);

    expect(explanation).toMatchObject({ status: 'ActionRequired', next: 'action-required' });
    expect(text).toContain('ActionRequired: Wrong ');
    expect(text).not.toContain('\u001b');
  });

  it('is left out where a side is not to be seen, or nothing is registered', () => {
    const input = { link: link(), opportunity: opportunity(), referral: referral(), now: NOW, history: [] };

    expect(explainRegistration({ ...input, mapping: mapping() })).toBeNull();
    expect(explainRegistration({ ...input, mapping: registering(), referral: null })).toBeNull();
    expect(explainRegistration({ ...input, mapping: registering(), link: null })).toBeNull();
  });
});

describe('the columns that a registration needs', () => {
  it('are listed with the types to make them with', () => {
    const columns = new Map(
      neededColumns(registering(), 'salesforce', 'cosell').map((column) => [column.path, column]),
    );

    expect(columns.get('Register_Deal__c')).toMatchObject({ isCustom: true, shape: { kind: 'flag' } });
    expect(columns.get('Contract_Signed__c')).toMatchObject({ shape: { kind: 'date' } });
    expect(columns.get('Pricing_Model__c')?.shape).toEqual({
      kind: 'choice',
      choices: ['PayAsYouGo', 'Other'],
    });
    expect(columns.get('Registration_Status__c')?.shape).toMatchObject({ kind: 'text' });
    expect(columns.get('Amount')?.use).toBe('the field amount');
  });
});
