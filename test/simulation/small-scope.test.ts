import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants/index.ts';
import { describeScenario } from './shrink.ts';
import { exhaust, SCOPES, type Scope } from './small-scope.ts';

function scopeOf(name: string): Scope {
  const scope = SCOPES[name];
  if (scope === undefined) throw new TypeError(`There is no scope "${name}".`);
  return scope;
}

/** `npm run exhaust` goes through all scopes. */
describe('every history of one edit a side', { timeout: 120_000 }, () => {
  it('keeps every guarantee', async () => {
    const { failure, histories } = await exhaust(scopeOf('one edit a side'));

    expect(
      failure === null ? null : [failure.verdict.violations, describeScenario(failure.scenario)],
    ).toBeNull();
    expect(histories).toBeGreaterThan(100);
  });

  it('shows a daemon that forgets what it was about to change, with a second edit and a death', async () => {
    const mutant = MUTANTS.find(({ name }) => name === 'forgets what it was about to change');
    if (mutant?.sabotage === undefined) throw new TypeError('The broken daemon is gone.');

    const scope = { ...scopeOf('two edits a side of one field and a death'), crm: [0, 1], portal: [] };
    const { failure } = await exhaust(scope, { sabotage: mutant.sabotage });

    expect(failure?.verdict.violations.join()).toMatch(/^G2 /u);
  });

  it('shows a daemon that carries a field one way only', async () => {
    const mutant = MUTANTS.find(({ name }) => name === 'carries the notes one way only');
    if (mutant?.sabotage === undefined) throw new TypeError('The broken daemon is gone.');

    const { failure } = await exhaust(scopeOf('one edit a side'), { sabotage: mutant.sabotage });

    expect(failure?.verdict.violations.join()).toMatch(/^G[12] /u);
  });
});
