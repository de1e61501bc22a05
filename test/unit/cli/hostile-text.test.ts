import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printJson } from '../../../src/cli/output.ts';
import { StateError } from '../../../src/core/errors.ts';
import { guardTerminal } from '../../../src/core/lenses/text.ts';
import { createLogger } from '../../../src/wiring/logger.ts';
import { createTerminal } from '../../../src/wiring/terminal.ts';

const ESC = '\u001b';
/** What a terminal obeys: controls but line feed and tab, C1, and what reorders text. */
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const HOSTILE = [
  `${ESC}]0;title\u0007`,
  `${ESC}[2J${ESC}[1;1H`,
  `${ESC}]52;c;ZXZpbA==\u0007`,
  `${ESC}P+q544e\u001b\\`,
  '\u009b31m',
  'a\rb',
  'a\u0008\u0008b',
  '\u202egnp.exe',
] as const;

function terminalOn(isTTY: boolean) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const streams = {
    stdin,
    stdout: Object.assign(stdout, { isTTY }),
    stderr: Object.assign(stderr, { isTTY }),
  };
  const terminal = createTerminal(streams as unknown as Parameters<typeof createTerminal>[0], true);
  const textOf = (stream: PassThrough) => String(stream.read() ?? '');
  return { terminal, out: () => textOf(stdout), err: () => textOf(stderr) };
}

describe('text that reaches a terminal without having been escaped', () => {
  it.each(HOSTILE)('shows %j and obeys nothing of it', (text) => {
    const { terminal, out, err } = terminalOn(true);

    terminal.out(text);
    terminal.err(text);

    expect(out()).not.toMatch(OBEYED);
    expect(err()).not.toMatch(OBEYED);
  });

  it('keeps our own colours, redrawn lines and line ends', () => {
    const ours = `${ESC}[1mdeals${ESC}[22m\n\r${ESC}[2Kpulling\na\tb\r\n`;

    expect(guardTerminal(ours, true)).toBe(ours);
  });

  it('has no colours where none are wanted', () => {
    expect(guardTerminal(`${ESC}[8mhidden`, false)).toBe('\\u001b[8mhidden');
  });

  it('is escaped on standard error also when that is a file, which somebody will read', () => {
    const { terminal, err } = terminalOn(false);

    terminal.err(HOSTILE[1]);

    expect(err()).not.toMatch(OBEYED);
  });

  it('stays as it is, byte by byte, for a program that reads standard output', () => {
    const { terminal, out } = terminalOn(false);

    terminal.out('a\u200ed\r\n');

    expect(out()).toBe('a\u200ed\r\n');
  });

  it('is never left with anything to obey, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = guardTerminal(text, false).replaceAll('\r\n', '').replaceAll(`\r${ESC}[2K`, '');
        expect(shown).not.toMatch(OBEYED);
      }),
    );
  });
});

describe('a JSON document', () => {
  it('carries every value, and nothing that a terminal obeys', () => {
    const value = { names: [...HOSTILE], line: '\u2028\u0085' };
    let printed = '';

    const out = (text: string): void => {
      printed += text;
    };
    printJson({ terminal: { out } as never }, value);

    expect(printed.replaceAll('\n', '')).not.toMatch(OBEYED);
    expect(JSON.parse(printed)).toEqual(value);
  });
});

describe('a log line', () => {
  async function logged(fields: Readonly<Record<string, unknown>>, message: string): Promise<string> {
    let lines = '';
    const logger = await createLogger({
      level: 'info',
      defaultLevel: 'info',
      isTerminal: false,
      logTo: {
        write(line) {
          lines += line;
        },
      },
    });
    logger.info(fields, message);
    return lines;
  }

  it('is one line of bounded length, whatever a remote said', async () => {
    const huge = 'x'.repeat(1_000_000);
    const deep = JSON.parse(`${'{"a":'.repeat(150)}1${'}'.repeat(150)}`);

    const line = await logged(
      { path: huge, list: Array.from({ length: 1_000 }, () => huge), deep, err: new Error(huge) },
      `${huge}\n${huge}`,
    );

    expect(line.length).toBeLessThan(32_768);
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({ level: 'info' });
  });

  it.each(HOSTILE)('obeys nothing of %j', async (text) => {
    expect((await logged({ path: text }, text)).trimEnd()).not.toMatch(OBEYED);
  });

  it('keeps small things as they are', async () => {
    expect(
      JSON.parse(await logged({ connection: 'contoso', n: 1, none: null, list: ['a'] }, 'Said')),
    ).toMatchObject({
      connection: 'contoso',
      n: 1,
      none: null,
      list: ['a'],
      msg: 'Said',
    });
  });

  it('masks what a bug came across, and leaves what errors of ours say', async () => {
    const bug = await logged(
      { err: new TypeError('Invalid URL: https://user:canary-8@host.example/') },
      'Said',
    );
    const ours = await logged({ err: new StateError('Ask ops@contoso.example about /state.') }, 'Said');

    expect(bug).toContain('Invalid URL: https://[hidden]@host.example/');
    expect(ours).toContain('Ask ops@contoso.example about /state.');
  });

  it('hides what stands under the name of a secret, in any spelling and depth', async () => {
    const line = await logged(
      {
        Authorization: 'Bearer canary-1',
        request: { headers: { authorization: 'canary-2', cookie: 'canary-3' } },
        a: { b: { c: { client_secret: 'canary-4', refresh_token: 'canary-5' } } },
        list: [{ 'x-cosell-token': 'canary-6', privateKey: 'canary-7' }],
      },
      'Said',
    );

    expect(line).not.toContain('canary');
    expect(line).toContain('[hidden]');
  });
});
