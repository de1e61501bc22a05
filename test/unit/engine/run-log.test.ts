import { describe, expect, it } from 'vitest';
import { performRun } from '../../../src/engine/run.ts';
import { createWorld } from '../../support/world.ts';

describe('the log of a run', () => {
  it('names connection, run and records of each write, and no value', async () => {
    const world = createWorld();
    const id = world.crm.add({ Name: 'Quite secret project', Description: 'Not for the log.' });
    const lines: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
    const log = (fields: Readonly<Record<string, unknown>>, message: string): void =>
      void lines.push({ fields, message });
    const never = new AbortController().signal;

    const { runId } = await performRun(
      { ...world.dependencies, logger: { debug: log, info: log, warn: log, error: log } },
      { full: false, stop: never, signal: never, only: null },
    );

    const [referral] = world.partnerCenter.tagged(id);
    const written = lines.filter(({ message }) => message === 'Written').map(({ fields }) => fields);
    expect(written).toContainEqual(
      expect.objectContaining({
        connection: 'contoso',
        runId,
        opportunityId: id,
        referralId: referral?.id,
        to: 'partnerCenter',
      }),
    );
    expect(written.some(({ fields }) => Array.isArray(fields) && fields.includes('name'))).toBe(true);
    expect(JSON.stringify(lines)).not.toContain('secret project');
    expect(JSON.stringify(lines)).not.toContain('Not for the log');
  });
});
