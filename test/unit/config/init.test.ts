// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names a variable
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InitAnswers, renderConfiguration } from '../../../src/config/init.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/core/config-types.ts';
import { folderWith, MAPPING, problemsOf } from './workspace.ts';

const TEMPLATE = readFileSync(new URL('../../../config/mapping.salesforce.yaml', import.meta.url), 'utf8');

const ANSWERS: InitAnswers = {
  connection: 'contoso',
  crm: {
    kind: 'salesforce',
    loginUrl: 'https://contoso.my.salesforce.com',
    clientId: '3MVG9',
    auth: { flow: 'clientCredentials', clientSecret: 'crm-s3cret' },
  },
  partnerCenter: {
    tenantId: 'tenant',
    clientId: 'app',
    clientSecret: 'pc-s3cret',
    timeZone: 'Europe/Berlin',
  },
  stateDirectory: './state',
  consoleToken: 'console-t0ken',
  mappingFile: './mapping.yaml',
  mappingTemplate: TEMPLATE,
  schemaFolder: null,
  currency: null,
  defaultSolution: null,
};

function written(answers: InitAnswers): string {
  const { config, env, mapping } = renderConfiguration(answers);
  return folderWith({ 'c.yaml': config, '.env': env, 'mapping.yaml': mapping });
}

function loaded(answers: InitAnswers): Promise<Config> {
  return loadConfig({ file: 'c.yaml', env: {}, cwd: written(answers) });
}

describe('a rendered configuration', () => {
  it('loads as it is, with the answers in it', async () => {
    const config = await loaded(ANSWERS);

    expect(config).toMatchObject({
      server: { token: 'console-t0ken' },
      connections: [
        {
          name: 'contoso',
          crm: { auth: { flow: 'clientCredentials', clientId: '3MVG9', clientSecret: 'crm-s3cret' } },
          partnerCenter: {
            tenantId: 'tenant',
            clientId: 'app',
            clientSecret: 'pc-s3cret',
            timeZone: 'Europe/Berlin',
          },
        },
      ],
    });
  });

  it('keeps secrets out of the configuration', () => {
    const { config, mapping } = renderConfiguration(ANSWERS);

    expect(config + mapping).not.toMatch(/s3cret|t0ken/);
  });

  it('leaves out what a public client and a local console do not need', async () => {
    const answers = {
      ...ANSWERS,
      consoleToken: null,
      partnerCenter: { ...ANSWERS.partnerCenter, clientSecret: null },
    };

    const config = await loaded(answers);

    expect(config.server.token).toBeNull();
    expect(config.connections[0]?.partnerCenter.clientSecret).toBeNull();
  });

  it('can sign in to Salesforce by a key', async () => {
    const auth = {
      flow: 'jwtBearer',
      username: 'sync@contoso.example',
      privateKeyFile: './sf key.pem',
    } as const;
    const cwd = written({
      ...ANSWERS,
      crm: { kind: 'salesforce', loginUrl: 'https://c.my.salesforce.com', clientId: 'id', auth },
    });

    const { connections } = await loadConfig({ file: 'c.yaml', env: {}, cwd });

    expect(connections[0]?.crm).toMatchObject({
      auth: { flow: 'jwtBearer', clientId: 'id', privateKeyFile: join(cwd, 'sf key.pem') },
    });
  });

  it('can be one for Dynamics', async () => {
    const crm = {
      kind: 'dynamics',
      url: 'https://c.crm.dynamics.com',
      tenantId: 't',
      clientId: 'c',
      clientSecret: 'x y',
    } as const;
    const mappingTemplate = `${MAPPING}stageField: stepname\n`;

    const config = await loaded({ ...ANSWERS, crm, mappingTemplate });

    expect(config.connections[0]?.crm).toMatchObject({
      kind: 'dynamics',
      auth: { tenantId: 't', clientId: 'c', clientSecret: 'x y' },
    });
  });

  it('puts currency and solution into the mapping and changes nothing else of it', async () => {
    const answers = { ...ANSWERS, schemaFolder: '.', currency: 'EUR', defaultSolution: 'SOL-9-ZZZ' };

    const { mapping } = renderConfiguration(answers);
    const config = await loaded(answers);

    const before = TEMPLATE.split('\n');
    const added = mapping.split('\n').filter((line) => !before.includes(line));
    expect(added).toEqual([
      expect.stringContaining('default: EUR } # follows amount'),
      '  default: SOL-9-ZZZ',
    ]);
    expect(mapping.split('\n')).toHaveLength(before.length + 1);
    expect(config.connections[0]?.mapping.solutions.default).toBe('SOL-9-ZZZ');
  });

  it.each([
    ['solutions: { default: SOL-1-AAA }', 'solutions: { default: SOL-9-ZZZ }'],
    ['solutions: { from: products }', 'solutions: { default: SOL-9-ZZZ, from: products }'],
    ['solutions: {}', 'solutions: { default: SOL-9-ZZZ }'],
    ['solutions:\n  from: products', 'solutions:\n  default: SOL-9-ZZZ\n  from: products'],
  ])('sets a value in %j', (from, to) => {
    const { mapping } = renderConfiguration({
      ...ANSWERS,
      mappingTemplate: from,
      defaultSolution: 'SOL-9-ZZZ',
    });

    expect(mapping).toBe(to);
  });

  it('refuses a template without the section to set a value in', async () => {
    const answers = { ...ANSWERS, mappingTemplate: 'tag: {}', defaultSolution: 'SOL-9-ZZZ' };

    expect(await problemsOf(() => renderConfiguration(answers))).toEqual([
      'The mapping template has no section solutions.',
    ]);
  });

  it('names the schemas where editors find them', () => {
    const { config, mapping } = renderConfiguration({ ...ANSWERS, schemaFolder: '../schemas' });

    expect(config).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/cosell-sync\.schema\.json\n/);
    expect(mapping).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/mapping\.schema\.json\n#/);
  });

  it('brings every secret back as it was, or says that a .env cannot hold it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary' }), async (secret) => {
        const crm = {
          ...ANSWERS.crm,
          auth: { flow: 'clientCredentials', clientSecret: secret },
        } as InitAnswers['crm'];
        const problems = await problemsOf(() => renderConfiguration({ ...ANSWERS, crm }));
        if (problems.length > 0) {
          expect(problems).toEqual([expect.stringMatching(/^SALESFORCE_CLIENT_SECRET has characters/)]);
          return;
        }

        const config = await loaded({ ...ANSWERS, crm });

        expect(config.connections[0]?.crm).toMatchObject({ auth: { clientSecret: secret } });
      }),
      {
        numRuns: 150,
        examples: [["a'b"], ['a"b\'c'], ['#x'], [' x '], ['`'], ['\'"`'], ['a\\nb'], ['$A ${B}'], ['a\nb']],
      },
    );
  });
});
