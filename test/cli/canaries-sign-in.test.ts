/** Secrets of signing in with a certificate, by device code, of Dynamics 365, of events and messages: nowhere in clear. */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { createSecretList, filesIn, findCanaries } from '../support/canaries.ts';
import { selfSignedPem } from '../unit/entra/self-signed.ts';
import { createWorkplace, runHere, type Workplace } from './command-line.ts';
import { startDaemonHere } from './daemon-here.ts';

const SECRET_KEY = 'canary-key-of-sign-ins-6c5b4a39';
const EVENT_KEY = 'canary-event-key-1f2e3d4c5b6a';
const HOOK = 'canary-chat-hook-7788990a';
const THEIR_HOOK = 'canary-their-flow-11223344';
const ENV = { COSELL_SECRET_KEY: SECRET_KEY, COSELL_SYNC_LOG: 'trace', COSELL_SYNC_DEBUG: '1' };

const secrets = createSecretList([SECRET_KEY, EVENT_KEY, HOOK, THEIR_HOOK]);
/** Where secrets are because a person has put them there. */
const OWN_PLACES = ['cosell-sync.yaml', 'partner.pem'];

describe('secrets of a connection with Dynamics 365 and a certificate', { timeout: 120_000 }, () => {
  let place: Workplace;
  let chat: Server;
  const said: Record<string, string> = {};

  async function say(...words: string[]): Promise<number | null> {
    let last: number | null = null;
    for (const more of [[], ['--json']]) {
      const all = [...words, ...more];
      const { code, stdout, stderr } = await runHere([...all, '--config', place.configFile], { env: ENV });
      const time = Object.keys(said).length;
      said[`${time} ${all.join(' ')} (stdout)`] = stdout;
      said[`${time} ${all.join(' ')} (stderr)`] = stderr;
      last = code;
    }
    return last;
  }

  /** Refusals that say everything back that they were told. */
  const echo = (system: 'entra' | 'dataverse' | 'partner-center', words: string, times: number): void =>
    void place.sandbox.faults.add({
      system,
      kind: 'status',
      when: 'before',
      status: 400,
      times,
      contentType: 'application/json',
      body: JSON.stringify({
        error: system === 'entra' ? 'invalid_client' : { code: '0x80040217', message: words },
        error_description: words,
      }),
    });

  beforeAll(async () => {
    chat = createServer((request, reply) => {
      reply.writeHead(403, { 'Content-Type': 'application/json' });
      reply.end(JSON.stringify({ error: `Refused: ${request.url}` }));
    });
    await new Promise<void>((done) => chat.listen(0, '127.0.0.1', done));
    const { port } = chat.address() as AddressInfo;
    place = await createWorkplace({
      crms: ['dynamics'],
      opportunities: 6,
      connection: {
        'partnerCenter.clientSecret': '',
        'partnerCenter.certificateFile': './partner.pem',
        'notify.webhook.url': `http://127.0.0.1:${port}/hooks/${HOOK}`,
        'notify.webhook.on': ['conflict', 'parked', 'notice', 'approval'],
        'webhooks.partnerCenter.register': true,
        'webhooks.dynamics.key': EVENT_KEY,
      },
    });
    const document = parseDocument(await readFile(place.configFile, 'utf8'));
    document.set('server', { port: 0, publicUrl: 'https://sync.example' });
    await writeFile(place.configFile, document.toString());
    const pem = selfSignedPem();
    await writeFile(join(place.folder, 'partner.pem'), pem, { mode: 0o600 });
    const [privateKey = ''] = pem.split('-----END PRIVATE KEY-----');
    // The first line of every such key is the same and tells nothing.
    for (const line of privateKey.split('\n').slice(2)) secrets.add(line);
    const { sandbox } = place;
    Object.assign(sandbox.hooks, secrets.hooks);
    secrets.add(sandbox.credentials.dynamics.clientSecret);
    secrets.add(sandbox.credentials.partnerCenter.refreshToken);
    sandbox.entra.addApplication({
      clientId: sandbox.credentials.partnerCenter.clientId,
      secret: null,
      allowsPublicFlows: true,
      certificates: [pem],
    });
    sandbox.partnerCenter.webhooks.register({
      url: `https://flows.example/trigger?sig=${THEIR_HOOK}`,
      events: ['referral-created'],
      subscriberId: 'theirs',
      signatureInOwnHeader: false,
      certificateUrl: `${sandbox.urls.partnerCenter}/webhooks/certificate.cer`,
    });
  });
  afterAll(async () => {
    await place.close();
    await new Promise<void>((done) => chat.close(() => done()));
  });

  it('are used, and in nothing that signing in, syncing, rebuilding and asking print or log', async () => {
    const codes: Record<string, number | null> = {};
    for (const command of [
      'auth login',
      'auth status',
      'doctor',
      'plan',
      'sync',
      'webhooks status',
      'webhooks register --take-over',
      'webhooks hand-back',
      'setup',
      'status',
      'deals',
      'attention list',
      'rebuild --yes',
      'sync',
      'health',
      'auth rekey',
    ])
      codes[command] = await say(...command.split(' '));

    expect(codes).toMatchObject({ 'auth login': 0, 'auth status': 0, status: 0, deals: 0 });
    expect([0, 3]).toContain(codes.sync);
    expect(place.sandbox.partnerCenter.referrals().length).toBeGreaterThan(3);
    expect(secrets.all.size).toBeGreaterThan(30);
    expect(findCanaries(said, secrets.all)).toEqual([]);
  });

  it('are in no refusal, whatever the other side says back', async () => {
    const everything = `Wrong: ${[...secrets.all].slice(0, 4).join(' ')} client_secret=${place.sandbox.credentials.dynamics.clientSecret} Bearer ${[...secrets.all].at(-1)}`;
    const known = new Set(secrets.all);
    place.sandbox.entra.switches.deviceCode = 'decline';
    expect(await say('auth', 'login')).toBe(4);
    place.sandbox.entra.switches.deviceCode = 'approve';
    const told = everything.split(' ').at(-1) ?? '';
    echo('entra', `AADSTS7000215: client_assertion=${told} Bearer ${told}`, 6);
    for (const command of ['auth login', 'doctor', 'sync', 'auth status']) await say(...command.split(' '));
    echo('dataverse', `Bearer ${told} is not valid; password=${told}`, 6);
    for (const command of ['sync', 'setup', 'doctor', 'rebuild --yes']) await say(...command.split(' '));
    await say('auth', 'logout');
    await say('sync');

    expect(known.size).toBeGreaterThan(30);
    expect(findCanaries(said, secrets.all)).toEqual([]);
  });

  it('of a certificate file that is none, are not quoted', async () => {
    const file = join(place.folder, 'partner.pem');
    const pem = await readFile(file, 'utf8');
    // A key without its certificate, a key cut in its middle, and a file that only looks like one.
    const [key = ''] = pem.split('-----BEGIN CERTIFICATE-----');
    for (const text of [key, pem.slice(0, 400), pem.replaceAll('PRIVATE KEY', 'PRIVAT KEY')]) {
      await writeFile(file, text);
      for (const command of ['auth login', 'doctor']) await say(...command.split(' '));
    }
    await writeFile(file, pem);

    expect(Object.values(said).join('')).toContain('partner.pem');
    expect(findCanaries(said, secrets.all)).toEqual([]);
  });

  it('are in nothing that the daemon logs or answers where events come with right, wrong and no keys', async () => {
    const daemon = await startDaemonHere(place.configFile, { cwd: place.folder, env: ENV });
    const answers: Record<string, string> = {};
    const statuses: number[] = [];
    const event = JSON.stringify({ PrimaryEntityName: 'opportunity', key: EVENT_KEY });
    for (const key of [EVENT_KEY, `${EVENT_KEY}x`, THEIR_HOOK, '']) {
      const answer = await fetch(`${daemon.url}/webhooks/dataverse/sandbox-dynamics?key=${EVENT_KEY}`, {
        method: 'POST',
        headers: { 'x-cosell-key': key, 'Content-Type': 'application/json' },
        body: event,
      });
      statuses.push(answer.status);
      answers[`event with ${key.length} letters`] = await answer.text();
    }
    for (const path of ['/metrics', '/readyz', '/api/overview'])
      answers[path] = await (await fetch(`${daemon.url}${path}`)).text();

    expect(await daemon.stop()).toBe(0);
    expect(statuses.slice(1)).toEqual([401, 401, 401]);
    expect(statuses[0]).not.toBe(401);
    expect(findCanaries({ ...answers, log: daemon.log() }, secrets.all)).toEqual([]);
  });

  it('are in clear in no file but where a person has put them', () => {
    const files = Object.fromEntries(
      Object.entries(filesIn(place.folder)).filter(([name]) => !OWN_PLACES.includes(name)),
    );

    expect(Object.keys(files)).toContain('state/credentials.json');
    expect(Object.keys(files)).toContain('state/ledger.db');
    expect(findCanaries(files, secrets.all)).toEqual([]);
  });
});
