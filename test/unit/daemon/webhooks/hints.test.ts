import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunRequest } from '../../../../src/daemon/requests.ts';
import {
  createHints,
  LONGEST_WAIT_MS,
  MAX_RECORDS,
  QUIET_MS,
} from '../../../../src/daemon/webhooks/hints.ts';
import { createTime } from './support.ts';

function start(settleMs = 0) {
  const time = createTime();
  const requests: (readonly [string, RunRequest])[] = [];
  const hints = createHints({
    scheduler: time.scheduler,
    now: time.now,
    settleMs: () => settleMs,
    request: (connection, request) => requests.push([connection, request]),
  });
  return { time, requests, hints };
}

describe('hints', () => {
  it('become one look once it is quiet, however often a deal is named', () => {
    const { time, requests, hints } = start();

    for (let n = 0; n < 1_000; n += 1) {
      hints.add('contoso', 'partner-center', { referrals: ['r1'] });
      time.pass(1);
    }
    expect(requests).toEqual([]);
    time.pass(QUIET_MS);

    expect(requests).toEqual([
      ['contoso', { kind: 'hint', who: 'partner-center', referrals: ['r1'], opportunities: [] }],
    ]);
  });

  it('wait no longer than a bounded time for a stream that never pauses', () => {
    const { time, requests, hints } = start();

    for (let passed = 0; passed <= LONGEST_WAIT_MS + 500; passed += 500) {
      hints.add('contoso', 'partner-center', { referrals: ['r1'] });
      time.pass(500);
    }

    expect(requests).toHaveLength(1);
  });

  it('become one ordinary run when they name too many records', () => {
    const { time, requests, hints } = start();

    for (let n = 0; n < 5_000; n += 1) hints.add('contoso', 'partner-center', { referrals: [`r${n}`] });
    time.pass(QUIET_MS);

    expect(requests).toEqual([['contoso', { kind: 'scheduled', who: 'partner-center' }]]);
  });

  it('become an ordinary run when one names nothing', () => {
    const { time, requests, hints } = start();

    hints.add('contoso', 'salesforce', { opportunities: ['o1'] });
    hints.add('contoso', 'salesforce', {});
    hints.add('contoso', 'salesforce', { opportunities: ['o2'] });
    time.pass(QUIET_MS);

    expect(requests).toEqual([['contoso', { kind: 'scheduled', who: 'salesforce' }]]);
  });

  it('of an edit in the CRM wait until the record has settled, anew with each edit of it', () => {
    const { time, requests, hints } = start(60_000);
    const kinds = () =>
      requests.map(([, { referrals = [], opportunities = [] }]) => [...referrals, ...opportunities]);

    hints.add('contoso', 'salesforce', { opportunities: ['o1'] });
    time.pass(30_000);
    hints.add('contoso', 'salesforce', { opportunities: ['o1', 'o2'] });
    hints.add('contoso', 'partner-center', { referrals: ['r1'] });
    time.pass(QUIET_MS);
    const soon = kinds();
    time.pass(57_999);
    const early = kinds();
    time.pass(1 + QUIET_MS);

    expect(soon).toEqual([['r1']]);
    expect(early).toEqual([['r1']]);
    expect(kinds()).toEqual([['r1'], ['o1', 'o2']]);
  });

  it('of many edits in the CRM become one ordinary run, which more of them do not put off', () => {
    const { time, requests, hints } = start(60_000);

    for (let n = 0; n < 1_000; n += 1) {
      hints.add('contoso', 'salesforce', { opportunities: [`o${n}`] });
      time.pass(100);
    }
    time.pass(60_000 + LONGEST_WAIT_MS);

    expect(requests.filter(([, { kind }]) => kind === 'scheduled').length).toBeGreaterThanOrEqual(1);
    expect(requests.length).toBeLessThanOrEqual(20);
  });

  it('keep connections apart', () => {
    const { time, requests, hints } = start();

    hints.add('contoso', 'partner-center', { referrals: ['r1'] });
    hints.add('fabrikam', 'dataverse', { opportunities: ['o1'] });
    time.pass(QUIET_MS);

    expect(requests.map(([connection]) => connection)).toEqual(['contoso', 'fabrikam']);
  });

  it('are forgotten at the end', () => {
    const { time, requests, hints } = start();

    hints.add('contoso', 'partner-center', { referrals: ['r1'] });
    hints.close();
    time.pass(LONGEST_WAIT_MS);

    expect(requests).toEqual([]);
  });

  it('lose no record and ask for no record that nobody named, whatever comes when', () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 80 }),
      pause: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { time, requests, hints } = start();
        for (const { id, pause } of steps) {
          hints.add('contoso', 'partner-center', { referrals: [`r${id}`] });
          time.pass(pause);
        }
        time.pass(LONGEST_WAIT_MS);
        const everything = requests.some(([, { kind }]) => kind === 'scheduled');
        const asked = new Set(requests.flatMap(([, { referrals = [] }]) => referrals));
        const named = new Set(steps.map(({ id }) => `r${id}`));
        for (const id of asked) expect(named.has(id)).toBe(true);
        if (!everything) expect(asked).toEqual(named);
        for (const [, { referrals = [] }] of requests)
          expect(referrals.length).toBeLessThanOrEqual(MAX_RECORDS);
      }),
    );
  });
});
