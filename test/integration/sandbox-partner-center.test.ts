import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';

const DAY_MS = 86_400_000;
const FROZEN = new Date('2026-03-02T09:00:00Z');
const DEAL = {
  name: 'Renewal',
  externalReferenceId: '006000000000001AAA',
  type: 'Shared',
  qualification: 'SalesQualified',
  customerProfile: {
    name: 'Fabrikam GmbH',
    address: { addressLine1: 'Musterweg 5', city: 'Essen', postalCode: '45127', country: 'DE' },
    team: [
      { firstName: 'Mia', lastName: 'Kunde', phoneNumber: '+49 201 5550100', email: 'mia@fabrikam.example' },
    ],
  },
  consent: {
    consentToToShareInfoWithOthers: true,
    consentToContact: true,
    consentToShareReferralWithMicrosoftSellers: true,
  },
  details: {
    dealValue: 84000,
    currency: 'EUR',
    closingDateTime: '2026-09-30T12:00:00Z',
    requirements: { solutions: [{ id: 'SOL-10001-ABC', type: 'Name' }] },
  },
  team: [
    { firstName: 'Kim', lastName: 'Seller', phoneNumber: '+49 30 5550101', email: 'kim@partner.example' },
  ],
  target: [{ type: 'SolutionProfile', id: 'SOL-10001-ABC' }],
};

let running: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(running.map((sandbox) => sandbox.close()));
  running = [];
});

async function start(options: SandboxOptions = { frozenAt: FROZEN }): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  running.push(sandbox);
  return sandbox;
}

async function send(url: string, method: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
  return { status: response.status, json };
}

