import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityId } from '../../../src/core/ids.ts';
import { type ConsoleUnderTest, openConsole } from '../../support/console.ts';
import { createWorld, type World } from '../../support/world.ts';
import { type Visitor, visit } from './visitor.ts';

let world: World;
let console: ConsoleUnderTest;
let dana: Visitor;
let kim: Visitor;

interface Item {
  readonly id: string;
  readonly opportunityId: OpportunityId;
  readonly version: string;
}

beforeEach(async () => {
  world = createWorld();
  for (const name of ['First', 'Second']) world.crm.add({ Name: name });
  console = await openConsole({ worlds: { contoso: world } });
  dana = visit(console);
  kim = visit(console);
  await dana.signIn('Dana Fox');
  await kim.signIn('Kim Lee');
});

afterEach(() => console.close());

/** Both sides change the notes of every deal differently. */
async function disagree(): Promise<readonly Item[]> {
  world.pass(1);
  for (const [id] of world.crm.rows) {
    const [referral] = world.partnerCenter.tagged(id);
    if (referral === undefined) throw new Error('There is no deal.');
    world.crm.edit(id, { Description: 'From the CRM.' });
    world.partnerCenter.edit(referral.id, { notes: 'From the portal.' });
  }
  await console.daemon.runner.request('contoso', { kind: 'manual', who: 'test' });
  return openItems();
}

async function openItems(): Promise<readonly Item[]> {
  const { groups } = (await dana.get('/api/attention')).json();
  return groups.flatMap((group: { items: Item[] }) => group.items);
}

const decide = (visitor: Visitor, items: readonly Item[], action: object) =>
  visitor.post('/api/attention/decide', {
    connection: 'contoso',
    action,
    items: items.map(({ id, version }) => ({ id, version })),
  });

describe('two people who decide the same conflict', () => {
  it('get one winner and one clear message', async () => {
    const [item] = await disagree();
    if (item === undefined) throw new Error('There is no conflict.');

    const [first, second] = await Promise.all([
      decide(dana, [item], { type: 'resolve', take: 'crm' }),
      decide(kim, [item], { type: 'resolve', take: 'partnerCenter' }),
    ]);

    expect([first.statusCode, second.statusCode].sort()).toEqual([200, 409]);
    const loser = [first, second].find(({ statusCode }) => statusCode === 409);
    expect(loser?.json().error).toMatchObject({ code: 'taken' });
    expect(loser?.json().error.message).toMatch(
      /^(Dana Fox|Kim Lee) decided this first at 12:01 UTC: notes takes (the CRM|Partner Center)’s value\. Your choice was not applied\.$/,
    );
    await console.daemon.runner.request('contoso', { kind: 'manual', who: 'test' });
    const taken = first.statusCode === 200 ? 'From the CRM.' : 'From the portal.';
    expect(world.crm.row(item.opportunityId).values.Description).toBe(taken);
  });

  it('may take a decision back that no run has carried out, and decide anew', async () => {
    const [item] = await disagree();
    if (item === undefined) throw new Error('There is no conflict.');
    const asItIs = async () => (await openItems()).filter(({ id }) => id === item.id);
    await decide(dana, [item], { type: 'resolve', take: 'crm' });

    const refused = await decide(kim, await asItIs(), { type: 'resolve', take: 'partnerCenter' });
    await decide(kim, await asItIs(), { type: 'retry' });
    const answer = await decide(kim, await asItIs(), { type: 'resolve', take: 'partnerCenter' });

    expect(refused.statusCode).toBe(422);
    expect(answer.statusCode).toBe(200);
  });

  it('are told when the values have moved instead', async () => {
    const [item] = await disagree();
    if (item === undefined) throw new Error('There is no conflict.');
    world.pass(1);
    world.crm.edit(item.opportunityId, { Description: 'Another thought.' });
    await console.daemon.runner.request('contoso', { kind: 'manual', who: 'test' });

    const answer = await decide(dana, [item], { type: 'resolve', take: 'crm' });

    expect(answer.statusCode).toBe(409);
    expect(answer.json().error.message).toContain('The values have changed since you looked');
  });
});

