/** Secrets and people in every slot, every command, and nothing of them where it does not belong. */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTACT, createSecretList, filesIn, findCanaries, MEMBER, PERSONAL } from '../support/canaries.ts';
import { createWorkplace, runHere, type Workplace } from './command-line.ts';
import { startDaemonHere } from './daemon-here.ts';

const SECRET_KEY = 'canary-secret-key-0f1e2d3c';
const CONSOLE_TOKEN = 'canary-console-token-9a8b7c6d-9a8b7c6d';
const CONSOLE_TOTP = 'CANARY7777CANARY7777CANARY777723';
const HOOK = 'canary-hook-5b4a3c2d';
const ENV = { COSELL_SECRET_KEY: SECRET_KEY, COSELL_SYNC_LOG: 'trace', COSELL_SYNC_DEBUG: '1' };

const secrets = createSecretList([SECRET_KEY, CONSOLE_TOKEN, CONSOLE_TOTP, HOOK]);

/** Refuses every message, saying back what it was told. */
async function startChat(): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, reply) => {
    reply.writeHead(400, { 'Content-Type': 'application/json' });
    reply.end(JSON.stringify({ error: `No such hook: ${request.url}` }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}/services/${HOOK}?sig=${HOOK}` };
}

describe('secrets and people', { timeout: 120_000 }, () => {
  let place: Workplace;
  let chat: Awaited<ReturnType<typeof startChat>>;
  let opportunityId = '';
  let referralId = '';
  const said: Record<string, string> = {};

  /** Runs a command, keeps what it said, with and without `--json`. */
  async function say(...words: string[]): Promise<void> {
    for (const more of [[], ['--json']]) {
      const all = [...words, ...more];
      const { stdout, stderr } = await runHere([...all, '--config', place.configFile], { env: ENV });
      said[`${all.join(' ')} (stdout)`] = stdout;
      said[`${all.join(' ')} (stderr)`] = stderr;
    }
  }

  /** A refusal that quotes what was sent, as real ones do. */
  const echo = (system: 'salesforce' | 'partner-center', times: number): void =>
    void place.sandbox.faults.add({
      system,
      kind: 'status',
      when: 'before',
      writesOnly: true,
      status: 400,
      times,
      contentType: 'application/json',
      body: JSON.stringify({
        error: {
          code: 'invalidRequest',
          message: `"${CONTACT.Email}" (${CONTACT.Phone}) is not valid; token Bearer ${[...secrets.all].at(-1)}`,
          target: MEMBER.Email,
        },
      }),
    });

  beforeAll(async () => {
    chat = await startChat();
    place = await createWorkplace({
      opportunities: 12,
      policy: { inbound: { create: true, accounts: 'create' } },
      connection: {
        'notify.webhook.url': chat.url,
        'notify.webhook.on': ['conflict', 'parked', 'notice'],
      },
    });
    const { sandbox } = place;
    Object.assign(sandbox.hooks, secrets.hooks);
    for (const { clientSecret } of [sandbox.credentials.partnerCenter, sandbox.credentials.salesforce])
      secrets.add(clientSecret);
    secrets.add(sandbox.credentials.partnerCenter.refreshToken);

    const { salesforce: org } = sandbox;
    const admin = org.as(org.adminUserId);
    const ownerId = admin.create('User', {
      ...MEMBER,
      Username: MEMBER.Email,
      IsActive: true,
    });
    const seller = org.as(ownerId);
    const accountId = seller.create('Account', {
      Name: 'Fabrikam Canary GmbH',
      BillingCity: 'Essen',
      BillingPostalCode: '45127',
      BillingCountry: 'Germany',
    });
    const contactId = seller.create('Contact', { ...CONTACT, AccountId: accountId });
    opportunityId = seller.create('Opportunity', {
      Name: 'Canary deal',
      AccountId: accountId,
      StageName: 'Prospecting',
      CloseDate: new Date(sandbox.clock.now().getTime() + 60 * 86_400_000).toISOString().slice(0, 10),
      Amount: 30_000,
      Product__c: 'GTX Pro',
      Description: 'First.',
      Sync_with_Partner_Center__c: true,
      Customer_Consent__c: true,
      How_can_Microsoft_help__c: 'Proof Of Concept or Demo',
    });
    seller.create('OpportunityContactRole', {
      OpportunityId: opportunityId,
      ContactId: contactId,
      IsPrimary: true,
    });

    await say('plan', '--out', join(place.folder, 'plan.json'));
    echo('partner-center', 2);
    await say('sync');
    await say('attention', 'list');
    await say('attention', 'retry');
    await say('sync');
    referralId = String(org.find('Opportunity', opportunityId)?.Referral_Identifier__c ?? '');
    // Both sides change the notes and the team; a stranger's deal comes in with the same person in it.
    seller.update('Opportunity', opportunityId, { Description: 'Second.' });
    sandbox.partnerCenter.edit(referralId, {
      details: { notes: 'Third.' },
      team: [
        {
          firstName: CONTACT.FirstName,
          lastName: CONTACT.LastName,
          email: CONTACT.Email,
          phoneNumber: CONTACT.Phone,
        },
      ],
    });
    sandbox.partnerCenter.createInbound();
    echo('salesforce', 2);
    await say('sync');
    await say('sync', '--full');
  });
  afterAll(async () => {
    await place.close();
    await new Promise<void>((done) => chat.server.close(() => done()));
  });

  it('really were in the deal, the requests and the answers', () => {
    const referral = JSON.stringify(place.sandbox.partnerCenter.referral(referralId));
    const ledger = filesIn(place.stateDir)['ledger.db'] ?? '';

    expect(referral).toContain(CONTACT.Email);
    expect(ledger).toContain(MEMBER.Email);
    expect(secrets.all.size).toBeGreaterThan(8);
    expect(place.sandbox.faults.list().every(({ hits }) => hits > 0)).toBe(true);
  });

  it('are in nothing that a command prints, logs or reports, in words or as JSON', async () => {
    for (const words of [
      ['status'],
      ['deals'],
      ['deals', '--out-of-step'],
      ['explain', opportunityId],
      ['explain', referralId],
      ['attention', 'list'],
      ['adopt'],
      ['solutions', 'harvest'],
      ['auth', 'status'],
      ['doctor'],
      ['setup'],
      ['plan', '--out', join(place.folder, 'plan.json')],
      ['explain', 'no-such-id'],
      ['sync', '--plan', join(place.folder, 'plan.json')],
    ])
      await say(...words);
    await say('deals', '--csv');
    await say('adopt', '--csv', join(place.folder, 'pairs.csv'));

    expect(Object.keys(said).length).toBeGreaterThan(50);
    expect(findCanaries(said, secrets.all)).toEqual([]);
    expect(findCanaries(said, PERSONAL)).toEqual([]);
  });

  it('are not in the errors of a sign-in, a configuration and a mapping that are wrong', async () => {
    place.sandbox.faults.add({
      system: 'entra',
      kind: 'status',
      when: 'before',
      status: 400,
      times: 8,
      contentType: 'application/json',
      body: JSON.stringify({
        error: 'invalid_grant',
        error_description: `AADSTS70008: token ${[...secrets.all].at(-1)} of ${MEMBER.Email} expired`,
      }),
    });
    await say('sync');
    await say('doctor');
    await say('sync', '--connection', 'nobody');

    expect(findCanaries(said, secrets.all)).toEqual([]);
    expect(findCanaries(said, PERSONAL)).toEqual([]);
  });

  it('leave no secret in clear in any file, and no person in a plan or an export', () => {
    const { 'cosell-sync.yaml': _configuration, ...files } = filesIn(place.folder);
    const exported = Object.fromEntries(
      Object.entries(files).filter(
        ([name]) => /\.(?:json|csv)$/.test(name) && !name.includes('/credentials'),
      ),
    );

    expect(Object.keys(exported).length).toBeGreaterThan(2);
    expect(findCanaries(files, secrets.all)).toEqual([]);
    expect(findCanaries(exported, PERSONAL)).toEqual([]);
  });

  it("are not in the daemon's log, figures, console and errors", async () => {
    const configFile = join(place.folder, 'daemon.yaml');
    const text = await readFile(place.configFile, 'utf8');
    await writeFile(
      configFile,
      `server: { port: 0, token: "\${COSELL_CONSOLE_TOKEN}", totpSecret: "\${COSELL_CONSOLE_TOTP}" }\n${text}`,
    );
    const daemon = await startDaemonHere(configFile, {
      cwd: place.folder,
      env: { ...ENV, COSELL_CONSOLE_TOKEN: CONSOLE_TOKEN, COSELL_CONSOLE_TOTP: CONSOLE_TOTP },
    });
    const { url } = daemon;
    const code = new TOTP({ secret: CONSOLE_TOTP }).generate();
    const signIn = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { Origin: url, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Dana Fox', token: CONSOLE_TOKEN, code }),
    });
    await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { Origin: url, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Eve Guess', token: HOOK }),
    });
    const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    secrets.add(cookie.split('=')[1]);
    const heard: Record<string, string> = { '/api/session (sign-in)': await signIn.text() };
    const statuses: Record<string, number> = {};
    for (const path of [
      '/metrics',
      '/healthz',
      '/readyz',
      '/api/overview',
      '/api/deals',
      `/api/deals/sandbox/${opportunityId}`,
      '/api/inbound',
      '/api/pipeline',
      '/api/attention',
      '/api/plan/sandbox',
      '/api/session',
      `/nothing?token=${CONSOLE_TOKEN}`,
      '/',
    ]) {
      const answer = await fetch(`${url}${path}`, {
        headers: { Authorization: `Bearer ${CONSOLE_TOKEN}`, Cookie: cookie },
      });
      statuses[path] = answer.status;
      heard[path] = `${JSON.stringify([...answer.headers])}${await answer.text()}`;
    }
    const refused = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${HOOK}` } });
    await fetch(`${url}/webhooks/partner-center/sandbox?code=${HOOK}`, { method: 'POST', body: HOOK });

    expect(await daemon.stop()).toBe(0);
    const log = daemon.log();
    expect(log).toMatch(/"name":"Dana Fox".*Somebody signed in to the console/);
    expect(log).toMatch(/"outcome":"wrong-token","name":"Eve Guess".*refused/);
    expect(log).not.toMatch(/"code":"\d{6}"/);
    expect(statuses).toMatchObject({ '/metrics': 200, '/api/deals': 200, '/api/attention': 200, '/': 200 });
    expect(statuses[`/api/deals/sandbox/${opportunityId}`]).toBe(200);
    expect(refused.status).toBe(401);
    expect(findCanaries({ ...heard, log }, secrets.all)).toEqual([]);
    expect(findCanaries({ ...heard, log }, PERSONAL)).toEqual([]);
  });
});