async function signIn(sandbox: Sandbox) {
  const { tenantId, clientId, clientSecret, refreshToken } = sandbox.credentials.partnerCenter;
  const response = await fetch(`${sandbox.urls.entra}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      scope: 'https://api.partner.microsoft.com/.default offline_access',
    }),
  });
  const { access_token: token }: { access_token: string } = JSON.parse(await response.text());
  const base = `${sandbox.urls.partnerCenter}/v1.0/engagements/referrals`;
  return (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    send(base + path, method, body, { authorization: `Bearer ${token}`, ...headers });
}

describe('the sandbox', () => {
  it('carries a co-sell deal from the first token to the win, with time passing and Microsoft answering', async () => {
    const sandbox = await start();
    const call = await signIn(sandbox);
    const control = (method: string, path: string, body?: unknown) =>
      send(sandbox.urls.control + path, method, body);

    const own = await call('POST', '', DEAL);
    const { engagementId, id } = own.json;
    const invite = await call('POST', '', {
      ...DEAL,
      engagementId,
      target: [{ type: 'BusinessProfileLocation', id: 'msft' }],
      inviteContext: { notes: 'Pilot', assistanceRequestCode: 'ProofOfConceptOrDemo' },
    });
    await control('POST', '/clock', { advanceMs: 3_000_000 });
    await control('POST', `/partner-center/engagements/${engagementId}/answer`, {
      answer: 'accept',
      msxId: '7-AB',
    });
    const answered = await call('GET', `/${id}`);
    const won = await call(
      'PATCH',
      `/${id}`,
      [
        { op: 'replace', path: '/status', value: 'Closed' },
        { op: 'replace', path: '/substatus', value: 'Won' },
      ],
      { 'if-match': String(answered.json.eTag), prefer: 'return=representation' },
    );

    expect(invite.json).toMatchObject({ organizationId: 'msft', status: 'New' });
    expect(answered.json).toMatchObject({ trackingInfo: { microsoftMsxId: '7-AB' } });
    expect(won.json).toMatchObject({ status: 'Closed', substatus: 'Won' });
    expect(sandbox.partnerCenter.illegalCalls).toEqual([]);
    expect(sandbox.requestCounts()).toEqual({ salesforce: 0, partnerCenter: 4 });
  });

  it('expires tokens on the same clock as deals', async () => {
    const sandbox = await start();
    const call = await signIn(sandbox);
    const inbound = sandbox.partnerCenter.createInbound();

    sandbox.clock.advance(15 * DAY_MS);
    const expired = await call('GET', `/${inbound.id}`);
    const fresh = await (await signIn(sandbox))('GET', `/${inbound.id}`);

    expect(expired.status).toBe(401);
    expect(fresh.json).toMatchObject({ status: 'Closed', substatus: 'Expired' });
  });

  it('keeps a create whose answer was lost', async () => {
    const sandbox = await start();
    const call = await signIn(sandbox);
    sandbox.faults.add({ system: 'partner-center', kind: 'reset', when: 'after', writesOnly: true });

    await expect(call('POST', '', DEAL)).rejects.toThrow();

    const { json } = await call('GET', '');
    expect(json.value).toMatchObject([{ externalReferenceId: '006000000000001AAA' }]);
    expect(
      sandbox.journal.entries.find(({ method, system }) => method === 'POST' && system === 'partner-center'),
    ).toMatchObject({
      status: 0,
      write: true,
      fault: 'reset after',
    });
  });

  it('counts data requests apart from sign-in, also when the journal is emptied', async () => {
    const sandbox = await start();
    const call = await signIn(sandbox);

    await call('GET', '');
    await send(`${sandbox.urls.control}/journal`, 'DELETE');
    await call('GET', '');

    expect(await send(`${sandbox.urls.control}/requests`, 'GET')).toMatchObject({
      json: { salesforce: 0, partnerCenter: 2 },
    });
    expect(sandbox.journal.entries).toHaveLength(1);
  });

  it('calls its hooks, also ones set later', async () => {
    const sandbox = await start();
    const call = await signIn(sandbox);
    const seen: string[] = [];
    sandbox.hooks.beforeEffect = (request, system, write) => {
      if (write) seen.push(`${system} ${request.method}`);
    };

    await call('POST', '', DEAL);

    expect(seen).toEqual(['partner-center POST']);
  });

  it('lets people work in Salesforce through the control API', async () => {
    const { urls, salesforce } = await start();
    const control = (method: string, path: string, body?: unknown) => send(urls.control + path, method, body);
    const deal = { Name: 'Hand made', StageName: 'Prospecting', CloseDate: '2026-06-30', Amount: 5000 };

    const created = await control('POST', '/salesforce/records/Opportunity', deal);
    const one = `/salesforce/records/Opportunity/${created.json.Id}`;
    const edited = await control('PATCH', one, { Amount: 6000 });
    const listed = await control('GET', '/salesforce/records/Opportunity');
    const soql = encodeURIComponent('SELECT Name FROM Opportunity WHERE Amount = 6000');
    const queried = await control('GET', `/salesforce/query?q=${soql}`);
    const removed = await control('DELETE', one);
    const gone = await control('GET', one);
    const wrong = await control('POST', '/salesforce/records/Opportunity', { Nonsense: 1 });
    await control('PATCH', '/salesforce/switches', { multiCurrency: true });

    expect(edited.json).toMatchObject({ ...deal, Amount: 6000 });
    expect(listed.json.records).toHaveLength(1);
    expect(queried.json.records).toMatchObject([{ Name: 'Hand made' }]);
    expect([removed.status, gone.status, wrong.status]).toEqual([204, 404, 400]);
    expect(wrong.json.error).toContain('Nonsense');
    expect(salesforce.switches.multiCurrency).toBe(true);
  });

  it('signs the daemon in to Salesforce, and fills the org with sample data when asked', async () => {
    const sandbox = await start({ frozenAt: FROZEN, salesforce: { sample: { seed: 7, opportunities: 20 } } });
    const { clientId, clientSecret } = sandbox.credentials.salesforce;

    const response = await fetch(`${sandbox.urls.salesforce}/services/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }),
    });
    const { access_token: token }: { access_token: string } = JSON.parse(await response.text());
    const query = await send(
      `${sandbox.urls.salesforce}/services/data/v66.0/query?q=SELECT+Id+FROM+Opportunity`,
      'GET',
      undefined,
      { authorization: `Bearer ${token}` },
    );

    expect(query.json.totalSize).toBe(20);
    expect(sandbox.flagged.length).toBeGreaterThan(0);
    expect(sandbox.requestCounts()).toEqual({ salesforce: 1, partnerCenter: 0 });
  });

  it('starts on the ports it is given, and leaves nothing running when one is taken', async () => {
    const first = await start();
    const taken = Number(new URL(first.urls.partnerCenter).port);
    const free = await start();
    const freed = Number(new URL(free.urls.salesforce).port);
    await free.close();

    await expect(startSandbox({ ports: { salesforce: freed, partnerCenter: taken } })).rejects.toThrow(
      'EADDRINUSE',
    );

    const again = await start({ ports: { salesforce: freed } });
    expect(again.urls.salesforce).toBe(`http://127.0.0.1:${freed}`);
  });
});
