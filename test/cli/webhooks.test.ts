import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { createWorkplace, type Workplace } from './command-line.ts';

const OURS = 'https://sync.example/webhooks/partner-center/sandbox';
const THEIRS = {
  url: 'https://flows.example/trigger?sig=s3cret',
  events: ['referral-created', 'referral-updated'],
};

describe('the webhooks command', { timeout: 120_000 }, () => {
  let place: Workplace;

  beforeEach(async () => {
    place = await createWorkplace({ opportunities: 0 });
    await configure('https://sync.example');
  });
  afterEach(() => place.close());

  async function configure(publicUrl: string): Promise<void> {
    const document = parseDocument(await readFile(place.configFile, 'utf8'));
    document.set('server', { publicUrl });
    document.setIn(['connections', 0, 'webhooks'], { partnerCenter: {} });
    await writeFile(place.configFile, document.toString());
  }
  const registered = () => place.sandbox.partnerCenter.webhooks.registration;
  const registerTheirs = (): void =>
    place.sandbox.partnerCenter.webhooks.register({
      ...THEIRS,
      subscriberId: 'theirs',
      signatureInOwnHeader: false,
      certificateUrl: `${place.sandbox.urls.partnerCenter}/webhooks/certificate.cer`,
    });

  it("takes events over when told to, gives them back, and shows nobody's secret", async () => {
    registerTheirs();

    const before = await place.cli('webhooks');
    const refused = await place.cli('webhooks', 'register');
    const taken = await place.cli('webhooks', 'register', '--take-over');
    const ours = registered();
    const status = await place.json('webhooks', 'status');
    const doctor = await place.cli('doctor');
    const back = await place.cli('webhooks', 'hand-back');
    const after = await place.cli('webhooks', 'status');
    const again = await place.cli('webhooks', 'register');

    expect([before.code, refused.code, taken.code, status.code, back.code, after.code]).toEqual([
      3, 5, 0, 0, 0, 0,
    ]);
    expect(before.stdout).toContain('sends its events to https://flows.example/…');
    expect(refused.stdout).toContain('webhooks register --take-over');
    expect(ours).toMatchObject({
      url: OURS,
      events: expect.arrayContaining([...THEIRS.events, 'test-created']),
    });
    expect(status.document).toMatchObject({
      registrations: [
        {
          connection: 'sandbox',
          state: 'complete',
          url: OURS,
          missing: [],
          previous: { url: 'https://flows.example/…' },
        },
      ],
    });
    expect(doctor.stdout).toMatch(/ok +Webhook registration: Partner Center sends its events to/);
    expect(registered()).toMatchObject(THEIRS);
    expect(after.stdout).toContain('was handed back');
    expect(again.code).toBe(5);
    expect(again.stdout).toContain('webhooks register --take-over');
    const said = [before, refused, taken, doctor, back, after].map(({ stdout, stderr }) => stdout + stderr);
    expect(said.join('') + JSON.stringify(status.document)).not.toContain('s3cret');
    expect(
      JSON.stringify(
        await Promise.all(
          Object.keys(await place.stateFiles()).map((name) =>
            readFile(`${place.stateDir}/${name}`, 'latin1'),
          ),
        ),
      ),
    ).not.toContain('s3cret');
  });

  it('has a test event sent, and says what became of it', async () => {
    const server = createServer((_request, reply) => {
      reply.writeHead(204).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    await configure(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

    const early = await place.cli('webhooks', 'test');
    await place.cli('webhooks', 'register');
    const { code, document } = await place.json('webhooks', 'test');
    server.close();

    expect(early.code).toBe(3);
    expect(early.stdout).toContain('Nobody is registered');
    expect(code).toBe(0);
    expect(document).toMatchObject({ tests: [{ connection: 'sandbox', state: 'delivered' }] });
  });

  it('cannot give back what never was, and takes an address for it', async () => {
    await place.cli('webhooks', 'register');

    const unknown = await place.cli('webhooks', 'hand-back');
    const wrong = await place.cli('webhooks', 'hand-back', '--to', 'flows.example');
    const given = await place.cli(
      'webhooks',
      'hand-back',
      '--to',
      THEIRS.url,
      '--events',
      'referral-created',
    );

    expect([unknown.code, wrong.code, given.code]).toEqual([5, 2, 0]);
    expect(unknown.stdout).toContain('hand-back --to URL');
    expect(registered()).toMatchObject({ url: THEIRS.url, events: ['referral-created'] });
  });

  it('says how to listen where nobody does, and what a doctor would', async () => {
    const doctor = await place.json('doctor');
    const document = parseDocument(await readFile(place.configFile, 'utf8'));
    document.deleteIn(['connections', 0, 'webhooks']);
    await writeFile(place.configFile, document.toString());

    const { code, stderr } = await place.cli('webhooks');

    expect(doctor.document).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({
          name: 'Webhook registration',
          ok: false,
          remedy: expect.stringContaining('cosell-sync webhooks register'),
        }),
      ]),
    });
    expect(code).toBe(2);
    expect(stderr).toContain('webhooks: { partnerCenter: {} }');
  });
});
