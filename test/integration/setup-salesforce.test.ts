import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient } from '../../src/adapters/http/index.ts';
import { createSalesforce } from '../../src/adapters/salesforce/index.ts';
import { neededColumns } from '../../src/cli/needed-columns.ts';
import { selectionFor } from '../../src/config/selection.ts';
import type { Crm, NewColumn } from '../../src/core/ports.ts';
import { SANDBOX_CREDENTIALS, type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { mapping } from '../support/builders.ts';
import { quietLogger } from '../support/sandbox-remotes.ts';

const call = { signal: new AbortController().signal };
const columns = neededColumns(mapping(), 'salesforce', 'cosell').filter(({ isCustom }) => isCustom);

let sandbox: Sandbox;
let crm: Crm;

beforeEach(async () => {
  sandbox = await startSandbox();
  crm = createSalesforce({
    config: {
      kind: 'salesforce',
      loginUrl: sandbox.urls.salesforce,
      apiVersion: '66.0',
      auth: { flow: 'clientCredentials', ...SANDBOX_CREDENTIALS.salesforce },
    },
    selection: selectionFor(mapping()),
    http: (baseUrl) => createHttpClient({ baseUrl, system: 'crm' }),
    logger: quietLogger,
    limits: { shareOfDailyQuota: 1 },
  });
});
afterEach(() => sandbox.close());

function remove(paths: readonly string[]): void {
  for (const path of paths) sandbox.salesforce.removeField('Opportunity', path);
}

async function missing(): Promise<readonly string[]> {
  return (await crm.missingColumns?.(call)) ?? [];
}

async function create(wanted: readonly NewColumn[]) {
  return crm.createColumns?.(wanted, call);
}

function fieldOf(name: string) {
  const { schema } = sandbox.salesforce;
  const opportunity = schema.find('Opportunity');
  return opportunity === undefined ? undefined : schema.field(opportunity, name);
}

describe('creating the columns of a mapping in Salesforce', () => {
  it('makes every custom column, readable and writable for the signed-in user', async () => {
    const paths = columns.map(({ path }) => path);
    remove(paths);
    const before = await missing();

    const result = await create(columns);

    expect(before).toEqual(expect.arrayContaining(paths));
    expect(result).toEqual({ created: paths, problems: [] });
    expect((await missing()).filter((path) => paths.includes(path))).toEqual([]);
    const checks = await crm.check(call);
    expect(checks.find(({ name }) => name === 'Salesforce columns')).toMatchObject({ ok: true });
    expect(checks.find(({ name }) => name === 'Salesforce write rights')).toMatchObject({ ok: true });
  });

  it("makes them with the types of Microsoft's connector", async () => {
    remove(columns.map(({ path }) => path));

    await create(columns);

    expect(fieldOf('Referral_Identifier__c')).toMatchObject({
      type: 'string',
      length: 100,
      unique: true,
      externalId: true,
    });
    expect(fieldOf('Referral_Link__c')).toMatchObject({ type: 'url', label: 'Referral Link' });
    expect(fieldOf('Audit__c')).toMatchObject({ type: 'textarea', length: 100_000 });
    expect(fieldOf('Customer_Consent__c')).toMatchObject({ type: 'boolean', defaultValue: false });
    expect(fieldOf('How_can_Microsoft_help__c')).toMatchObject({
      type: 'picklist',
      label: 'How can Microsoft help?',
      picklist: expect.arrayContaining(['Workload Specific Value Proposition', 'General or Other']),
    });
  });

  it('grants a column that exists and is hidden, and repeats nothing', async () => {
    const wanted = columns.slice(0, 2);
    remove(wanted.map(({ path }) => path));
    await create(wanted);
    const { salesforce } = sandbox;
    const [grant] = salesforce.query(
      `SELECT Id FROM FieldPermissions WHERE Field = 'Opportunity.${wanted[0]?.path}'`,
    );
    salesforce.as(salesforce.adminUserId).delete('FieldPermissions', String(grant?.Id));

    const result = await create(wanted);

    expect(result).toEqual({ created: wanted.map(({ path }) => path), problems: [] });
    expect(salesforce.query('SELECT Id FROM PermissionSet')).toHaveLength(1);
    expect(salesforce.query('SELECT Id FROM PermissionSetAssignment')).toHaveLength(1);
    expect(salesforce.query('SELECT Id FROM FieldPermissions')).toHaveLength(2);
  });

  it('stops at the first refusal for want of a right, and says so', async () => {
    remove(columns.map(({ path }) => path));
    sandbox.faults.add({
      system: 'salesforce',
      kind: 'status',
      when: 'before',
      path: '/tooling/',
      status: 403,
      contentType: 'application/json',
      body: '[{"errorCode":"INSUFFICIENT_ACCESS","message":"insufficient access rights"}]',
    });

    const result = await create(columns);

    expect(result?.created).toEqual([]);
    expect(result?.problems.join('\n')).toContain('Customize Application');
    const asked = sandbox.journal.entries.filter(({ path }) => path.includes('/tooling/'));
    expect(asked).toHaveLength(1);
  });

  it('says how to grant by hand when permission sets are refused', async () => {
    const wanted = columns.slice(0, 1);
    remove(wanted.map(({ path }) => path));
    sandbox.faults.add({
      system: 'salesforce',
      kind: 'status',
      when: 'before',
      method: 'POST',
      path: '/composite/sobjects',
      status: 403,
      contentType: 'application/json',
      body: '[{"errorCode":"INSUFFICIENT_ACCESS","message":"insufficient access rights"}]',
    });

    const result = await create(wanted);

    expect(result?.created).toEqual([]);
    expect(result?.problems.join('\n')).toContain(
      'give read and edit access to Opportunity.Referral_Identifier__c, and assign it to the integration user',
    );
  });

  it('leaves alone what belongs to a package or to a lookup that is not there', async () => {
    const shape = { kind: 'text', length: 255 } as const;

    const result = await create([
      { path: 'acme__Region__c', label: null, use: 'a test', shape },
      { path: 'Nowhere__r.Region__c', label: null, use: 'a test', shape },
    ]);

    expect(result?.created).toEqual([]);
    expect(result?.problems).toEqual([
      expect.stringContaining('belongs to the package acme'),
      expect.stringContaining('no lookup Nowhere__r'),
    ]);
  });

  it('adds a column to the object that a lookup leads to', async () => {
    const shape = { kind: 'text', length: 255 } as const;

    const result = await create([{ path: 'Account.Region__c', label: null, use: 'a test', shape }]);

    expect(result).toEqual({ created: ['Account.Region__c'], problems: [] });
    const account = sandbox.salesforce.schema.find('Account');
    expect(account && sandbox.salesforce.schema.field(account, 'Region__c')?.label).toBe('Region');
  });
});
