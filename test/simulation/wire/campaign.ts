/** Many histories over the wire in a row, and what they have shown together. */
import { MARKS } from './marks.ts';
import { type WireScenario, wireScenarioOf } from './scenario.ts';
import { describeWireScenario, shrinkWire } from './shrink.ts';
import { simulateWire, type WireVerdict } from './simulate.ts';

export interface WireCampaignResult {
  readonly runs: number;
  readonly failures: readonly WireVerdict[];
  /** How many histories showed each mark. */
  readonly marks: ReadonlyMap<string, number>;
  readonly requests: number;
}

/** Plays `runs` histories from the seeds `first`, `first + 1`, … */
export async function wireCampaign(
  first: number,
  runs: number,
  onEach: (verdict: WireVerdict, index: number) => void = () => {},
): Promise<WireCampaignResult> {
  const failures: WireVerdict[] = [];
  const marks = new Map<string, number>();
  let requests = 0;
  for (let index = 0; index < runs; index += 1) {
    const verdict = await simulateWire(wireScenarioOf(String(first + index)));
    if (verdict.violations.length > 0) failures.push(verdict);
    for (const mark of verdict.marks) marks.set(mark, (marks.get(mark) ?? 0) + 1);
    requests += verdict.requests;
    onEach(verdict, index);
  }
  return { runs, failures, marks, requests };
}

/** Marks that no history has shown: what they stand for was not tested. */
export function missingWireMarks({ marks }: Pick<WireCampaignResult, 'marks'>): readonly string[] {
  return MARKS.filter((mark) => !marks.has(mark));
}

/** A failed history as a person wants to read it: how to replay it, and the least that still fails. */
export async function describeWireFailure({ seed, violations }: WireVerdict): Promise<string> {
  const small: WireScenario = await shrinkWire(wireScenarioOf(seed));
  const least = await simulateWire(small);
  return [
    `Seed ${seed}: ${violations[0] ?? 'nothing'}`,
    `Replay it with: npm run simulate -- --wire --runs 1 --seed ${seed}`,
    `The least that fails: ${least.violations[0] ?? 'nothing'}`,
    describeWireScenario(small),
  ].join('\n');
}
