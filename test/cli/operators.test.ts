import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createWorkplace, type Workplace } from './command-line.ts';

const FROM = 'sync@partner.example';
const OPS = 'ops@partner.example';
const PHONE = '+12065550199';
const Runs = z.object({
  runs: z.array(z.looseObject({ outcome: z.string(), requests: z.record(z.string(), z.number()) })),
});
const Deals = z.object({
  deals: z.array(
    z.object({ opportunityId: z.string(), referralId: z.string(), kind: z.string(), inStep: z.boolean() }),
  ),
});

/** Chat that keeps what it is told, and refuses it as long as it is told to. */
async function startChat() {
  const texts: string[] = [];
  const state = { refuses: false };
  const server: Server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (!state.refuses)
        texts.push(z.object({ text: z.string() }).parse(JSON.parse(String(Buffer.concat(chunks)))).text);
      reply.writeHead(state.refuses ? 403 : 200).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    texts,
    state,
    url: `http://127.0.0.1:${port}/hook?sig=very-secret`,
    close: () => new Promise<void>((done) => server.close(() => done())),
  };
}

describe('people of the company: directory, mail and chat', { timeout: 120_000 }, () => {
  let place: Workplace;
  let chat: Awaited<ReturnType<typeof startChat>>;

  beforeAll(async () => {
    chat = await startChat();
    place = await createWorkplace({
      people: [{ userPrincipalName: FROM }],
      connection: {
        'graph.directory': true,
        'graph.notify.from': FROM,
        'graph.notify.to': [OPS],
        'graph.notify.on': ['parked', 'deadline', 'credentials', 'answered', 'notice'],
        'notify.webhook.url': chat.url,
        'notify.webhook.on': ['parked'],
      },
    });
  });
  afterAll(async () => {
    await place.close();
    await chat.close();
  });

  const mail = () => place.sandbox.graph?.sent ?? [];
  async function sync() {
    const { document, stderr, code } = await place.json('sync');
    const [run] = Runs.parse(document).runs;
    return { run, stderr, code };
  }
  const seller = () => place.sandbox.salesforce.as(place.sandbox.salesforce.adminUserId);

  it('team members without a phone get the one in the directory, all at one request', async () => {
    const owners = new Set(
      place.sandbox.flagged.map((id) => String(place.sandbox.salesforce.find('Opportunity', id)?.OwnerId)),
    );
    for (const id of owners) {
      seller().update('User', id, { Phone: null, MobilePhone: null });
      const address = String(place.sandbox.salesforce.find('User', id)?.Email);
      place.sandbox.graph?.add({ userPrincipalName: address, businessPhones: [PHONE] });
    }

    const { run } = await sync();

    const shared = place.sandbox.partnerCenter
      .referrals()
      .filter(({ organizationId }) => organizationId !== 'msft');
    expect(shared.length).toBeGreaterThan(0);
    for (const { team } of shared) expect(JSON.stringify(team)).toContain(PHONE);
    // One batch for everybody, one mail about what is parked.
    expect(run?.requests.graph).toBe(2);
  });

  it('operators are told once of what is parked, by mail and in chat, without contact details', async () => {
    const { run } = await sync();

    expect(run?.requests.graph).toBe(0);
    expect(mail()).toMatchObject([
      { from: FROM, to: [OPS], subject: expect.stringMatching(/parked record/) },
    ]);
    expect(chat.texts).toHaveLength(1);
    expect(mail()[0]?.text).not.toMatch(/@|\+\d/);
  });

  it("Microsoft's answer reaches the opportunity, and the operators once, with its reason", async () => {
    const { document } = await place.json('deals', '--kind', 'co-sell');
    const [deal] = Deals.parse(document).deals;
    const { engagementId } = place.sandbox.partnerCenter.referral(deal?.referralId ?? '');
    const before = mail().length;
    place.sandbox.partnerCenter.answerInvitation(String(engagementId), 'decline', { reason: 'Too small' });

    await sync();
    const idle = await sync();

    const status = place.sandbox.salesforce.find(
      'Opportunity',
      deal?.opportunityId ?? '',
    )?.Referral_Status__c;
    expect(status).toBe('Accepted (co-sell, Microsoft: declined (Too small))');
    expect(mail().length).toBe(before + 1);
    expect(mail().at(-1)?.text).toContain('declined (Too small)');
    expect(idle.run?.requests).toMatchObject({ crm: 1, partnerCenter: 1, graph: 0 });
  });

  it("Microsoft's CRM id arrives though only its own referral shows it", async () => {
    const { document } = await place.json('deals', '--kind', 'co-sell');
    const deal = Deals.parse(document).deals[1];
    const { engagementId } = place.sandbox.partnerCenter.referral(deal?.referralId ?? '');
    place.sandbox.partnerCenter.switches.msxIdOn = 'sibling';
    place.sandbox.partnerCenter.answerInvitation(String(engagementId), 'accept', { msxId: '7-3X9YZ' });

    await sync();

    const row = place.sandbox.salesforce.find('Opportunity', deal?.opportunityId ?? '');
    expect(row?.Microsoft_CRM_Identifier__c).toBe('7-3X9YZ');
    const after = Deals.parse((await place.json('deals', '--kind', 'co-sell')).document).deals;
    expect(after.find(({ referralId }) => referralId === deal?.referralId)?.inStep).toBe(true);
  });

  it('a chat that refuses changes nothing about the run, is told in the next one, and its address stays secret', async () => {
    const { document } = await place.json('deals', '--state', 'Accepted');
    const deal = Deals.parse(document).deals.find(({ inStep }) => inStep);
    expect(deal).toBeDefined();
    chat.state.refuses = true;
    const before = chat.texts.length;
    seller().update('Opportunity', deal?.opportunityId ?? '', { Amount: null });

    const refused = await sync();
    chat.state.refuses = false;
    await sync();

    expect(refused.run?.outcome).toBe('attention');
    expect(refused.stderr).toContain('A message could not be sent');
    expect(refused.stderr).not.toContain('very-secret');
    expect(chat.texts).toHaveLength(before + 1);
  });
});
