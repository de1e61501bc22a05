// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names a variable
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { relationProblems } from '../../../src/config/config-rules.ts';
import { ConfigSchema } from '../../../src/config/config-schema.ts';
import { interpolate, maskReferences } from '../../../src/config/environment.ts';
import { parseMapping } from '../../../src/config/mapping.ts';
import { fieldHash, mappingHash, selectionFor } from '../../../src/config/selection.ts';
import { closest } from '../../../src/config/suggest.ts';
import { parseYaml } from '../../../src/config/yaml.ts';
import { FIELD_NAMES } from '../../../src/core/fields.ts';
import { CONFIG, load, MAPPING, problemsOf } from './workspace.ts';

/** Words of both formats, so that random trees reach the deeper rules. */
const KEYS = [
  ...[
    'state',
    'server',
    'schedule',
    'connections',
    'name',
    'crm',
    'kind',
    'auth',
    'flow',
    'graph',
    'partnerCenter',
  ],
  ...[
    'limits',
    'policy',
    'mapping',
    'clientSecret',
    'clientId',
    'baseUrl',
    'notify',
    'port',
    'token',
    'approvals',
  ],
  ...[
    'include',
    'tag',
    'fields',
    'amount',
    'currency',
    'stage',
    'help',
    'declineReason',
    'customer',
    'contacts',
  ],
  ...[
    'team',
    'from',
    'fallback',
    'solutions',
    'catalogue',
    'default',
    'stages',
    'deal',
    'reason',
    'salesStage',
  ],
  ...['sync', 'conflict', 'map', 'strict', 'country', 'stageField', '__proto__', 'constructor', ''],
];
const VALUES = [
  'salesforce',
  'dynamics',
  'clientCredentials',
  'both',
  'ask',
  'Accepted',
  'Won',
  'Lost',
  'owner',
  'Account.Name',
  'Name',
  '${A}',
  '${',
  'a = 1',
];

const leaf = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...KEYS) }, { weight: 1, arbitrary: fc.string() }),
      tie('tree'),
      { maxKeys: 6 },
    ),
  ),
}));

/** A text with one piece replaced by another. */
const damaged = (text: string) =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.nat(40),
      fc.oneof(
        fc.string(),
        fc.constantFrom(...'{}[]:,*&!|>\'"%@`#?-\n\t'),
        fc.constantFrom(...KEYS, ...VALUES),
      ),
    )
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length));

// What is not a ConfigurationError comes through `problemsOf` and fails the property.
describe('no input ends in anything but a list of problems', () => {
  it('for trees of a configuration', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const { value: filled } = interpolate(value, {
          values: new Map([['A', 'x']]),
          files: [],
          problems: [],
        });

        ConfigSchema.safeParse(filled);
        relationProblems(filled);
      }),
      { numRuns: 500 },
    );
  });

  it('for texts that are YAML', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (value) => {
        const text = stringify(value);

        await problemsOf(() => load(text, { A: 'x' }));
        await problemsOf(() => parseMapping(text, 'm.yaml'));
      }),
      { numRuns: 200 },
    );
  });

  it('for texts that may be anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', size: 'medium' }), async (text) => {
        await problemsOf(() => parseYaml(maskReferences(text), 'c.yaml'));
        await problemsOf(() => parseMapping(text, 'm.yaml'));
      }),
      { numRuns: 300 },
    );
  });

  it('for a sound configuration that something happened to', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(CONFIG), async (text) => {
        const problems = await problemsOf(() => load(text));

        expect(problems.every((problem) => problem !== '')).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('for a sound mapping that something happened to, and what is accepted can be used', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(MAPPING), async (text) => {
        await problemsOf(() => {
          const mapping = parseMapping(text, 'm.yaml');
          expect(selectionFor(mapping).paths).toContain(mapping.tag.referralId);
          for (const field of FIELD_NAMES) expect(fieldHash(mapping, field)).toHaveLength(16);
          expect(mappingHash(mapping)).toBe(mappingHash(parseMapping(text, 'm.yaml')));
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('a suggestion', () => {
  it('finds a name with one slip in it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('clientSecret', 'settleSeconds', 'partnerCenter'),
        fc.nat(11),
        (name, at) => {
          expect(
            closest(name.slice(0, at) + name.slice(at + 1), [
              'clientSecret',
              'settleSeconds',
              'partnerCenter',
            ]),
          ).toBe(name);
        },
      ),
    );
  });

  it('is not made where nothing is near', () => {
    expect(closest('colour', ['host', 'port'])).toBeNull();
    expect(closest('', ['host', 'port'])).toBeNull();
  });
});
