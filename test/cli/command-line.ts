/**
 * Runs the real command against stand-ins in this process: in a process of its own where that matters (a kill, signals,
 * streams), else in this one, which is many times faster.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Document, parseDocument } from 'yaml';
import type { NewPerson } from '../../src/sandbox/graph/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { runCommandLine } from '../../src/wiring/command-line.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PINNED = join(ROOT, 'node_modules/node/bin/node');
/** Hundreds of processes of one command: each source file is compiled once. */
const COMPILED = join(ROOT, 'node_modules/.cache/compiled');
const NODE = existsSync(PINNED) ? PINNED : process.execPath;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The file to run; the command's own entry unless given. */
  readonly entry?: string;
  /** A program and its arguments that runs the command given behind them. */
  readonly through?: readonly string[];
}

/** Starts the command; standard input is closed. */
export function start(
  words: readonly string[],
  { env = {}, cwd = ROOT, entry = 'src/main.ts', through = [] }: RunOptions = {},
): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  const [program = NODE, ...before] = [...through, NODE];
  return spawn(program, [...before, join(ROOT, entry), ...words], {
    cwd,
    env: { PATH, HOME, TZ: 'UTC', NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for a started command. */
export function finish(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

/** Runs the command to its end in a process of its own. */
export function run(words: readonly string[], options?: RunOptions): Promise<Finished> {
  return finish(start(words, options));
}

/**
 * Runs the command to its end in this process, as a process without a terminal would: nothing is left open afterwards,
 * and of this process's environment only what `start` passes on is seen.
 * @param options `stop` stands for the first signal to the process
 */
export async function runHere(
  words: readonly string[],
  {
    env = {},
    cwd = ROOT,
    stop = new AbortController().signal,
  }: Pick<RunOptions, 'env' | 'cwd'> & { readonly stop?: AbortSignal } = {},
): Promise<Finished> {
  const { PATH = '', HOME = '' } = process.env;
  let stdout = '';
  let stderr = '';
  const err = (text: string): void => {
    stderr += text;
  };
  const code = await runCommandLine({
    words,
    cwd,
    env: { PATH, HOME, TZ: 'UTC', ...env },
    stop,
    abort: new AbortController().signal,
    nodeVersion: process.version,
    logTo: { write: err },
    terminal: {
      get hasOutput() {
        return stdout !== '';
      },
      isInteractive: false,
      canRedraw: false,
      colour: false,
      out(text) {
        stdout += text;
      },
      err,
      ask: () => Promise.reject(new Error('Nobody is there to answer.')),
    },
  });
  return { code, stdout, stderr };
}

export interface Workplace {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly configFile: string;
  readonly stateDir: string;
  /** Runs the command with this workplace's configuration, in this process. */
  cli(...words: string[]): Promise<Finished>;
  /** The same, and parses standard output as one JSON document. */
  json(
    ...words: string[]
  ): Promise<{ readonly code: number | null; readonly document: unknown; readonly stderr: string }>;
  /** Digests of all files in the state directory, by name; empty when there is none. */
  stateFiles(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/** The one connection of a shipped sandbox configuration, with the addresses of running stand-ins. */
export async function shippedConnection(
  kind: 'salesforce' | 'dynamics',
  { urls }: Pick<Sandbox, 'urls'>,
): Promise<unknown> {
  const isDynamics = kind === 'dynamics';
  const name = isDynamics ? 'sandbox-dynamics' : 'sandbox';
  const shipped = parseDocument(await readFile(join(ROOT, `config/${name}.yaml`), 'utf8'));
  const first = ['connections', 0];
  if (isDynamics) {
    shipped.setIn([...first, 'name'], name);
    shipped.setIn([...first, 'crm', 'url'], urls.dynamics);
    shipped.setIn([...first, 'crm', 'auth', 'authority'], urls.entra);
  } else shipped.setIn([...first, 'crm', 'loginUrl'], urls.salesforce);
  shipped.setIn([...first, 'partnerCenter', 'baseUrl'], urls.partnerCenter);
  shipped.setIn([...first, 'partnerCenter', 'webhookBaseUrl'], urls.partnerCenter);
  shipped.setIn([...first, 'partnerCenter', 'authority'], urls.entra);
  shipped.setIn([...first, 'limits', 'partnerCenter', 'requestsPerSecond'], 500);
  shipped.setIn([...first, 'mapping'], join(ROOT, `config/mapping.${name}.yaml`));
  if (urls.graph !== undefined) shipped.setIn([...first, 'graph', 'baseUrl'], urls.graph);
  return shipped.toJS().connections[0];
}

/** Stand-ins with a sample org, a private folder and a configuration for both. */
export async function createWorkplace({
  opportunities = 30,
  crms = ['salesforce'],
  policy = {},
  people,
  connection = {},
}: {
  readonly opportunities?: number;
  /** A connection each, in this order, all with the one Partner Center. */
  readonly crms?: readonly ('salesforce' | 'dynamics')[];
  readonly policy?: Readonly<Record<string, unknown>>;
  /** The company's people in Microsoft Graph; left out, there is no Graph. */
  readonly people?: readonly NewPerson[];
  /** More keys of the connection, by path. */
  readonly connection?: Readonly<Record<string, unknown>>;
} = {}): Promise<Workplace> {
  const sandbox = await startSandbox({
    ...(crms.includes('salesforce') ? { salesforce: { sample: { seed: 7, opportunities } } } : {}),
    ...(crms.includes('dynamics') ? { dynamics: { sample: { seed: 7, opportunities } } } : {}),
    ...(people === undefined ? {} : { graph: { people } }),
  });
  const folder = await mkdtemp(join(tmpdir(), 'cosell-cli-'));
  const stateDir = join(folder, 'state');
  const configFile = join(folder, 'cosell-sync.yaml');
  const parts = await Promise.all(crms.map((kind) => shippedConnection(kind, sandbox)));
  const document = new Document({ state: { kind: 'embedded', dir: stateDir }, connections: parts });
  for (const index of crms.keys()) {
    const place = ['connections', index];
    for (const [path, value] of Object.entries(connection))
      document.setIn([...place, ...path.split('.')], value);
    for (const [key, value] of Object.entries(policy)) document.setIn([...place, 'policy', key], value);
  }
  await writeFile(configFile, document.toString());

  const cli = (...words: string[]): Promise<Finished> => runHere([...words, '--config', configFile]);
  return {
    sandbox,
    folder,
    configFile,
    stateDir,
    cli,
    async json(...words) {
      const { code, stdout, stderr } = await cli(...words, '--json');
      return { code, stderr, document: JSON.parse(stdout) };
    },
    async stateFiles() {
      const names = existsSync(stateDir) ? await readdir(stateDir) : [];
      const digests = names.map(
        async (name) =>
          [
            name,
            createHash('sha256')
              .update(await readFile(join(stateDir, name)))
              .digest('hex'),
          ] as const,
      );
      return Object.fromEntries(await Promise.all(digests));
    },
    async close() {
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The state without the credentials, which every sign-in may renew. */
export function withoutCredentials(
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).filter(([name]) => !name.startsWith('credentials.') && name !== 'secret.key'),
  );
}
