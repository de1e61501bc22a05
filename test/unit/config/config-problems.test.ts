// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names a variable
import { describe, expect, it } from 'vitest';
import { CONFIG, load, problemsOf } from './workspace.ts';

const AUTH = 'auth: { flow: clientCredentials, clientId: id, clientSecret: s3cret-value }';
const HTTPS =
  'must begin with https:// (http:// is accepted for this machine only: localhost, 127.0.0.1, [::1])';
const CRON = 'must be a cron expression of five fields such as "*/5 * * * *", or six that begin with seconds';

/** The configuration with one text replaced. */
function changed(from: string, to: string): string {
  if (!CONFIG.includes(from)) throw new Error(`The fixture has no ${from}.`);
  return CONFIG.replace(from, to);
}

const inConnection = (text: string): string => `${CONFIG}    ${text}\n`;
const atTop = (text: string): string => `${text}\n${CONFIG}`;

const wrong: readonly (readonly [string, string, readonly string[]])[] = [
  ['an empty file', '', ['connections: is missing']],
  ['no connection', 'connections: []', ['connections: must not be empty']],
  ['a list at the top', '- a', ['must be a section with keys of its own']],
  ['a text at the top', 'hello', ['must be a section with keys of its own']],
  [
    'a misspelled key',
    changed('loginUrl', 'loginUlr'),
    [
      'connections[0].crm.loginUrl: is missing',
      'connections[0].crm.loginUlr: there is no such key; did you mean "loginUrl"?',
    ],
  ],
  [
    'a key in another style',
    atTop('server: { Port: 1 }'),
    ['server.Port: there is no such key; did you mean "port"?'],
  ],
  [
    'a server that others reach without a token',
    atTop('server: { host: 0.0.0.0 }'),
    [
      'server.token: is missing; other machines can connect to 0.0.0.0, so that console and /metrics need a token',
    ],
  ],
  [
    'a second factor without a token',
    atTop('server: { totpSecret: JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP }'),
    ['server.token: is missing; server.totpSecret is asked for beside it'],
  ],
  ...['JBSWY3DPEHPK3PXP', 'n0t-8ase32-however-long-1t-1s-there', '""'].map(
    (secret) =>
      [
        `the second factor ${secret}`,
        atTop(`server: { token: x, totpSecret: ${secret} }`),
        [
          'server.totpSecret: must be a secret in base32, 26 characters (A to Z, 2 to 7) or more; cosell-sync console-secret makes one',
        ],
      ] as const,
  ),
  [
    'a key like no other',
    atTop('server: { colour: red }'),
    [
      'server.colour: there is no such key here (there are: host, port, publicUrl, token, totpSecret, allowedHosts, sessions)',
    ],
  ],
  [
    'a key without a value that nobody knows',
    atTop('loging:'),
    ['loging: there is no such key here (there are: state, server, credentials, schedule, connections)'],
  ],
  [
    'an unknown kind of CRM',
    changed('kind: salesforce', 'kind: salesfroce'),
    [
      'connections[0].crm.kind: must be one of salesforce, dynamics, not "salesfroce"; did you mean "salesforce"?',
    ],
  ],
  [
    'no kind of CRM',
    changed('kind: salesforce', ''),
    ['connections[0].crm.kind: is missing (one of salesforce, dynamics)'],
  ],
  [
    'a number with a unit',
    inConnection('policy: { settleSeconds: 5m }'),
    [
      'connections[0].policy.settleSeconds: must be a number, not "5m"; write the number alone, its unit is in the key',
    ],
  ],
  [
    'webhooks without an address for them',
    inConnection('webhooks: { partnerCenter: {} }'),
    [
      'connections[0].webhooks.partnerCenter: needs server.publicUrl, the address at which Partner Center reaches this server, such as https://sync.contoso.com',
    ],
  ],
  [
    'a public address with the path of webhooks',
    atTop('server: { publicUrl: "https://sync.contoso.com/webhooks/partner-center" }'),
    ['server.publicUrl: must not contain /webhooks; the path is added'],
  ],
  [
    'a public address without TLS',
    atTop('server: { publicUrl: "http://sync.contoso.com" }'),
    [`server.publicUrl: ${HTTPS}`],
  ],
  [
    'a pattern of certificate hosts',
    `server: { publicUrl: "https://sync.contoso.com" }\n${inConnection('webhooks: { partnerCenter: { certificateHosts: ["*.blob.core.windows.net"] } }')}`,
    [
      'connections[0].webhooks.partnerCenter.certificateHosts[0]: must be the name of one host, such as "3psostorageacct.blob.core.windows.net"; patterns would let strangers sign events',
    ],
  ],
  [
    "an event that is none of a referral's",
    `server: { publicUrl: "https://sync.contoso.com" }\n${inConnection('webhooks: { partnerCenter: { events: [referral-updatet] } }')}`,
    [
      'connections[0].webhooks.partnerCenter.events[0]: must be one of referral-created, referral-updated, related-referral-created, related-referral-updated, test-created, not "referral-updatet"; did you mean "referral-updated"?',
    ],
  ],
  [
    'a webhook of the other CRM, with a key that is too short to show',
    inConnection('webhooks: { dynamics: { key: hunter2 } }'),
    [
      'connections[0].webhooks.dynamics.key: must have at least 16 characters',
      "connections[0].webhooks.dynamics: stands in a connection of Salesforce; Salesforce's own events are crm.changeEvents",
    ],
  ],
  ['a number in quotes', atTop('server: { port: "8787" }'), ['server.port: must be a number, not "8787"']],
  [
    'a negative time',
    inConnection('policy: { closeHoldMinutes: -1 }'),
    ['connections[0].policy.closeHoldMinutes: must be at least 0, not -1'],
  ],
  [
    'half a record',
    inConnection('policy: { maxWritesPerRun: 1.5 }'),
    ['connections[0].policy.maxWritesPerRun: must be a whole number, not 1.5'],
  ],
  [
    'no number',
    inConnection('policy: { runMinutes: .nan }'),
    ['connections[0].policy.runMinutes: must be a number, not NaN'],
  ],
  ['an impossible port', atTop('server: { port: 65536 }'), ['server.port: must be at most 65535, not 65536']],
  [
    'yes for a flag',
    inConnection('policy: { inbound: { create: yes } }'),
    ['connections[0].policy.inbound.create: must be true or false, not "yes"'],
  ],
  [
    'an unknown choice',
    inConnection('policy: { inbound: { accounts: creat } }'),
    [
      'connections[0].policy.inbound.accounts: must be one of match, create, not "creat"; did you mean "create"?',
    ],
  ],
  [
    'an unknown type of action',
    inConnection('policy: { approvals: [close, invit] }'),
    [
      'connections[0].policy.approvals[1]: must be one of create, invite, close, share, accept, decline, unlink, register, not "invit"; did you mean "invite"?',
    ],
  ],
  [
    'a list that is none',
    inConnection('policy: { approvals: close }'),
    ['connections[0].policy.approvals: must be a list'],
  ],
  [
    'a section that is none',
    inConnection('policy: strict'),
    ['connections[0].policy: must be a section with keys of its own'],
  ],
  [
    'a version as a number',
    changed('kind: salesforce', 'kind: salesforce\n      apiVersion: 66.0'),
    ['connections[0].crm.apiVersion: must be text in quotes, such as "66.0": as a number it loses its zeros'],
  ],
  [
    'a version with a letter',
    changed('kind: salesforce', 'kind: salesforce\n      apiVersion: v66.0'),
    ['connections[0].crm.apiVersion: must be a version such as "66.0"'],
  ],
  [
    'a number for text',
    changed('clientId: app', 'clientId: 12'),
    ['connections[0].partnerCenter.clientId: must be text; put the value in quotes'],
  ],
  [
    'blanks in an id',
    changed('clientId: app', 'clientId: a b'),
    ['connections[0].partnerCenter.clientId: must not contain blanks'],
  ],
  [
    'a tenant that is an address',
    changed('tenantId: tenant', 'tenantId: "https://x"'),
    ['connections[0].partnerCenter.tenantId: must be a tenant id (a GUID) or a domain'],
  ],
  [
    'a name in capitals',
    changed('name: contoso', 'name: Contoso'),
    ['connections[0].name: must be lower-case letters, digits and hyphens, such as "contoso"'],
  ],
  ['plain http', changed('https://contoso', 'http://contoso'), [`connections[0].crm.loginUrl: ${HTTPS}`]],
  [
    'plain http to a host that looks local',
    changed('https://contoso.my.salesforce.com', 'http://127.0.0.1.example.com'),
    [`connections[0].crm.loginUrl: ${HTTPS}`],
  ],
  [
    'another protocol',
    changed('https://contoso', 'ftp://contoso'),
    ['connections[0].crm.loginUrl: must be an address that begins with https://'],
  ],
  [
    'no address',
    changed('https://contoso.my.salesforce.com', 'contoso'),
    ['connections[0].crm.loginUrl: must be an address such as https://host'],
  ],
  [
    'a password in an address',
    changed('https://contoso', 'https://me:pw@contoso'),
    ['connections[0].crm.loginUrl: must not contain a user name or password'],
  ],
  [
    'a query in an address',
    changed('salesforce.com', 'salesforce.com/?a=1'),
    ['connections[0].crm.loginUrl: must not contain ? or #'],
  ],
  [
    'a fragment in an address',
    changed('salesforce.com', '"https://x.example/#"'.slice(1, -1)),
    ['connections[0].crm.loginUrl: must not contain ? or #'],
  ],
  [
    'a path that is added anyway',
    changed('clientId: app', 'clientId: app, baseUrl: https://api.partner.microsoft.com/v1.0/engagements'),
    ['connections[0].partnerCenter.baseUrl: must not contain /v1.0/engagements; the path is added'],
  ],
  [
    'a tenant in the authority',
    changed('clientId: app', 'clientId: app, authority: https://login.microsoftonline.com/tenant'),
    ['connections[0].partnerCenter.authority: must not name the tenant; it is added from tenantId'],
  ],
  [
    'an unknown time zone',
    changed('clientId: app', 'clientId: app, timeZone: Mars/Olympus'),
    ['connections[0].partnerCenter.timeZone: must be an IANA time zone such as Europe/Berlin, or UTC'],
  ],
  [
    'a wrong schedule',
    atTop('schedule: { sync: every 5 minutes, audit: "0 25 * * *" }'),
    [`schedule.sync: ${CRON}`, `schedule.audit: ${CRON}`],
  ],
  [
    'a tilde',
    atTop('state: { dir: ~/state }'),
    ['state.dir: begins with ~, which is not expanded here; write the whole path, or begin it with ${HOME}'],
  ],
  [
    'a database that is none',
    atTop('state: { kind: postgres, url: "https://db" }'),
    ['state.url: must be an address such as postgres://user@host/database'],
  ],
  [
    'keys of another kind of state',
    atTop('state: { kind: postgres, dir: x }'),
    ['state.url: is missing', 'state.dir: there is no such key here (there are: kind, url)'],
  ],
  [
    'a strange concurrency',
    inConnection('limits: { crm: { concurrency: many, shareOfDailyQuota: 20 } }'),
    [
      'connections[0].limits.crm.concurrency: must be "auto" or a whole number from 1 to 100, not "many"',
      'connections[0].limits.crm.shareOfDailyQuota: must be at most 1, not 20',
    ],
  ],
  [
    'no requests at all',
    inConnection('limits: { partnerCenter: { requestsPerSecond: 0 } }'),
    ['connections[0].limits.partnerCenter.requestsPerSecond: must be more than 0, not 0'],
  ],
  [
    'graph without an app',
    inConnection('graph: { directory: true }'),
    [
      'connections[0].partnerCenter.clientSecret: is missing; graph signs in as this app, unless graph has an app of its own or auth with an identity of Azure',
    ],
  ],
  [
    'graph with half an app',
    inConnection('graph: { clientId: x }'),
    [
      'connections[0].graph.clientSecret: is missing; an app of its own needs clientId, and clientSecret or certificateFile',
    ],
  ],
  [
    'graph with an app and an identity of Azure',
    inConnection('graph: { clientId: x, clientSecret: y, auth: { flow: managedIdentity } }'),
    ['connections[0].graph.auth: stands beside an app of its own; keep one of them'],
  ],
  [
    'a workload without a token',
    inConnection('graph: { auth: { flow: workloadIdentity, clientId: x } }'),
    [
      'connections[0].graph.auth.tokenFile: is missing, and AZURE_FEDERATED_TOKEN_FILE is not set; name the file with the token',
    ],
  ],
  [
    'quiet hours without a length, and a time that is none',
    inConnection('notify: { quietHours: { from: "07:00", to: "07:00" }, digest: "24:00" }'),
    [
      'connections[0].notify.quietHours.to: is the same as from; leave quietHours out, or give them a length',
      'connections[0].notify.digest: must be a time of day from "00:00" to "23:59"',
    ],
  ],
  [
    'a mail address that is none',
    inConnection('graph: { clientId: x, clientSecret: y, notify: { from: me, to: [] } }'),
    [
      'connections[0].graph.notify.from: must be an e-mail address',
      'connections[0].graph.notify.to: must not be empty',
    ],
  ],
  [
    'a webhook without TLS, whose address is not shown',
    inConnection('notify: { webhook: { url: "http://chat.example/T1/hidden?sig=hidden" } }'),
    [
      'connections[0].notify.webhook.url: must be an address that begins with https:// (http:// is accepted for this machine only)',
    ],
  ],
  [
    'a webhook that shall tell of what there is not',
    inConnection('notify: { webhook: { url: "https://chat.example/x", on: [] } }'),
    ['connections[0].notify.webhook.on: must not be empty'],
  ],
  [
    'a key of another flow',
    changed(AUTH, 'auth: { flow: jwtBearer, clientId: id, clientSecret: x }'),
    [
      'connections[0].crm.auth.username: is missing',
      'connections[0].crm.auth.privateKeyFile: is missing',
      'connections[0].crm.auth.clientSecret: there is no such key here (there are: flow, clientId, username, privateKeyFile, audience)',
    ],
  ],
  [
    'a prefix that Dynamics reserves',
    inConnection('setup: { publisherPrefix: mscrmx }'),
    ['connections[0].setup.publisherPrefix: must be 2 to 8 lower-case letters or digits, a letter first'],
  ],
  [
    'two connections of one name',
    `${CONFIG}${CONFIG.replace('\nconnections:\n', '')}`,
    ['connections[1].name: is the name of connections[0] already; each connection needs its own'],
  ],
];

