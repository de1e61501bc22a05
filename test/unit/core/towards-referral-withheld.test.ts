/** What Partner Center would refuse stays here and is told; whole messages. */
import { describe, expect, it } from 'vitest';
import { OPPORTUNITY, SELLER } from '../../support/builders.ts';
import { parked, send } from '../../support/towards-referral.ts';

describe('what Partner Center does not take', () => {
  const kept = 'Partner Center keeps its value until it is corrected.';

  it.each([
    ['amount', { amount: null, currency: 'EUR' }, 'was emptied in the CRM, but a deal cannot be without it'],
    [
      'currency',
      { amount: '91000', currency: null },
      'was emptied in the CRM, but a deal cannot be without it',
    ],
    ['closeDate', { closeDate: null }, 'was emptied in the CRM, but a deal cannot be without it'],
    [
      'amount',
      { amount: '0', currency: 'USD' },
      'is not above zero in the CRM, which Partner Center does not take',
    ],
    [
      'amount',
      { amount: '-5', currency: 'USD' },
      'is not above zero in the CRM, which Partner Center does not take',
    ],
    ['closeDate', { closeDate: '2026-11-19' }, 'was moved to a day that has passed'],
  ] as const)('%s of %j stays as it is there, and the other edits go on', (field, changes, why) => {
    const { actions, findings } = send({ ...changes, notes: 'New' });

    expect(actions).toMatchObject([{ type: 'update-referral' }]);
    expect(actions[0]).toHaveProperty('write', { deal: { notes: 'New' } });
    expect(findings).toEqual([
      parked('not-sendable', field, `Opportunity ${OPPORTUNITY}: ${field} ${why}; ${kept}`),
    ]);
  });

  it.each([
    ['an amount just above zero', { amount: '0.01', currency: 'USD' }, 'park'],
    ['a close date of today', { closeDate: '2026-11-20' }, 'park'],
    ['a day gone by where such days are sent', { closeDate: '2026-11-19' }, 'send'],
    ['fifty solutions', { solutions: many(50) }, 'park'],
  ] as const)('is not %s', (_what, changes, pastCloseDate) => {
    const { actions, findings } = send(changes, {}, { pastCloseDate });

    expect(actions[0]).toHaveProperty('write', { deal: changes });
    expect(findings).toEqual([]);
  });

  it.each([
    ['team', Array.from({ length: 51 }, (_, n) => ({ ...SELLER, email: `kim${n}@partner.example` }))],
    ['solutions', many(51)],
  ] as const)('of %s more than fifty stay as they are there, and the other edits go on', (field, list) => {
    const { actions, findings } = send({ [field]: list, notes: 'New' });

    expect(actions).toHaveLength(1);
    expect(actions[0]).toHaveProperty('write', { deal: { notes: 'New' } });
    expect(findings).toEqual([
      parked(
        'not-sendable',
        field,
        `Opportunity ${OPPORTUNITY}: its deal would have 51 entries of ${field}, and Partner Center takes at most 50; Partner Center keeps its list until some are removed.`,
      ),
    ]);
  });
});

function many(count: number) {
  return Array.from({ length: count }, (_, n) => ({ id: `SOL-${n}`, name: null }));
}
