import { describe, expect, it } from 'vitest';
import type { AttentionItem } from '../../../src/core/store-port.ts';
import { chooseAccountFor, NEW_ACCOUNT } from '../../../src/engine/account-choice.ts';
import { approveItems, dismissItems, resolveConflict, retryItems } from '../../../src/engine/operator.ts';
import { performRun } from '../../../src/engine/run.ts';
import { createWorld, type World } from '../../support/world.ts';

async function onlyItem(world: World, kind: AttentionItem['kind']): Promise<AttentionItem> {
  const [item, ...others] = await world.open(kind);
  if (item === undefined || others.length > 0)
    throw new Error(`Expected one open ${kind}, found ${others.length + (item === undefined ? 0 : 1)}.`);
  return item;
}

function operatorOf(world: World) {
  return { ledger: world.ledger, now: world.dependencies.now };
}

async function worldInConflict(): Promise<World> {
  const world = createWorld();
  const id = world.crm.add();
  await world.run();
  const [referral] = world.partnerCenter.tagged(id);
  if (referral === undefined) throw new Error('The deal was not created.');
  world.pass(1);
  world.crm.edit(id, { Description: 'From the CRM.' });
  world.partnerCenter.edit(referral.id, { notes: 'From the portal.' });
  await world.run();
  return world;
}

