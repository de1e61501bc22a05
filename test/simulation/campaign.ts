/** Many histories in a row, and what they have shown together. */
import { MARKS } from './marks.ts';
import { scenarioOf } from './scenario.ts';
import { describeScenario, shrink } from './shrink.ts';
import { simulate, type Verdict } from './simulate.ts';

export interface CampaignResult {
  readonly runs: number;
  readonly failures: readonly Verdict[];
  /** How many histories showed each mark. */
  readonly marks: ReadonlyMap<string, number>;
}

/** Simulates `runs` histories from the seeds `first`, `first + 1`, … */
export async function campaign(
  first: number,
  runs: number,
  onEach: (verdict: Verdict, index: number) => void = () => {},
): Promise<CampaignResult> {
  const failures: Verdict[] = [];
  const marks = new Map<string, number>();
  for (let index = 0; index < runs; index += 1) {
    const verdict = await simulate(scenarioOf(String(first + index)));
    if (verdict.violations.length > 0) failures.push(verdict);
    for (const mark of verdict.marks) marks.set(mark, (marks.get(mark) ?? 0) + 1);
    onEach(verdict, index);
  }
  return { runs, failures, marks };
}

/** Marks that no history has shown: what they stand for was not tested. */
export function missingMarks({ marks }: CampaignResult): readonly string[] {
  return MARKS.filter((mark) => !marks.has(mark));
}

/** A failed history as a person wants to read it: how to replay it, and the least that still fails. */
export async function describeFailure(verdict: Verdict): Promise<string> {
  const small = await shrink(scenarioOf(verdict.seed));
  const { violations } = await simulate(small);
  return [
    `Seed ${verdict.seed}: ${verdict.violations[0] ?? 'nothing'}`,
    `Replay it with: npm run simulate -- --runs 1 --seed ${verdict.seed}`,
    `The least that fails: ${violations[0] ?? 'nothing'}`,
    describeScenario(small),
  ].join('\n');
}

/** The first failed histories of a campaign, in the same way; empty when there are none. */
export async function describeFailures({ failures }: CampaignResult, most = 2): Promise<string> {
  return (await Promise.all(failures.slice(0, most).map(describeFailure))).join('\n\n');
}