const DYNAMICS = changed('kind: salesforce', 'kind: dynamics')
  .replace('loginUrl: https://contoso.my.salesforce.com', 'url: https://contoso.crm.dynamics.com')
  .replace('./mapping.yaml', './none.yaml');
const dynamicsAuth: readonly (readonly [string, string, string])[] = [
  ['neither secret nor certificate', 'tenantId: t, clientId: c', 'is missing; give it, or certificateFile'],
  [
    'both',
    'tenantId: t, clientId: c, clientSecret: x, certificateFile: y',
    'stands beside certificateFile; keep one of them',
  ],
];

describe('a wrong configuration', () => {
  it.each(wrong)('is refused: %s', async (_what, text, problems) => {
    expect(await problemsOf(() => load(text))).toEqual(problems);
  });

  it.each(dynamicsAuth)('is refused for Dynamics with %s', async (_what, auth, text) => {
    const config = DYNAMICS.replace(AUTH, `auth: { ${auth} }`);

    expect(await problemsOf(() => load(config))).toContain(`connections[0].crm.auth.clientSecret: ${text}`);
  });

  it.each(['https://127.0.0.1', 'http://127.1.2.3:80', 'http://localhost:8801/', 'http://[::1]'])(
    'is not one because of the address %s',
    async (address) => {
      expect(await problemsOf(() => load(changed('https://contoso.my.salesforce.com', address)))).toEqual([]);
    },
  );
});

