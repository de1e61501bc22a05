// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names a variable
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { CONFIG, folderWith, load, MAPPING, problemsOf } from './workspace.ts';

const FULL = `
state: { kind: postgres, url: "postgres://user:pw@db/cosell" }
server: { host: 0.0.0.0, port: 9000, token: \${TOKEN}, publicUrl: "https://cosell.contoso.com/" }
credentials: { keyFile: /run/secrets/key, warnDays: [7, 30, 7] }
schedule: { sync: "*/10 * * * *", audit: "0 1 * * *", related: "30 * * * *" }
connections:
  - name: contoso
    crm:
      kind: salesforce
      loginUrl: https://CONTOSO.my.salesforce.com/
      apiVersion: "65.0"
      auth: { flow: jwtBearer, clientId: id, username: a@b.example, privateKeyFile: keys/sf.pem, audience: "https://test.salesforce.com" }
    partnerCenter:
      baseUrl: http://127.9.0.1:1/pc/
      webhookBaseUrl: http://[::1]:2
      authority: http://localhost:3
      tenantId: tenant
      clientId: app
      clientSecret: one
      refreshToken: two
      organizationId: org
      timeZone: America/New_York
    limits:
      partnerCenter: { concurrency: 4, requestsPerSecond: 2.5 }
      crm: { concurrency: auto, requestsPerSecond: 5, shareOfDailyQuota: 1 }
    graph:
      directory: true
      notify: { from: sync@contoso.com, to: [ops@contoso.com], on: [conflict, deadline] }
      reminders: { from: sync@contoso.com }
      auth: { flow: managedIdentity, clientId: mine }
    notify:
      timeZone: Europe/Berlin
      quietHours: { from: "19:00", to: 07:00, weekends: true }
      digest: "08:15"
      urgent: [halted]
      webhook: { url: "https://prod-1.logic.azure.com/workflows/1?sig=x%2Fy" }
    mapping: ./mapping.yaml
    policy:
      settleSeconds: 0
      closeHoldMinutes: 0
      maxWritesPerRun: 0
      maxClosesPerRun: 0
      createGraceMinutes: 0
      runMinutes: 0
      pastCloseDate: send
      inbound: { create: false, accounts: create, existing: create }
      approvals: [create, invite, close, share, accept, decline, unlink]
    setup: { publisherPrefix: con, solutionName: Con_Sync }
  - name: fabrikam
    crm:
      kind: dynamics
      url: https://fabrikam.crm.dynamics.com
      auth: { flow: clientCredentials, tenantId: t, clientId: c, certificateFile: ../cert.pem }
    partnerCenter: { tenantId: tenant2, clientId: app2 }
    schedule: { sync: "*/15 * * * * *" }
    mapping: ./dynamics.yaml
`;

