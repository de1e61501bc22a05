import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { type DealLife, openLife } from './deal-life.ts';

const Runs = z.object({ runs: z.array(z.looseObject({ connection: z.string(), outcome: z.string() })) });
const Items = z.object({ items: z.array(z.looseObject({ connection: z.string() })) });

/** Ids of the other org begin behind those of the first: no two orgs of Salesforce give the same one. */
const OTHER_IDS_FROM = 20;

describe('two orgs on one Partner Center tenant', { timeout: 60_000 }, () => {
  let life: DealLife;
  let region: Sandbox;
  let ours = '';
  let theirs = '';

  /** A second connection: another org, the same tenant. */
  async function addRegion(): Promise<void> {
    const { configFile } = life.place;
    const config = parseDocument(await readFile(configFile, 'utf8'));
    const first = config.toJS().connections[0];
    const crm = { ...first.crm, loginUrl: region.urls.salesforce };
    const policy = { ...first.policy, inbound: { create: false } };
    config.addIn(['connections'], { ...first, name: 'region', crm, policy });
    await writeFile(configFile, config.toString());
  }

  function shareThere(): string {
    const org = region.salesforce;
    for (const name of [
      'Marketplace_Intent__c',
      'Partner_Role__c',
      'Solution_Area__c',
      'Solution_Play__c',
      'Referral_Program__c',
    ])
      org.addField('Opportunity', name, 'string');
    org.addField('Opportunity', 'Favorite__c', 'boolean');
    const admin = org.as(org.adminUserId);
    const sellerId = admin.create('User', {
      FirstName: 'Lee',
      LastName: 'Seller',
      Email: 'lee@partner.example',
      Username: 'lee@partner.example',
      Phone: '+1 415 555 0150',
      IsActive: true,
    });
    const seller = org.as(sellerId);
    const values = { Name: 'Regional', StageName: 'Prospecting', CloseDate: life.day(60) };
    for (let n = 1; n < OTHER_IDS_FROM; n += 1) seller.create('Opportunity', values);
    const AccountId = seller.create('Account', {
      Name: 'Contoso Retail',
      BillingStreet: 'Main St 1',
      BillingCity: 'Boston',
      BillingPostalCode: '02101',
      BillingCountry: 'US',
    });
    return seller.create('Opportunity', {
      ...values,
      AccountId,
      Amount: 25_000,
      Description: 'Theirs.',
      Product__c: 'GTX Pro',
      Sync_with_Partner_Center__c: true,
    });
  }

  const run = async (...words: string[]) =>
    Runs.parse((await life.place.json('sync', ...words)).document).runs;
  const items = async () => Items.parse((await life.place.json('attention', 'list')).document).items;

  beforeAll(async () => {
    life = await openLife();
    region = await startSandbox({ frozenAt: life.place.sandbox.clock.now() });
    await addRegion();
    theirs = shareThere();
    ours = life.share();
  });
  afterAll(async () => {
    await region.close();
    await life.place.close();
  });

  it('the one that runs first leaves the deals of one that never ran for later, in silence', async () => {
    await run('--connection', 'region');
    const [first] = await run('--connection', 'sandbox');

    expect(first).toMatchObject({ outcome: 'clean' });
    expect(await items()).toEqual([]);
  });

  it('each shares its own and nobody is asked about the other’s, in this run or a complete one', async () => {
    life.edit(ours, { Amount: 44_000 });
    await run();
    const runs = await run('--full');

    expect(runs.map(({ outcome }) => outcome)).toEqual(['clean', 'clean']);
    expect(await items()).toEqual([]);
    const tags = life.place.sandbox.partnerCenter
      .referrals()
      .map(({ externalReferenceId }) => externalReferenceId);
    expect(tags.sort()).toEqual([ours, theirs].sort());
    expect(life.referral(ours)).toMatchObject({ details: { dealValue: 44_000 } });
  });

  it('neither org is sent an id of the other', () => {
    const sent = region.journal.entries
      .map(({ path, body }) => `${decodeURIComponent(path)} ${body}`)
      .join('\n');
    const sentHere = life.place.sandbox.journal
      .since(0, 'salesforce')
      .map(({ path, body }) => `${decodeURIComponent(path)} ${body}`)
      .join('\n');

    expect(sent).not.toContain(ours);
    expect(sentHere).not.toContain(theirs);
  });
});

describe('two connections that share an org, each with a filter of its own', { timeout: 60_000 }, () => {
  let life: DealLife;

  beforeAll(async () => {
    life = await openLife({ mapping: (file) => file.set('include', "Product__c = 'GTX Pro'") });
    const { configFile, folder } = life.place;
    const config = parseDocument(await readFile(configFile, 'utf8'));
    const first = config.toJS().connections[0];
    const mapping = parseDocument(await readFile(first.mapping, 'utf8'));
    mapping.set('include', "Product__c = 'GTX Basic'");
    const file = join(folder, 'mapping.basic.yaml');
    await writeFile(file, mapping.toString());
    config.addIn(['connections'], { ...first, name: 'basic', mapping: file });
    await writeFile(configFile, config.toString());
  });
  afterAll(async () => life.place.close());

  it('share what their filters select, and are silent about the rest', async () => {
    const ids = [life.share(), life.share({ Product__c: 'GTX Basic' })];
    for (let round = 0; round < 3; round += 1) {
      const { document } = await life.place.json('sync');
      expect(Runs.parse(document).runs.map(({ outcome }) => outcome)).toEqual(['clean', 'clean']);
    }

    expect(Items.parse((await life.place.json('attention', 'list')).document).items).toEqual([]);
    expect(
      life.place.sandbox.partnerCenter
        .referrals()
        .map((referral) => referral.externalReferenceId)
        .sort(),
    ).toEqual(ids.sort());
  });
});
