/** A value that lost against the other side's stays in the record, whatever happens to the process meanwhile. */
import { describe, expect, it } from 'vitest';
import { mapping } from '../../support/builders.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld, type World } from '../../support/world.ts';

class Killed extends Error {}

/** Runs until the first write to Partner Center took effect, and not a step further. */
async function runAndDie(world: World): Promise<void> {
  const { ledger } = world;
  world.partnerCenter.onWrite = () => {
    world.partnerCenter.onWrite = null;
    world.ledger = ledger;
    Object.assign(ledger, { commit: () => Promise.reject(new Killed()) });
  };
  const { commit } = ledger;
  await expect(world.run()).rejects.toThrow(Killed);
  Object.assign(ledger, { commit });
}

async function everythingNoted(world: World): Promise<string> {
  const items = await world.ledger.attention({});
  const [link] = await world.ledger.links({});
  const history = link === undefined ? [] : await world.ledger.history({ opportunityId: link.opportunityId });
  return JSON.stringify([items, history]);
}

async function shared() {
  const base = mapping();
  const fields = base.fields.map((rule) =>
    rule.field === 'amount' ? { ...rule, conflict: 'crm' as const } : rule,
  );
  const world = createWorld({ mapping: { ...base, fields } });
  const id = world.crm.add({ Amount: 10_000 });
  await world.run();
  const referralId = tagOf(world.crm, world.mapping, id);
  if (referralId === null) throw new TypeError('The opportunity was not shared.');
  return { world, id, referralId };
}

describe('an amount that Partner Center held and the CRM overruled', () => {
  it('is still named after the process died between the write and its commit, and the CRM changed again', async () => {
    const { world, id, referralId } = await shared();
    world.partnerCenter.edit(referralId, { amount: '20006' });
    world.crm.edit(id, { Amount: 20_009 });
    await runAndDie(world);
    world.crm.edit(id, { Amount: 20_017 });

    await world.run();

    expect(world.partnerCenter.referrals.get(referralId)?.deal.amount).toBe('20017');
    expect(await everythingNoted(world)).toContain('20006');
  });

  it('is noted once where nothing went wrong, however often it is overruled', async () => {
    const { world, id, referralId } = await shared();
    for (const [theirs, ours] of [
      ['20006', 20_009],
      ['20010', 20_011],
    ] as const) {
      world.partnerCenter.edit(referralId, { amount: theirs });
      world.crm.edit(id, { Amount: ours });
      await world.run();
    }

    const history = await world.ledger.history({ opportunityId: id }, 'amount');

    for (const value of ['20006', '20010'])
      expect(history.filter(({ from }) => from === value)).toHaveLength(1);
  });
});
