import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { createWorld, type World } from '../../support/world.ts';

const MIA = { firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+49201555' };
const NAMELESS = { firstName: null, lastName: 'Nobody', email: null, phone: null };

/** A world in which a deal with a contact has arrived. */
function received(contacts: readonly (typeof MIA | typeof NAMELESS)[] = [MIA]): World {
  const world = createWorld({
    policy: { inbound: { create: true, accounts: 'create', existing: 'leave', contacts: 'create' } },
  });
  world.partnerCenter.receive({ contacts });
  return world;
}

const roles = ({ crm }: World): readonly (string | null)[] =>
  [...crm.rows.values()].flatMap(({ people }) => (people.contactRoles ?? []).map(({ email }) => email));

/** Fails the n-th create of the CRM, before or after it took effect. */
function failOn(world: World, call: number, when: 'onWrite' | 'afterWrite', error: () => RemoteError): void {
  let calls = 0;
  world.crm[when] = (what) => {
    if (what !== 'create') return;
    calls += 1;
    if (calls === call) throw error();
  };
}

const lost = (): RemoteError =>
  new RemoteError('No answer came.', { code: 'unavailable', system: 'crm', outcomeUnknown: true });

describe('the contacts of a received deal', () => {
  it('are there after the run that creates its opportunity, which then stays silent', async () => {
    const world = received();

    expect((await world.run()).outcome).toBe('clean');
    const { writes } = world.crm.calls;
    await world.run();

    expect([roles(world), world.crm.calls.writes]).toEqual([[MIA.email], writes]);
    expect(await world.ledger.intents()).toEqual([]);
  });

  it.each([
    ['adding them', 2],
    ['creating the opportunity', 1],
  ])('are there once although the answer to %s was lost', async (_what, call) => {
    const world = received();
    failOn(world, call, 'afterWrite', lost);

    expect((await world.run()).outcome).not.toBe('clean');
    for (let round = 0; round < 3; round += 1) {
      world.pass(20);
      await world.run();
    }

    expect([world.crm.rows.size, roles(world)]).toEqual([1, [MIA.email]]);
    expect(await world.ledger.intents()).toEqual([]);
  });

  it('that the CRM refuses are told by a code, and not asked for again', async () => {
    const world = received();
    const why = () => new RemoteError('Bad e-mail mia@fabrikam.example', { code: 'rejected', system: 'crm' });
    failOn(world, 2, 'onWrite', why);

    await world.run();

    const [notice] = await world.open('notice');
    expect(notice).toMatchObject({
      code: 'related-incomplete',
      message: expect.stringContaining('rejected'),
    });
    expect(notice?.message).not.toContain('mia@');
    expect(await world.ledger.intents()).toEqual([]);
  });

  it('are left out where they have no e-mail address, and everywhere unless the policy wants them', async () => {
    const without = received([NAMELESS]);
    await without.run();
    expect(roles(without)).toEqual([]);
    expect((await without.open('notice'))[0]?.message).toContain('a contact without an e-mail address');

    const silent = createWorld();
    silent.partnerCenter.receive({ contacts: [MIA] });
    await silent.run();
    expect(roles(silent)).toEqual([]);
    expect((await silent.open()).map(({ code }) => code)).toEqual(['inbound']);
  });
});

describe('contacts that can never be added to one opportunity', () => {
  /** Two received deals; at the first one the CRM fails whenever it is asked to add contacts. */
  async function failing() {
    const world = received();
    world.partnerCenter.receive({ contacts: [MIA] });
    const { addRelated } = world.crm;
    let bad: string | null = null;
    world.crm.addRelated = async (rows, options) => {
      bad ??= rows[0]?.opportunityId ?? null;
      const sound = rows.filter(({ opportunityId }) => opportunityId !== bad);
      const outcomes = [...((await addRelated?.(sound, options)) ?? [])];
      return rows.map(({ opportunityId }) =>
        opportunityId === bad
          ? {
              ok: false,
              error: new RemoteError('Create contacts failed: UNKNOWN_EXCEPTION.', {
                code: 'unavailable',
                system: 'crm',
              }),
            }
          : (outcomes.shift() ?? { ok: true, added: 0, omitted: [] }),
      );
    };
    await world.run();
    return {
      world,
      mend: () => {
        if (addRelated !== undefined) world.crm.addRelated = addRelated;
      },
      notices: async () =>
        (await world.open('notice')).flatMap(({ code }) => (code === 'related-failing' ? [code] : [])),
    };
  }

  it('keep no opportunity, nor its own, from being edited', async () => {
    const { world } = await failing();
    for (const id of world.partnerCenter.referrals.keys())
      world.partnerCenter.edit(id, { notes: 'From the portal' });

    await world.run();

    expect([...world.crm.rows.values()].map(({ values }) => values.Description)).toEqual([
      'From the portal',
      'From the portal',
    ]);
    expect(roles(world)).toEqual([MIA.email]);
  });

  it('are told of after five runs, tried at growing distances, and added in the end', async () => {
    const { world, mend, notices } = await failing();
    for (let run = 2; run < 5; run += 1) await world.run();
    const before = await notices();
    await world.run();
    const told = await notices();
    // Nothing else of the opportunity waits for them.
    expect(await world.ledger.due('2026-11-20T18:00:00.000Z', 10)).toEqual([]);
    mend();
    await world.run();
    const early = roles(world);
    world.pass(10);
    const report = await world.run();

    expect([before, told, early]).toEqual([[], ['related-failing'], [MIA.email]]);
    expect([roles(world), await notices(), report.outcome]).toEqual([[MIA.email, MIA.email], [], 'clean']);
    expect(await world.ledger.meta('failing-records')).toBeNull();
  });
});
