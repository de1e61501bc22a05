import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finish, run, start } from './command-line.ts';

describe('the demonstration', () => {
  /** What the command leaves in its folder for temporary files is its own, whatever runs beside this test. */
  let temporary = '';
  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'cosell-demo-'));
  });
  afterEach(() => rm(temporary, { recursive: true, force: true }));

  it.each([
    ['Salesforce', ['demo']],
    ['Dynamics 365', ['demo', '--crm', 'dynamics']],
  ])('shows edits arriving, a decision and silence, and leaves nothing behind: %s', async (_crm, words) => {
    const { code, stdout, stderr } = await run(words, { env: { TMPDIR: temporary } });

    expect(stderr).toBe('');
    expect(stdout).not.toContain('NO ');
    expect(code).toBe(0);
    expect(stdout).toContain('Summary');
    expect(stdout).toContain('1 to the CRM, 1 to Partner Center');
    expect(stdout).not.toContain('\u001b[');
    expect(await readdir(temporary)).toEqual([]);
  });

  it('keeps stand-ins, daemon and console up with --serve, and removes everything at the first signal', async () => {
    const child = start(['demo', '--serve'], { env: { TMPDIR: temporary } });
    const finished = finish(child);
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr?.on('data', (chunk: string) => {
        text += chunk;
        const found = /^Console +(http:\S+)\/$/m.exec(text)?.[1];
        if (found !== undefined && text.includes('Press Ctrl-C')) resolve(found);
      });
      finished.then(({ stderr }) => reject(new Error(`It never said where it is:\n${stderr}`)), reject);
    });

    const [console, health] = [await fetch(url), await fetch(`${url}/healthz`)];
    child.kill('SIGINT');
    const { code, stdout } = await finished;

    expect([console.status, health.status, code]).toEqual([200, 200, 0]);
    expect(stdout).toContain('Summary');
    expect(await readdir(temporary)).toEqual([]);
  });
});
