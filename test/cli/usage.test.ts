import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runHere, start } from './command-line.ts';

describe('the command', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cosell-usage-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('explains itself', async () => {
    const { code, stdout, stderr } = await run(['--help']);

    expect(code).toBe(0);
    expect(stdout).toContain('Usage: cosell-sync');
    expect(stderr).toBe('');
  });

  it.each([[['synk']], [['sync', '--unknown']], [['explain']], [[]]])(
    'exits with 2 for wrong usage: %j',
    async (words) => {
      const { code, stdout, stderr } = await run(words);

      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).not.toBe('');
    },
  );

  it.each([
    [['attention', 'lst'], "unknown command 'attention lst'\n(Did you mean list?)"],
    [
      ['webhooks', 'nonsense'],
      "unknown command 'webhooks nonsense'\nThere are: status, register, test, hand-back",
    ],
  ])('calls %j a command that there is not', async (words, said) => {
    const { code, stdout, stderr } = await run(words);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
  });

  it('exits with 2 when there is no configuration, and says how to make one', async () => {
    const { code, stderr } = await run(['sync', '--config', join(folder, 'none.yaml')]);

    expect(code).toBe(2);
    expect(stderr).toContain('cosell-sync init');
  });

  it('takes the configuration from COSELL_SYNC_CONFIG', async () => {
    const { stderr } = await run(['status'], { env: { COSELL_SYNC_CONFIG: join(folder, 'elsewhere.yaml') } });

    expect(stderr).toContain(join(folder, 'elsewhere.yaml'));
  });

  it('prints an error as the one JSON document where JSON is asked for', async () => {
    const { code, stdout } = await run(['sync', '--json', '--config', join(folder, 'none.yaml')]);

    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 2 } });
  });

  it('lists every problem of a configuration at once', async () => {
    const file = join(folder, 'wrong.yaml');
    await writeFile(file, 'conections: []\nstate: { kind: embedded, dir: 7 }\n');

    const { code, stderr } = await run(['doctor', '--config', file]);

    expect(code).toBe(2);
    expect(stderr).toContain('conections');
    expect(stderr).toContain('state.dir');
  });

  it.each([[['--help']], [['explain']], [['sync', '--json', '--config', 'none.yaml']]])(
    'says the same in a process of its own and in one that runs many: %j',
    async (words) => {
      const [alone, here] = await Promise.all([run(words), runHere(words)]);

      expect(here).toEqual(alone);
    },
  );

  it('survives a reader that goes away', async () => {
    const child = start(['--help']);
    child.stdout?.destroy();

    const code = await new Promise((resolve) => child.on('close', resolve));

    expect(code).toBe(0);
  });
});

describe('the launcher', () => {
  it('goes on in its own process where Node is new enough', async () => {
    const { code, stdout } = await run(['--version'], { entry: 'src/bin.ts' });

    expect(code).toBe(0);
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
