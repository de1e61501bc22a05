import { describe, expect, it } from 'vitest';
import type { RegistrationMapping, RegistrationSource } from '../../../src/core/mapping-types.ts';
import type { CrmValue } from '../../../src/core/ports.ts';
import {
  CORRECTABLE,
  type HeldRegistration,
  REGISTRATION_FIELDS,
  type RegistrationField,
  type RegistrationValues,
  readRegistration,
  registrationDifferences,
  wordOf,
} from '../../../src/core/registration-values.ts';
import { opportunity, SOLUTION } from '../../support/builders.ts';
import { REGISTRABLE, REGISTRATION } from '../../support/registration.ts';

const VALUES: RegistrationValues = {
  contractValue: '84000',
  contractCurrency: 'USD',
  signDate: '2026-11-18',
  startDate: '2026-11-19',
  endDate: '2027-11-18',
  term: 'Finite',
  solutionId: SOLUTION,
  solutionValue: '84000',
  solutionCurrency: 'USD',
  deployedOnAzure: true,
  primaryDeploymentOn: 'Customer',
  pricingModel: 'Other',
  marketplaceTransacted: false,
  marketplaceTransactionDate: null,
};

interface Columns {
  readonly crm?: Readonly<Record<string, CrmValue>>;
  readonly values?: Readonly<Partial<Record<keyof RegistrationMapping['values'], RegistrationSource>>>;
  readonly currency?: string | null;
  readonly solution?: string | null;
}

const read = ({ crm = {}, values = {}, currency = 'USD', solution = SOLUTION }: Columns = {}) =>
  readRegistration(
    opportunity({ ...REGISTRABLE, ...crm }),
    { deal: { currency } },
    { ...REGISTRATION, values: { ...REGISTRATION.values, ...values } },
    solution,
  );
const complete = { wanted: true, values: VALUES, problems: [], defaulted: [] };
const lacking = (...problems: readonly string[]) => ({ ...complete, values: null, problems });
const column = (crm: string | null, fallback: RegistrationSource['default'] = null) => ({
  crm,
  default: fallback,
});

describe('the values of a registration', () => {
  it('are read from their columns, in one currency and for the whole contract', () => {
    expect(read()).toEqual(complete);
  });

  it.each<[string, Columns, Partial<RegistrationValues>]>([
    [
      'the day of a time',
      { crm: { Contract_Signed__c: ' 2026-11-17T22:00:00Z' } },
      { signDate: '2026-11-17' },
    ],
    ['a yes in words', { crm: { Deployed_on_Azure__c: 'Yes' } }, { deployedOnAzure: true }],
    ['a no', { crm: { Deployed_on_Azure__c: false } }, { deployedOnAzure: false }],
    [
      'another subscription',
      { crm: { Primary_Deployment_on__c: 'partner' } },
      { primaryDeploymentOn: 'Partner' },
    ],
    [
      'words in other writing',
      { crm: { Pricing_Model__c: 'Pay-as you_go' } },
      { pricingModel: 'PayAsYouGo' },
    ],
    [
      'a perpetual contract without an end',
      { crm: { Contract_Term__c: 'PERPETUAL', Contract_End__c: null } },
      { term: 'Perpetual', endDate: null },
    ],
    [
      'a sale in the marketplace',
      { crm: { Marketplace_Transacted__c: true, Marketplace_Transaction_Date__c: '2026-11-12' } },
      { marketplaceTransacted: true, marketplaceTransactionDate: '2026-11-12' },
    ],
    ['nothing said of the marketplace', { crm: { Marketplace_Transacted__c: null } }, {}],
    [
      'a value of the solution’s own',
      { crm: { Solution_Value__c: 500 }, values: { solutionValue: column('Solution_Value__c') } },
      { solutionValue: '500' },
    ],
    [
      'a currency of the contract’s own',
      { crm: { Contract_Currency__c: 'eur' }, values: { contractCurrency: column('Contract_Currency__c') } },
      { contractCurrency: 'EUR', solutionCurrency: 'EUR' },
    ],
  ])('may be %s', (_what, columns, values) => {
    expect(read(columns)).toEqual({ ...complete, values: { ...VALUES, ...values } });
  });

  it('come from the mapping where the CRM says nothing, which is told', () => {
    const columns = {
      crm: { Contract_Term__c: ' ', Pricing_Model__c: null },
      values: { pricingModel: column('Pricing_Model__c', 'Other'), deployedOnAzure: column(null, true) },
    };

    expect(read(columns)).toEqual({ ...complete, defaulted: ['term', 'deployedOnAzure', 'pricingModel'] });
  });

  it('are not the mapping’s where the CRM says something, nor where the mapping says nothing either', () => {
    expect(read({ crm: { Contract_Term__c: 'Perpetual' } }).defaulted).toEqual([]);
    expect(read({ crm: { Amount: null }, values: { contractValue: column('Amount', ' ') } })).toEqual(
      lacking("the contract's value is missing (Amount)"),
    );
  });

  it('are incomplete without a solution, about which another rule speaks', () => {
    expect(read({ solution: null })).toEqual(lacking());
  });

  it.each<[keyof typeof REGISTRABLE | 'Amount', string]>([
    ['Amount', "the contract's value"],
    ['Contract_Signed__c', 'the date of signature'],
    ['Contract_Start__c', "the contract's start"],
    ['Contract_End__c', "the contract's end"],
    ['Deployed_on_Azure__c', 'whether the solution is deployed on Azure'],
    ['Primary_Deployment_on__c', 'on whose subscription the solution is deployed'],
    ['Pricing_Model__c', 'the pricing model'],
  ])('that are needed and in column %s are missed or cannot be read', (name, what) => {
    expect(read({ crm: { [name]: null } })).toEqual(lacking(`${what} is missing (${name})`));
    expect(read({ crm: { [name]: 'nonsense' } })).toEqual(lacking(`${what} cannot be read (${name})`));
  });

  it.each<[string, string]>([
    ['Contract_Term__c', "the contract's term"],
    ['Marketplace_Transacted__c', 'whether it was transacted in the marketplace'],
    ['Marketplace_Transaction_Date__c', 'the date of the marketplace transaction'],
  ])('that need not be said in column %s must be readable where they are', (name, what) => {
    expect(read({ crm: { [name]: 'nonsense' } })).toEqual(lacking(`${what} cannot be read (${name})`));
  });

  it('of the solution and in a currency of their own are missed where the mapping names a column', () => {
    const values = { solutionValue: column('Solution_Value__c'), contractCurrency: column('Currency__c') };

    expect(read({ values })).toEqual(
      lacking(
        "the contract's currency is missing (Currency__c)",
        "the solution's value is missing (Solution_Value__c)",
      ),
    );
    expect(read({ values, crm: { Solution_Value__c: 'much', Currency__c: 'Taler' } })).toEqual(
      lacking(
        "the contract's currency cannot be read (Currency__c)",
        "the solution's value cannot be read (Solution_Value__c)",
      ),
    );
  });

  it('are missed without a column where there is none', () => {
    expect(read({ currency: null })).toEqual(lacking("the contract's currency is missing"));
    expect(read({ values: { contractValue: column(null) } })).toEqual(
      lacking("the contract's value is missing"),
    );
    expect(read({ values: { pricingModel: column(null, 'Barter') } })).toEqual(
      lacking('the pricing model cannot be read'),
    );
  });

  it('are all missed where the mapping names no column for them', () => {
    const mapping = { ...REGISTRATION, values: {} };

    expect(
      readRegistration(opportunity(REGISTRABLE), { deal: { currency: 'USD' } }, mapping, SOLUTION),
    ).toEqual(
      lacking(
        "the contract's value is missing",
        'the date of signature is missing',
        "the contract's start is missing",
        "the contract's term is missing",
        'whether the solution is deployed on Azure is missing',
        'on whose subscription the solution is deployed is missing',
        'the pricing model is missing',
      ),
    );
  });

  it.each([false, null, 'perhaps'])('are wanted only by a yes, not by %j', (wish) => {
    expect(read({ crm: { Register_Deal__c: wish } })).toEqual({ ...complete, wanted: false });
  });
});

