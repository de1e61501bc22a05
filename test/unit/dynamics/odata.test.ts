import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FilterColumn,
  inOptions,
  nameText,
  queryText,
  quote,
  renderFilter,
} from '../../../src/adapters/dynamics/odata.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';
import { parseFilter } from '../../../src/core/filter.ts';

const COLUMNS: Readonly<Record<string, FilterColumn>> = {
  name: { property: 'name', kind: 'text', numberOf: () => null },
  estimatedvalue: { property: 'estimatedvalue', kind: 'number', numberOf: () => null },
  cosell_sync: { property: 'cosell_sync', kind: 'flag', numberOf: () => null },
  estimatedclosedate: { property: 'estimatedclosedate', kind: 'day', numberOf: () => null },
  createdon: { property: 'createdon', kind: 'instant', numberOf: () => null },
  statuscode: {
    property: 'statuscode',
    kind: 'choice',
    numberOf: (value) => (value === 'In Progress' || value === 1 ? 1 : null),
  },
};

function render(text: string): string | null {
  return renderFilter(parseFilter(text), (name) => COLUMNS[name] ?? null);
}

describe('a filter as OData', () => {
  it.each([
    ['cosell_sync = true', 'cosell_sync eq true'],
    ["name = 'O''Neil'", null],
    ['name = "O\'Neil & Co"', "name eq 'O''Neil & Co'"],
    ['estimatedvalue >= 1000.5', 'estimatedvalue ge 1000.5'],
    ['estimatedclosedate < 2026-12-31', 'estimatedclosedate lt 2026-12-31'],
    ['createdon >= 2026-12-31', 'createdon ge 2026-12-31T00:00:00Z'],
    ["statuscode = 'In Progress'", 'statuscode eq 1'],
    ['statuscode in (1)', '(statuscode eq 1)'],
    ['name = null', "(name eq null or name eq '')"],
    ['estimatedvalue != null', 'estimatedvalue ne null'],
    ['statuscode != 1', '(statuscode ne 1 or statuscode eq null)'],
    ["name like 'Co-sell%deal'", "contains(name,'Co-sell')"],
    ["cosell_sync = true and name like '50\\\\% off'", "cosell_sync eq true and contains(name,' off')"],
  ])('says %s', (text, expected) => {
    if (expected === null) return expect(() => parseFilter(text)).toThrow();
    const rendered = render(text)?.replace(/^\((.* and .*)\)$/, '$1');

    expect(rendered).toBe(expected);
  });

  it.each([
    "name > 'M'",
    "statuscode = 'Nobody knows'",
    'unknown = 1',
    "cosell_sync = true or name > 'M'",
    "not name like 'x%'",
    'name = 1',
  ])('gives no condition rather than one that could miss a row: %s', (text) => {
    expect(render(text)).toBeNull();
  });

  it('leaves out of a conjunction what cannot be said', () => {
    expect(render("cosell_sync = true and name > 'M'")).toBe('cosell_sync eq true');
  });

  it('says a negation without not', () => {
    expect(render('not (cosell_sync = true or estimatedvalue > 5)')).toBe(
      '((cosell_sync ne true or cosell_sync eq null) and (estimatedvalue le 5 or estimatedvalue eq null))',
    );
  });
});

describe('text in a query', () => {
  it('is quoted so that it stays one literal whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const quoted = quote(text);

        expect(quoted.slice(1, -1).replaceAll("''", '').includes("'")).toBe(false);
        expect(quoted.slice(1, -1).replaceAll("''", "'")).toBe(text);
      }),
    );
  });

  it('is encoded, so that it cannot add options of its own', () => {
    expect(queryText({ $filter: "name eq 'A&$top=1#'", $expand: null, $orderby: '' })).toBe(
      "?$filter=name%20eq%20'A%26%24top%3D1%23'",
    );
  });

  it('goes into a list of values as JSON', () => {
    expect(inOptions('name', ["O'Neil", '"'], 'statecode eq 0')).toEqual({
      $filter: 'Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=@p2) and statecode eq 0',
      '@p1': "'name'",
      '@p2': '["O\'Neil","\\""]',
    });
  });

  it('is no column name when it holds anything but letters, digits and underscores', () => {
    expect(nameText('cosell_referralid')).toBe('cosell_referralid');
    expect(() => nameText('name eq 1 or name')).toThrow(ConfigurationError);
  });
});
