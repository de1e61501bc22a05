import { describe, expect, it } from 'vitest';
import { createMemoryDatabase } from '../../../src/store/embedded/database.ts';
import { openLedger } from '../../../src/store/index.ts';
import {
  attention,
  conflict,
  link,
  NOON,
  opportunity,
  opportunityId,
  referralId,
} from '../../contract/ledger-samples.ts';
import { now } from './directory.ts';

describe('what a run asks of a large ledger', () => {
  it('is answered through indexes, never by walking all rows of the connection', async () => {
    const database = createMemoryDatabase(now());
    const asked = new Set<string>();
    const prepare = database.prepare.bind(database);
    database.prepare = (text, ...rest) => {
      asked.add(text);
      return prepare(text, ...rest);
    };
    const ledger = openLedger({ memory: database, connection: 'contoso', now });

    await ledger.opportunities([opportunityId(1)]);
    await ledger.referrals([referralId(1)]);
    ledger.referralVersion(referralId(1));
    await ledger.referralsTagged([opportunityId(1)]);
    await ledger.referralsOfEngagement('engagement');
    await ledger.opportunitiesTagged([referralId(1)]);
    await ledger.due(NOON, 10);
    await ledger.countDue(NOON);
    await ledger.linksByOpportunity([opportunityId(1)]);
    await ledger.linksByReferral([referralId(1)]);
    await ledger.links({ status: 'referral-gone' });
    await ledger.counts();
    await ledger.attentionAbout({ opportunityIds: [opportunityId(1)], referralIds: [referralId(1)] });
    await ledger.attentionByKeys(['key']);
    await ledger.findAttention('abcdef');
    await ledger.history({ opportunityId: opportunityId(1), referralId: referralId(1) });
    await ledger.commit({
      unlink: [opportunityId(1)],
      links: [link(1)],
      due: [{ side: 'referral', id: referralId(1), dueAt: NOON }],
      attention: [attention(1), conflict(1)],
      resolved: ['key'],
      meta: { a: 'b', c: null },
    });

    const walks = [...asked].flatMap((text) =>
      prepare(`EXPLAIN QUERY PLAN ${text}`)
        .all(...Array.from({ length: parametersOf(text) }, () => null))
        .map(({ detail }) => String(detail))
        .filter(
          (detail) => /^SCAN (?!json_each|\()/.test(detail) || /^SEARCH .*\(connection=\?\)$/.test(detail),
        )
        .map((detail) => `${detail}: ${text}`),
    );
    expect(asked.size).toBeGreaterThan(25);
    expect(walks).toEqual([]);
    await ledger.close();
  });

  it('finds many due records and few by different ways, to the same result', async () => {
    const database = createMemoryDatabase(now());
    const asked: string[] = [];
    const prepare = database.prepare.bind(database);
    database.prepare = (text, ...rest) => {
      asked.push(text);
      return prepare(text, ...rest);
    };
    const ledger = openLedger({ memory: database, connection: 'contoso', now });
    await ledger.commit({
      opportunities: [3, 1, 2, 5, 4].map((n) => ({ record: opportunity(n), dueAt: NOON })),
    });

    const many = await ledger.due(NOON, 2);
    const few = await ledger.due(NOON, 100);

    expect(many).toEqual(few.slice(0, 2));
    expect(few.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5].map(opportunityId));
    expect(asked.some((text) => text.includes('opportunities_queue'))).toBe(true);
    expect(asked.some((text) => text.includes('INDEXED BY opportunities_due'))).toBe(true);
    await ledger.close();
  });
});

/** How many values a statement takes: numbered ones count once. */
function parametersOf(text: string): number {
  const numbered = new Set(text.match(/\?\d/g) ?? []).size;
  return numbered > 0 ? numbered : (text.match(/\?/g) ?? []).length;
}
