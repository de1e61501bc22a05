import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../src/core/mapping-types.ts';
import { mapping } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

const DAY = 24 * 60;
const withExpiry = (): Mapping =>
  mapping({
    stages: [
      ...mapping().stages,
      { crm: 'Closed Lost', deal: 'Expired', salesStage: null, reason: 'Loss_Reason__c' },
    ],
  });

/** A deal that came in, with its opportunity. */
async function received(overrides: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(overrides);
  const referralId = world.partnerCenter.receive();
  await world.run();
  await world.run();
  const link = (await world.ledger.linksByReferral([referralId])).get(referralId);
  if (link === undefined) throw new TypeError('The deal was not brought into the CRM.');
  return { world, referralId, id: link.opportunityId };
}

async function warnings(world: World): Promise<readonly string[]> {
  const open = await world.open('notice');
  return open.filter(({ code }) => code === 'deadline').map(({ key }) => key.split(':').at(-1) ?? '');
}

describe('deadlines of deals that came in', () => {
  it('are warned of at seven, three and one days, by time alone and at one request a side', async () => {
    const { world } = await received();

    const seen: (readonly string[])[] = [];
    for (const minutes of [6 * DAY, DAY + 1, 4 * DAY, 2 * DAY]) {
      world.pass(minutes);
      const report = await world.run();
      expect(report).toMatchObject({ outcome: 'clean', requests: { crm: 1, partnerCenter: 1 } });
      seen.push(await warnings(world));
    }

    expect(seen).toEqual([[], ['7'], ['3'], ['1']]);
  });

  it('are not made up for: after a pause only the nearest warning is raised', async () => {
    const { world } = await received();

    world.pass(12 * DAY);
    await world.run();

    expect(await warnings(world)).toEqual(['3']);
    expect((await world.ledger.attention({})).filter(({ code }) => code === 'deadline')).toHaveLength(1);
  });

  it('resolve once the deal is answered', async () => {
    const { world, id } = await received();
    world.pass(8 * DAY);
    await world.run();
    const before = await warnings(world);

    world.crm.edit(id, { StageName: 'Prospecting' });
    await world.run();

    expect(before).toEqual(['7']);
    expect(await warnings(world)).toEqual([]);
  });

  it('stay open while an edit settles, because nobody has answered yet', async () => {
    const { world, id } = await received({ policy: { settleSeconds: 60 } });
    world.pass(8 * DAY);
    await world.run();

    world.crm.edit(id, { Description: 'Just now' });
    await world.run();

    expect(await warnings(world)).toEqual(['7']);
  });

  it('are warned of also where no opportunity could be made for the deal', async () => {
    const world = createWorld({
      policy: { inbound: { create: true, accounts: 'match', existing: 'leave' } },
    });
    world.partnerCenter.receive();
    await world.run();

    world.pass(8 * DAY);
    await world.run();

    expect(await warnings(world)).toEqual(['7']);
    expect((await world.open('parked')).map(({ code }) => code)).toEqual(['account-missing']);
  });

  it('that pass unanswered move the opportunity to the stage mapped for expired deals', async () => {
    const { world, referralId, id } = await received({ mapping: withExpiry() });
    world.pass(15 * DAY);
    world.partnerCenter.edit(referralId, { state: 'Expired' }, { status: 'Closed', substatus: 'Expired' });

    await world.run();
    await world.run();

    expect(world.crm.row(id).values.StageName).toBe('Closed Lost');
    expect(await warnings(world)).toEqual([]);
    expect(world.partnerCenter.illegal).toEqual([]);
  });

  it('that pass unanswered are told where no stage is mapped for expired deals', async () => {
    const { world, referralId } = await received();
    world.pass(15 * DAY);
    world.partnerCenter.edit(referralId, { state: 'Expired' }, { status: 'Closed', substatus: 'Expired' });

    const report = await world.run();

    expect(report.attention).toMatchObject({ parked: 0, notices: 1 });
    expect((await world.open('notice')).map(({ message }) => message)).toEqual([
      expect.stringContaining('no row of the stage table names the deal state Expired'),
    ]);
  });
});
