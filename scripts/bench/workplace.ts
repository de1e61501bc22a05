/** A configuration over the stand-ins, and the real command run with it and measured. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { CrmKind, Urls } from './protocol.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const USAGE = pathToFileURL(join(import.meta.dirname, 'usage.ts')).href;

/** Settings that the shipped ones differ in, so that what is measured is the product and not its patience. */
export const RAISED = { requestsPerSecond: 10_000, maxWritesPerRun: 1_000_000, runMinutes: 0 } as const;

/** Clean, or finished with something that waits for a person. */
const FINISHED = new Set([0, 3]);

export interface Usage {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

const UsageFile = z.object({ cpuMs: z.number(), peakBytes: z.number() });
const Runs = z.object({
  runs: z
    .array(
      z.object({
        outcome: z.string(),
        read: z.object({ opportunities: z.number(), referrals: z.number() }),
        wrote: z.record(z.string(), z.number()),
        stopped: z.string().nullish(),
      }),
    )
    .length(1),
});
export type Report = z.infer<typeof Runs>['runs'][number];

export interface Workplace {
  readonly stateDir: string;
  readonly connection: string;
  /** Runs the command to its end. @throws Error when it neither agrees nor waits for a person */
  run(...words: string[]): Promise<{ readonly usage: Usage; readonly report: Report }>;
  close(): Promise<void>;
}

/** Writes the configuration into a private folder. */
export async function createWorkplace(kind: CrmKind, urls: Urls): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'cosell-bench-'));
  const stateDir = join(folder, 'state');
  const configFile = join(folder, 'bench.yaml');
  const name = kind === 'dynamics' ? 'sandbox-dynamics.yaml' : 'sandbox.yaml';
  const document = parseDocument(await readFile(join(ROOT, 'config', name), 'utf8'));
  const set = (path: readonly string[], value: unknown): void =>
    document.setIn(['connections', 0, ...path], value);
  document.setIn(['state', 'dir'], stateDir);
  if (kind === 'dynamics') {
    set(['crm', 'url'], urls.crm);
    set(['crm', 'auth', 'authority'], urls.entra);
  } else set(['crm', 'loginUrl'], urls.crm);
  set(['partnerCenter', 'baseUrl'], urls.partnerCenter);
  set(['partnerCenter', 'webhookBaseUrl'], urls.partnerCenter);
  set(['partnerCenter', 'authority'], urls.entra);
  set(['limits', 'partnerCenter', 'requestsPerSecond'], RAISED.requestsPerSecond);
  set(['limits', 'crm', 'shareOfDailyQuota'], 1);
  set(['mapping'], join(ROOT, `config/mapping.${name}`));
  set(['policy', 'maxWritesPerRun'], RAISED.maxWritesPerRun);
  set(['policy', 'runMinutes'], RAISED.runMinutes);
  const connection = String(document.getIn(['connections', 0, 'name']));
  await writeFile(configFile, document.toString(), { mode: 0o600 });
  const usageFile = join(folder, 'usage.json');

  return {
    stateDir,
    connection,
    async run(...words) {
      const { code, stdout, stderr, wallMs } = await runNode(
        ['--import', USAGE, join(ROOT, 'src/main.ts'), ...words, '--json', '--config', configFile],
        { COSELL_BENCH_USAGE: usageFile },
      );
      if (code === null || !FINISHED.has(code)) {
        throw new Error(
          `${words.join(' ')} ended with code ${code}.\n${stdout.slice(-2000)}${stderr.slice(-2000)}`,
        );
      }
      const [report] = Runs.parse(JSON.parse(stdout)).runs;
      if (report === undefined) throw new Error(`${words.join(' ')} printed no run.`);
      const used = UsageFile.parse(JSON.parse(await readFile(usageFile, 'utf8')));
      return { usage: { wallMs, ...used }, report };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

function runNode(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Finished> {
  const { PATH = '', HOME = '' } = process.env;
  const startedAt = performance.now();
  const child = spawn(process.execPath, words, {
    cwd: ROOT,
    env: { PATH, HOME, TZ: 'UTC', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr, wallMs: performance.now() - startedAt }));
  });
}
