import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { run } from './command-line.ts';

describe('the demonstration', () => {
  it.each([
    ['Salesforce', ['demo']],
    ['Dynamics 365', ['demo', '--crm', 'dynamics']],
  ])('shows edits arriving, a decision and silence, and leaves nothing behind: %s', async (_crm, words) => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('cosell-sync-'));

    const { code, stdout, stderr } = await run(words);

    expect(stderr).toBe('');
    expect(stdout).not.toContain('NO ');
    expect(code).toBe(0);
    expect(stdout).toContain('Summary');
    expect(stdout).toContain('1 to the CRM, 1 to Partner Center');
    expect(stdout).not.toContain('\u001b[');
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('cosell-sync-'))).toEqual(before);
  });
});
