/** What goes wrong at one record, whatever it is, keeps the others neither waiting nor from being told of. */
import { expect, it } from 'vitest';
import { RemoteError, type RemoteErrorCode } from '../../../src/core/errors.ts';
import type { CrmValue } from '../../../src/core/ports.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld } from '../../support/world.ts';

/** From now on deciding about this row trips, as over a mistake of ours that only it brings to light. */
function trip(world: ReturnType<typeof createWorld>, id: string, text: string): () => void {
  const { ledger } = world;
  const { opportunities, due } = ledger;
  let isDeciding = false;
  const trapped = (values: Readonly<Record<string, CrmValue>>) =>
    new Proxy(values, {
      get(target, name) {
        if (isDeciding && name === 'Name') throw new TypeError(text);
        return Reflect.get(target, name);
      },
    });
  Object.assign(ledger, {
    due(...given: Parameters<typeof due>) {
      isDeciding = true;
      return due.call(ledger, ...given);
    },
    async opportunities(ids: Parameters<typeof opportunities>[0]) {
      const found = await opportunities.call(ledger, ids);
      return new Map(
        [...found].map(([key, seen]) => {
          const { record } = seen;
          return [
            key,
            key === id ? { ...seen, record: { ...record, values: trapped(record.values) } } : seen,
          ];
        }),
      );
    },
  });
  return () => {
    Object.assign(ledger, { opportunities, due });
  };
}

it('a mistake of ours at a pair is told of, masked, and the others go on', async () => {
  const world = createWorld();
  const [bad, good] = [world.crm.add(), world.crm.add()];
  await world.run();
  const mend = trip(world, bad, 'Cannot read kim@partner.example');
  world.crm.edit(bad, { Amount: 91_000 });
  world.crm.edit(good, { Amount: 92_000 });

  const report = await world.run();
  const items = await world.open();
  mend();
  world.crm.edit(bad, { Amount: 93_000 });
  const after = await world.run();

  expect(items.map(({ kind, code, opportunityId }) => [kind, code, opportunityId])).toEqual([
    ['parked', 'our-mistake', bad],
  ]);
  expect(items[0]?.message).toContain('TypeError: Cannot read');
  expect(items[0]?.message).not.toContain('kim@');
  expect(report.outcome).toBe('attention');
  expect(world.partnerCenter.tagged(good)[0]?.deal.amount).toBe('92000');
  expect(world.partnerCenter.tagged(bad)[0]?.deal.amount).toBe('93000');
  expect([after.outcome, await world.open()]).toEqual(['clean', []]);
});

it('a mistake of ours at a write is told of, and what became of the write is looked up', async () => {
  const world = createWorld();
  const [bad, good] = [world.crm.add(), world.crm.add()];
  await world.run();
  const { update } = world.partnerCenter;
  const badId = tagOf(world.crm, world.mapping, bad);
  world.partnerCenter.update = async (id, ...given) => {
    const saved = await update(id, ...given);
    if (id !== badId) return saved;
    world.partnerCenter.update = update;
    throw new TypeError('Cannot read the answer.');
  };
  world.crm.edit(bad, { Amount: 91_000 });
  world.crm.edit(good, { Amount: 92_000 });

  const report = await world.run();
  const codes = (await world.open()).map(({ code }) => code);
  const after = await world.run();

  expect(codes).toEqual(['our-mistake']);
  expect(report.outcome).toBe('attention');
  expect(world.partnerCenter.tagged(good)[0]?.deal.amount).toBe('92000');
  expect(world.partnerCenter.tagged(bad)[0]?.deal.amount).toBe('91000');
  expect([after.outcome, await world.open(), await world.ledger.intents()]).toEqual(['clean', [], []]);
});

function received(count: number) {
  const world = createWorld();
  const ids = Array.from({ length: count }, () => world.partnerCenter.receive());
  const other = world.crm.add();
  const asked = { count: 0 };
  const fail = (code: RemoteErrorCode): void => {
    world.crm.findAccounts = () => {
      asked.count += 1;
      return Promise.reject(new RemoteError('The search took too long.', { code, system: 'crm' }));
    };
  };
  const { findAccounts } = world.crm;
  return {
    world,
    ids,
    asked,
    fail,
    mend: () => {
      world.crm.findAccounts = findAccounts;
    },
    isShared: () => world.partnerCenter.tagged(other).length === 1,
  };
}

it.each(['unavailable', 'rejected'] as const)(
  'a received deal whose account cannot be searched for waits and is told of (%s)',
  async (code) => {
    const { world, ids, fail, mend, isShared } = received(1);
    fail(code);

    const report = await world.run();
    const items = await world.open('parked');
    mend();
    world.pass(16);
    const after = await world.run();

    expect(items.map((item) => [item.code, item.referralId])).toEqual([['accounts-unread', ids[0]]]);
    expect(items[0]?.message).toContain('The search took too long.');
    expect([report.outcome, isShared()]).toEqual(['attention', true]);
    expect([after.outcome, await world.open('parked'), world.crm.rows.size]).toEqual(['clean', [], 2]);
  },
);

it('searches that fail in a row are not gone on with in that round, and all their deals wait', async () => {
  const { world, ids, asked, fail } = received(10);
  fail('unavailable');

  await world.run();

  expect(asked.count).toBe(3);
  expect(new Set((await world.open('parked')).map(({ referralId }) => referralId))).toEqual(new Set(ids));
});

it('searches that fail now and then keep none of the others from being made', async () => {
  const { world, mend, fail } = received(10);
  mend();
  const { findAccounts } = world.crm;
  fail('unavailable');
  const failing = world.crm.findAccounts;
  let searches = 0;
  world.crm.findAccounts = (...given) => {
    searches += 1;
    return (searches % 2 === 0 ? failing : findAccounts)(...given);
  };

  await world.run();

  // Five received deals, and the seller's own opportunity.
  expect(world.crm.rows.size).toBe(6);
});

it.each(['unauthorized', 'quota', 'rate-limited'] as const)(
  'a search that is refused because nothing can be asked of the CRM stops the run (%s)',
  async (code) => {
    const { world, fail } = received(1);
    fail(code);

    const report = await world.run();

    expect([report.outcome, report.stopped]).toEqual(['incomplete', 'The search took too long.']);
  },
);
