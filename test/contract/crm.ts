/** What every implementation of the CRM port promises: each real adapter against its sandbox, and the fake. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityId, ReferralId } from '../../src/core/ids.ts';
import type {
  Crm,
  CrmValue,
  OpportunityDraft,
  OpportunityRecord,
  RelatedRows,
} from '../../src/core/ports.ts';

export interface CrmWorld {
  readonly crm: Crm;
  /** An opportunity that the filter selects, made by a user: its amount and notes as given. */
  add(values: { readonly amount: number; readonly notes: string }): Promise<OpportunityId>;
  /** One that the filter does not select. */
  addUnselected(): Promise<OpportunityId>;
  edit(id: OpportunityId, notes: string): Promise<void>;
  remove(id: OpportunityId): Promise<void>;
  addAccount(name: string): Promise<string>;
  /** Mapping paths of the columns the suite reads and writes. */
  readonly paths: { readonly amount: string; readonly notes: string; readonly tag: string };
  /** A draft for an inbound deal on an account. */
  draft(referralId: ReferralId, accountId: string): OpportunityDraft;
  /** Moves the server's clock, so that two edits differ in time. */
  pass(): void;
  close(): Promise<void>;
}

const options = { signal: new AbortController().signal };
const REFERRAL = 'aaaaaaaa-0000-4000-8000-000000000001' as ReferralId;
const MIA = { firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+49 201 5550100' };
const OTHER = 'aaaaaaaa-0000-4000-8000-000000000002' as ReferralId;

async function walk(
  crm: Crm,
  cursor: string | null,
): Promise<{ readonly records: OpportunityRecord[]; readonly next: string }> {
  const records: OpportunityRecord[] = [];
  let next = cursor ?? '';
  for await (const page of crm.changes(cursor, options)) {
    records.push(...page.records);
    next = page.next;
  }
  return { records, next };
}

export function describeCrmContract(name: string, open: () => Promise<CrmWorld>): void {
  describe(`${name} as a CRM`, () => {
    let world: CrmWorld;
    const one = async (id: OpportunityId): Promise<OpportunityRecord> => {
      const record = (await world.crm.read([id], options)).get(id) ?? null;
      if (record === null) throw new TypeError(`${id} is not to be seen.`);
      return record;
    };
    const values = (fields: {
      readonly amount?: number;
      readonly notes?: CrmValue;
    }): Record<string, CrmValue> => ({
      ...(fields.amount === undefined ? {} : { [world.paths.amount]: fields.amount }),
      ...(fields.notes === undefined ? {} : { [world.paths.notes]: fields.notes }),
    });

    /** E-mails of the customer contacts joined to an opportunity. */
    const contactsOf = async (id: OpportunityId): Promise<readonly (string | null)[]> => {
      const { contactRoles, connections } = (await one(id)).people;
      return (contactRoles ?? connections ?? []).map(({ email }) => email).sort();
    };

    beforeEach(async () => {
      world = await open();
    });
    afterEach(async () => world.close());

    it('delivers every selected opportunity the first time, and none that is not selected', async () => {
      const first = await world.add({ amount: 100, notes: 'One' });
      world.pass();
      const second = await world.add({ amount: 200, notes: 'Two' });
      await world.addUnselected();

      const { records } = await walk(world.crm, null);

      expect(records.map(({ id }) => id)).toEqual([first, second]);
      expect(records.map((record) => record.values[world.paths.amount])).toEqual([100, 200]);
    });

    it('delivers an edit in the next walk, and nothing in the one after', async () => {
      const id = await world.add({ amount: 100, notes: 'One' });
      const start = await walk(world.crm, null);
      world.pass();
      await world.edit(id, 'Edited');
      const edited = await walk(world.crm, start.next);
      const after = await walk(world.crm, edited.next);

      expect(edited.records.map((record) => record.values[world.paths.notes])).toEqual(['Edited']);
      expect(edited.records[0]?.version).not.toBe(start.records[0]?.version);
      expect(after.records.every((record) => record.version === edited.records[0]?.version)).toBe(true);
    });

    it('delivers a tagged opportunity although the filter does not select it', async () => {
      const id = await world.addUnselected();
      await world.crm.update([{ id, values: { [world.paths.tag]: REFERRAL } }], options);

      const { records } = await walk(world.crm, null);

      expect(records.map((record) => record.id)).toEqual([id]);
    });

    it('delivers the deletion of a tagged opportunity', async () => {
      const id = await world.add({ amount: 100, notes: 'One' });
      await world.crm.update([{ id, values: { [world.paths.tag]: REFERRAL } }], options);
      const start = await walk(world.crm, null);
      world.pass();
      await world.remove(id);
      const { records } = await walk(world.crm, start.next);

      expect(records.find((record) => record.id === id)?.deleted).toBe(true);
      expect((await world.crm.read([id], options)).get(id)).toBeNull();
    });

    it('reads an id of another kind of CRM as one that is not to be seen', async () => {
      const id = await world.add({ amount: 100, notes: 'One' });
      const foreign = (
        world.crm.kind === 'salesforce' ? '1e0000f5-7c1b-f011-8e4f-002248a31d05' : '006Sb000000000SIAQ'
      ) as OpportunityId;

      const together = await world.crm.read([foreign, id], options);
      const alone = await world.crm.read([foreign], options);

      expect(together.get(foreign)).toBeNull();
      expect(together.get(id)?.id).toBe(id);
      expect([...alone]).toEqual([[foreign, null]]);
    });

    it('writes values and returns the row as it is then', async () => {
      const id = await world.add({ amount: 100, notes: 'One' });
      const before = await one(id);
      world.pass();
      const [outcome] = await world.crm.update(
        [{ id, values: values({ amount: 150 }), ifVersion: before.version }],
        options,
      );

      expect(outcome).toMatchObject({ ok: true, id, record: { modifiedByUs: true } });
      const after = await one(id);
      expect(after.values).toEqual({ ...before.values, [world.paths.amount]: 150 });
      expect(after.version).not.toBe(before.version);
    });

    it('empties a column', async () => {
      const id = await world.add({ amount: 100, notes: 'One' });
      const { version } = await one(id);
      await world.crm.update([{ id, values: values({ notes: null }), ifVersion: version }], options);

      expect((await one(id)).values[world.paths.notes]).toBeNull();
    });

    it('refuses a row that has moved since it was read, and leaves it as it is', async () => {
      const id = await world.add({ amount: 100, notes: 'One' });
      const before = await one(id);
      world.pass();
      await world.edit(id, 'Edited meanwhile');
      const [outcome] = await world.crm.update(
        [{ id, values: values({ notes: 'Ours' }), ifVersion: before.version }],
        options,
      );

      expect(outcome).toMatchObject({ ok: false, error: { code: 'version-conflict' } });
      expect((await one(id)).values[world.paths.notes]).toBe('Edited meanwhile');
    });

    it('lets one refused row be its own failure', async () => {
      const id = await world.add({ amount: 100, notes: 'One' });
      const gone = await world.add({ amount: 100, notes: 'Gone' });
      const [{ version }, { version: goneVersion }] = [await one(id), await one(gone)];
      await world.remove(gone);

      const outcomes = await world.crm.update(
        [
          { id: gone, values: values({ amount: 1 }), ifVersion: goneVersion },
          { id, values: values({ amount: 2 }), ifVersion: version },
        ],
        options,
      );

      expect(outcomes.map(({ ok }) => ok)).toEqual([false, true]);
      expect((await one(id)).values[world.paths.amount]).toBe(2);
    });

    it('creates an opportunity that carries its referral id, on the account named', async () => {
      const account = await world.addAccount("O'Brien & Söhne \\ 100%");

      const [outcome] = await world.crm.create([world.draft(REFERRAL, account)], options);
      const found = await world.crm.findByReferralIds([REFERRAL, OTHER], options);

      expect(outcome).toMatchObject({ ok: true });
      expect(found.map(({ id }) => id)).toEqual(outcome?.ok === true ? [outcome.id] : []);
      expect(found[0]?.values[world.paths.tag]).toBe(REFERRAL);
    });

    it('refuses a second opportunity for one referral', async () => {
      const account = await world.addAccount('Fabrikam');
      await world.crm.create([world.draft(REFERRAL, account)], options);

      const [outcome] = await world.crm.create([world.draft(REFERRAL, account)], options);

      expect(outcome).toMatchObject({ ok: false, error: { code: 'duplicate' } });
    });

    it('adds contacts once, however often it is asked, and takes those that the account has', async () => {
      const account = await world.addAccount('Fabrikam');
      const drafts = [world.draft(REFERRAL, account), world.draft(OTHER, account)];
      const made = (await world.crm.create(drafts, options)).flatMap((outcome) =>
        outcome.ok ? [outcome.id] : [],
      );
      const wanted = made.map(
        (opportunityId): RelatedRows => ({
          opportunityId,
          accountId: account,
          contacts: [MIA, { ...MIA, firstName: 'Max', email: 'max@fabrikam.example' }],
          createContacts: true,
          solutions: [],
          solutionsTo: null,
          amount: null,
        }),
      );

      const first = await world.crm.addRelated?.(wanted, options);
      const again = await world.crm.addRelated?.(wanted, options);

      expect(first).toMatchObject([
        { ok: true, omitted: [] },
        { ok: true, omitted: [] },
      ]);
      expect(first?.every((outcome) => outcome.ok && outcome.added > 0)).toBe(true);
      expect(again).toEqual(made.map(() => ({ ok: true, added: 0, omitted: [] })));
      for (const id of made) expect(await contactsOf(id)).toEqual(['max@fabrikam.example', MIA.email]);
    });

    it('creates no contact where only those that the account has are wanted', async () => {
      const account = await world.addAccount('Fabrikam');
      const [made] = await world.crm.create([world.draft(REFERRAL, account)], options);
      if (made?.ok !== true) throw new TypeError('The opportunity was not made.');

      const [outcome] =
        (await world.crm.addRelated?.(
          [
            {
              opportunityId: made.id,
              accountId: account,
              contacts: [MIA],
              createContacts: false,
              solutions: [],
              solutionsTo: null,
              amount: null,
            },
          ],
          options,
        )) ?? [];

      expect(outcome).toEqual({ ok: true, added: 0, omitted: ['a contact that the account does not have'] });
      expect(await contactsOf(made.id)).toEqual([]);
    });

    it('finds accounts by exact name, whatever characters it holds', async () => {
      const id = await world.addAccount("O'Brien & Söhne \\ 100%");
      await world.addAccount('O’Brien');

      const found = await world.crm.findAccounts({ duns: null, name: "O'Brien & Söhne \\ 100%" }, options);

      expect(found.map((account) => account.id)).toEqual([id]);
    });
  });
}
