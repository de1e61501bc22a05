import { describe, expect, it } from 'vitest';
import { parseDataverseEvent } from '../../../src/core/dataverse-event.ts';

const ID = '0a1b2c3d-0000-4000-8000-00000000abcd';

function context(over: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    MessageName: 'Update',
    PrimaryEntityName: 'opportunity',
    PrimaryEntityId: ID,
    ...over,
  });
}

describe('a webhook of Dynamics 365', () => {
  it.each([
    ['as Dynamics writes it', {}],
    ['in capitals', { PrimaryEntityId: ID.toUpperCase() }],
    ['in braces', { PrimaryEntityId: `{${ID}}` }],
    ['of a table in other letters', { PrimaryEntityName: 'Opportunity' }],
    ['of a name as long as names can be', { PrimaryEntityId: `${ID}${' '.repeat(100 - ID.length)}` }],
  ])('names the opportunity to look at, %s', (_how, over) => {
    expect(parseDataverseEvent(context(over))).toBe(ID);
  });

  it.each([
    ['about another table', context({ PrimaryEntityName: 'opportunityclose' })],
    ['with a name that is endless', context({ PrimaryEntityName: 'o'.repeat(201) })],
    ['with an id that is endless', context({ PrimaryEntityId: `${ID}${' '.repeat(101 - ID.length)}` })],
    ['with an id that is none', context({ PrimaryEntityId: 'all of them' })],
    ['without an id', context({ PrimaryEntityId: undefined })],
    ['without a table', context({ PrimaryEntityName: null })],
    ['that is a list', '[]'],
    ['that is nothing', 'null'],
    ['that is empty', ''],
    ['that was cut off', context().slice(0, -1)],
  ])('%s names none', (_what, body) => {
    expect(parseDataverseEvent(body)).toBeNull();
  });
});
