import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor } from '../../../src/cli/doctor.ts';
import { init } from '../../../src/cli/init.ts';
import { neededColumns } from '../../../src/cli/needed-columns.ts';
import { setup } from '../../../src/cli/setup.ts';
import { renderConfiguration } from '../../../src/config/init.ts';
import type { CheckResult } from '../../../src/core/ports.ts';
import { mapping } from '../../support/builders.ts';
import { createWorld } from '../../support/world.ts';
import { createFake, createFakeTerminal } from './fake-services.ts';

const good = (name: string): CheckResult => ({ name, ok: true, detail: 'fine', remedy: null });
const bad = (name: string): CheckResult => ({ name, ok: false, detail: 'broken', remedy: 'Mend it.' });

describe('doctor', () => {
  async function diagnose(
    crm: readonly CheckResult[],
    machine: readonly CheckResult[] = [],
    json = false,
    daysLeft = 89,
  ) {
    const world = createWorld();
    world.crm.check = async () => crm;
    world.partnerCenter.check = async () => [good('Partner Center sign-in')];
    const { services, terminal } = createFake({
      world,
      json,
      overrides: {
        checkMachine: async () => machine,
        authentication: async () => ({
          status: async () => ({
            connection: 'contoso',
            state: 'stored',
            renewedAt: '2026-11-19T12:00:00.000Z',
            daysLeft,
          }),
          login: async () => {},
          logout: async () => true,
          key: async () => null,
          rekey: async () => ({ entries: 0, from: null, to: null }),
          checks: async () => [],
        }),
      },
    });
    return { code: await doctor(services), output: terminal.output };
  }

  it('says that all is in order', async () => {
    const { code, output } = await diagnose([good('Salesforce sign-in')]);

    expect(code).toBe(0);
    expect(output).toContain('Everything that can be checked is in order.');
  });

  it('exits with 4 when a side cannot be signed in to', async () => {
    expect((await diagnose([bad('Salesforce sign-in')])).code).toBe(4);
  });

  it('exits with 3 for other problems, each with its remedy', async () => {
    const { code, output } = await diagnose(
      [good('Salesforce sign-in'), bad('Salesforce stages')],
      [bad('State directory')],
    );

    expect(code).toBe(3);
    expect(output).toContain('Salesforce stages: broken');
    expect(output.match(/-> Mend it\./g)).toHaveLength(2);
    expect(output).toContain('2 problems found.');
  });

  it('warns before a sign-in that nothing has renewed comes to its end', async () => {
    const { code, output } = await diagnose([good('Salesforce sign-in')], [], false, 5);

    expect(code).toBe(4);
    expect(output).toContain('good for 5 days without being used');
    expect(output).toContain('cosell-sync auth login contoso');
  });

  it('prints one JSON document', async () => {
    const { output } = await diagnose([bad('Salesforce sign-in')], [good('Node.js')], true);

    const document = JSON.parse(output);
    expect(document.problems).toBe(1);
    expect(document.checks).toContainEqual({ connection: 'contoso', ...bad('Salesforce sign-in') });
    expect(document.checks).toContainEqual({ connection: null, ...good('Node.js') });
  });
});

describe('setup', () => {
  async function listed(missing: readonly string[] | null, apply = false) {
    const world = createWorld();
    const missingColumns = missing === null ? null : async () => missing;
    const created: string[] = [];
    const { services, terminal } = createFake({
      world,
      overrides: {
        connect: async () => ({
          crm: world.crm,
          partnerCenter: world.partnerCenter,
          requests: world.dependencies.requests,
          missingColumns,
          createColumns: apply
            ? async (columns) => {
                created.push(...columns.map(({ path }) => path));
                return { created, problems: [] };
              }
            : null,
        }),
      },
    });
    return { code: await setup(services, { apply }), output: terminal.output, created };
  }

  it('is content when every column is there', async () => {
    const { code, output } = await listed([]);

    expect(code).toBe(0);
    expect(output).toContain('Every column is there.');
  });

  it('exits with 3 and says by hand how to make what is missing', async () => {
    const { code, output } = await listed(['Referral_Identifier__c', 'Customer_Consent__c']);

    expect(code).toBe(3);
    expect(output).toContain(
      'Setup > Object Manager > Opportunity > Fields & Relationships > New: type Text(100), unique, external id, name Referral_Identifier',
    );
    expect(output).toContain('type Checkbox, name Customer_Consent');
  });

  it('creates what is missing where the adapter can', async () => {
    const { code, created } = await listed(['Referral_Identifier__c'], true);

    expect(created).toEqual(['Referral_Identifier__c']);
    expect(code).toBe(0);
  });

  it('does not ask for what a CRM has only with certain features', async () => {
    expect((await listed(['CurrencyIsoCode'])).code).toBe(0);
    expect((await listed(['Account.Name'])).code).toBe(3);
  });

  it('names each column of a mapping once', () => {
    const paths = neededColumns(mapping(), 'salesforce', 'cosell').map(({ path }) => path);

    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toEqual(
      expect.arrayContaining([
        'Referral_Identifier__c',
        'StageName',
        'Loss_Reason__c',
        'Sync_with_Partner_Center__c',
        'Product__c',
      ]),
    );
  });
});