describe('YAML that cannot be read', () => {
  it.each([
    ['a key given twice', 'a: 1\na: 2', 'line 2, column 1: the key stands here a second time; keep one'],
    [
      'a bracket left open',
      'a: [1, 2',
      'line 1, column 9: the indentation does not fit the lines above, or a bracket is not closed',
    ],
    ['a quote left open', 'a: "x', 'line 1, column 6: a closing quote, bracket, comma or colon is missing'],
    ['tabs', 'a:\n\t- b', 'line 2, column 1: indentation must be spaces, not tabs'],
    [
      'text that begins with a star',
      'token: *hunter2',
      'line 1, column 8: text that begins with * must stand in quotes',
    ],
    [
      'text that begins with an exclamation mark',
      'token: !hunter2 x',
      'line 1, column 8: text that begins with ! or % must stand in quotes',
    ],
    [
      'text that begins with an at sign',
      'token: @hunter2',
      'line 1, column 8: the text begins with a character that needs quotes around it',
    ],
    [
      'a colon in a value',
      'a: b: c',
      'line 1, column 4: a value contains ": "; put it in quotes, or begin a new line',
    ],
    [
      'a second document',
      'a: 1\n---\nb: 2',
      'line 2, column 1: a second document begins (---); a file holds one',
    ],
    ['a key that is a list', '? [a]\n: b', 'line 1, column 3: a key must be text'],
  ])('is reported by line: %s', async (_what, text, problem) => {
    expect(await problemsOf(() => load(text))).toEqual([
      expect.stringContaining(`cosell-sync.yaml, ${problem}`),
    ]);
  });

  it.each([
    ['nesting without end', '['.repeat(5_000)],
    ['nesting beyond reason', `a: ${'{ a: '.repeat(60)}1${' }'.repeat(60)}`],
    ['a list that contains itself', 'a: &a [*a]'],
    [
      'aliases that multiply',
      `a: &a [1]\n${[...'bcdefghijk'].map((key, index) => `${key}: &${key} [${`*${'abcdefghij'[index]},`.repeat(9)}]`).join('\n')}`,
    ],
    ['a file without end', `# ${'x'.repeat(1_000_000)}`],
  ])('is refused without harm: %s', async (_what, text) => {
    expect(await problemsOf(() => load(text))).toHaveLength(1);
  });
});

