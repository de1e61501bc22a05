import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadMapping } from '../../src/config/mapping.ts';
import { parseOpportunityId } from '../../src/core/ids.ts';
import type { Crm, RelatedRows } from '../../src/core/ports.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { connectSandbox } from '../support/sandbox-remotes.ts';

const MAPPING_FILE = new URL('../../config/mapping.sandbox.yaml', import.meta.url).pathname;
const options = { signal: new AbortController().signal };

describe('line items of a new opportunity in Salesforce', () => {
  let sandbox: Sandbox;
  let crm: Crm;
  let standard = '';

  beforeEach(async () => {
    sandbox = await startSandbox({ frozenAt: new Date('2026-11-20T12:00:00Z') });
    crm = connectSandbox(sandbox, await loadMapping(MAPPING_FILE)).crm;
    const [book] = sandbox.salesforce.query('SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE');
    standard = String(book?.Id);
  });
  afterEach(async () => sandbox.close());

  const user = () => sandbox.salesforce.as(sandbox.salesforce.adminUserId);
  const product = (name: string, values: Record<string, string | boolean> = {}): string => {
    const id = user().create('Product2', { Name: name, IsActive: true });
    return user().create('PricebookEntry', {
      Pricebook2Id: standard,
      Product2Id: id,
      UnitPrice: 5,
      IsActive: true,
      ...values,
    });
  };
  const opportunity = (): string =>
    user().create('Opportunity', {
      Name: 'Received',
      StageName: 'Prospecting',
      CloseDate: '2027-01-31',
      Amount: 9_000,
    });
  const add = async (
    id: string,
    solutions: readonly (readonly string[])[],
    amount: string | null = '9000',
  ) => {
    const opportunityId = parseOpportunityId(id);
    if (opportunityId === null) throw new TypeError(`${id} is no opportunity.`);
    const rows: RelatedRows = {
      opportunityId,
      accountId: null,
      contacts: [],
      createContacts: false,
      solutions,
      solutionsTo: 'products',
      amount,
    };
    return (await crm.addRelated?.([rows], options))?.[0];
  };
  const prices = (id: string): readonly unknown[] =>
    sandbox.salesforce
      .query(
        `SELECT UnitPrice FROM OpportunityLineItem WHERE OpportunityId = '${id}' ORDER BY UnitPrice DESC`,
      )
      .map((row) => row.UnitPrice);
  const amountOf = (id: string): unknown => sandbox.salesforce.find('Opportunity', id)?.Amount;

  it('add up to the value of the deal, by the first name that the price book has', async () => {
    product('Alpha');
    product('Beta');
    const id = opportunity();

    expect(await add(id, [['Old Alpha', 'alpha'], ['Beta']])).toEqual({ ok: true, added: 2, omitted: [] });
    expect([prices(id), amountOf(id)]).toEqual([[9_000, 0], 9_000]);
    expect(await add(id, [['Alpha']])).toEqual({ ok: true, added: 0, omitted: [] });
  });

  it('are left out where the deal has no value, so that the amount stays', async () => {
    product('Alpha');
    const id = opportunity();

    const outcome = await add(id, [['Alpha']], null);

    expect(outcome).toMatchObject({ ok: true, added: 0, omitted: [expect.stringContaining('no value')] });
    expect([prices(id), amountOf(id)]).toEqual([[], 9_000]);
  });

  it('are left out where the price book has no active entry, or several of one name', async () => {
    product('Gone', { IsActive: false });
    product('Twice');
    product('Twice');
    const id = opportunity();

    expect(await add(id, [['Gone'], ['Twice'], ['Never']])).toEqual({
      ok: true,
      added: 0,
      omitted: [
        'the product Gone (no active price book entry)',
        'the product Twice (2 price book entries have its name)',
        'the product Never (no active price book entry)',
      ],
    });
    expect(amountOf(id)).toBe(9_000);
  });

  it('join none to those of a person', async () => {
    const entry = product('Alpha');
    const id = opportunity();
    user().create('OpportunityLineItem', {
      OpportunityId: id,
      PricebookEntryId: entry,
      Quantity: 1,
      UnitPrice: 8_500,
    });

    expect(await add(id, [['Alpha']])).toEqual({ ok: true, added: 0, omitted: [] });
    expect([prices(id), amountOf(id)]).toEqual([[8_500], 8_500]);
  });
});
