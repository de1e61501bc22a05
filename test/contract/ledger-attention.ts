/** What every ledger must do with what a person has to look at. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttentionItem, Ledger } from '../../src/core/store-port.ts';
import type { LedgerHome } from './ledger.ts';
import { attention, conflict, minutesLater, NOON, opportunityId, referralId } from './ledger-samples.ts';

/** Runs the suite against a kind of ledger. */
export function describeAttentionContract(name: string, createHome: () => Promise<LedgerHome>): void {
  describe(`${name}: attention`, () => {
    let home: LedgerHome;
    let ledger: Ledger;

    beforeEach(async () => {
      home = await createHome();
      ledger = await home.open('contoso');
    });

    afterEach(async () => {
      await ledger.close();
      await home.dispose();
    });

    const raise = (...items: AttentionItem[]) => ledger.commit({ attention: items });
    const get = async (key: string): Promise<AttentionItem> => {
      const item = (await ledger.attentionByKeys([key])).get(key);
      if (item === undefined) throw new Error(`There is no item ${key}.`);
      return item;
    };
    const { key } = attention(1);
    const later = { since: minutesLater(5), lastSeenAt: minutesLater(5) };

    it('gives an item a short id that depends on connection and key alone', async () => {
      const other = await home.open('fabrikam');

      await raise(attention(1), attention(2));
      await other.commit({ attention: [attention(1)] });

      const { id } = await get(key);
      expect(id).toMatch(/^[0-9a-f]{8}$/);
      expect((await get(attention(2).key)).id).not.toBe(id);
      expect((await other.attentionByKeys([key])).get(key)?.id).not.toBe(id);
      await other.close();
    });

    it('keeps id and first date of an open item that is seen again, counts up and refreshes the rest', async () => {
      await raise(attention(1));
      const before = await get(key);

      await raise(
        attention(1, { ...later, message: 'Two parts are missing.', fields: ['solutions', 'team'] }),
      );

      expect(await get(key)).toEqual({
        ...before,
        count: 2,
        lastSeenAt: minutesLater(5),
        message: 'Two parts are missing.',
        fields: ['solutions', 'team'],
      });
    });

    it('counts a sighting once, whether or not the caller has counted it', async () => {
      await raise(attention(1));
      const before = await get(key);

      await raise({ ...before, count: before.count + 1, lastSeenAt: minutesLater(5) });
      await raise(attention(1, { since: minutesLater(6), lastSeenAt: minutesLater(6) }));

      expect((await get(key)).count).toBe(3);
    });

    it('takes a decision without counting it as a sighting', async () => {
      await raise(conflict(1));
      const before = await get(conflict(1).key);

      await raise({ ...before, decisions: { amount: 'crm' } });

      expect(await get(before.key)).toEqual({ ...before, decisions: { amount: 'crm' } });
    });

    it('keeps a decision over a sighting of the same values, and drops it when a side has moved', async () => {
      const item = conflict(1, { decisions: { amount: 'partnerCenter' } });
      await raise(item);

      await raise(conflict(1, later));
      const same = await get(item.key);
      const moved = {
        field: 'amount',
        baseline: '1',
        opportunity: '9',
        referral: '3',
        applied: null,
      } as const;
      await raise(conflict(1, { ...later, values: [moved] }));

      expect(same.decisions).toEqual({ amount: 'partnerCenter' });
      expect((await get(item.key)).decisions).toEqual({});
    });

    it.each(['resolved', 'dismissed', 'approved'] as const)('lets the caller set it %s', async (state) => {
      await raise(attention(1));
      const before = await get(key);

      await raise({ ...before, state, why: 'decided' });

      expect(await get(key)).toEqual({ ...before, state, why: 'decided' });
    });

    it('resolves items by key, and says nothing about keys it does not know', async () => {
      await raise(attention(1), attention(2));

      await ledger.commit({ resolved: [key, 'nothing'] });

      expect((await get(key)).state).toBe('resolved');
      expect((await ledger.attention({ state: 'open' })).map((item) => item.key)).toEqual([attention(2).key]);
    });

    it('begins a resolved item anew when its cause is back, under the same id', async () => {
      await raise(attention(1));
      await raise(attention(1, later));
      const { id } = await get(key);
      await ledger.commit({ resolved: [key] });

      await raise(attention(1, { lastSeenAt: minutesLater(9), count: 3 }));

      expect(await get(key)).toMatchObject({ id, state: 'open', since: minutesLater(9), count: 1 });
    });

    it('leaves a dismissed item dismissed while it says the same', async () => {
      await raise(conflict(1));
      await raise({ ...(await get(conflict(1).key)), state: 'dismissed', why: 'as agreed' });

      await raise(conflict(1, later));

      expect(await get(conflict(1).key)).toMatchObject({
        state: 'dismissed',
        why: 'as agreed',
        lastSeenAt: minutesLater(5),
      });
      expect(await ledger.attention({ state: 'open' })).toEqual([]);
    });

    it.each([
      ['message', { message: 'Something else.' }],
      [
        'values',
        { values: [{ field: 'amount', baseline: '1', opportunity: '7', referral: '3', applied: null }] },
      ],
    ] as const)('opens a dismissed item again when its %s is another', async (_, change) => {
      await raise(conflict(1));
      await raise({ ...(await get(conflict(1).key)), state: 'dismissed', why: 'as agreed' });

      await raise(conflict(1, { ...later, ...change }));

      expect(await get(conflict(1).key)).toMatchObject({ state: 'open', why: null, since: minutesLater(5) });
    });

    it('does not take back an approval when the same actions are asked for again', async () => {
      const question = attention(1, { kind: 'approval', covers: ['digest-1'] });
      await raise(question);
      await raise({ ...(await get(key)), state: 'approved' });

      await raise({ ...question, ...later });
      const same = await get(key);
      await raise({ ...question, ...later, covers: ['digest-1', 'digest-2'] });

      expect(same.state).toBe('approved');
      expect(await get(key)).toMatchObject({ state: 'open', covers: ['digest-1', 'digest-2'] });
    });

    it('raises what the same commit resolves', async () => {
      await raise(attention(1));

      await ledger.commit({ resolved: [key], attention: [attention(1, later)] });

      expect(await get(key)).toMatchObject({ state: 'open', since: minutesLater(5) });
    });

    it('lets one of two people decide about an item that both saw, and tells the other', async () => {
      await raise(conflict(1));
      const seen = await get(conflict(1).key);
      const serial = async () => (await ledger.identity()).serial;

      await ledger.commit({ asSeen: [seen], attention: [{ ...seen, decisions: { notes: 'crm' } }] });
      const before = await serial();
      const second = ledger.commit({
        asSeen: [seen],
        attention: [{ ...seen, state: 'dismissed', why: 'old' }],
      });

      await expect(second).rejects.toThrow(
        `${seen.id} is decided by somebody else meanwhile (notes: the CRM's value); nothing was decided here.`,
      );
      expect(await get(seen.key)).toMatchObject({ state: 'open', decisions: { notes: 'crm' }, why: null });
      expect(await serial()).toBe(before);
    });

    it.each([
      ['gone', { resolved: [conflict(1).key] }, 'does not apply any more'],
      [
        'dismissed',
        { attention: [{ ...conflict(1), state: 'dismissed', why: 'x' } as const] },
        'is dismissed by somebody else meanwhile',
      ],
      [
        'about other values',
        {
          attention: [
            conflict(1, {
              values: [{ field: 'amount', baseline: '1', opportunity: '7', referral: '3', applied: null }],
            }),
          ],
        },
        'it stands on other values now',
      ],
    ] as const)('refuses a decision about an item that is %s by now', async (_, change, message) => {
      await raise(conflict(1));
      const seen = await get(conflict(1).key);
      await ledger.commit(change);

      await expect(ledger.commit({ asSeen: [seen] })).rejects.toThrow(message);
    });

    it('lets one of two people answer what is kept as a note', async () => {
      const answer = (value: string) =>
        ledger.commit({ metaAsSeen: { answer: null }, meta: { answer: value } });
      await answer('first');

      await expect(answer('second')).rejects.toThrow('Somebody else answered this meanwhile');
      expect(await ledger.meta('answer')).toBe('first');
      await ledger.commit({ metaAsSeen: { answer: 'first' }, meta: { answer: 'another' } });
      expect(await ledger.meta('answer')).toBe('another');
    });

    it('lets a person decide about an item that was only seen again meanwhile', async () => {
      await raise(conflict(1));
      const seen = await get(conflict(1).key);
      await raise(conflict(1, { ...later, message: 'Said in other words.' }));

      await ledger.commit({ asSeen: [seen], attention: [{ ...seen, decisions: { notes: 'crm' } }] });

      expect((await get(seen.key)).decisions).toEqual({ notes: 'crm' });
    });

    it('filters by state, kind, code and first date, oldest first', async () => {
      const old = conflict(3, { since: minutesLater(-60) });
      await raise(attention(1, later), conflict(2), old, attention(4, { code: 'rejected' }));
      const codes = async (filter: Parameters<Ledger['attention']>[0]) =>
        (await ledger.attention(filter)).map((item) => item.opportunityId);

      expect(await codes({ state: 'open', kind: 'conflict' })).toEqual([opportunityId(3), opportunityId(2)]);
      expect(await codes({ code: 'rejected' })).toEqual([opportunityId(4)]);
      expect(await codes({ since: minutesLater(1) })).toEqual([opportunityId(1)]);
      expect(await codes({ state: 'dismissed' })).toEqual([]);
      expect((await codes({})).at(-1)).toBe(opportunityId(1));
    });

    it('finds open items about either record, each once', async () => {
      await raise(conflict(1), attention(1), attention(2), attention(3));
      await ledger.commit({ resolved: [attention(3).key] });

      const found = await ledger.attentionAbout({
        opportunityIds: [opportunityId(1), opportunityId(3)],
        referralIds: [referralId(1)],
      });

      expect(found.map((item) => item.key).sort()).toEqual([conflict(1).key, attention(1).key].sort());
      expect(await ledger.attentionAbout({ opportunityIds: [], referralIds: [] })).toEqual([]);
    });

    it('finds an item by its id or an unambiguous beginning of it', async () => {
      const items = Array.from({ length: 40 }, (_, n) => attention(n));
      await raise(...items);
      const ids = (await ledger.attention({})).map(({ id }) => id);
      const id = ids.find((one) => ids.filter((other) => other.startsWith(one.slice(0, 1))).length > 1) ?? '';
      const beginnings = [1, 2, 3, 4, 5, 6, 7, 8].map((length) => id.slice(0, length));
      const expected = beginnings.map(
        (beginning) => ids.filter((one) => one.startsWith(beginning)).length === 1,
      );

      const found = await Promise.all(beginnings.map((beginning) => ledger.findAttention(beginning)));

      expect(found.map((item) => item?.id === id)).toEqual(expected);
      expect(expected.at(0)).toBe(false);
      expect((await ledger.findAttention(` ${id.toUpperCase()} `))?.id).toBe(id);
      for (const text of ['', '%', 'xyz', `${id}0`]) expect(await ledger.findAttention(text)).toBeNull();
    });

    it('keeps the items of another connection out of every answer', async () => {
      await raise(attention(1));
      const { id } = await get(key);
      const other = await home.open('fabrikam');

      await other.commit({ resolved: [key] });

      expect(await other.attention({})).toEqual([]);
      expect(await other.findAttention(id)).toBeNull();
      expect(await other.attentionAbout({ opportunityIds: [opportunityId(1)], referralIds: [] })).toEqual([]);
      expect((await other.attentionByKeys([key])).size).toBe(0);
      expect(await get(key)).toMatchObject({ state: 'open', since: NOON });
      await other.close();
    });
  });
}
