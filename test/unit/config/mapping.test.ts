import { describe, expect, it } from 'vitest';
import { loadMapping, parseMapping } from '../../../src/config/mapping.ts';
import { folderWith, MAPPING, problemsOf } from './workspace.ts';

/** The problems of the small mapping with one text replaced. */
async function problemsWith(from: string, to: string): Promise<readonly string[]> {
  if (!MAPPING.includes(from)) throw new Error(`The fixture has no ${from}.`);
  return problemsOf(() => parseMapping(MAPPING.replace(from, to), 'm.yaml'));
}

const mappingWith = (from: string, to: string) => parseMapping(MAPPING.replace(from, to), 'm.yaml');
const NAME = 'name: { crm: Name }';
const AMOUNT = 'amount: { crm: Amount }';
const OPEN = '  - { crm: Open, deal: Accepted }\n';

/** A mapping in every word of the language. */
const FULL = `
include: "Share__c = true and Amount > 0"
tag: { referralId: Referral__c, referralLink: Link__c, status: Status__c, audit: Audit__c }
fields:
  name: { crm: Name }
  amount: { crm: Amount, sync: both, conflict: crm }
  currency: { default: USD }
  help: { crm: Help__c, map: { Demo: ProofOfConceptOrDemo }, strict: true }
  favorite: { crm: Favorite__c }
  declineReason: { crm: Decline__c, sync: toPartnerCenter }
  lossReason: { crm: Loss__c }
  reason: { crm: Reason__c }
  stage: { conflict: partnerCenter }
customer: { name: Account.Name, country: Account.BillingCountry, duns: Account.Duns, contacts: [contactRoles, Buyer_Email__c] }
team:
  from: [owner, opportunityTeam, Second__c]
  fallback: { firstName: A, lastName: B, email: a@b.example, phone: "+1 425 555 0100" }
solutions: { from: [Product__c, products], catalogue: { GTX Pro: SOL-1-AAA, constructor: SOL-2-AAA }, default: SOL-3-AAA }
stages:
  - { crm: New, deal: Received }
  - { crm: 10, deal: Accepted, salesStage: Qualify }
  - { crm: Negotiation, deal: Accepted, salesStage: Negotiate }
  - { crm: { Status__c2: Gone, Step: 2 }, deal: Won }
  - { crm: Lost, deal: Lost }
  - { crm: No, deal: Declined }
  - { crm: Cancelled, deal: Declined, reason: Own__c }
  - { crm: Lost, deal: Expired }
  - { crm: Broken, deal: Error }
`;

