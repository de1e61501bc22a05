import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFixture, createOpportunity } from './support.ts';

/** What happens to the org, step by step; numbers choose rows and values. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('create', 'update', 'delete', 'rollback', 'wait', 'late'),
    row: fc.nat(20),
    key: fc.constantFrom(null, 'a', 'A', 'b', 'c'),
  }),
  { maxLength: 40 },
);

describe('the indexes behind queries', () => {
  it('find exactly what looking at every row finds', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { org, admin, clock } = createFixture();
        const accounts = ['One', 'Two'].map((Name) => admin.create('Account', { Name }));
        const ids: string[] = [];
        for (const { kind, row, key } of script) {
          const id = ids[row % Math.max(1, ids.length)];
          const values = { Legacy_Id__c: key, AccountId: accounts[row % 2] };
          if (kind === 'wait') clock.advance(1_000);
          else if (kind === 'late') org.switches.lateCommitSeconds = row % 3;
          else if (kind === 'create') ids.push(createOpportunity(admin, values));
          else if (id === undefined || org.find('Opportunity', id) === null) continue;
          else if (kind === 'update') admin.update('Opportunity', id, values);
          else if (kind === 'delete') admin.delete('Opportunity', id);
          else {
            const attempt = (): void =>
              org.store.transaction(() => {
                admin.update('Opportunity', id, values);
                throw new RangeError('undone');
              });
            expect(attempt).toThrow('undone');
          }
        }

        const find = (where: string): unknown[] =>
          org.query(`SELECT Id FROM Opportunity WHERE ${where} ORDER BY Id`).map(({ Id }) => Id);
        // A negation of the opposite says the same, and no index can answer it.
        for (const second of ['00', '03', '10']) {
          const stamp = `2026-11-20T18:00:${second}Z`;
          expect(find(`SystemModstamp >= ${stamp}`)).toEqual(find(`NOT SystemModstamp < ${stamp}`));
          expect(find(`SystemModstamp = ${stamp}`)).toEqual(find(`NOT SystemModstamp != ${stamp}`));
        }
        expect(find(`AccountId = '${accounts[0]}'`)).toEqual(find(`NOT AccountId != '${accounts[0]}'`));
        expect(find(`Account.SystemModstamp >= 2026-11-20T18:00:00Z`)).toEqual(find('AccountId != null'));
      }),
      { numRuns: 60 },
    );
  });
});
