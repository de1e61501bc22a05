import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReferralId } from '../../../src/core/ids.ts';
import { type ConsoleUnderTest, openConsole } from '../../support/console.ts';
import { createWorld, type World } from '../../support/world.ts';
import { type Visitor, visit } from './visitor.ts';

const [NORTH, SOUTH, OTHER] = ['001550000000001AAA', '001550000000002AAA', '001550000000003AAA'];

let world: World;
let console: ConsoleUnderTest;
let dana: Visitor;
let kim: Visitor;
let referralId: ReferralId;

const run = () => console.daemon.runner.request('contoso', { kind: 'manual', who: 'test' });

/** A received deal that two accounts fit. */
beforeEach(async () => {
  world = createWorld();
  const place = { name: 'Fabrikam GmbH', country: 'DE', postalCode: '45127', city: 'Essen' };
  world.crm.accounts.push(
    { ...place, id: String(NORTH), duns: '222222221' },
    { ...place, id: String(SOUTH), duns: null, city: 'Essen, ask mo@sender.example' },
  );
  console = await openConsole({ worlds: { contoso: world } });
  [dana, kim] = [visit(console), visit(console)];
  await dana.signIn('Dana Fox');
  await kim.signIn('Kim Lee');
  world.pass(1);
  referralId = world.partnerCenter.receive({ name: 'Whose deal is it' });
  await run();
});

afterEach(() => console.close());

async function question() {
  const { groups } = (await dana.get('/api/attention?code=account-ambiguous')).json();
  const [item] = groups.flatMap((group: { items: { id: string; version: string }[] }) => group.items);
  if (item === undefined) throw new Error('Nobody asks whose deal it is.');
  return item;
}

const answer = (visitor: Visitor, { id, version }: { id: string; version: string }, account?: string) =>
  visitor.post('/api/attention/decide', {
    connection: 'contoso',
    action: { type: 'account', account },
    items: [{ id, version }],
  });

/** The account of the opportunity that the next run creates; null: none was created. */
async function accountOfCreated(): Promise<unknown> {
  const { create } = world.crm;
  let customer: unknown = null;
  world.crm.create = (drafts, options) => {
    customer = drafts[0]?.customer ?? null;
    return create(drafts, options);
  };
  world.pass(1);
  await run();
  return customer;
}

describe('the question whose deal it is', () => {
  it('lists the accounts that fit with number and address, on its list and on the page of the deal', async () => {
    const accounts = [
      { id: NORTH, duns: '222222221', postalCode: '45127', city: 'Essen', country: 'DE' },
      { id: SOUTH, duns: null, postalCode: '45127', city: expect.not.stringContaining('mo@'), country: 'DE' },
    ];

    const { attention } = (await dana.get(`/api/deals/contoso/${referralId}`)).json();

    expect(await question()).toMatchObject({ accounts, answer: null });
    const onPage = attention.find(({ code }: { code: string }) => code === 'account-ambiguous');
    expect(onPage).toMatchObject({ accounts, answer: null });
  });

  it('is answered by one of them: the next run creates the opportunity there, under the person’s name', async () => {
    const said = await answer(dana, await question(), SOUTH);

    expect(said.statusCode).toBe(200);
    expect(await question()).toMatchObject({ answer: SOUTH });
    const history = await world.ledger.history({ referralId });
    expect(history.at(-1)).toMatchObject({
      who: 'operator',
      by: 'Dana Fox',
      field: 'customer',
      value: SOUTH,
    });
    expect(await accountOfCreated()).toEqual({ existingId: SOUTH });
    await expect(question()).rejects.toThrow('Nobody asks');
  });

  it('is answered by a new account', async () => {
    expect((await answer(dana, await question(), 'new')).statusCode).toBe(200);

    expect(await accountOfCreated()).toMatchObject({ create: { values: expect.anything() } });
  });

  it.each([
    ['an account that does not fit', OTHER],
    ['what is no account', '0065500000000BTIAY'],
  ])('is not answered by %s', async (_, account) => {
    const said = await answer(dana, await question(), account);

    expect(said.statusCode).toBe(422);
    expect(said.json().error.message).toContain(
      `none of the accounts that fit this deal (${NORTH}, ${SOUTH})`,
    );
    expect(await accountOfCreated()).toBeNull();
  });

  it('takes no answer from who gave no name', async () => {
    const said = await answer(visit(console), await question(), NORTH);

    expect(said.statusCode).toBe(401);
    expect(await question()).toMatchObject({ answer: null });
  });
});

describe('two people who answer the same question', () => {
  const FIRST =
    /^(Dana Fox|Kim Lee) decided this first at 12:01 UTC: (account 00155\w+|a new account)\. Your choice was not applied\.$/;

  it('at once get one winner and one clear message', async () => {
    const item = await question();

    const both = await Promise.all([answer(dana, item, NORTH), answer(kim, item, 'new')]);

    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
    const loser = both.find(({ statusCode }) => statusCode === 409)?.json();
    expect(loser.error).toMatchObject({ code: 'taken', message: expect.stringMatching(FIRST) });
    const isDanas = both[0]?.statusCode === 200;
    expect(await question()).toMatchObject({ answer: isDanas ? NORTH : 'new' });
  });

  it('one after the other: who looked before the first answer is told of it', async () => {
    const item = await question();
    await answer(dana, item, NORTH);

    const late = await answer(kim, item, SOUTH);

    expect(late.statusCode).toBe(409);
    expect(late.json().results[0]).toMatchObject({ reason: 'taken', decidedBy: 'Dana Fox' });
    expect(late.json().error.message).toContain(`account ${NORTH}`);
    expect(await accountOfCreated()).toEqual({ existingId: NORTH });
  });

  it('may put another answer in the place of one that they have seen', async () => {
    await answer(dana, await question(), NORTH);

    expect((await answer(kim, await question(), SOUTH)).statusCode).toBe(200);

    expect(await accountOfCreated()).toEqual({ existingId: SOUTH });
  });

  it('are told when other accounts fit by now', async () => {
    const item = await question();
    world.crm.accounts.push({
      id: String(OTHER),
      name: 'Fabrikam GmbH',
      country: 'DE',
      postalCode: '45127',
      city: 'Essen',
      duns: null,
    });
    world.partnerCenter.edit(referralId, { notes: 'Looked at again.' });
    world.pass(1);
    await run();

    const said = await answer(dana, item, NORTH);

    expect([said.statusCode, said.json().error.code]).toEqual([409, 'moved']);
  });
});
