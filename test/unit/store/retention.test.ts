import { describe, expect, it } from 'vitest';
import { openLedger } from '../../../src/store/index.ts';
import {
  attention,
  historyEntry,
  minutesLater,
  NOON,
  opportunityId,
  run,
} from '../../contract/ledger-samples.ts';
import { now } from './directory.ts';

describe('pruning', () => {
  it('forgets old history, resolved items and all but the latest runs, and counts them', async () => {
    const ledger = openLedger({ memory: true, connection: 'contoso', now });
    const items = [1, 2, 3].map((n) => attention(n));
    await ledger.commit({
      history: [historyEntry(1, { at: minutesLater(-10) }), historyEntry(1)],
      attention: [...items, attention(4, { state: 'dismissed' })],
    });
    await ledger.commit({ attention: [attention(2, { lastSeenAt: minutesLater(10) })] });
    await ledger.commit({ resolved: [attention(1).key, attention(2).key] });
    for (const n of [1, 2, 3]) await ledger.commit({ run: run(n) });

    const gone = await ledger.prune({ historyOlderThan: minutesLater(1), runsKeep: 2 });

    expect(gone).toBe(4);
    expect(await ledger.history({ opportunityId: opportunityId(1) })).toEqual([]);
    expect((await ledger.attention({})).map((item) => [item.opportunityId, item.state]).sort()).toEqual([
      [opportunityId(2), 'resolved'],
      [opportunityId(3), 'open'],
      [opportunityId(4), 'dismissed'],
    ]);
    expect(await ledger.runs(10)).toEqual([run(3), run(2)]);
    await ledger.close();
  });

  it('touches no other connection and does not take the serial back', async () => {
    const ledger = openLedger({ memory: true, connection: 'contoso', now });
    await ledger.commit({ history: [historyEntry(1)] });

    const gone = await ledger.prune({ historyOlderThan: NOON, runsKeep: 5 });

    expect(gone).toBe(0);
    expect((await ledger.identity()).serial).toBe(1);
    await ledger.close();
  });
});
