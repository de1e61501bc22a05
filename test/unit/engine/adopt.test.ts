import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { type AcceptedPair, adoptPairs } from '../../../src/engine/adopt.ts';
import { decideDifferences } from '../../../src/engine/adoption-decisions.ts';
import { offerPairs } from '../../../src/engine/offer-pairs.ts';
import { performRun } from '../../../src/engine/run.ts';
import { SELLER } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

const options = { signal: new AbortController().signal };

/** One opportunity and one deal that describe the same, without tags. */
function twins(world: World, values: Parameters<World['crm']['add']>[0] = {}) {
  const opportunityId = world.crm.add(values);
  const referralId = world.partnerCenter.receive(
    { state: 'Accepted' },
    { origin: 'own', status: 'Active', substatus: 'Accepted' },
  );
  return { opportunityId, referralId };
}

function accept(
  pair: { opportunityId: AcceptedPair['opportunityId']; referralId: AcceptedPair['referralId'] },
  fingerprint: string | null = null,
): AcceptedPair {
  return { ...pair, fingerprint, line: 2 };
}

describe('offering pairs', () => {
  it('proposes records without tags and links nothing', async () => {
    const world = createWorld();
    const pair = twins(world);

    const { pairs } = await offerPairs(world.dependencies, options);

    expect(pairs).toHaveLength(1);
    expect(pairs[0]).toMatchObject({ ...pair, confidence: 'high', customer: 'Fabrikam GmbH' });
    expect((await world.ledger.counts()).links).toBe(0);
    expect([world.crm.calls.writes, world.partnerCenter.calls.writes]).toEqual([0, 0]);
  });

  it('leaves out what a tag on either side joins, what is closed, and what the filter does not select', async () => {
    const world = createWorld();
    const { opportunityId, referralId } = twins(world);
    world.crm.edit(opportunityId, { Referral_Identifier__c: referralId.toUpperCase() });
    world.crm.add({ StageName: 'Closed Won' });
    world.crm.add({ Sync_with_Partner_Center__c: false });
    world.partnerCenter.receive({ state: 'Won' }, { origin: 'own' });

    const { pairs, alone } = await offerPairs(world.dependencies, options);

    expect(pairs).toEqual([]);
    expect(alone).toEqual({ opportunities: 0, referrals: 0 });
  });

  it('proposes nothing from half a list', async () => {
    const world = createWorld();
    twins(world);
    const changes = world.partnerCenter.changes.bind(world.partnerCenter);
    world.partnerCenter.changes = async (...given) => ({ ...(await changes(...given)), complete: false });

    await expect(offerPairs(world.dependencies, options)).rejects.toBeInstanceOf(RemoteError);
  });
});

