import { describe, expect, it } from 'vitest';
import type { Person } from '../../../src/core/deal.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import type { Directory } from '../../../src/core/ports.ts';
import type { PersonQuery } from '../../../src/core/team-directory.ts';
import { mapping, SELLER } from '../../support/builders.ts';
import { createWorld } from '../../support/world.ts';

const WITHOUT_PHONE = { ...SELLER, phone: null };
const FOUND: Person = { ...SELLER, firstName: 'Kimberley', phone: '+14255550100' };

/** A directory that knows these people, and remembers what it was asked. */
function directoryOf(people: Readonly<Record<string, Person | null>>) {
  const asked: (readonly PersonQuery[])[] = [];
  const state = { failure: null as RemoteError | null };
  const directory: Directory = {
    async find(queries) {
      asked.push(queries);
      if (state.failure !== null) throw state.failure;
      return new Map(queries.map(({ key }) => [key, people[key] ?? null]));
    },
  };
  return { directory, asked, state };
}

const unavailable = () =>
  new RemoteError('Looking up people in the directory failed (HTTP 503).', {
    code: 'unavailable',
    system: 'graph',
  });

function worldWith(people: Readonly<Record<string, Person | null>>, fallback: Person | null = null) {
  const world = createWorld({ mapping: mapping({ team: { from: [{ source: 'owner' }], fallback } }) });
  const fake = directoryOf(people);
  world.directory = fake.directory;
  return { world, ...fake };
}

describe('team members who lack something in the CRM', () => {
  it('are completed from the directory: what the CRM holds goes before it', async () => {
    const { world } = worldWith({ [SELLER.email]: FOUND });
    const id = world.crm.add({}, { people: { owner: [WITHOUT_PHONE], contactRoles: [] } });

    const report = await world.run();

    expect(report).toMatchObject({ outcome: 'clean', wrote: { referralsCreated: 1 } });
    expect(world.partnerCenter.tagged(id)[0]?.deal.team).toEqual([{ ...SELLER, phone: '+14255550100' }]);
  });

  it('are asked for once a run, all together, each once, and not again for hours', async () => {
    const { world, asked } = worldWith({ [SELLER.email]: FOUND });
    const other = { ...WITHOUT_PHONE, email: 'lee@partner.example' };
    for (let n = 0; n < 3; n += 1)
      world.crm.add({ Name: `Deal ${n}` }, { people: { owner: [WITHOUT_PHONE], contactRoles: [] } });
    const unknown = world.crm.add({}, { people: { owner: [other], contactRoles: [] } });
    await world.run();

    world.crm.edit(unknown, { Description: 'Edited' });
    await world.run();
    const within = asked.length;
    world.pass(7 * 60);
    world.crm.edit(unknown, { Description: 'Edited again' });
    await world.run();

    expect(asked[0]?.map(({ key }) => key).sort()).toEqual([SELLER.email, other.email]);
    expect(within).toBe(1);
    expect(asked[1]?.map(({ key }) => key)).toEqual([other.email]);
    expect(asked).toHaveLength(2);
  });

  it('are not asked for in idle runs, nor where all are complete', async () => {
    const { world, asked } = worldWith({});
    world.crm.add();

    await world.run();
    await world.run();

    expect(asked).toEqual([]);
  });

  it('without an e-mail are found by their name', async () => {
    const { world } = worldWith({ 'kim seller': { ...SELLER } });
    const nameless = { ...SELLER, email: null, phone: null };
    const id = world.crm.add({}, { people: { owner: [nameless], contactRoles: [] } });

    await world.run();

    expect(world.partnerCenter.tagged(id)[0]?.deal.team).toEqual([SELLER]);
  });

  it('that the directory does not know leave the deal to the fallback, which comes last', async () => {
    const fallback = { ...SELLER, email: 'desk@partner.example' };
    const { world } = worldWith({}, fallback);
    const id = world.crm.add({}, { people: { owner: [WITHOUT_PHONE], contactRoles: [] } });

    await world.run();

    expect(world.partnerCenter.tagged(id)[0]?.deal.team).toEqual([fallback]);
  });
});

describe('a directory that fails', () => {
  it('parks the record as without one, says so once, and is asked once a run', async () => {
    const { world, asked, state } = worldWith({ [SELLER.email]: FOUND });
    state.failure = unavailable();
    const id = world.crm.add({}, { people: { owner: [WITHOUT_PHONE], contactRoles: [] } });

    const report = await world.run();
    const open = await world.open();
    state.failure = null;
    world.crm.edit(id, { Description: 'Edited' });
    const after = await world.run();

    expect(report).toMatchObject({ outcome: 'attention', attention: { parked: 1, notices: 1 } });
    expect(open.map(({ code }) => code).sort()).toEqual(['directory-unavailable', 'missing-parts']);
    expect(asked.length).toBe(2);
    expect(after).toMatchObject({ outcome: 'clean', wrote: { referralsCreated: 1 } });
    expect(await world.open()).toEqual([]);
  });

  it('changes no deal that is shared: what it said last still counts', async () => {
    const { world, state } = worldWith({ [SELLER.email]: FOUND });
    const id = world.crm.add({}, { people: { owner: [WITHOUT_PHONE], contactRoles: [] } });
    await world.run();
    state.failure = unavailable();
    world.pass(3 * 24 * 60);

    world.crm.edit(id, { Description: 'Edited' });
    await world.run();

    const [shared] = world.partnerCenter.tagged(id);
    expect(shared?.deal).toMatchObject({ notes: 'Edited', team: [{ phone: '+14255550100' }] });
  });

  it('leaves a team it never said anything of as it is at Partner Center', async () => {
    const { world, state } = worldWith({ [SELLER.email]: FOUND });
    const id = world.crm.add();
    await world.run();
    state.failure = unavailable();

    world.crm.edit(
      id,
      { Description: 'Edited' },
      { people: { owner: [{ ...WITHOUT_PHONE, email: 'new@partner.example' }], contactRoles: [] } },
    );
    const report = await world.run();

    expect(world.partnerCenter.tagged(id)[0]?.deal).toMatchObject({ notes: 'Edited', team: [SELLER] });
    expect(report.attention.parked).toBe(0);
  });
});
