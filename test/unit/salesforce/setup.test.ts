import { describe, expect, it } from 'vitest';
import { fieldMetadata } from '../../../src/adapters/salesforce/setup.ts';
import type { ColumnShape } from '../../../src/core/ports.ts';

const of = (shape: ColumnShape, path = 'Region_Code__c', label: string | null = null) =>
  fieldMetadata({ path, label, use: 'a test', shape });

describe('the metadata of a new column', () => {
  it('has a label made from the name, unless one is given, of at most forty characters', () => {
    expect(of({ kind: 'date' })).toMatchObject({
      label: 'Region Code',
      description: 'For cosell-sync: a test.',
    });
    expect(of({ kind: 'date' }, 'Account.Region__c').label).toBe('Region');
    expect(of({ kind: 'date' }, 'X__c', 'Region!').label).toBe('Region!');
    expect(of({ kind: 'date' }, `${'A'.repeat(60)}__c`).label).toHaveLength(40);
  });

  it('makes a key unique and external, whatever the case', () => {
    expect(of({ kind: 'text', length: 100, isKey: true })).toMatchObject({
      type: 'Text',
      length: 100,
      externalId: true,
      unique: true,
      caseSensitive: false,
    });
    expect(of({ kind: 'text', length: 255 })).not.toHaveProperty('unique');
  });

  it('carries what each type cannot do without', () => {
    expect(of({ kind: 'longText', length: 100_000 })).toMatchObject({
      type: 'LongTextArea',
      length: 100_000,
      visibleLines: 4,
    });
    // Metadata has this as text for every type; a JSON boolean is not taken for it.
    expect(of({ kind: 'flag' })).toMatchObject({ type: 'Checkbox', defaultValue: 'false' });
    expect(of({ kind: 'money' })).toMatchObject({ type: 'Currency', precision: 18, scale: 2 });
    expect(of({ kind: 'url' })).not.toHaveProperty('length');
  });

  it('lists the values of a picklist in the order given', () => {
    expect(of({ kind: 'choice', choices: ['b', 'a'] })).toMatchObject({
      type: 'Picklist',
      valueSet: {
        valueSetDefinition: {
          sorted: false,
          value: [
            { fullName: 'b', label: 'b', default: false },
            { fullName: 'a', label: 'a', default: false },
          ],
        },
      },
    });
  });
});
