import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram, type ParsedGlobals } from '../../../src/cli/program.ts';

async function parse(...words: string[]) {
  const seen: ParsedGlobals[] = [];
  let text = '';
  const program = createProgram({
    version: '1.2.3',
    writeOut: (part) => {
      text += part;
    },
    writeErr: (part) => {
      text += part;
    },
    run: async (globals) => void seen.push(globals),
  });
  const error = await program.parseAsync(words, { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { globals: seen[0], error, text };
}

describe('the command line', () => {
  it.each([
    [['--json', '--connection', 'contoso', 'status']],
    [['status', '--json', '--connection', 'contoso']],
  ])('takes global options before and after the command: %j', async (words) => {
    const { globals } = await parse(...words);

    expect(globals).toEqual({
      command: 'status',
      config: null,
      connection: 'contoso',
      json: true,
      quiet: false,
      color: true,
    });
  });

  it('takes them behind the words of a command within a command', async () => {
    const { globals } = await parse(
      'attention',
      'resolve',
      'abc',
      'notes',
      '--take',
      'crm',
      '--json',
      '--no-color',
    );

    expect(globals).toMatchObject({ json: true, color: false });
  });

  it('lists attention items where no word follows', async () => {
    expect((await parse('attention')).globals).toBeDefined();
  });

  it.each([
    [['synk']],
    [['sync', '--fulll']],
    [['attention', 'resolve', 'abc']],
    [['attention', 'approve']],
    [['attention', 'dismiss', 'abc']],
    [['explain']],
    [['sandbox', '--port', 'many']],
    [['deals', '--inbound', '--outbound']],
    [[]],
  ])('refuses %j', async (words) => {
    const { error, globals } = await parse(...words);

    expect(globals).toBeUndefined();
    expect(error).toBeInstanceOf(CommanderError);
    expect(error).toHaveProperty('exitCode', 1);
  });

  it('explains itself and its exit codes', async () => {
    const { error, text } = await parse('--help');

    expect(error).toHaveProperty('exitCode', 0);
    for (const word of [
      'init',
      'auth',
      'doctor',
      'setup',
      'plan',
      'sync',
      'status',
      'deals',
      'explain',
      'attention',
      'rebuild',
      'sandbox',
      'demo',
      'Exit codes',
    ]) {
      expect(text).toContain(word);
    }
  });

  it('knows its version', async () => {
    expect((await parse('--version')).text.trim()).toBe('1.2.3');
  });
});