describe('a decision', () => {
  it('goes into the audit trail with the name of who made it', async () => {
    const [item] = await disagree();
    if (item === undefined) throw new Error('There is no conflict.');

    await decide(dana, [item], { type: 'resolve', take: 'crm' });

    const id = item.opportunityId;
    const { fields } = (await dana.get(`/api/deals/contoso/${id}`)).json();
    const notes = fields.find(({ field }: { field: string }) => field === 'notes');
    expect(notes.history.at(-1)).toMatchObject({ who: 'operator', by: 'Dana Fox', value: 'From the CRM.' });
  });

  it('about many items is carried out for each, and says which it could not', async () => {
    const items = await disagree();
    expect(items).toHaveLength(2);
    const [first] = items;
    if (first === undefined) throw new Error('There is no conflict.');
    await decide(kim, [first], { type: 'resolve', take: 'crm' });

    const answer = await decide(dana, items, { type: 'dismiss', why: 'A test.' });

    const { results } = answer.json();
    expect(answer.statusCode).toBe(200);
    expect(results.map(({ ok }: { ok: boolean }) => ok)).toEqual([false, true]);
    expect(results[0].message).toContain('Kim Lee decided this first');
    expect(await openItems()).toHaveLength(1);
  });

  it('that makes no sense for the item is refused with the reason', async () => {
    const [item] = await disagree();

    const answer = await decide(dana, item === undefined ? [] : [item], { type: 'approve' });

    expect(answer.statusCode).toBe(422);
    expect(answer.json().error.message).toContain('is a conflict, which needs no approval');
  });

  it('about an item that is gone says so', async () => {
    const answer = await dana.post('/api/attention/decide', {
      connection: 'contoso',
      action: { type: 'retry' },
      items: [{ id: 'abcdef01', version: 'x' }],
    });

    expect(answer.statusCode).toBe(410);
  });
});

describe('run now', () => {
  it('asks the runner, under the person’s name', async () => {
    const [id] = world.crm.rows.keys();
    if (id === undefined) throw new Error('There is no opportunity.');
    world.pass(1);
    world.crm.edit(id, { Description: 'New words.' });

    const answer = await dana.post('/api/runs', { connection: 'contoso' });
    await console.daemon.runner.idle();

    expect(answer.statusCode).toBe(202);
    expect(world.partnerCenter.tagged(id)[0]?.deal.notes).toBe('New words.');
  });
});

describe('the preview of a plan', () => {
  it('shows what a run would do and writes nothing, to no remote and not to the ledger', async () => {
    const [id] = world.crm.rows.keys();
    if (id === undefined) throw new Error('There is no opportunity.');
    world.pass(1);
    world.crm.edit(id, { Description: 'New words.' });
    const before = {
      serial: (await world.ledger.identity()).serial,
      writes: world.partnerCenter.calls.writes,
    };

    const begun = await dana.post('/api/plan', { connection: 'contoso' });
    let plan = (await dana.get('/api/plan/contoso')).json();
    while (plan.state === 'planning') plan = (await dana.get('/api/plan/contoso')).json();

    expect(begun.statusCode).toBe(202);
    expect(plan).toMatchObject({ state: 'ready', by: 'Dana Fox', plan: { total: 1, irreversible: 0 } });
    expect(plan.plan.groups[0]).toMatchObject({ type: 'update-referral', total: 1 });
    expect(plan.plan.groups[0].actions[0].changes).toContainEqual({
      field: 'notes',
      from: 'Renewal with added scope.',
      to: 'New words.',
    });
    expect((await world.ledger.identity()).serial).toBe(before.serial);
    expect(world.partnerCenter.calls.writes).toBe(before.writes);
  });
});