describe('a mapping', () => {
  it('is read with the catalogue’s defaults', () => {
    const mapping = parseMapping(MAPPING, 'm.yaml');

    expect(mapping).toEqual({
      include: { type: 'compare', column: 'Share__c', operator: '=', value: true },
      includeText: 'Share__c = true',
      tag: { referralId: 'Referral__c', referralLink: null, status: null, audit: null },
      fields: [
        {
          field: 'name',
          crm: 'Name',
          sync: 'toPartnerCenter',
          conflict: 'ask',
          default: null,
          map: null,
          strict: false,
        },
        {
          field: 'amount',
          crm: 'Amount',
          sync: 'both',
          conflict: 'ask',
          default: null,
          map: null,
          strict: false,
        },
        {
          field: 'closeDate',
          crm: 'CloseDate',
          sync: 'both',
          conflict: 'ask',
          default: null,
          map: null,
          strict: false,
        },
      ],
      customer: { name: 'Account.Name', country: 'Account.BillingCountry' },
      contacts: [],
      team: { from: [{ source: 'owner' }], fallback: null },
      solutions: { from: [], catalogue: {}, default: 'SOL-1-AAA' },
      stageField: 'StageName',
      stages: [{ crm: 'Open', deal: 'Accepted', salesStage: null, reason: null }],
    });
  });

  it('understands every word of the language', () => {
    const mapping = parseMapping(FULL, 'm.yaml');

    const byField = new Map(mapping.fields.map((field) => [field.field, field]));
    expect(byField.get('currency')).toMatchObject({
      crm: null,
      default: 'USD',
      sync: 'both',
      conflict: 'crm',
    });
    expect(byField.get('help')).toMatchObject({ map: { Demo: 'ProofOfConceptOrDemo' }, strict: true });
    expect(byField.get('favorite')).toMatchObject({ sync: 'toCrm' });
    expect(byField.get('state')).toMatchObject({ crm: null, sync: 'both', conflict: 'partnerCenter' });
    expect(mapping.contacts).toEqual([{ source: 'contactRoles' }, { path: 'Buyer_Email__c' }]);
    expect(mapping.team.from).toEqual([
      { source: 'owner' },
      { source: 'opportunityTeam' },
      { path: 'Second__c' },
    ]);
    expect(mapping.solutions.from).toEqual([{ path: 'Product__c' }, { source: 'products' }]);
    expect(mapping.stages.map(({ crm, salesStage, reason }) => [crm, salesStage, reason])).toEqual([
      ['New', null, null],
      ['10', 'Qualify', null],
      ['Negotiation', 'Close', null],
      [{ Status__c2: 'Gone', Step: 2 }, null, null],
      ['Lost', null, 'Loss__c'],
      ['No', null, 'Decline__c'],
      ['Cancelled', null, 'Own__c'],
      ['Lost', null, null],
      ['Broken', null, 'Reason__c'],
    ]);
  });

  it('has no product that it does not name, whatever the product is called', () => {
    const { solutions } = parseMapping(FULL, 'm.yaml');

    expect(solutions.catalogue.constructor).toBe('SOL-2-AAA');
    expect(solutions.catalogue.toString).toBeUndefined();
  });

  it('takes the owner as the team when it says nothing of one', () => {
    const mapping = mappingWith('team: { from: owner }', '');

    expect(mapping.team.from).toEqual([{ source: 'owner' }]);
  });

  it('lets the currency follow the amount', () => {
    const mapping = mappingWith(
      AMOUNT,
      'currency: { crm: Cur }\n  amount: { crm: Amount, sync: toPartnerCenter, conflict: crm }',
    );

    expect(mapping.fields.find(({ field }) => field === 'currency')).toMatchObject({
      sync: 'toPartnerCenter',
      conflict: 'crm',
    });
  });

  it('is loaded from a file, which its problems name', async () => {
    const folder = folderWith({ 'good.yaml': MAPPING, 'bad.yaml': 'include: 1' });

    expect((await loadMapping(`${folder}/good.yaml`)).includeText).toBe('Share__c = true');
    expect(await problemsOf(() => loadMapping(`${folder}/bad.yaml`))).toContain(
      'bad.yaml: include: must be text; put the value in quotes',
    );
    expect(await problemsOf(() => loadMapping(`${folder}/none.yaml`))).toEqual([
      `the mapping file ${folder}/none.yaml does not exist`,
    ]);
  });
});

