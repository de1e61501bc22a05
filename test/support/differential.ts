/** Random inputs for two merges that must agree. */
import { isDeepStrictEqual } from 'node:util';
import type { Deal, FieldName } from '../../src/core/deal.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import type { AgreedPair, FieldPolicy, ReconcileInput } from '../../src/core/reconciliation.ts';
import { createRandom, type Random } from '../simulation/random.ts';
import { comparable, GROUPS, type Merged, naiveMerge } from './naive-merge.ts';

/** Few values, so that equal ones are frequent; none that a lens takes for another. */
const VALUES: Readonly<Partial<Record<FieldName, readonly (string | null)[]>>> = {
  notes: ['alpha', 'beta', 'gamma', null],
  campaignId: ['one', 'two', null],
  closeDate: ['2027-01-31', '2027-02-28', '2027-03-31'],
  amount: ['100', '200', '300', null],
  currency: ['USD', 'EUR'],
};
const SYNCS: readonly FieldPolicy['sync'][] = ['both', 'both', 'both', 'toCrm', 'toPartnerCenter'];
const WINNERS: readonly FieldPolicy['conflict'][] = ['ask', 'crm', 'partnerCenter'];
const SIDES = ['crm', 'partnerCenter'] as const;

export function randomInput(random: Random): ReconcileInput {
  const baseline: Partial<Record<FieldName, AgreedPair>> = {};
  const opportunity: Record<string, unknown> = {};
  const referral: Record<string, unknown> = {};
  const policy = new Map<FieldName, FieldPolicy>();
  const frozen = new Map<FieldName, string>();
  const withheld = new Set<FieldName>();
  const decisions: Partial<Record<FieldName, 'crm' | 'partnerCenter'>> = {};
  for (const members of GROUPS) {
    const [group] = members;
    if (group === undefined) continue;
    const isKnown = random.chance(0.75);
    // Halves of a baseline may differ, as after a value that one side stores in its own way.
    const isOdd = random.chance(0.15);
    for (const field of members) {
      const draw = (): string | null => random.pick(VALUES[field] ?? [null]);
      const before = draw();
      if (isKnown) baseline[field] = { opportunity: before, referral: isOdd ? draw() : before };
      opportunity[field] = random.chance(0.5) ? before : draw();
      referral[field] = random.chance(0.5) ? before : draw();
    }
    if (random.chance(0.92)) policy.set(group, { sync: random.pick(SYNCS), conflict: random.pick(WINNERS) });
    if (random.chance(0.12)) frozen.set(group, 'closed');
    if (random.chance(0.1)) withheld.add(group);
    if (random.chance(0.15)) decisions[group] = random.pick(SIDES);
  }
  return {
    baseline,
    opportunity: opportunity as Deal,
    referral: referral as Deal,
    policy,
    frozen,
    withheld,
    decisions,
  };
}

export interface Difference {
  readonly input: ReconcileInput;
  readonly real: Merged;
  readonly naive: Merged;
}

/** Merges `runs` random inputs both ways. Returns the first on which they disagree; null where they never do. */
export function findDifference(seed: string, runs: number): Difference | null {
  const random = createRandom(seed, 'differential');
  for (let run = 0; run < runs; run += 1) {
    const input = randomInput(random);
    const [real, naive] = [comparable(reconcile(input)), naiveMerge(input)];
    if (!isDeepStrictEqual(real, naive)) return { input, real, naive };
  }
  return null;
}