describe('a person’s decisions', () => {
  it.each([
    ['crm', 'From the CRM.'],
    ['partnerCenter', 'From the portal.'],
  ] as const)('taking %s makes both sides hold its value', async (take, expected) => {
    const world = await worldInConflict();
    const item = await onlyItem(world, 'conflict');

    const fields = await resolveConflict(operatorOf(world), item, null, take);
    const report = await world.run();

    expect(fields).toEqual(['notes']);
    expect([...world.crm.rows.values()][0]?.values.Description).toBe(expected);
    expect([...world.partnerCenter.referrals.values()][0]?.deal.notes).toBe(expected);
    expect(report.outcome).toBe('clean');
    expect(await world.open('conflict')).toEqual([]);
  });

  it('are kept in the history, as the operator’s', async () => {
    const world = await worldInConflict();
    const item = await onlyItem(world, 'conflict');

    await resolveConflict({ ...operatorOf(world), by: 'Dana Fox' }, item, 'notes', 'crm');

    const history = await world.ledger.history(
      { ...(item.opportunityId === null ? {} : { opportunityId: item.opportunityId }) },
      'notes',
    );
    expect(history.at(-1)).toMatchObject({
      who: 'operator',
      by: 'Dana Fox',
      to: 'ledger',
      value: 'From the CRM.',
      from: 'From the portal.',
    });
  });

  it('are refused for a field that is not in conflict, and for what is no conflict', async () => {
    const world = await worldInConflict();
    const item = await onlyItem(world, 'conflict');

    await expect(resolveConflict(operatorOf(world), item, 'amount', 'crm')).rejects.toThrow(
      'amount is not in conflict',
    );
    await expect(resolveConflict(operatorOf(world), item, 'colour', 'crm')).rejects.toThrow(
      'colour is no field',
    );
    await expect(
      resolveConflict(operatorOf(world), { ...item, kind: 'notice' }, null, 'crm'),
    ).rejects.toThrow('no conflict');
    await expect(
      resolveConflict(operatorOf(world), { ...item, state: 'resolved' }, null, 'crm'),
    ).rejects.toThrow('already');
    await expect(approveItems(operatorOf(world), [item])).rejects.toThrow('needs no approval');
  });

  it('approve what waits, and the next run does it', async () => {
    const world = createWorld({ policy: { approvals: ['create'] } });
    world.crm.add();
    await world.run();
    const item = await onlyItem(world, 'approval');
    expect(world.partnerCenter.referrals.size).toBe(0);

    await approveItems(operatorOf(world), [item]);
    const report = await world.run();

    expect(world.partnerCenter.referrals.size).toBe(1);
    expect(report.wrote.referralsCreated).toBe(1);
  });

  it('retry a parked record at once', async () => {
    const world = createWorld();
    world.crm.add({ Product__c: 'Unknown product' });
    await world.run();
    const item = await onlyItem(world, 'parked');
    expect(await world.ledger.countDue(world.dependencies.now().toISOString())).toBe(0);

    await retryItems(operatorOf(world), [item]);

    expect(await world.ledger.countDue(world.dependencies.now().toISOString())).toBe(1);
  });

  it('dismiss with a reason, which retrying takes back', async () => {
    const world = createWorld();
    world.crm.add({ Product__c: 'Unknown product' });
    await world.run();
    const item = await onlyItem(world, 'parked');

    await expect(dismissItems(operatorOf(world), [item], ' ')).rejects.toThrow('needs a reason');
    await dismissItems(operatorOf(world), [item], 'sold by others');

    expect(await world.open()).toEqual([]);
    const dismissed = await world.ledger.findAttention(item.id);
    expect(dismissed).toMatchObject({ state: 'dismissed', why: 'sold by others' });
    if (dismissed !== null) await retryItems(operatorOf(world), [dismissed]);
    expect(await world.open()).toHaveLength(1);
  });

  it('are refused to the second of two people, who is told', async () => {
    const world = await worldInConflict();
    const item = await onlyItem(world, 'conflict');
    await resolveConflict(operatorOf(world), item, 'notes', 'crm');

    await expect(resolveConflict(operatorOf(world), item, 'notes', 'partnerCenter')).rejects.toThrow(
      'is decided by somebody else meanwhile',
    );
    await expect(dismissItems(operatorOf(world), [item], 'late')).rejects.toThrow('somebody else');
    expect((await onlyItem(world, 'conflict')).decisions).toEqual({ notes: 'crm' });
  });

  it('are changed only by taking them back', async () => {
    const world = await worldInConflict();
    await resolveConflict(operatorOf(world), await onlyItem(world, 'conflict'), 'notes', 'crm');
    const decided = await onlyItem(world, 'conflict');

    await expect(resolveConflict(operatorOf(world), decided, 'notes', 'partnerCenter')).rejects.toThrow(
      `decided already (notes: the CRM's value)`,
    );
    await retryItems(operatorOf(world), [decided]);
    await resolveConflict(operatorOf(world), await onlyItem(world, 'conflict'), 'notes', 'partnerCenter');

    expect((await onlyItem(world, 'conflict')).decisions).toEqual({ notes: 'partnerCenter' });
  });

  it('that fall into a run which has passed the pair already are carried out by the next one', async () => {
    const world = await worldInConflict();
    const item = await onlyItem(world, 'conflict');
    await retryItems(operatorOf(world), [item]);
    const { ledger, dependencies } = world;
    let isDecided = false;
    const during = {
      ...ledger,
      async commit(changes: Parameters<typeof ledger.commit>[0]) {
        // The run has decided about the pair and is about to put it aside.
        if (!isDecided && changes.due?.some(({ dueAt }) => dueAt === null)) {
          isDecided = true;
          await resolveConflict(
            { ledger, now: dependencies.now },
            await onlyItem(world, 'conflict'),
            null,
            'crm',
          );
        }
        await ledger.commit(changes);
      },
    };
    const never = new AbortController().signal;
    await performRun(
      { ...dependencies, ledger: during },
      { full: false, stop: never, signal: never, only: null },
    );
    expect(isDecided).toBe(true);

    await world.run();

    expect(await world.open('conflict')).toEqual([]);
  });

  it('about an account that fall into a run which has passed the deal already are carried out too', async () => {
    const world = createWorld({
      policy: { inbound: { create: true, accounts: 'match', existing: 'create' } },
    });
    world.partnerCenter.receive();
    await world.run();
    const item = await onlyItem(world, 'parked');
    await retryItems(operatorOf(world), [item]);
    const { ledger, dependencies } = world;
    let isAnswered = false;
    const during = {
      ...ledger,
      async commit(changes: Parameters<typeof ledger.commit>[0]) {
        if (!isAnswered && changes.due?.some(({ dueAt }) => dueAt !== null)) {
          isAnswered = true;
          await chooseAccountFor(operatorOf(world), await onlyItem(world, 'parked'), NEW_ACCOUNT);
        }
        await ledger.commit(changes);
      },
    };
    const never = new AbortController().signal;
    await performRun(
      { ...dependencies, ledger: during },
      { full: false, stop: never, signal: never, only: null },
    );
    expect([isAnswered, world.crm.rows.size]).toEqual([true, 0]);

    await world.run();

    expect(world.crm.rows.size).toBe(1);
  });

  it('about an account are refused to the second of two people', async () => {
    const world = createWorld({
      policy: { inbound: { create: true, accounts: 'match', existing: 'create' } },
    });
    world.partnerCenter.receive();
    await world.run();
    const item = await onlyItem(world, 'parked');
    const operator = operatorOf(world);

    const both = await Promise.allSettled([
      chooseAccountFor(operator, item, NEW_ACCOUNT),
      chooseAccountFor(operator, item, '001550000000001AAA'),
    ]);

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
