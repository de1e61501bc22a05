/** The adapter's records through the core's mapping: what is read is what the mapping means. */
import nock from 'nock';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { namedOptions, numberOf, spellingOf } from '../../../src/adapters/dynamics/choices.ts';
import { parseFilter } from '../../../src/core/filter.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import { stageRowOf } from '../../../src/core/mapping-stages.ts';
import type { Mapping } from '../../../src/core/mapping-types.ts';
import type { OpportunityRecord } from '../../../src/core/ports.ts';
import {
  call,
  createTestCrm,
  expectBatch,
  expectMetadata,
  opportunity,
  opportunityId,
  rows,
  SELECTION,
  STAGES,
  STATUS,
  unsentRequests,
} from './support.ts';

beforeAll(() => nock.disableNetConnect());
afterEach(() => expect(unsentRequests()).toEqual([]));

const MAPPING: Mapping = {
  include: SELECTION.include,
  includeText: 'cosell_sync = true',
  tag: { referralId: 'cosell_referralid', referralLink: null, status: null, audit: null },
  fields: [],
  customer: {},
  contacts: [{ source: 'connections' }],
  team: { from: [{ source: 'connections' }], fallback: null },
  solutions: { from: [], catalogue: {}, default: null },
  stageField: 'StageName',
  stages: STAGES,
};

async function readOne(
  columns: Record<string, unknown>,
  connections: readonly unknown[] = [],
): Promise<OpportunityRecord> {
  expectMetadata();
  expectBatch(() => [rows([opportunity(1, columns)]), rows(connections)]);
  const { crm } = createTestCrm({ selection: { ...SELECTION, people: ['connections'] } });
  const record = (await crm.read([opportunityId(1)], call())).get(opportunityId(1));
  if (record === null || record === undefined) throw new Error('The opportunity was not read.');
  return record;
}

describe('a record read from Dataverse', () => {
  it('keeps the customer’s contacts and our colleagues apart, although both are connections', async () => {
    const record = await readOne({}, [
      {
        _record1id_value: opportunityId(1),
        record2id_contact: {
          firstname: 'Cus',
          lastname: 'Tomer',
          emailaddress1: 'cus@fabrikam.example',
          telephone1: '+47 22 00 00 00',
        },
      },
      {
        _record1id_value: opportunityId(1),
        record2id_systemuser: {
          firstname: 'Col',
          lastname: 'League',
          internalemailaddress: 'col@contoso.example',
          mobilephone: '+1 425 555 0100',
        },
      },
    ]);

    const { deal } = toDeal(record, MAPPING);

    expect(deal.team?.map(({ email }) => email)).toEqual(['col@contoso.example']);
    expect(deal.contacts?.map(({ email }) => email)).toEqual(['cus@fabrikam.example']);
  });

  it('finds its stage row by a label in one column and a number in the other', async () => {
    const record = await readOne({ statuscode: 1, salesstage: 2 });

    expect(stageRowOf(record.values, MAPPING)).toBe(STAGES[0]);
    expect(toDeal(record, MAPPING).deal).toMatchObject({ state: 'Accepted', salesStage: 'Propose' });
  });
});

describe('the options of a choice', () => {
  const column = {
    path: 'statuscode',
    column: 'statuscode',
    kind: 'choice' as const,
    choices: (STATUS.options ?? []).map(([value, label, state]) => ({
      value,
      label,
      state: state ?? null,
      defaultStatus: null,
    })),
  };

  it.each([
    ['a filter by number', 'statuscode = 1', 1, 1],
    ['a filter by label', "statuscode = 'In Progress'", 1, 'In Progress'],
    ['another option than the one named by number', 'statuscode = 1', 3, 'Won'],
    ['a filter by order', 'statuscode >= 2', 3, 3],
    ['an option that nobody knows', 'statuscode = 1', 77, 77],
    ['digits in quotes that are no label', "statuscode = '4'", 4, 4],
  ])('are told so that the mapping’s own comparison finds them: %s', (_name, filter, value, expected) => {
    const spelling = spellingOf(column, namedOptions([], 'StageName', parseFilter(filter)));

    expect(spelling(value)).toBe(expected);
  });

  it('read back as what was written, by label and by number', () => {
    const spelling = spellingOf(column, namedOptions(STAGES, 'StageName', SELECTION.include));

    for (const { value } of column.choices) expect(numberOf(column, spelling(value))).toBe(value);
  });
});
