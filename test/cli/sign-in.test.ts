import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { selfSignedPem } from '../unit/entra/self-signed.ts';
import { createWorkplace, type Workplace } from './command-line.ts';

const FROM = 'sync@partner.example';
const Checks = z.object({
  checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean(), remedy: z.string().nullable() })),
});
const Status = z.object({
  connections: z.array(
    z.object({
      state: z.string(),
      daysLeft: z.number().nullable(),
      certificates: z.array(z.object({ what: z.string(), daysLeft: z.number() })),
    }),
  ),
  key: z.object({ source: z.string(), isCurrent: z.boolean() }).nullable(),
});

describe('a connection whose app has a certificate', { timeout: 120_000 }, () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await createWorkplace({
      opportunities: 5,
      people: [{ userPrincipalName: FROM }],
      connection: {
        'partnerCenter.clientSecret': '',
        'partnerCenter.certificateFile': './partner.pem',
        'graph.directory': true,
        'graph.reminders.from': FROM,
      },
    });
    const certificate = selfSignedPem();
    await writeFile(join(place.folder, 'partner.pem'), certificate, { mode: 0o600 });
    const { clientId } = place.sandbox.credentials.partnerCenter;
    place.sandbox.entra.addApplication({
      clientId,
      secret: null,
      allowsPublicFlows: false,
      certificates: [certificate],
    });
  });
  afterAll(() => place.close());

  const graphChecks = async () => {
    const { document } = await place.json('doctor');
    return Checks.parse(document).checks.filter(({ name }) => /Certificate|Directory|Mailbox/.test(name));
  };

  it('signs in to Partner Center and Graph with it, and doctor finds all in order', async () => {
    expect((await graphChecks()).map(({ name, ok }) => [name, ok])).toEqual([
      ['Certificate partnerCenter.certificateFile', true],
      ['Directory in Microsoft Graph', true],
      ['Mailbox of graph.reminders.from', true],
    ]);
    expect(place.sandbox.graph?.sent).toEqual([]);
  });

  it('is told by doctor which permission of Graph is missing', async () => {
    Object.assign(place.sandbox.graph?.switches ?? {}, { maySendMail: false, mayReadUsers: false });

    const remedies = (await graphChecks()).map(({ remedy }) => remedy);

    Object.assign(place.sandbox.graph?.switches ?? {}, { maySendMail: true, mayReadUsers: true });
    expect(remedies).toEqual([
      null,
      expect.stringContaining('User.Read.All'),
      expect.stringContaining('Mail.Send'),
    ]);
  });

  it('shows what is stored and how long it is good, and replaces the key without losing it', async () => {
    await place.cli('sync');
    const key = await readFile(join(place.stateDir, 'secret.key'), 'utf8');

    const before = await place.json('auth', 'status');
    const rekeyed = await place.cli('auth', 'rekey');
    const after = await place.cli('sync');

    expect(before.code).toBe(0);
    expect(Status.parse(before.document)).toMatchObject({
      connections: [{ state: 'stored', daysLeft: 90, certificates: [{ daysLeft: expect.any(Number) }] }],
      key: { source: join(place.stateDir, 'secret.key'), isCurrent: true },
    });
    expect(rekeyed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 entry encrypted with the key in'),
    });
    expect(await readFile(join(place.stateDir, 'secret.key'), 'utf8')).not.toBe(key);
    expect([0, 3]).toContain(after.code);
  });

  it('reminds the owner of a deal that expires soon, once, at the owner’s own address', async () => {
    const { customerProfile = {} } = place.sandbox.partnerCenter.referrals()[0] ?? {};
    place.sandbox.partnerCenter.createInbound({
      referral: { name: 'Soon over', customerProfile },
      expiresInDays: 2,
    });

    await place.cli('sync');
    await place.cli('sync');

    const sent = place.sandbox.graph?.sent ?? [];
    expect(sent.map(({ subject }) => subject)).toEqual([
      'A co-sell deal of yours expires within 2 days: "Soon over"',
    ]);
    expect(sent[0]?.text).not.toMatch(/@/);
  });
});
