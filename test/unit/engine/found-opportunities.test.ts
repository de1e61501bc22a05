/** An opportunity that was created for a received deal, found again because its answer was lost. */
import { describe, expect, it } from 'vitest';
import type { Deal, Person } from '../../../src/core/deal.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import type { OpportunityId } from '../../../src/core/ids.ts';
import type { Crm, OpportunityRecord } from '../../../src/core/ports.ts';
import { mapping } from '../../support/builders.ts';
import { createWorld } from '../../support/world.ts';

/** An org with one currency: its opportunities say nothing of theirs, and the mapping's default stands for it. */
const IN_DOLLARS = mapping({
  fields: mapping().fields.map((field) =>
    field.field === 'currency' || field.field === 'amount'
      ? { ...field, conflict: 'crm', ...(field.field === 'currency' ? { crm: null } : {}) }
      : field,
  ),
});

/** A deal in euros arrives, and its opportunity is created without a word about what it holds. */
async function unreadCreate(readFails: boolean) {
  const world = createWorld({ mapping: IN_DOLLARS });
  const referralId = world.partnerCenter.receive({ currency: 'EUR', amount: '5000' });
  const { create, read } = world.crm;
  world.crm.create = async (...given) =>
    (await create(...given)).map((outcome) => (outcome.ok ? { ...outcome, record: null } : outcome));
  if (readFails)
    world.crm.read = async () => {
      throw new RemoteError('No answer came.', { code: 'unavailable', system: 'crm' });
    };
  const first = await world.run();
  Object.assign(world.crm, { create, read });
  const [id] = [...world.crm.rows.keys()];
  if (id === undefined) throw new TypeError('Nothing was made.');
  return { world, referralId, id, first };
}

describe('an opportunity that was not read back with its creation', () => {
  it.each([
    { readFails: false, outcome: 'clean' },
    { readFails: true, outcome: 'incomplete' },
  ])('agrees with its deal once it can be read (read fails at first: $readFails)', async (given) => {
    const { world, referralId, id, first } = await unreadCreate(given.readFails);
    await world.run();
    world.crm.edit(id, { StageName: 'Prospecting' });

    await world.run();
    await world.run();

    const { currency, state } = world.partnerCenter.one(referralId).deal;
    expect({ currency, state }).toEqual({ currency: 'EUR', state: 'Accepted' });
    expect(await world.open('conflict')).toEqual([]);
    expect(world.crm.rows.size).toBe(1);
    expect(await world.ledger.intents()).toEqual([]);
    expect(first.outcome).toBe(given.outcome);
  });
});

const person = (firstName: string): Person => ({
  firstName,
  lastName: 'Seller',
  email: `${firstName.toLowerCase()}@partner.example`,
  phone: '+14155550123',
});

/** A deal in euros arrives, and the answer to the creation of its opportunity is lost. */
async function lostCreate(its = IN_DOLLARS, values: Deal = {}, kind: Crm['kind'] = 'salesforce') {
  const world = createWorld({ mapping: its });
  Object.assign(world.crm, { kind });
  const referralId = world.partnerCenter.receive({
    currency: 'EUR',
    amount: '5000',
    notes: 'From afar.',
    ...values,
  });
  world.crm.afterWrite = () => {
    world.crm.afterWrite = null;
    throw new RemoteError('No answer came.', { code: 'unavailable', system: 'crm', outcomeUnknown: true });
  };
  await world.run();
  const [id] = [...world.crm.rows.keys()];
  if (id === undefined) throw new TypeError('Nothing was made.');
  return { world, referralId, id };
}