describe('a wrong mapping', () => {
  it('lists all that is wrong at once', async () => {
    const text = `
inclde: x
include: "a ="
tag: { referralId: Account.Name }
fields: { amount: { crm: Amount, sync: bth }, name: { crm: Name, sync: both } }
customer: { name: Account.Name, contacts: contactRole }
team: { from: [owner, owner], fallback: { firstName: A, lastName: B, email: nobody } }
stages: [{ crm: Open, deal: Acepted }, { crm: true, deal: Won }]
`;

    const problems = await problemsOf(() => parseMapping(text, 'm.yaml'));

    expect(problems).toEqual([
      "m.yaml: tag.referralId: must be a column of the opportunity's own, without blanks and dots",
      'm.yaml: fields.amount.sync: must be one of toPartnerCenter, toCrm, both, not "bth"; did you mean "both"?',
      'm.yaml: customer.country: is missing',
      'm.yaml: team.fallback.email: must be an e-mail address',
      'm.yaml: team.fallback.phone: is missing',
      'm.yaml: stages[0].deal: must be one of Received, Accepted, Won, Lost, Declined, Expired, Error, not "Acepted"; did you mean "Accepted"?',
      'm.yaml: stages[1].crm: must be a stage name (text), or choice columns with their values, not true',
      'm.yaml: inclde: there is no such key; did you mean "include"?',
      'm.yaml: include, character 4: the filter ends here, but a value was expected.',
      'm.yaml: customer.contacts: there is no source "contactRole"; did you mean "contactRoles"?',
      'm.yaml: team.from[1]: "owner" stands here a second time',
      'm.yaml: fields.name.sync: can only be toPartnerCenter: Partner Center takes it when a deal is created, and never changes it afterwards',
    ]);
  });

  it.each([
    [
      'an unknown field',
      NAME,
      'nme: { crm: Name }',
      'fields.nme: there is no such key; did you mean "name"?',
    ],
    [
      'contacts among the fields',
      NAME,
      'contacts: { crm: X }',
      'fields.contacts: belongs under customer: customer.contacts',
    ],
    [
      'the team among the fields',
      NAME,
      'team: { crm: X }',
      'fields.team: has a section of its own: team, beside fields',
    ],
    [
      'the state among the fields',
      NAME,
      'state: { crm: X }',
      'fields.state: is mapped by the rows of stages; who may change it is set at fields.stage',
    ],
    [
      'a column with blanks',
      NAME,
      'name: { crm: Deal name }',
      'fields.name.crm: must be a column, or Lookup.Column',
    ],
    ['two lookups', NAME, 'name: { crm: A.B.C }', 'fields.name.crm: must be a column, or Lookup.Column'],
    [
      'a field with nothing',
      NAME,
      'name: {}',
      'fields.name.crm: is missing (it may be left out only beside a default)',
    ],
    [
      'a default that goes nowhere',
      NAME,
      'favorite: { default: true }',
      'fields.favorite.crm: is missing; there is no column to write to',
    ],
    [
      'a direction for what only Microsoft writes',
      NAME,
      'microsoftCrmId: { crm: X, sync: both }',
      'fields.microsoftCrmId.sync: can only be toCrm: only Microsoft writes it in Partner Center',
    ],
    [
      'a currency with a rule of its own',
      AMOUNT,
      `${AMOUNT}\n  currency: { crm: C, conflict: crm }`,
      'fields.currency.conflict: must be the same as fields.amount.conflict (ask), for the two travel together; leave it out',
    ],
    [
      'a currency that is none',
      AMOUNT,
      `${AMOUNT}\n  currency: { default: Dollar }`,
      'fields.currency.default: "Dollar" is not a currency code',
    ],
    [
      'an amount that is none',
      AMOUNT,
      'amount: { crm: Amount, default: much }',
      'fields.amount.default: "much" is not an amount',
    ],
    [
      'a date that is none',
      'closeDate: { crm: CloseDate }',
      'closeDate: { default: soon }',
      'fields.closeDate.default: "soon" is not a date such as 2026-01-31',
    ],
    [
      'help by default',
      NAME,
      'help: { crm: H, default: GeneralOrOther }',
      'fields.help.default: is not allowed: what cannot be taken back at Microsoft goes out only on a value from the CRM',
    ],
    [
      'visibility by default',
      NAME,
      'visibleToMicrosoft: { crm: V, default: true }',
      'fields.visibleToMicrosoft.default: is not allowed: what cannot be taken back at Microsoft goes out only on a value from the CRM',
    ],
    [
      'consent by default',
      NAME,
      'consentToShareContact: { default: yes }',
      'fields.consentToShareContact.default: is not allowed: what cannot be taken back at Microsoft goes out only on a value from the CRM',
    ],
    [
      'help that is not offered',
      NAME,
      'help: { crm: H, map: { Please: Money } }',
      'fields.help.map: "Please" becomes "Money", which is no kind of help that Microsoft offers',
    ],
    [
      'strictness without a map',
      NAME,
      'name: { crm: Name, strict: true }',
      'fields.name.strict: needs a map',
    ],
    [
      'a list in a map',
      NAME,
      'name: { crm: Name, map: { a: [b] } }',
      'fields.name.map.a: must be text, a number, true or false',
    ],
    [
      'one column with two writers',
      'closeDate: { crm: CloseDate }',
      'notes: { crm: Text }\n  campaignId: { crm: Text }',
      'fields.campaignId.crm: Text is written by fields.notes.crm too; give each a column of its own, or let one of them only go toPartnerCenter',
    ],
    [
      'a field on a tag’s column',
      NAME,
      'notes: { crm: Referral__c }',
      'fields.notes.crm: Referral__c is written by tag.referralId too; give each a column of its own',
    ],
    [
      'a field on the stage’s column',
      NAME,
      'notes: { crm: StageName }',
      'stageField: StageName is written by fields.notes.crm too; give each a column of its own',
    ],
    [
      'a column in two spellings',
      'Share__c',
      'amount',
      'include: amount is spelled Amount at fields.amount.crm; spell it as the CRM does, the same everywhere',
    ],
    ['no customer’s name', 'name: Account.Name, ', '', 'customer.name: is missing'],
    [
      'a source of another list',
      'from: owner',
      'from: contactRoles',
      'team.from: "contactRoles" is no source here (there are: owner, opportunityTeam, connections, or a column)',
    ],
    ['an empty list of sources', 'from: owner', 'from: []', 'team.from: must not be empty'],
    [
      'a solution that is a number',
      'default: SOL-1-AAA',
      'catalogue: { GTX: 5 }',
      'solutions.catalogue.GTX: must be text; put the value in quotes',
    ],
    [
      'a solution with blanks',
      'default: SOL-1-AAA',
      'catalogue: { GTX Pro: GTX Pro }',
      'solutions.catalogue["GTX Pro"]: must be a solution id, without blanks',
    ],
    [
      'no row for open deals',
      'deal: Accepted',
      'deal: Won',
      'stages: must have at least one row with deal: Accepted, the state of every open deal',
    ],
    [
      'an unknown sales stage',
      'deal: Accepted',
      'deal: Accepted, salesStage: Proposal',
      'stages[0].salesStage: must be one of Qualify, Develop, Propose, Close, Negotiate, not "Proposal"; did you mean "Propose"?',
    ],
    [
      'a reason for success',
      OPEN,
      `${OPEN}  - { crm: W, deal: Won, reason: R }\n`,
      'stages[1].reason: does not belong to Won; only Lost, Declined and Error have a reason',
    ],
    [
      'the same row twice',
      OPEN,
      `${OPEN}  - { crm: OPEN, deal: Accepted }\n`,
      'stages[1].crm: is covered by stages[0] already; remove one of the two rows',
    ],
    [
      'a stage with two meanings',
      OPEN,
      `${OPEN}  - { crm: Open, deal: Won }\n`,
      'stages[1].crm: is covered by stages[0] already, which reads it as Accepted; a stage can mean only one of the two',
    ],
    [
      'a row that a wider one hides',
      OPEN,
      `${OPEN}  - { crm: { A: 1 }, deal: Won }\n  - { crm: { A: 1, B: 2 }, deal: Lost }\n`,
      'stages[2].crm: is covered by stages[1] already, which reads it as Won; a stage can mean only one of the two',
    ],
    [
      'an expiry before a loss',
      OPEN,
      `${OPEN}  - { crm: L, deal: Expired }\n  - { crm: L, deal: Lost }\n`,
      'stages[2].crm: is covered by stages[1] already, which reads it as Expired, a state that only Microsoft sets; put this row first',
    ],
    ['a stage without columns', 'crm: Open', 'crm: {}', 'stages[0].crm: must name at least one column'],
  ])('is refused: %s', async (_what, from, to, problem) => {
    expect(await problemsWith(from, to)).toEqual([`m.yaml: ${problem}`]);
  });

  it.each([
    [
      'a loss and an expiry on one stage',
      OPEN,
      `${OPEN}  - { crm: L, deal: Lost }\n  - { crm: L, deal: Expired }\n`,
    ],
    [
      'a column read by two fields',
      'closeDate: { crm: CloseDate }',
      'notes: { crm: Text }\n  campaignId: { crm: Text, sync: toPartnerCenter }',
    ],
    ['a column that looks like a source', 'default: SOL-1-AAA', 'from: Product__c'],
    ['a related table’s column', 'default: SOL-1-AAA', 'from: msft_solutions.msft_solutionid'],
    ['a flag that stays off by default', NAME, 'visibleToMicrosoft: { crm: V, default: false }'],
    ['no way in for expired deals', NAME, NAME],
  ])('is not one because of %s', async (_what, from, to) => {
    expect(await problemsWith(from, to)).toEqual([]);
  });
});
