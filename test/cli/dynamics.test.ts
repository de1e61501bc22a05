import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseTag } from '../../src/core/ids.ts';
import type { DataverseOrg } from '../../src/sandbox/dataverse/index.ts';
import { createWorkplace, type Workplace } from './command-line.ts';

const Runs = z.object({
  runs: z.array(
    z.looseObject({
      connection: z.string(),
      outcome: z.string(),
      wrote: z.record(z.string(), z.number()),
      requests: z.record(z.string(), z.number()),
    }),
  ),
});
const Deals = z.object({
  deals: z.array(
    z.object({
      connection: z.string(),
      opportunityId: z.string(),
      referralId: z.string(),
      inStep: z.boolean(),
    }),
  ),
});
const Items = z.object({
  items: z.array(z.looseObject({ id: z.string(), kind: z.string(), opportunityId: z.string().nullable() })),
});

const NOTHING_WRITTEN = {
  opportunitiesCreated: 0,
  opportunitiesUpdated: 0,
  referralsCreated: 0,
  referralsUpdated: 0,
  invitations: 0,
};

function orgOf({ sandbox }: Workplace): DataverseOrg {
  if (sandbox.dynamics === null) throw new TypeError('The workplace has no Dynamics 365.');
  return sandbox.dynamics;
}

async function sync(place: Workplace) {
  const { code, document } = await place.json('sync');
  return { code, runs: Runs.parse(document).runs };
}

async function quietPairs(place: Workplace) {
  const { document } = await place.json('deals', '--state', 'Accepted');
  return Deals.parse(document).deals.filter(({ inStep }) => inStep);
}

describe('commands against Dynamics 365', { timeout: 120_000 }, () => {
  let place: Workplace;

  beforeAll(async () => {
    place = await createWorkplace({ crms: ['dynamics'] });
    await place.cli('sync');
  });
  afterAll(() => place.close());

  it('sync shares what is flagged, and tags both sides', async () => {
    const { sandbox } = place;
    const pairs = await quietPairs(place);

    expect(pairs.length).toBeGreaterThan(5);
    for (const { opportunityId, referralId } of pairs) {
      expect(sandbox.dynamicsFlagged).toContain(opportunityId);
      expect(orgOf(place).find('opportunity', opportunityId)?.msft_referralidentifier).toBe(referralId);
      expect(sandbox.partnerCenter.referral(referralId).externalReferenceId).toBe(opportunityId);
    }
  });

  it('a run with nothing to do asks each side once and writes nothing', async () => {
    await sync(place);
    const before = place.sandbox.requestCounts();

    const { runs } = await sync(place);
    const after = place.sandbox.requestCounts();

    expect(runs[0]?.requests).toMatchObject({ crm: 1, partnerCenter: 1, retries: 0 });
    expect(runs[0]?.wrote).toEqual(NOTHING_WRITTEN);
    expect((after.dynamics ?? 0) - (before.dynamics ?? 0)).toBe(1);
    expect(after.partnerCenter - before.partnerCenter).toBe(1);
  });

  it('carries an edit each way, and leaves what both sides changed to a person', async () => {
    const { sandbox } = place;
    const org = orgOf(place);
    const seller = org.as(org.adminUserId);
    const [amount, notes, both] = await quietPairs(place);
    if (amount === undefined || notes === undefined || both === undefined)
      throw new TypeError('Fewer than three deals agree.');
    seller.update('opportunity', amount.opportunityId, { estimatedvalue: 4321.5 });
    sandbox.partnerCenter.edit(notes.referralId, { details: { notes: 'From the portal' } });
    seller.update('opportunity', both.opportunityId, { description: 'From the seller' });
    sandbox.partnerCenter.edit(both.referralId, { details: { notes: 'From a colleague' } });

    const { code } = await sync(place);

    expect(code).toBe(3);
    expect(sandbox.partnerCenter.referral(amount.referralId).details).toMatchObject({ dealValue: 4321.5 });
    expect(org.find('opportunity', notes.opportunityId)?.description).toBe('From the portal');
    expect(org.find('opportunity', both.opportunityId)?.description).toBe('From the seller');
    expect(sandbox.partnerCenter.referral(both.referralId).details).toMatchObject({
      notes: 'From a colleague',
    });

    const { document } = await place.json('attention', 'list');
    const conflict = Items.parse(document).items.find(({ kind }) => kind === 'conflict');
    expect(conflict?.opportunityId).toBe(both.opportunityId);
    await place.cli('attention', 'resolve', conflict?.id ?? '', '--take', 'partnerCenter');
    await sync(place);

    expect(org.find('opportunity', both.opportunityId)?.description).toBe('From a colleague');
  });

  it('carries a win and a loss over, through the actions of Dynamics 365', async () => {
    const { sandbox } = place;
    const org = orgOf(place);
    const [won, lost] = await quietPairs(place);
    if (won === undefined || lost === undefined) throw new TypeError('Fewer than two deals agree.');
    org.as(org.adminUserId).close(won.opportunityId, 'won');
    sandbox.partnerCenter.close(lost.referralId, 'Lost', 'Price');

    await sync(place);

    expect(sandbox.partnerCenter.referral(won.referralId)).toMatchObject({
      status: 'Closed',
      substatus: 'Won',
    });
    expect(org.find('opportunity', lost.opportunityId)).toMatchObject({
      statecode: 2,
      new_lossreason: 'Price',
    });
  });

  it('does exactly what a saved plan says, and nothing once a record of it has moved', async () => {
    const org = orgOf(place);
    const seller = org.as(org.adminUserId);
    const [first, second] = await quietPairs(place);
    if (first === undefined || second === undefined) throw new TypeError('Fewer than two deals agree.');
    const file = join(place.folder, 'plan.json');
    seller.update('opportunity', first.opportunityId, { estimatedvalue: 1_234 });
    await place.cli('plan', '--out', file);
    seller.update('opportunity', second.opportunityId, { estimatedvalue: 4_321 });

    const done = await place.json('sync', '--plan', file);

    const wrote = Runs.parse(done.document).runs[0]?.wrote;
    expect(wrote).toMatchObject({ referralsUpdated: 1 });
    expect(place.sandbox.partnerCenter.referral(first.referralId).details).toMatchObject({
      dealValue: 1_234,
    });

    await place.cli('plan', '--out', file);
    seller.update('opportunity', second.opportunityId, { estimatedvalue: 5_432 });
    const refused = await place.cli('sync', '--plan', file);

    expect(refused.code).toBe(5);
    await sync(place);
    expect(place.sandbox.partnerCenter.referral(second.referralId).details).toMatchObject({
      dealValue: 5_432,
    });
  });

  it('reads everything once more when the environment no longer knows where the last run ended', async () => {
    orgOf(place).expireDeltaLinks();

    const { runs } = await sync(place);
    const silent = await sync(place);

    expect(runs[0]?.wrote).toEqual(NOTHING_WRITTEN);
    expect(silent.runs[0]?.requests).toMatchObject({ crm: 1, partnerCenter: 1 });
  });

  it('doctor finds every mapped column, stage and right', async () => {
    const { stdout } = await place.cli('doctor');

    expect(stdout).toContain('Dynamics 365 columns: every mapped column is there');
    expect(stdout).toContain('Dynamics 365 stages: all 10 mapped stages exist');
    expect(stdout).toContain('Dynamics 365 rights: the application user has the privileges it needs');
  });
});