describe('an opportunity that was found after its answer was lost', () => {
  it('agrees with the deal that it was made from: accepting it changes nothing else', async () => {
    const { world, referralId, id } = await lostCreate();
    await world.run();
    world.crm.edit(id, { StageName: 'Prospecting' });

    await world.run();
    await world.run();

    const { amount, currency, state } = world.partnerCenter.one(referralId).deal;
    expect({ amount, currency, state }).toEqual({ amount: '5000', currency: 'EUR', state: 'Accepted' });
    expect(await world.open('conflict')).toEqual([]);
  });

  it('carries what was edited in Partner Center before it was found', async () => {
    const { world, referralId, id } = await lostCreate();
    world.partnerCenter.edit(referralId, { notes: 'Said again.' });

    await world.run();
    world.crm.edit(id, { StageName: 'Prospecting' });
    await world.run();
    await world.run();

    expect(world.crm.row(id).values.Description).toBe('Said again.');
    expect(world.partnerCenter.one(referralId).deal.notes).toBe('Said again.');
  });

  it('carries what a seller edited before it was found, as an edit of theirs', async () => {
    const { world, referralId, id } = await lostCreate();
    world.crm.edit(id, { Description: 'Spoke to them.' });

    await world.run();
    world.crm.edit(id, { StageName: 'Prospecting' });
    await world.run();
    await world.run();

    expect(await world.open('conflict')).toEqual([]);
    expect(world.crm.row(id).values.Description).toBe('Spoke to them.');
    expect(world.partnerCenter.one(referralId).deal).toMatchObject({
      notes: 'Spoke to them.',
      currency: 'EUR',
    });
  });

  it('takes what its columns hold shorter or rounded for what was sent, whatever else a seller edited', async () => {
    const notes = 'A long story. '.repeat(200).trim();
    const values = { notes, amount: '5000.005', currency: 'USD' };
    const { world, referralId, id } = await lostCreate(mapping(), values, 'dynamics');
    expect(String(world.crm.row(id).values.Description).length).toBeLessThan(notes.length);
    world.crm.edit(id, { CloseDate: '2027-01-15', StageName: 'Prospecting' });

    await world.run();
    await world.run();

    expect(world.partnerCenter.one(referralId).deal).toMatchObject({
      notes,
      amount: '5000.005',
      closeDate: '2027-01-15',
      state: 'Accepted',
    });
    expect(await world.open('conflict')).toEqual([]);
  });

  describe('with people and solutions of its own', () => {
    const KIM = person('Kim');
    const SOLUTIONS = [
      { id: 'SOL-10000-AAA', name: null },
      { id: 'SOL-99999-ZZZ', name: null },
    ];

    it.each([
      ['keeps them while its owner could not be named', { ...person('Inte'), phone: null }, ['kim']],
      ['gets the owner whom somebody gave it', person('Lee'), ['kim', 'lee']],
    ])('%s', async (_what, owner, expected) => {
      const { world, referralId, id } = await lostCreate(mapping(), {
        currency: 'USD',
        team: [KIM],
        solutions: SOLUTIONS,
      });
      const people = { owner: [owner], contactRoles: [] };
      world.crm.edit(id, { Description: 'Spoke to them.', StageName: 'Prospecting' }, { people });

      await world.run();
      await world.run();
      await world.run();

      const { team, solutions, state, notes } = world.partnerCenter.one(referralId).deal;
      expect(team?.map(({ email }) => email?.split('@')[0])).toEqual(expected);
      expect({ solutions, state, notes }).toEqual({
        solutions: SOLUTIONS,
        state: 'Accepted',
        notes: 'Spoke to them.',
      });
      expect(await world.open('conflict')).toEqual([]);
    });
  });

  it("takes what the org has no column for as nobody's decision, whatever else a seller edited", async () => {
    const { world, referralId, id } = await lostCreate(
      mapping({
        fields: mapping().fields.map((field) =>
          field.field === 'amount' || field.field === 'currency' ? { ...field, conflict: 'crm' } : field,
        ),
      }),
    );
    const row = world.crm.row(id);
    const { CurrencyIsoCode: _dropped, ...values } = row.values;
    (world.crm.rows as Map<OpportunityId, OpportunityRecord>).set(id, { ...row, values });
    world.crm.edit(id, { Description: 'Spoke to them.', StageName: 'Prospecting' });

    await world.run();
    await world.run();

    expect(world.partnerCenter.one(referralId).deal).toMatchObject({ amount: '5000', currency: 'EUR' });
    expect((await world.open('conflict')).flatMap(({ fields }) => fields)).not.toContain('amount');
  });
});
