/**
 * How long an edit takes to the other side while the real daemon runs: edits at arbitrary moments, each timed from the
 * moment it was made until the other system's server holds it.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { createCrmSide, type OpenOpportunity } from './crm-side.ts';
import { type Forwarder, startForwarder } from './forwarder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAIRS = 40;
const LOOK_MS = 20;
const GIVE_UP_MS = 180_000;

export interface LatencyScenario {
  readonly name: string;
  readonly direction: 'to Partner Center' | 'to the CRM';
  readonly sync: string;
  readonly settleSeconds: number;
  readonly webhooks: boolean;
  /** Seconds that 95 of 100 edits must stay below. */
  readonly promisedSeconds: number;
}

export interface Latency extends LatencyScenario {
  readonly edits: number;
  readonly medianSeconds: number;
  readonly p95Seconds: number;
  readonly maxSeconds: number;
}

export const LATENCY_SCENARIOS: readonly LatencyScenario[] = [
  {
    name: 'a CRM edit reaches the deal, every 15 s',
    direction: 'to Partner Center',
    sync: '*/15 * * * * *',
    settleSeconds: 0,
    webhooks: false,
    promisedSeconds: 60,
  },
  {
    name: 'the same, left to settle for 30 s',
    direction: 'to Partner Center',
    sync: '*/15 * * * * *',
    settleSeconds: 30,
    webhooks: false,
    promisedSeconds: 60,
  },
  {
    name: 'a deal edit reaches the CRM, with events',
    direction: 'to the CRM',
    sync: '*/5 * * * *',
    settleSeconds: 60,
    webhooks: true,
    promisedSeconds: 5,
  },
];

/** Runs one scenario with a daemon and stand-ins of its own. */
export async function measureLatency(
  scenario: LatencyScenario,
  edits: number,
  progress: (text: string) => void,
): Promise<Latency> {
  const sandbox = await startSandbox({});
  const folder = await mkdtemp(join(tmpdir(), 'cosell-latency-'));
  const forwarder = await startForwarder();
  const side = createCrmSide('salesforce', sandbox);
  side.fill(PAIRS, 0);
  const configFile = await writeConfiguration(scenario, { sandbox, folder, forwarder });
  const daemon = startDaemon(configFile);
  try {
    forwarder.target = await daemon.url;
    await daemon.firstRun;
    if (scenario.webhooks) await until(() => sandbox.partnerCenter.webhooks.registration !== null);
    const pairs = [...side.open()];
    if (pairs.length === 0) throw new Error('The first run linked nothing.');
    const times: number[] = [];
    const waiting: Promise<void>[] = [];
    for (let n = 0; n < edits; n += 1) {
      const pair = pairs[n % pairs.length];
      if (pair === undefined) continue;
      const edit =
        scenario.direction === 'to the CRM' ? editDeal(sandbox, pair, n) : editCrm(sandbox, side, pair, n);
      const startedAt = performance.now();
      waiting.push(
        until(edit.hasArrived).then(() => {
          times.push((performance.now() - startedAt) / 1000);
        }),
      );
      await edit.announce();
      progress(`${scenario.name}: ${n + 1} of ${edits}`);
      // Moments that have nothing to do with the schedule's.
      await pause(2_000 + ((n * 7_919) % 5_000));
    }
    await Promise.all(waiting);
    times.sort((a, b) => a - b);
    return { ...scenario, edits: times.length, ...spread(times) };
  } finally {
    await daemon.stop();
    await forwarder.close();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function spread(sorted: readonly number[]): Pick<Latency, 'medianSeconds' | 'p95Seconds' | 'maxSeconds'> {
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { medianSeconds: at(0.5), p95Seconds: at(0.95), maxSeconds: sorted.at(-1) ?? 0 };
}

interface Edit {
  hasArrived(): boolean;
  announce(): Promise<void>;
}

function editCrm(
  sandbox: Sandbox,
  side: ReturnType<typeof createCrmSide>,
  { id, referralId, amount }: OpenOpportunity,
  n: number,
): Edit {
  const value = Math.round(amount) + 1_000 + n;
  side.setAmount(id, value);
  return {
    hasArrived: () => detailsOf(sandbox, referralId).dealValue === value,
    announce: async () => {},
  };
}

function editDeal(sandbox: Sandbox, { id, referralId }: OpenOpportunity, n: number): Edit {
  const notes = `Edit ${n} at the portal.`;
  sandbox.partnerCenter.edit(referralId, { details: { notes } });
  return {
    hasArrived: () => sandbox.salesforce.find('Opportunity', id)?.Description === notes,
    announce: () => sandbox.partnerCenter.webhooks.deliver(),
  };
}

function detailsOf(sandbox: Sandbox, referralId: string): Readonly<Record<string, unknown>> {
  const { details } = sandbox.partnerCenter.referral(referralId);
  return typeof details === 'object' && details !== null ? { ...details } : {};
}

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error('An edit did not arrive.');
    await pause(LOOK_MS);
  }
}

async function writeConfiguration(
  { sync, settleSeconds, webhooks }: LatencyScenario,
  {
    sandbox,
    folder,
    forwarder,
  }: { readonly sandbox: Sandbox; readonly folder: string; readonly forwarder: Forwarder },
): Promise<string> {
  const { urls, partnerCenter } = sandbox;
  const document = parseDocument(await readFile(join(ROOT, 'config/sandbox.yaml'), 'utf8'));
  const set = (path: readonly string[], value: unknown): void =>
    document.setIn(['connections', 0, ...path], value);
  document.setIn(['state', 'dir'], join(folder, 'state'));
  document.set('server', { port: 0, publicUrl: forwarder.url });
  document.set('schedule', { sync });
  set(['crm', 'loginUrl'], urls.salesforce);
  for (const key of ['baseUrl', 'webhookBaseUrl']) set(['partnerCenter', key], urls.partnerCenter);
  set(['partnerCenter', 'authority'], urls.entra);
  set(['mapping'], join(ROOT, 'config/mapping.sandbox.yaml'));
  set(['policy', 'settleSeconds'], settleSeconds);
  if (webhooks) {
    const trustFile = join(folder, 'root.pem');
    await writeFile(trustFile, partnerCenter.webhooks.rootCertificate);
    set(['webhooks'], { partnerCenter: { certificateHosts: [new URL(urls.partnerCenter).host], trustFile } });
  }
  const file = join(folder, 'latency.yaml');
  await writeFile(file, document.toString(), { mode: 0o600 });
  return file;
}

/** The real command in a process of its own. */
function startDaemon(configFile: string) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'start', '--config', configFile], {
    cwd: ROOT,
    env: { PATH, HOME, TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const ended = new Promise<number | null>((done) => {
    child.on('close', done);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(log);
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(`The daemon ended with ${child.exitCode}.\n${log}`);
      await pause(LOOK_MS);
    }
  };
  return {
    url: says(/"url":"([^"]+)"/).then(([, url = '']) => url),
    firstRun: says(/"outcome":"(?:clean|attention)"/),
    async stop(): Promise<void> {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
