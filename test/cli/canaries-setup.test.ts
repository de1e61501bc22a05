/** Secrets that a person types or that a mistake of ours comes across: nowhere but where they belong. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/wiring/command-line.ts';
import { filesIn, findCanaries } from '../support/canaries.ts';
import { runHere } from './command-line.ts';

const CRM_SECRET = 'canary-crm-secret-1a2b3c4d';
const APP_SECRET = 'canary-app-secret-5e6f7a8b';
const SECRETS = [CRM_SECRET, APP_SECRET];
const ANSWERS = {
  '--name': 'contoso',
  '--crm': 'dynamics',
  '--crm-url': 'https://contoso.crm4.dynamics.com',
  '--crm-client-id': '33333333-3333-4333-8333-333333333333',
  '--crm-tenant-id': '11111111-1111-4111-8111-111111111111',
  '--crm-client-secret': CRM_SECRET,
  '--tenant-id': '11111111-1111-4111-8111-111111111111',
  '--client-id': '22222222-2222-4222-8222-222222222222',
  '--client-secret': APP_SECRET,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosell-init-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const configFile = (): string => join(folder, 'cosell-sync.yaml');
const words = (answers: Readonly<Record<string, string>>): readonly string[] => [
  'init',
  ...Object.entries(answers).flat(),
  '--config',
  configFile(),
];

/** Runs a command at a terminal whose person answers the questions in order. */
async function atTerminal(
  command: readonly string[],
  { answers = [], out }: { readonly answers?: readonly string[]; readonly out?: (text: string) => void },
): Promise<{ readonly code: number; readonly shown: string; readonly hidden: readonly string[] }> {
  let shown = '';
  const left = [...answers];
  const hidden: string[] = [];
  const show = (text: string): void => {
    shown += text;
  };
  const code = await runCommandLine({
    words: command,
    cwd: folder,
    env: { COSELL_SYNC_DEBUG: '1', COSELL_SYNC_LOG: 'trace' },
    stop: new AbortController().signal,
    abort: new AbortController().signal,
    nodeVersion: process.version,
    logTo: { write: show },
    terminal: {
      hasOutput: false,
      isInteractive: true,
      canRedraw: false,
      colour: false,
      out: out ?? show,
      err: show,
      async ask(question, isSecret) {
        shown += question;
        const answer = left.shift() ?? '';
        if (isSecret) hidden.push(answer);
        return answer;
      },
    },
  });
  return { code, shown, hidden };
}

describe('init', () => {
  it('keeps the secrets that it is given in the .env file alone, which is its owner’s', async () => {
    const { code, stdout, stderr } = await runHere(words(ANSWERS), { cwd: folder });

    const { '.env': env = '', ...others } = filesIn(folder);
    expect(code).toBe(0);
    expect(SECRETS.every((secret) => env.includes(secret))).toBe(true);
    expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
    expect(findCanaries({ ...others, stdout, stderr }, SECRETS)).toEqual([]);
  });

  it('asks for them unseen, and does not repeat them where another answer is wrong', async () => {
    const { shown, hidden, code } = await atTerminal(['init', '--config', configFile()], {
      answers: [
        'Not A Name',
        ...Object.values(ANSWERS).slice(0, 6),
        'not-a-guid',
        ...Object.values(ANSWERS).slice(6),
      ],
    });

    expect(code).toBe(0);
    expect(hidden).toEqual([CRM_SECRET, APP_SECRET]);
    expect(shown).toContain('must be a GUID');
    expect(findCanaries({ shown }, SECRETS)).toEqual([]);
  });

  it('repeats none in the refusal of options, files that are there, and a folder that is none', async () => {
    const said: Record<string, string> = {};
    const attempt = async (what: string, command: readonly string[]): Promise<void> => {
      for (const more of [[], ['--json']]) {
        const { code, stdout, stderr } = await runHere([...command, ...more], { cwd: folder });
        said[`${what} ${more.join('')}`] = stdout + stderr;
        expect(code, what).toBe(2);
      }
    };
    await attempt('a wrong option', words({ ...ANSWERS, '--tenant-id': 'x' }));
    await attempt('an unknown option', [...words(ANSWERS), `--clientsecret=${APP_SECRET}`]);
    await runHere(words(ANSWERS), { cwd: folder });
    await attempt('a second time', words(ANSWERS));

    expect(findCanaries(said, SECRETS)).toEqual([]);
  });
});

describe('a mistake of ours', () => {
  it.each([
    ['a token', `cannot write Authorization: Bearer ${APP_SECRET}`],
    ['a secret as a parameter', `cannot parse "client_secret=${APP_SECRET}&scope=x"`],
    ['a password in an address', `Invalid URL: https://user:${APP_SECRET}@host.example/`],
  ])(
    'that comes across %s ends with 1, and neither its report nor its stack shows it',
    async (_what, message) => {
      const out = (): never => {
        throw new TypeError(message);
      };

      const { code, shown } = await atTerminal(words(ANSWERS), { out });

      expect(code).toBe(1);
      expect(shown).toContain('Something went wrong that should not have: TypeError');
      expect(shown).toMatch(/\n\s+at /);
      expect(findCanaries({ shown }, SECRETS)).toEqual([]);
    },
  );

  it('that comes across a person names nobody', async () => {
    const out = (): never => {
      throw new TypeError('no such contact: quillabert@canary-customer.example, +49 201 7713377');
    };

    const { code, shown } = await atTerminal(words(ANSWERS), { out });

    expect(code).toBe(1);
    expect(findCanaries({ shown }, ['quillabert', '7713377'])).toEqual([]);
  });
});
