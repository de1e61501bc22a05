import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderSchemas } from '../../../src/config/json-schema.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { loadMapping } from '../../../src/config/mapping.ts';
import { mappingFits } from '../../../src/config/mapping-fit.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import { folderWith, problemsOf } from './workspace.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string): string => readFileSync(`${root}/${name}`, 'utf8');

/** What a person fills into the example `.env`. */
const FILLED = {
  SALESFORCE_CLIENT_ID: 'id',
  SALESFORCE_CLIENT_SECRET: 'secret',
  PARTNER_TENANT_ID: 'tenant',
  PARTNER_CLIENT_ID: 'app',
};

describe('the example configuration', () => {
  const example = {
    'c.yaml': read('config/cosell-sync.example.yaml'),
    'mapping.salesforce.yaml': read('config/mapping.salesforce.yaml'),
  };

  it('loads with the example .env, once its required values are filled in', async () => {
    const cwd = folderWith({ ...example, '.env': read('.env.example') });

    const config = await loadConfig({ file: 'c.yaml', env: FILLED, cwd });

    expect(config.server.token).toBeNull();
    expect(config.connections[0]?.partnerCenter.refreshToken).toBeNull();
  });

  it('asks for every required value of the example .env', async () => {
    const cwd = folderWith({ ...example, '.env': read('.env.example') });

    const problems = await problemsOf(() => loadConfig({ file: 'c.yaml', env: {}, cwd }));

    expect(problems).toHaveLength(Object.keys(FILLED).length);
    for (const name of Object.keys(FILLED))
      expect(problems.join('\n')).toContain(`(its value comes from ${name})`);
  });

  it('shows the defaults', async () => {
    const cwd = folderWith({
      ...example,
      'short.yaml': `connections:\n  - name: contoso
    crm: { kind: salesforce, loginUrl: "https://contoso.my.salesforce.com", auth: { flow: clientCredentials, clientId: id, clientSecret: secret } }
    partnerCenter: { tenantId: tenant, clientId: app }
    mapping: ./mapping.salesforce.yaml\n`,
      '.env': read('.env.example'),
    });

    const { file: _file, ...long } = await loadConfig({ file: 'c.yaml', env: FILLED, cwd });
    const { file: _short, ...short } = await loadConfig({ file: 'short.yaml', env: {}, cwd });

    expect(long).toEqual(short);
  });

  it('names no variable that the example .env lacks', () => {
    const named = example['c.yaml']
      .split('\n')
      .filter((line) => !/^\s*#/.test(line))
      .join('\n')
      .matchAll(/\$\{(\w+)\}/g);

    const listed = Object.keys(parseEnv(read('.env.example')));

    expect([...named].map(([, name]) => name).sort()).toEqual([...listed].sort());
  });
});

describe('the sandbox configuration', () => {
  it('loads without any environment, and speaks to this machine only', async () => {
    const config = await loadConfig({ file: 'config/sandbox.yaml', env: {}, cwd: root });

    const [connection] = config.connections;
    expect(connection).toMatchObject({
      crm: {
        kind: 'salesforce',
        loginUrl: 'http://127.0.0.1:8801',
        auth: { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
      },
      partnerCenter: {
        baseUrl: 'http://127.0.0.1:8802',
        webhookBaseUrl: 'http://127.0.0.1:8802',
        authority: 'http://127.0.0.1:8803',
        tenantId: '11111111-1111-4111-8111-111111111111',
        clientSecret: 'sandbox-client-secret',
        refreshToken: 'sandbox-refresh-token',
      },
      policy: { settleSeconds: 0, closeHoldMinutes: 0 },
    });
  });

  it('knows the products of the sample data but one, which waits for a person', async () => {
    const mapping = await loadMapping(`${root}/config/mapping.sandbox.yaml`);
    const products = [
      'GTX Basic',
      'GTX Pro',
      'GTXPro',
      'GTX Plus Basic',
      'GTX Plus Pro',
      'MG Special',
      'MG Advanced',
    ];

    expect(Object.keys(mapping.solutions.catalogue).sort()).toEqual([...products].sort());
    expect(mapping.solutions.default).toBeNull();
  });
});

describe('the Salesforce mapping', () => {
  it('suits Salesforce, and carries a reason with every lost or declined deal', async () => {
    const mapping = await loadMapping(`${root}/config/mapping.salesforce.yaml`);

    const reasons = mapping.stages
      .filter(({ reason }) => reason !== null)
      .map(({ deal, reason }) => [deal, reason]);
    expect(mappingFits(mapping, 'salesforce')).toEqual([]);
    expect(reasons).toEqual([
      ['Lost', 'Loss_Reason__c'],
      ['Declined', 'Decline_Reason__c'],
    ]);
  });

  it('reads an opportunity of an org with the connector’s fields', async () => {
    const mapping = await loadMapping(`${root}/config/mapping.salesforce.yaml`);
    const values = {
      Sync_with_Partner_Center__c: true,
      Name: '✔ Fabrikam migration',
      Amount: 1200.5,
      CloseDate: '2026-12-31',
      StageName: 'Negotiation/Review',
      'Account.Name': 'Fabrikam',
      'Account.BillingCountry': 'Germany',
    };
    const record = {
      id: '0065i00000000G9AAI',
      version: 'v',
      modifiedAt: '2026-01-01T00:00:00.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
      stageChangedAt: null,
      modifiedByUs: false,
      deleted: false,
      mergedInto: null,
      values,
      customerId: null,
      people: {},
    };

    const { deal, inScope } = toDeal(record as unknown as Parameters<typeof toDeal>[0], mapping);

    expect(inScope).toBe(true);
    expect(deal).toMatchObject({
      name: 'Fabrikam migration',
      amount: '1200.5',
      currency: 'USD',
      closeDate: '2026-12-31',
      state: 'Accepted',
      salesStage: 'Close',
      customer: { name: 'Fabrikam', address: { country: 'DE' } },
    });
  });
});

describe('the Dynamics 365 mapping', () => {
  it.each(['mapping.dynamics.yaml', 'mapping.sandbox-dynamics.yaml'])(
    'suits Dynamics 365, and carries a reason with every lost or declined deal: %s',
    async (name) => {
      const mapping = await loadMapping(`${root}/config/${name}`);

      const reasons = mapping.stages.filter(({ reason }) => reason !== null).map(({ deal }) => deal);
      expect(mappingFits(mapping, 'dynamics')).toEqual([]);
      expect(reasons).toEqual(['Lost', 'Lost', 'Declined']);
    },
  );

  it('comes with a sandbox that speaks to this machine only', async () => {
    const config = await loadConfig({ file: 'config/sandbox-dynamics.yaml', env: {}, cwd: root });

    expect(config.connections[0]).toMatchObject({
      crm: {
        kind: 'dynamics',
        url: 'http://127.0.0.1:8804',
        auth: { authority: 'http://127.0.0.1:8803', clientSecret: 'sandbox-dynamics-secret' },
      },
      partnerCenter: { baseUrl: 'http://127.0.0.1:8802', authority: 'http://127.0.0.1:8803' },
      policy: { settleSeconds: 0, closeHoldMinutes: 0 },
    });
  });
});

describe('the JSON schemas for editors', () => {
  it.each(Object.entries(renderSchemas()))(
    'are those of the formats: %s (else run "npm run schemas")',
    (name, text) => {
      expect(read(`config/${name}`)).toBe(text);
    },
  );

  it.each([
    ['cosell-sync.example.yaml', 'cosell-sync.schema.json'],
    ['sandbox.yaml', 'cosell-sync.schema.json'],
    ['sandbox-dynamics.yaml', 'cosell-sync.schema.json'],
    ['mapping.salesforce.yaml', 'mapping.schema.json'],
    ['mapping.dynamics.yaml', 'mapping.schema.json'],
    ['mapping.sandbox-dynamics.yaml', 'mapping.schema.json'],
    ['mapping.sandbox.yaml', 'mapping.schema.json'],
  ])('are named by the first line of %s', (name, schema) => {
    expect(read(`config/${name}`).split('\n')[0]).toBe(`# yaml-language-server: $schema=./${schema}`);
  });

  it('let a variable stand where a number is expected', () => {
    const schema: unknown = JSON.parse(renderSchemas()['cosell-sync.schema.json']);

    expect(schema).toMatchObject({
      properties: { server: { properties: { port: { type: ['integer', 'string'], maximum: 65_535 } } } },
    });
  });
});