describe('secrets', () => {
  const SECRET = 'hunter2-hunter2';
  it.each([
    ['of a wrong type', changed('s3cret-value', `[${SECRET}]`)],
    ['beside a mistake', changed('s3cret-value', `${SECRET}, flwo: x`)],
    ['under a misspelled key', changed('clientSecret: s3cret-value', `clientSecrte: ${SECRET}`)],
    ['instead of a section', changed(AUTH, `auth: ${SECRET}`)],
    ['in an address', changed('https://contoso', `https://me:${SECRET}@contoso`)],
    ['in a database address', atTop(`state: { kind: postgres, url: "${SECRET}" }`)],
    ['that breaks the YAML', changed('s3cret-value', `"${SECRET}`)],
    ['that looks like an alias', changed('s3cret-value', `*${SECRET}`)],
    ['that looks like a tag', changed('s3cret-value', `!${SECRET} x`)],
    ['instead of a list', inConnection(`graph: { clientId: x, clientSecret: ${SECRET}, notify: ${SECRET} }`)],
  ])('are never shown: %s', async (_what, text) => {
    const problems = await problemsOf(() => load(text));

    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it('are never shown when they come from the environment into the wrong place', async () => {
    const text = `server: { port: "\${S}" }\n${inConnection('policy: { pastCloseDate: "${S}", approvals: ["${S}"] }')}`;

    const problems = await problemsOf(() => load(text, { S: SECRET }));

    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).not.toContain('hunter2');
  });
});