describe('adopting accepted pairs', () => {
  it('agrees on what is equal, writes nothing, and lets the next run put the ids on both sides', async () => {
    const world = createWorld();
    const pair = twins(world);
    const { pairs } = await offerPairs(createWorldCopy(world), options);

    const { linked, refused } = await adoptPairs(
      world.dependencies,
      [accept(pair, pairs[0]?.fingerprint ?? '')],
      options,
    );

    expect([linked.length, refused, world.crm.calls.writes, world.partnerCenter.calls.writes]).toEqual([
      1,
      [],
      0,
      0,
    ]);
    expect(linked[0]?.differs).toEqual([]);
    const [entry] = await world.ledger.history({ opportunityId: pair.opportunityId });
    expect(entry).toMatchObject({ who: 'operator', to: 'ledger', value: pair.referralId });
    const report = await world.run();
    expect(report).toMatchObject({
      outcome: 'clean',
      wrote: { referralsCreated: 0, opportunitiesCreated: 0 },
    });
    expect(world.crm.row(pair.opportunityId).values.Referral_Identifier__c).toBe(pair.referralId);
    expect(world.partnerCenter.one(pair.referralId).tag).toEqual({
      kind: 'opportunity',
      id: pair.opportunityId,
    });
    const writes = world.crm.calls.writes + world.partnerCenter.calls.writes;
    await world.run();
    expect(world.crm.calls.writes + world.partnerCenter.calls.writes).toBe(writes);
  });

  it('makes a conflict of what differs, for this run and the next, until a person decides', async () => {
    const world = createWorld();
    const pair = twins(world, { Amount: 90_000, Description: null });

    const { linked } = await adoptPairs(world.dependencies, [accept(pair)], options);
    await world.run();

    expect(linked[0]?.differs).toEqual(['amount', 'notes']);
    const items = (await world.open('conflict')).map(({ code, fields }) => [code, fields]);
    expect(items.sort()).toEqual([
      ['differs-at-adoption', ['amount']],
      ['differs-at-adoption', ['notes']],
    ]);
    expect(world.partnerCenter.one(pair.referralId).deal).toMatchObject({ amount: '84000' });
    expect(world.crm.row(pair.opportunityId).values).toMatchObject({ Amount: 90_000, Description: null });
  });

  it('does not invite Microsoft for help that was asked before, unless a person says so', async () => {
    const world = createWorld();
    const pair = twins(world, { How_can_Microsoft_help__c: 'General or Other', Customer_Consent__c: true });
    const contact = { ...SELLER, email: 'buyer@fabrikam.example' };
    world.crm.edit(pair.opportunityId, {}, { people: { owner: [SELLER], contactRoles: [contact] } });

    await adoptPairs(world.dependencies, [accept(pair)], options);
    const before = await world.run();
    const asked = (await world.open('conflict')).flatMap(({ fields }) => fields);
    const result = await decideDifferences(world.dependencies, 'help', 'crm');
    const after = await world.run();

    expect(before.wrote.invitations).toBe(0);
    expect(asked).toContain('help');
    expect(result).toEqual({ decided: 1, skipped: 0 });
    expect(after.wrote.invitations).toBe(1);
    expect((await world.open('conflict')).flatMap(({ fields }) => fields)).not.toContain('help');
  });

  it.each([
    [
      'a side that has changed since',
      'has changed',
      async (world: World, pair: ReturnType<typeof twins>) => {
        world.crm.edit(pair.opportunityId, { Amount: 1 });
      },
    ],
    [
      'a deal that was closed',
      'no open deal',
      async (world: World, pair: ReturnType<typeof twins>) => {
        world.partnerCenter.edit(pair.referralId, { state: 'Lost' });
      },
    ],
    [
      'a deal that got another id',
      'carries',
      async (world: World, pair: ReturnType<typeof twins>) => {
        world.partnerCenter.edit(pair.referralId, {}, { tag: { kind: 'foreign', text: 'CRM-1' } });
      },
    ],
    [
      'an opportunity that left the filter',
      'does not select',
      async (world: World, pair: ReturnType<typeof twins>) => {
        world.crm.edit(pair.opportunityId, { Sync_with_Partner_Center__c: false });
      },
    ],
    [
      'an opportunity that is gone',
      'shows no opportunity',
      async (world: World, pair: ReturnType<typeof twins>) => {
        world.crm.remove(pair.opportunityId);
      },
    ],
  ])('refuses %s, and links the others', async (_what, reason, happen) => {
    const world = createWorld();
    const pair = twins(world);
    const other = twins(world, { Name: 'Other' });
    const { pairs } = await offerPairs(createWorldCopy(world), options);
    await happen(world, pair);

    const { linked, refused } = await adoptPairs(
      world.dependencies,
      [
        accept(
          pair,
          pairs.find(({ opportunityId }) => opportunityId === pair.opportunityId)?.fingerprint ?? '',
        ),
        accept(other),
      ],
      options,
    );

    expect(linked.map(({ opportunityId }) => opportunityId)).toEqual([other.opportunityId]);
    expect(refused).toEqual([expect.objectContaining({ line: 2, reason: expect.stringContaining(reason) })]);
  });

  it('refuses a record that is accepted twice, and knows a pair that is linked already', async () => {
    const world = createWorld();
    const pair = twins(world);
    const other = twins(world);

    const twice = await adoptPairs(
      world.dependencies,
      [accept(pair), accept({ ...pair, referralId: other.referralId })],
      options,
    );
    await adoptPairs(world.dependencies, [accept(pair)], options);
    const again = await adoptPairs(
      world.dependencies,
      [accept(pair), accept({ ...other, referralId: pair.referralId })].slice(0, 1),
      options,
    );

    expect(twice.refused).toHaveLength(2);
    expect(again).toEqual({ linked: [], refused: [], unchanged: 1 });
  });
});

/** The same two sides with a ledger of their own, as a copy of the state has. */
function createWorldCopy(world: World): World['dependencies'] {
  const other = createWorld();
  return { ...other.dependencies, crm: world.crm, partnerCenter: world.partnerCenter };
}

describe('a run with a limit on creates', () => {
  const run = (world: World, maxCreates: number) =>
    performRun(world.dependencies, {
      full: false,
      only: null,
      maxCreates,
      stop: new AbortController().signal,
      signal: new AbortController().signal,
    });

  it('creates so many, oldest edit first, says why it stopped, and goes on in the next run', async () => {
    const world = createWorld();
    const ids = [];
    for (let index = 0; index < 5; index += 1) {
      ids.push(world.crm.add({ Name: `Deal ${index}` }));
      world.pass(1);
    }

    const first = await run(world, 2);
    const shared = ids.filter((id) => world.partnerCenter.tagged(id).length > 0);
    const second = await run(world, 2);
    const third = await run(world, 2);

    expect(first).toMatchObject({ outcome: 'incomplete', wrote: { referralsCreated: 2 } });
    expect(first.stopped).toContain('limit of 2 creates');
    expect(shared).toEqual(ids.slice(0, 2));
    expect(second.wrote.referralsCreated).toBe(2);
    expect(third).toMatchObject({ outcome: 'clean', wrote: { referralsCreated: 1 } });
  });

  it('does everything else meanwhile', async () => {
    const world = createWorld();
    const id = world.crm.add();
    await world.run();
    world.crm.add({ Name: 'Later' });
    world.crm.edit(id, { Amount: 5 });

    const report = await run(world, 0);

    expect(report.wrote).toMatchObject({ referralsCreated: 0, referralsUpdated: 1 });
    expect(report.outcome).toBe('incomplete');
  });
});
