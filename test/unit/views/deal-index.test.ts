import { beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityId } from '../../../src/core/ids.ts';
import type { Ledger } from '../../../src/core/store-port.ts';
import { createDealIndex, type DealIndex, watchLedger } from '../../../src/views/deal-index.ts';
import { hashOf } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let ids: OpportunityId[];
let index: DealIndex;
/** How often the whole list of links was read. */
let walks: number;
/** The ledger as another process has it: the index does not hear of its commits. */
let raw: Ledger;

beforeEach(async () => {
  world = createWorld();
  ids = ['Alder', 'Basalt', 'Cedar'].map((Name) => world.crm.add({ Name }));
  await world.run();
  walks = 0;
  const { ledger } = world;
  raw = ledger;
  const counted: Ledger = {
    ...ledger,
    links(filter) {
      walks += 1;
      return ledger.links(filter);
    },
  };
  index = createDealIndex({
    connection: 'contoso',
    ledger: counted,
    mapping: world.mapping,
    hashOf,
    now: world.dependencies.now,
    rest: async () => {},
  });
  world.ledger = watchLedger(ledger, () => index);
  await index.refresh();
});

const names = () => [...index.deals.values()].map(({ row }) => row.name).sort();

describe('the index of deals', () => {
  it('holds every link once', () => {
    expect(names()).toEqual(['Alder', 'Basalt', 'Cedar']);
    expect(walks).toBe(1);
  });

  it('follows the commits of a run without walking all links again', async () => {
    const [first] = ids;
    world.pass(1);
    if (first !== undefined) world.crm.edit(first, { Amount: 5 });
    world.crm.add({ Name: 'Dune' });
    await world.run();

    await index.refresh();

    expect(names()).toEqual(['Alder', 'Basalt', 'Cedar', 'Dune']);
    expect(index.deals.get(String(first))?.row.amount).toBe('5');
    expect(walks).toBe(1);
  });

  it('learns that an item was settled, which says which deal is in step again', async () => {
    const [first] = ids;
    if (first === undefined) throw new Error('There is no opportunity.');
    const [referral] = world.partnerCenter.tagged(first);
    if (referral === undefined) throw new Error('There is no deal.');
    world.pass(1);
    world.crm.edit(first, { Description: 'Here.' });
    world.partnerCenter.edit(referral.id, { notes: 'There.' });
    await world.run();
    await index.refresh();
    expect(index.deals.get(first)).toMatchObject({
      row: { inStep: false },
      waitingSince: expect.any(String),
    });

    world.pass(1);
    world.crm.edit(first, { Description: 'There.' });
    await world.run();
    await index.refresh();

    expect(index.deals.get(first)).toMatchObject({ row: { inStep: true }, waitingSince: null });
    expect(walks).toBe(1);
  });

  it('reads everything anew after a commit that nobody told of', async () => {
    await raw.commit({ meta: { note: '1' } });

    await index.refresh();

    expect(walks).toBe(2);
    expect(names()).toEqual(['Alder', 'Basalt', 'Cedar']);
  });

  it('gives its memory back and is built again when somebody looks', async () => {
    index.release();
    expect(index.deals.size).toBe(0);

    await index.refresh();

    expect(names()).toEqual(['Alder', 'Basalt', 'Cedar']);
    expect(walks).toBe(2);
  });

  it('says the same of a settled pair as the whole merge does', async () => {
    const settled = new Map([...index.deals].map(([id, { row }]) => [id, row]));
    // Due, so that the index looks at them as a run would.
    await world.ledger.commit({
      due: ids.map((id) => ({
        side: 'opportunity' as const,
        id: id as string,
        dueAt: '2027-01-01T00:00:00Z',
      })),
    });
    index.release();
    await index.refresh();

    expect(new Map([...index.deals].map(([id, { row }]) => [id, row]))).toEqual(settled);
  });
});