describe('a Salesforce and a Dynamics 365 connection with one Partner Center', { timeout: 120_000 }, () => {
  let place: Workplace;

  beforeAll(async () => {
    place = await createWorkplace({
      crms: ['salesforce', 'dynamics'],
      policy: { inbound: { create: false } },
    });
    await sync(place);
    await sync(place);
  });
  afterAll(() => place.close());

  it('keep to their own deals', async () => {
    const { sandbox } = place;
    const { document } = await place.json('deals');

    const { deals } = Deals.parse(document);

    expect(new Set(deals.map(({ connection }) => connection))).toEqual(
      new Set(['sandbox', 'sandbox-dynamics']),
    );
    expect(new Set(deals.map(({ referralId }) => referralId)).size).toBe(deals.length);
    for (const { connection, opportunityId, referralId } of deals) {
      const flagged = connection === 'sandbox' ? sandbox.flagged : sandbox.dynamicsFlagged;
      expect(flagged).toContain(opportunityId);
      expect(parseTag(String(sandbox.partnerCenter.referral(referralId).externalReferenceId))).toEqual({
        kind: 'opportunity',
        id: opportunityId,
      });
    }
  });

  it('never name a record of one CRM to the other', () => {
    const { sandbox } = place;
    const saidTo = (system: 'salesforce' | 'dataverse'): string =>
      sandbox.journal
        .since(0, system)
        .map(({ path, query, body }) => `${path} ${decodeURIComponent(query)} ${body}`)
        .join('\n');

    expect(sandbox.dynamicsFlagged.filter((id) => saidTo('salesforce').includes(id))).toEqual([]);
    expect(sandbox.flagged.filter((id) => saidTo('dataverse').includes(id))).toEqual([]);
    expect(sandbox.dynamicsFlagged.some((id) => saidTo('dataverse').includes(id))).toBe(true);
  });

  it('write nothing when nothing happened, at one request a side each', async () => {
    await sync(place);

    const { runs } = await sync(place);

    expect(runs.map(({ wrote }) => wrote)).toEqual([NOTHING_WRITTEN, NOTHING_WRITTEN]);
    expect(runs.map(({ requests }) => [requests.crm, requests.partnerCenter])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('carry an edit to their own side alone', async () => {
    const { sandbox } = place;
    const org = orgOf(place);
    const pair = (await quietPairs(place)).find(({ connection }) => connection === 'sandbox-dynamics');
    if (pair === undefined) throw new TypeError('No deal of Dynamics 365 agrees.');
    org.as(org.adminUserId).update('opportunity', pair.opportunityId, { estimatedvalue: 777 });
    const salesforceBefore = sandbox.salesforce.writeLog.length;

    const { runs } = await sync(place);

    expect(runs.map(({ wrote }) => wrote.referralsUpdated)).toEqual([0, 1]);
    expect(sandbox.partnerCenter.referral(pair.referralId).details).toMatchObject({ dealValue: 777 });
    expect(sandbox.salesforce.writeLog).toHaveLength(salesforceBefore);
  });
});
