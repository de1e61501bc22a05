import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAdoptionCsv } from '../../../src/cli/adopt-csv.ts';
import { readInput } from '../../../src/cli/input-file.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';
import { HaltError } from '../../../src/engine/dependencies.ts';
import { readPlans, savePlans } from '../../../src/engine/saved-plan.ts';

const plan = {
  connection: 'contoso',
  madeFrom: { lineage: null, serial: 0, mapping: 'm', records: {} },
  actions: [
    {
      type: 'update-referral',
      irreversible: false,
      opportunityId: '006550000000001AAA',
      referralId: null,
      changes: [{ field: 'notes', from: null, to: 'x' }],
      reason: 'because',
    },
  ],
};
const isRefusal = (error: unknown): boolean =>
  error instanceof ConfigurationError || error instanceof HaltError;

describe('a file that is handed to a command', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cosell-input-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is read whole', async () => {
    writeFileSync(join(folder, 'plan.json'), 'ä');

    expect(await readInput(join(folder, 'plan.json'), 'The plan')).toBe('ä');
  });

  it.each(['/dev/zero', '/proc/self/fd', 'missing'])('is refused in words when it is %s', async (file) => {
    await expect(readInput(file, 'The plan')).rejects.toThrow(`The plan ${file} cannot be read (`);
    await expect(readInput(file, 'The plan')).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('is refused, not read, when it is larger than any of ours', async () => {
    const file = join(folder, 'huge');
    writeFileSync(file, '');
    truncateSync(file, 65 * 1024 * 1024);

    await expect(readInput(file, 'The file')).rejects.toThrow('larger than 64 MB');
  });
});

describe('a saved plan', () => {
  it('is read as it was saved', () => {
    expect(readPlans(savePlans([plan]), 'plan.json')).toEqual([plan]);
  });

  it('that nests without end is refused, not walked', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const text = savePlans([plan]).replace('"x"', deep);

    expect(() => readPlans(text, 'plan.json')).toThrow(HaltError);
    expect(() => readPlans(deep, 'plan.json')).toThrow(HaltError);
  });

  it('is refused with any change of its text, and whatever else the text is', () => {
    const saved = savePlans([plan]);
    fc.assert(
      fc.property(fc.nat(saved.length - 1), fc.string({ unit: 'binary', maxLength: 3 }), (at, put) => {
        const text = saved.slice(0, at) + put + saved.slice(at + 1);
        try {
          // What JSON does not tell apart (a blank) is no change.
          expect(readPlans(text, 'plan.json')).toEqual([plan]);
        } catch (error) {
          expect(isRefusal(error)).toBe(true);
        }
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
        try {
          readPlans(text, 'plan.json');
        } catch (error) {
          expect(isRefusal(error)).toBe(true);
        }
      }),
    );
  });

  it('does not reach a prototype', () => {
    const text = savePlans([plan]).replace(
      '"x"',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );

    expect(() => readPlans(text, 'plan.json')).toThrow(HaltError);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('a file of decisions', () => {
  const HEADER = 'connection,opportunityId,referralId,fingerprint,accept';

  it('accepts nothing that is not a row of ours, whatever the text is, and never breaks', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('yes', '"', ',', '\r', '__proto__'),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { maxLength: 7 }), { maxLength: 5 }),
        fc.boolean(),
        (rows, hasHeader) => {
          const text = [...(hasHeader ? [HEADER] : []), ...rows.map((row) => row.join(','))].join('\n');
          try {
            for (const accepted of readAdoptionCsv(text, 'pairs.csv', ['contoso']).values())
              expect(accepted).toEqual([]);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigurationError);
          }
        },
      ),
    );
  });
});