describe('what differs between a registration and the CRM', () => {
  it.each<[string, Partial<RegistrationValues>, HeldRegistration, readonly RegistrationField[]]>([
    ['nothing where all is the same', {}, VALUES, []],
    ['nothing of which nothing is known', {}, {}, []],
    ['no amount in other digits', {}, { contractValue: '84000.00', solutionValue: '84000.0' }, []],
    ['another amount', {}, { contractValue: '84000.01' }, ['contractValue']],
    ['an amount that is not there', {}, { solutionValue: null }, ['solutionValue']],
    ['no word in other letters', {}, { pricingModel: 'OTHER', solutionId: SOLUTION.toLowerCase() }, []],
    ['no number-like text but the same', {}, { solutionId: '1' }, ['solutionId']],
    ['another word', {}, { term: 'Perpetual' }, ['term']],
    ['a date that is not there', {}, { endDate: null }, ['endDate']],
    ['a date that the CRM does not hold', { endDate: null }, { endDate: '2027-11-18' }, ['endDate']],
    ['no date that neither has', { endDate: null }, { endDate: null }, []],
    ['a yes for a no', {}, { deployedOnAzure: false }, ['deployedOnAzure']],
    ['a yes that nobody said', {}, { deployedOnAzure: null }, ['deployedOnAzure']],
    ['no sale in the marketplace of which nothing was said', {}, { marketplaceTransacted: null }, []],
    ['a sale that the CRM denies', {}, { marketplaceTransacted: true }, ['marketplaceTransacted']],
    [
      'a sale of which Microsoft knows nothing',
      { marketplaceTransacted: true },
      { marketplaceTransacted: null },
      ['marketplaceTransacted'],
    ],
    ['a no that was never said', { deployedOnAzure: false }, { deployedOnAzure: null }, ['deployedOnAzure']],
  ])('is %s', (_what, wanted, held, fields) => {
    expect(registrationDifferences({ ...VALUES, ...wanted }, held)).toEqual(fields);
  });

  it('is told in the order in which a person reads it', () => {
    const nothing = Object.fromEntries(REGISTRATION_FIELDS.map((field) => [field, 'else']));

    expect(registrationDifferences(VALUES, nothing)).toEqual(Object.keys(VALUES));
  });

  it('may be corrected but for the contract’s currency and the solution', () => {
    expect([...CORRECTABLE]).toEqual(
      Object.keys(VALUES).filter((field) => field !== 'contractCurrency' && field !== 'solutionId'),
    );
  });
});

it('words are known in whatever writing, and no others', () => {
  const known = wordOf(['PayAsYouGo', 'Other']);

  expect(['Pay as you go', 'pay-as-you-go', 'PAY_AS__YOU GO', ' other '].map(known)).toEqual([
    'PayAsYouGo',
    'PayAsYouGo',
    'PayAsYouGo',
    'Other',
  ]);
  expect(['', null, 'Pay.as.you.go', 'Others', 3].map(known)).toEqual(Array(5).fill(undefined));
});
