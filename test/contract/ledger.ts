/** What every ledger must do, whatever it is kept in. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinkConflictError } from '../../src/core/errors.ts';
import type { Ledger } from '../../src/core/store-port.ts';
import {
  engagementId,
  historyEntry,
  intent,
  link,
  minutesLater,
  NOON,
  opportunity,
  opportunityId,
  referral,
  referralId,
  run,
} from './ledger-samples.ts';

/** A place that keeps ledgers; what was committed is there again when a connection's ledger is opened again. */
export interface LedgerHome {
  open(connection: string): Promise<Ledger>;
  dispose(): Promise<void>;
}

/** Runs the suite against a kind of ledger. */
export function describeLedgerContract(name: string, createHome: () => Promise<LedgerHome>): void {
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

  describe(`${name}: identity`, () => {
    it('is made by the first opening only', async () => {
      const first = await ledger.identity();

      await ledger.close();
      ledger = await home.open('contoso');

      expect(first).toMatchObject({ serial: 0, created: true, createdAt: NOON });
      expect(await ledger.identity()).toEqual({ ...first, created: false });
    });

    it('counts every commit, also those that change nothing, and never goes back (G9)', async () => {
      const serials = [(await ledger.identity()).serial];
      for (const changes of [{}, { opportunities: [{ record: opportunity(1), dueAt: null }] }, {}]) {
        await ledger.commit(changes);
        serials.push((await ledger.identity()).serial);
      }
      await ledger.close();
      ledger = await home.open('contoso');
      serials.push((await ledger.identity()).serial);

      expect(serials).toEqual([0, 1, 2, 3, 3]);
    });

    it('does not count a commit that was refused', async () => {
      await ledger.commit({ links: [link(1)] });

      await expect(ledger.commit({ links: [link(2, { referralId: referralId(1) })] })).rejects.toThrow();

      expect((await ledger.identity()).serial).toBe(1);
    });
  });

  describe(`${name}: records`, () => {
    it('returns records as they were saved, and nothing for those it does not hold', async () => {
      const seen = {
        record: opportunity(1, { products: [{ id: 'p', name: null }] }),
        dueAt: minutesLater(5),
      };
      const other = { record: referral(2, { tag: { kind: 'foreign', text: 'ours' } }), dueAt: null };

      await ledger.commit({ opportunities: [seen], referrals: [other] });

      expect(await ledger.opportunities([opportunityId(1), opportunityId(9)])).toEqual(
        new Map([[opportunityId(1), seen]]),
      );
      expect(await ledger.referrals([referralId(2), referralId(9)])).toEqual(
        new Map([[referralId(2), other]]),
      );
      expect(await ledger.opportunities([])).toEqual(new Map());
    });

    it('keeps the latest version of a record', async () => {
      await ledger.commit({ referrals: [{ record: referral(1), dueAt: NOON }] });

      await ledger.commit({ referrals: [{ record: referral(1, { version: '"new"' }), dueAt: null }] });

      expect((await ledger.referrals([referralId(1)])).get(referralId(1))).toEqual({
        record: referral(1, { version: '"new"' }),
        dueAt: null,
      });
      expect((await ledger.counts()).referrals).toBe(1);
    });

    it('tells the version of a referral at once, null where it carried none, undefined where it is not held', async () => {
      await ledger.commit({
        referrals: [
          { record: referral(1, { version: '"abc"' }), dueAt: null },
          { record: referral(2, { version: null }), dueAt: null },
        ],
      });

      const versions = [1, 2, 3].map((n) => ledger.referralVersion(referralId(n)));

      expect(versions).toEqual(['"abc"', null, undefined]);
    });

    it('finds referrals by the opportunity they are tagged with, until the tag is gone', async () => {
      const tagged = referral(1, { tag: { kind: 'opportunity', id: opportunityId(7) } });
      await ledger.commit({ referrals: [tagged, referral(2)].map((record) => ({ record, dueAt: null })) });

      const before = await ledger.referralsTagged([opportunityId(7), opportunityId(8)]);
      await ledger.commit({ referrals: [{ record: referral(1), dueAt: null }] });
      const after = await ledger.referralsTagged([opportunityId(7)]);

      expect(before).toEqual([tagged]);
      expect(after).toEqual([]);
    });

    it('finds all referrals of an engagement', async () => {
      const sibling = referral(2, { engagementId: engagementId(1), isMicrosofts: true });
      await ledger.commit({
        referrals: [referral(1), sibling, referral(3)].map((record) => ({ record, dueAt: null })),
      });

      const found = await ledger.referralsOfEngagement(engagementId(1));

      expect(found.map(({ id }) => id)).toEqual([referralId(1), referralId(2)]);
    });

    it('finds opportunities by the referral id that a column carries in any spelling, until it is cleared', async () => {
      const spelled = `{${referralId(5).toUpperCase()}}`;
      const carrying = opportunity(1, { values: { Name: 'A', Referral_Identifier__c: spelled } });
      await ledger.commit({
        opportunities: [carrying, opportunity(2)].map((record) => ({ record, dueAt: null })),
      });

      const before = await ledger.opportunitiesTagged([referralId(5), referralId(6)]);
      await ledger.commit({ opportunities: [{ record: opportunity(1), dueAt: null }] });
      const after = await ledger.opportunitiesTagged([referralId(5)]);

      expect(before).toEqual([carrying]);
      expect(after).toEqual([]);
    });
  });

  describe(`${name}: what is due`, () => {
    const saved = (n: number, modifiedAt: string, dueAt: string | null) => ({
      record: opportunity(n, { modifiedAt }),
      dueAt,
    });

    it('lists both sides, changed longest ago first, then by id', async () => {
      await ledger.commit({
        opportunities: [
          saved(3, minutesLater(2), NOON),
          saved(2, minutesLater(1), minutesLater(3)),
          saved(1, minutesLater(1), NOON),
        ],
        referrals: [
          { record: referral(1, { updatedAt: '2026-03-01T12:01:30Z' }), dueAt: NOON },
          { record: referral(2, { updatedAt: '2026-03-01T12:01:30.1234567Z' }), dueAt: NOON },
        ],
      });

      const due = await ledger.due(minutesLater(3), 10);

      expect(due.map(({ side, id }) => [side, id])).toEqual([
        ['opportunity', opportunityId(1)],
        ['opportunity', opportunityId(2)],
        ['referral', referralId(1)],
        ['referral', referralId(2)],
        ['opportunity', opportunityId(3)],
      ]);
    });

    it('lists only what is due by the time given, the very millisecond included', async () => {
      await ledger.commit({
        opportunities: [
          saved(1, NOON, '2026-03-01T12:05:00Z'),
          saved(2, NOON, minutesLater(6)),
          saved(3, NOON, null),
        ],
      });

      const due = await ledger.due(minutesLater(5), 10);

      expect(due.map(({ id }) => id)).toEqual([opportunityId(1)]);
      expect(await ledger.countDue(minutesLater(5))).toBe(1);
      expect(await ledger.countDue(minutesLater(6))).toBe(2);
    });

    it.each([1, 2, 3, 50])('keeps that order under a limit of %i, whichever side is next', async (limit) => {
      const numbers = Array.from({ length: 20 }, (_, index) => index);
      await ledger.commit({
        opportunities: numbers.map((n) =>
          saved(n, minutesLater(40 - 2 * n), n % 5 === 0 ? minutesLater(999) : NOON),
        ),
        referrals: numbers.map((n) => ({
          record: referral(n, { updatedAt: minutesLater(41 - 2 * n) }),
          dueAt: NOON,
        })),
      });
      const all = await ledger.due(NOON, 1000);

      const first = await ledger.due(NOON, limit);

      expect(all).toHaveLength(36);
      expect([...all].sort((a, b) => (a.modifiedAt < b.modifiedAt ? -1 : 1))).toEqual(all);
      expect(first).toEqual(all.slice(0, limit));
    });

    it('moves due times of records it holds and ignores others', async () => {
      await ledger.commit({
        opportunities: [saved(1, NOON, NOON)],
        referrals: [{ record: referral(1), dueAt: null }],
      });

      await ledger.commit({
        due: [
          { side: 'opportunity', id: opportunityId(1), dueAt: null },
          { side: 'referral', id: referralId(1), dueAt: NOON },
          { side: 'referral', id: referralId(9), dueAt: NOON },
        ],
      });

      expect((await ledger.due(NOON, 10)).map(({ id }) => id)).toEqual([referralId(1)]);
      expect((await ledger.opportunities([opportunityId(1)])).get(opportunityId(1))?.dueAt).toBeNull();
    });
  });

  describe(`${name}: links`, () => {
    it('finds a link from either side as it was saved', async () => {
      await ledger.commit({ links: [link(1), link(2)] });

      expect(await ledger.linksByOpportunity([opportunityId(1), opportunityId(8)])).toEqual(
        new Map([[opportunityId(1), link(1)]]),
      );
      expect(await ledger.linksByReferral([referralId(2), referralId(8)])).toEqual(
        new Map([[referralId(2), link(2)]]),
      );
    });

    it('saves a link again with other content', async () => {
      await ledger.commit({ links: [link(1)] });
      const changed = link(1, { baseline: {}, stageSeen: null, verifiedAt: minutesLater(9) });

      await ledger.commit({ links: [changed] });

      expect((await ledger.linksByOpportunity([opportunityId(1)])).get(opportunityId(1))).toEqual(changed);
      expect((await ledger.counts()).links).toBe(1);
    });

    it.each([
      ['a second referral for an opportunity', link(1, { referralId: referralId(2) })],
      ['a second opportunity for a referral', link(2, { referralId: referralId(1) })],
    ])('refuses %s, naming all ids, and commits nothing of it', async (_, second) => {
      await ledger.commit({ links: [link(1)] });

      const refusal = await ledger
        .commit({ opportunities: [{ record: opportunity(5), dueAt: NOON }], links: [second] })
        .catch((error: unknown) => error);

      expect(refusal).toBeInstanceOf(LinkConflictError);
      expect(refusal).toMatchObject({
        opportunityId: second.opportunityId,
        referralId: second.referralId,
        existing: { opportunityId: opportunityId(1), referralId: referralId(1) },
      });
      expect(String(refusal)).toContain(second.opportunityId);
      expect(String(refusal)).toContain(second.referralId);
      expect(await ledger.links({})).toEqual([link(1)]);
      expect(await ledger.counts()).toEqual({ links: 1, opportunities: 0, referrals: 0 });
    });

    it('links anew what the same commit unlinks', async () => {
      await ledger.commit({ links: [link(1), link(2)] });
      const swapped = [link(1, { referralId: referralId(2) }), link(2, { referralId: referralId(1) })];

      await ledger.commit({ unlink: [opportunityId(1), opportunityId(2)], links: swapped });

      expect(await ledger.links({})).toEqual(swapped);
    });

    it('lists links in id order, by status, page by page', async () => {
      const all = [1, 2, 3, 4, 5].map((n) => link(n, { status: n % 2 === 0 ? 'referral-gone' : 'active' }));
      await ledger.commit({ links: [...all].reverse() });
      const ids = (links: readonly { readonly opportunityId: string }[]) =>
        links.map((one) => one.opportunityId);

      const everything = await ledger.links({});
      const page = await ledger.links({ after: opportunityId(2), limit: 2 });
      const gone = await ledger.links({ status: 'referral-gone' });
      const active = await ledger.links({ status: 'active', after: opportunityId(1), limit: 1 });

      expect(ids(everything)).toEqual([1, 2, 3, 4, 5].map(opportunityId));
      expect(ids(page)).toEqual([3, 4].map(opportunityId));
      expect(ids(gone)).toEqual([2, 4].map(opportunityId));
      expect(ids(active)).toEqual([opportunityId(3)]);
    });

    it('counts what it holds', async () => {
      await ledger.commit({
        opportunities: [1, 2, 3].map((n) => ({ record: opportunity(n), dueAt: null })),
        referrals: [{ record: referral(1), dueAt: null }],
        links: [link(1), link(2)],
      });
      await ledger.commit({ unlink: [opportunityId(1), opportunityId(9)], links: [link(2)] });

      expect(await ledger.counts()).toEqual({ links: 1, opportunities: 3, referrals: 1 });
    });
  });

  describe(`${name}: journal`, () => {
    it('keeps intents until they are settled, oldest first', async () => {
      const later = intent(1, { since: minutesLater(5) });
      await ledger.commit({ intents: [later, intent(2)] });
      const unknown = intent(2, { state: 'unknown', searches: 3 });

      await ledger.commit({ intents: [unknown] });
      const open = await ledger.intents();
      await ledger.commit({ settledIntents: ['intent-2', 'intent-9'] });

      expect(open).toEqual([unknown, later]);
      expect(await ledger.intents()).toEqual([later]);
    });

    it('tells the history of a record and of a field in the order of the commits', async () => {
      const entries = [
        historyEntry(1),
        historyEntry(1, { field: 'notes', referralId: null, value: { a: [1, null] } }),
        historyEntry(2),
        historyEntry(3, { opportunityId: null, referralId: referralId(1) }),
      ];
      for (const entry of entries) await ledger.commit({ history: [entry] });

      const ofOpportunity = await ledger.history({ opportunityId: opportunityId(1) });
      const ofBoth = await ledger.history({ opportunityId: opportunityId(1), referralId: referralId(1) });
      const ofField = await ledger.history({ opportunityId: opportunityId(1) }, 'notes');

      expect(ofOpportunity).toEqual([entries[0], entries[1]]);
      expect(ofBoth).toEqual([entries[0], entries[1], entries[3]]);
      expect(ofField).toEqual([entries[1]]);
      expect(await ledger.history({})).toEqual([]);
    });

    it('lists the latest runs first', async () => {
      for (const n of [1, 2, 3]) await ledger.commit({ run: run(n) });

      expect(await ledger.runs(2)).toEqual([run(3), run(2)]);
      expect(await ledger.runs(0)).toEqual([]);
    });

    it('keeps notes by key until they are set to null', async () => {
      await ledger.commit({ meta: { fingerprint: 'a', rebuilt: 'yes' } });
      await ledger.commit({ meta: { fingerprint: 'b', rebuilt: null } });

      expect(await ledger.meta('fingerprint')).toBe('b');
      expect(await ledger.meta('rebuilt')).toBeNull();
      expect(await ledger.meta('never')).toBeNull();
    });
  });

  describe(`${name}: several connections`, () => {
    it('keeps every row to the connection that wrote it', async () => {
      const other = await home.open('fabrikam');
      await ledger.commit({
        opportunities: [{ record: opportunity(1, { values: { Id: referralId(1) } }), dueAt: NOON }],
        referrals: [
          { record: referral(1, { tag: { kind: 'opportunity', id: opportunityId(1) } }), dueAt: NOON },
        ],
        links: [link(1)],
        intents: [intent(1)],
        history: [historyEntry(1)],
        run: run(1),
        meta: { key: 'value' },
      });

      expect((await other.opportunities([opportunityId(1)])).size).toBe(0);
      expect((await other.referrals([referralId(1)])).size).toBe(0);
      expect(other.referralVersion(referralId(1))).toBeUndefined();
      expect(await other.referralsTagged([opportunityId(1)])).toEqual([]);
      expect(await other.referralsOfEngagement(engagementId(1))).toEqual([]);
      expect(await other.opportunitiesTagged([referralId(1)])).toEqual([]);
      expect(await other.due(NOON, 10)).toEqual([]);
      expect(await other.countDue(NOON)).toBe(0);
      expect((await other.linksByOpportunity([opportunityId(1)])).size).toBe(0);
      expect((await other.linksByReferral([referralId(1)])).size).toBe(0);
      expect(await other.links({})).toEqual([]);
      expect(await other.counts()).toEqual({ links: 0, opportunities: 0, referrals: 0 });
      expect(await other.intents()).toEqual([]);
      expect(await other.history({ opportunityId: opportunityId(1) })).toEqual([]);
      expect(await other.runs(10)).toEqual([]);
      expect(await other.meta('key')).toBeNull();
      expect((await other.identity()).serial).toBe(0);
      await other.close();
    });

    it('lets the same ids live in two connections, and a change to one leave the other alone', async () => {
      const other = await home.open('fabrikam');
      await ledger.commit({ links: [link(1)], intents: [intent(1)], meta: { key: 'a' } });
      await other.commit({ links: [link(1)], intents: [intent(1)], meta: { key: 'b' } });

      await other.commit({ unlink: [opportunityId(1)], settledIntents: ['intent-1'], meta: { key: null } });

      expect(await ledger.links({})).toEqual([link(1)]);
      expect(await ledger.intents()).toEqual([intent(1)]);
      expect(await ledger.meta('key')).toBe('a');
      expect((await other.identity()).lineage).toBe((await ledger.identity()).lineage);
      await other.close();
    });
  });

  it(`${name}: holds after it was closed and opened again`, async () => {
    await ledger.commit({
      opportunities: [{ record: opportunity(1), dueAt: NOON }],
      links: [link(1)],
      run: run(1),
    });

    await ledger.close();
    ledger = await home.open('contoso');

    expect(await ledger.links({})).toEqual([link(1)]);
    expect((await ledger.due(NOON, 10)).map(({ id }) => id)).toEqual([opportunityId(1)]);
    expect(await ledger.runs(1)).toEqual([run(1)]);
  });
}