describe('init', () => {
  let folder: string;
  const render = {
    renderInit: async (answers: Parameters<ReturnType<typeof createFake>['services']['renderInit']>[0]) =>
      renderConfiguration({
        ...answers,
        mappingTemplate: 'fields:\n  currency: { crm: CurrencyIsoCode, default: USD }\n',
        schemaFolder: null,
      }),
  };
  const OPTIONS = {
    name: 'contoso',
    crmUrl: 'https://contoso.my.salesforce.com',
    crmClientId: 'connected-app',
    tenantId: '11111111-1111-4111-8111-111111111111',
    clientId: '22222222-2222-4222-8222-222222222222',
    clientSecret: 'top-secret',
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cosell-init-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const configFile = (): string => join(folder, 'config', 'cosell-sync.yaml');

  it('says first which secrets are still to be filled in, and nothing of it when there are none', async () => {
    const without = createFake({ overrides: { ...render, configFile: configFile() } });
    await init(without.services, OPTIONS);
    await rm(join(folder, 'config'), { recursive: true });
    const complete = createFake({ overrides: { ...render, configFile: configFile() } });
    await init(complete.services, { ...OPTIONS, crmClientSecret: 'another-secret' });

    expect(without.terminal.output).toContain(
      `Next: fill in SALESFORCE_CLIENT_SECRET in ${join(folder, 'config', '.env')}, then `,
    );
    expect(complete.terminal.output).toContain('Next: cosell-sync auth login contoso');
  });

  it('writes configuration, mapping and .env from options where nobody can be asked', async () => {
    const { services } = createFake({ overrides: { ...render, configFile: configFile() } });

    expect(await init(services, OPTIONS)).toBe(0);

    const config = await readFile(configFile(), 'utf8');
    expect(config).toContain('name: contoso');
    expect(config).not.toContain('top-secret');
    const env = join(folder, 'config', '.env');
    expect(await readFile(env, 'utf8')).toContain('PARTNER_CLIENT_SECRET=top-secret');
    expect((await stat(env)).mode & 0o777).toBe(0o600);
  });

  it('overwrites nothing', async () => {
    const { services } = createFake({ overrides: { ...render, configFile: configFile() } });
    await init(services, OPTIONS);

    await expect(init(services, { ...OPTIONS, name: 'fabrikam' })).rejects.toThrow('is not overwritten');

    expect(await readFile(configFile(), 'utf8')).toContain('name: contoso');
  });

  it('lists everything that is missing at once', async () => {
    const { services } = createFake({ overrides: { ...render, configFile: configFile() } });

    await expect(
      init(services, { ...OPTIONS, tenantId: 'contoso', crmUrl: 'http://contoso.example' }),
    ).rejects.toThrow(/--crm-url[\s\S]*--tenant-id/);
  });

  it('asks on a terminal, and again after an answer that cannot be right', async () => {
    const terminal = createFakeTerminal({ isInteractive: true });
    terminal.answers.push(
      '',
      'not an address',
      OPTIONS.crmUrl,
      OPTIONS.crmClientId,
      '',
      OPTIONS.tenantId,
      OPTIONS.clientId,
      '',
      'Europe/Berlin',
      'EUR',
      '',
    );
    const { services } = createFake({ terminal, overrides: { ...render, configFile: configFile() } });

    expect(await init(services, { crm: 'salesforce' })).toBe(0);

    expect(terminal.errors).toContain('That must be an address');
    expect(await readFile(configFile(), 'utf8')).toMatch(/name: default[\s\S]*timeZone: Europe\/Berlin/);
  });
});