describe('a configuration', () => {
  it('fills in every default', async () => {
    const config = await load(CONFIG);

    expect(config).toMatchObject({
      state: { kind: 'embedded' },
      server: { host: '127.0.0.1', port: 8787, token: null, sessions: { idleMinutes: 60, maxHours: 12 } },
      schedule: { sync: '*/5 * * * *', audit: '17 3 * * *', related: '0 * * * *' },
      connections: [
        {
          crm: { apiVersion: '66.0' },
          partnerCenter: {
            baseUrl: 'https://api.partner.microsoft.com',
            webhookBaseUrl: 'https://api.partnercenter.microsoft.com',
            authority: 'https://login.microsoftonline.com',
            clientSecret: null,
            refreshToken: null,
            organizationId: null,
            timeZone: 'UTC',
          },
          limits: {
            partnerCenter: { concurrency: 'auto', requestsPerSecond: 10 },
            crm: { concurrency: 'auto', requestsPerSecond: null, shareOfDailyQuota: 0.2 },
          },
          graph: null,
          policy: {
            settleSeconds: 60,
            closeHoldMinutes: 15,
            maxWritesPerRun: 500,
            maxClosesPerRun: 20,
            createGraceMinutes: 15,
            pastCloseDate: 'park',
            inbound: { create: true, accounts: 'match', existing: 'leave' },
            approvals: [],
            runMinutes: 55,
          },
          setup: { publisherPrefix: 'cosell', solutionName: 'CosellSync' },
        },
      ],
    });
  });

  it('takes every key there is, and resolves files from its own folder', async () => {
    const cwd = folderWith({
      'etc/cosell.yaml': FULL,
      'etc/mapping.yaml': MAPPING,
      'etc/dynamics.yaml': `${MAPPING}stageField: stepname\n`,
    });

    const config = await loadConfig({ file: 'etc/cosell.yaml', env: { TOKEN: 't0ken' }, cwd });

    const [contoso, fabrikam] = config.connections;
    expect(config.file).toBe(join(cwd, 'etc/cosell.yaml'));
    expect(config.state).toEqual({ kind: 'postgres', url: 'postgres://user:pw@db/cosell' });
    expect(config.server).toMatchObject({
      host: '0.0.0.0',
      port: 9000,
      token: 't0ken',
      publicUrl: 'https://cosell.contoso.com',
    });
    expect(config.credentials).toEqual({ keyFile: '/run/secrets/key', warnDays: [30, 7] });
    expect(contoso?.schedule).toEqual(config.schedule);
    expect(fabrikam?.schedule).toEqual({ ...config.schedule, sync: '*/15 * * * * *' });
    expect(contoso).toMatchObject({
      crm: {
        loginUrl: 'https://contoso.my.salesforce.com',
        auth: { privateKeyFile: join(cwd, 'etc/keys/sf.pem'), audience: 'https://test.salesforce.com' },
      },
      partnerCenter: {
        baseUrl: 'http://127.9.0.1:1/pc',
        webhookBaseUrl: 'http://[::1]:2',
        authority: 'http://localhost:3',
      },
      limits: { crm: { requestsPerSecond: 5 } },
      graph: {
        baseUrl: 'https://graph.microsoft.com',
        directory: true,
        app: { flow: 'managedIdentity', clientId: 'mine' },
        reminders: { from: 'sync@contoso.com' },
      },
      notify: {
        webhook: {
          url: 'https://prod-1.logic.azure.com/workflows/1?sig=x%2Fy',
          on: ['halted', 'credentials', 'deadline', 'inbound', 'approval', 'conflict', 'parked', 'answered'],
        },
        timeZone: 'Europe/Berlin',
        quietHours: { from: '19:00', to: '07:00', weekends: true },
        digest: '08:15',
        urgent: ['halted'],
      },
      mappingFile: join(cwd, 'etc/mapping.yaml'),
      policy: { settleSeconds: 0, runMinutes: 0, maxClosesPerRun: 0 },
    });
    expect(fabrikam?.crm).toEqual({
      kind: 'dynamics',
      url: 'https://fabrikam.crm.dynamics.com',
      apiVersion: '9.2',
      auth: {
        flow: 'clientCredentials',
        authority: 'https://login.microsoftonline.com',
        tenantId: 't',
        clientId: 'c',
        clientSecret: null,
        certificateFile: join(cwd, 'cert.pem'),
      },
    });
  });

  it('puts an embedded state beside the file, also when only its folder is named', async () => {
    const cwd = folderWith({ 'a/c.yaml': `state: { dir: ../s }\n${CONFIG}`, 'a/mapping.yaml': MAPPING });

    const config = await loadConfig({ file: join(cwd, 'a/c.yaml'), env: {}, cwd: '/' });

    expect(config.state).toEqual({ kind: 'embedded', dir: join(cwd, 's') });
  });

  it('treats a section whose content is commented out as left out', async () => {
    const config = await load(`server:\nschedule:\nstate:\n${CONFIG}    graph:\n    policy:\n`);

    expect(config.connections[0]?.graph).toBeNull();
    expect(config.server.port).toBe(8787);
  });

  it('lets Graph sign in as an app of its own', async () => {
    const graph = `    graph: { clientId: other, clientSecret: hidden, directory: true }\n`;

    const config = await load(CONFIG + graph);

    expect(config.connections[0]?.graph?.app).toEqual({
      flow: 'clientCredentials',
      certificateFile: null,
      authority: 'https://login.microsoftonline.com',
      tenantId: 'tenant',
      clientId: 'other',
      clientSecret: 'hidden',
    });
  });

  it('lets Graph sign in with the certificate of Partner Center’s app', async () => {
    const text = CONFIG.replace('clientId: app', 'clientId: app, certificateFile: app.pem');
    const cwd = folderWith({ 'c.yaml': `${text}    graph: { directory: true }\n`, 'mapping.yaml': MAPPING });

    const config = await loadConfig({ file: 'c.yaml', env: {}, cwd });

    expect(config.connections[0]?.partnerCenter.certificateFile).toBe(join(cwd, 'app.pem'));
    expect(config.connections[0]?.graph?.app).toMatchObject({
      clientId: 'app',
      clientSecret: null,
      certificateFile: join(cwd, 'app.pem'),
    });
  });

  it('takes the token file of a workload from the environment, unless one is named', async () => {
    const graph = (more: string) =>
      `${CONFIG}    graph: { auth: { flow: workloadIdentity, clientId: w${more} } }\n`;
    const cwd = folderWith({
      'c.yaml': graph(''),
      'd.yaml': graph(', tokenFile: ./t'),
      'mapping.yaml': MAPPING,
    });
    const env = { AZURE_FEDERATED_TOKEN_FILE: '/var/run/token' };

    const [given, named] = await Promise.all(
      ['c.yaml', 'd.yaml'].map((file) => loadConfig({ file, env, cwd })),
    );

    expect(given?.connections[0]?.graph?.app).toEqual({
      flow: 'workloadIdentity',
      authority: 'https://login.microsoftonline.com',
      tenantId: 'tenant',
      clientId: 'w',
      tokenFile: '/var/run/token',
    });
    expect(named?.connections[0]?.graph?.app).toMatchObject({ tokenFile: join(cwd, 't') });
  });

  it('uses another mapping file for a trial when told so', async () => {
    const other = MAPPING.replace('Share__c', 'Trial__c');
    const cwd = folderWith({ 'c.yaml': CONFIG, 'mapping.yaml': MAPPING, 'trial/m.yaml': other });

    const config = await loadConfig({ file: 'c.yaml', env: {}, cwd, mappingFile: 'trial/m.yaml' });

    expect(config.connections[0]).toMatchObject({
      mappingFile: join(cwd, 'trial/m.yaml'),
      mapping: { includeText: 'Trial__c = true' },
    });
  });

  it('says how to get a configuration when there is none', async () => {
    const problems = await problemsOf(() => loadConfig({ file: 'none.yaml', env: {}, cwd: '/nowhere' }));

    expect(problems).toEqual([
      'There is no configuration /nowhere/none.yaml. Run "cosell-sync init" to make one, or name another with --config FILE.',
    ]);
  });

  it('says so when it cannot be read', async () => {
    const cwd = folderWith({ 'dir/x': '' });

    const problems = await problemsOf(() => loadConfig({ file: 'dir', env: {}, cwd }));

    expect(problems).toEqual([expect.stringContaining('cannot be read (EISDIR)')]);
  });

  it('says which mapping file is missing', async () => {
    const cwd = folderWith({ 'c.yaml': CONFIG });

    const problems = await problemsOf(() => loadConfig({ file: 'c.yaml', env: {}, cwd }));

    expect(problems).toEqual([
      `connections[0].mapping: the mapping file ${join(cwd, 'mapping.yaml')} does not exist`,
    ]);
  });

  it('lists the problems of the file, its environment and its mapping all at once', async () => {
    const config = CONFIG.replace('clientId: app', 'clientId: ${APP}').replace(
      'https://contoso',
      'http://contoso',
    );
    const cwd = folderWith({
      'c.yaml': `sever: {}\n${config}`,
      'mapping.yaml': MAPPING.replace('amount:', 'amout:'),
    });

    const problems = await problemsOf(() => loadConfig({ file: 'c.yaml', env: {}, cwd }));

    expect(problems).toEqual([
      `connections[0].partnerCenter.clientId: the environment variable APP is not set; set it, or add it to a .env file (looked for: ${cwd}/.env (not there))`,
      'connections[0].crm.loginUrl: must begin with https:// (http:// is accepted for this machine only: localhost, 127.0.0.1, [::1])',
      'sever: there is no such key; did you mean "server"?',
      'mapping.yaml: fields.amout: there is no such key; did you mean "amount"?',
    ]);
  });

  it('reports a mapping that does not suit the CRM', async () => {
    const dynamics = CONFIG.replace('salesforce\n', 'dynamics\n')
      .replace('loginUrl: https://contoso.my.salesforce.com', 'url: https://contoso.crm.dynamics.com')
      .replace('clientId: id', 'tenantId: t, clientId: id');
    const mapping = MAPPING.replace('BillingCountry }', 'BillingCountry, contacts: contactRoles }');
    const cwd = folderWith({ 'c.yaml': dynamics, 'mapping.yaml': mapping });

    const problems = await problemsOf(() => loadConfig({ file: 'c.yaml', env: {}, cwd }));

    expect(problems).toEqual([
      'mapping.yaml: customer.contacts: Dynamics 365 has no source "contactRoles"',
      'mapping.yaml: stageField: is missing; Dynamics 365 has no column StageName, so name the one that holds these stages',
    ]);
  });
});

describe('connections on one Partner Center tenant', () => {
  const second = (crm: string, tenantId: string, name: string): string => `
  - name: ${name}
    crm: ${crm}
    partnerCenter: { tenantId: ${tenantId}, clientId: app }
    mapping: ./mapping.yaml
`;
  const SALESFORCE =
    '{ kind: salesforce, loginUrl: "https://other.my.salesforce.com", auth: { flow: clientCredentials, clientId: id, clientSecret: s } }';

  it('know each other where their CRMs give ids of one form', async () => {
    const { connections } = await load(
      `${CONFIG}${second(SALESFORCE, 'TENANT', 'emea')}${second(SALESFORCE, 'another', 'apac')}`,
    );

    expect(connections.map(({ neighbours }) => neighbours)).toEqual([['emea'], ['contoso'], undefined]);
  });
});
