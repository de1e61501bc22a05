/** The stage table, read and written: what a stage means, and where a state goes. */
import { describe, expect, it } from 'vitest';
import type { Deal, DealState, SalesStage } from '../../../src/core/deal.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import type { MappingProblem } from '../../../src/core/mapping-reader.ts';
import {
  inWordsOf,
  stageRowFor,
  stageRowOf,
  stageTextOf,
  writeStage,
} from '../../../src/core/mapping-stages.ts';
import type { Mapping, StageRow } from '../../../src/core/mapping-types.ts';
import type { CrmValue } from '../../../src/core/ports.ts';
import { mapping, opportunity } from '../../support/builders.ts';

function row(crm: StageRow['crm'], deal: DealState, rest: Partial<StageRow> = {}): StageRow {
  return { crm, deal, salesStage: null, reason: null, ...rest };
}

/** Dynamics: stages by two choice columns. */
const CHOICES = mapping({
  stages: [
    row({ statuscode: 'In Progress', salesstage: 0 }, 'Accepted', { salesStage: 'Qualify' }),
    row({ statuscode: 'In Progress', salesstage: 2 }, 'Accepted', { salesStage: 'Propose' }),
    row({ statuscode: 'Won' }, 'Won'),
    row({ statuscode: 'Canceled' }, 'Lost', { reason: 'reason' }),
  ],
});

function read(values: Readonly<Record<string, CrmValue>>, table: Mapping) {
  const { deal, problems, stage } = toDeal(opportunity({}, { values }), table);
  const { state, salesStage, reason } = deal;
  return { state, salesStage, reason, stage, problems };
}

describe('a stage', () => {
  it.each([
    ['Prospecting', 'Accepted', 'Qualify'],
    [' prospecting ', 'Accepted', 'Qualify'],
    ['Closed Won', 'Won', null],
  ])('named "%s" means %s, %s', (StageName, state, salesStage) => {
    expect(read({ StageName }, mapping())).toEqual({
      state,
      salesStage,
      reason: null,
      stage: StageName.trim(),
      problems: [],
    });
  });

  it.each([
    [{ statuscode: 'In Progress', salesstage: 2 }, 'Accepted', 'Propose', 'In Progress / 2'],
    [{ statuscode: ' in progress', salesstage: '0' }, 'Accepted', 'Qualify', 'in progress / 0'],
    [{ statuscode: 'Won', salesstage: null }, 'Won', null, 'Won / '],
  ])('of the choices %j means %s, %s', (values, state, salesStage, stage) => {
    expect(read(values, CHOICES)).toEqual({ state, salesStage, reason: null, stage, problems: [] });
  });

  it.each([
    [{ StageName: 'Limbo' }, mapping(), 'Limbo'],
    [{ StageName: null }, mapping(), ''],
    [{ statuscode: 'In Progress', salesstage: 9 }, CHOICES, 'In Progress / 9'],
    [{ statuscode: null, salesstage: 2 }, CHOICES, ' / 2'],
  ])('that no row names, %j, is unknown and told', (values, table, stage) => {
    expect(read(values, table)).toEqual({
      state: undefined,
      salesStage: undefined,
      reason: undefined,
      stage,
      problems: [
        {
          field: 'state',
          code: 'stage-unmapped',
          text: `the stage "${stage}" is not in the mapping's stage table; add a row for it`,
        },
      ],
    });
  });

  it.each([
    [{}, mapping()],
    [{ salesstage: 2 }, CHOICES],
    [{ statuscode: 'Won' }, CHOICES],
  ])('whose columns are not all to be seen, %j, is unknown and says nothing', (values, table) => {
    expect(read(values, table)).toEqual({
      state: undefined,
      salesStage: undefined,
      reason: undefined,
      stage: null,
      problems: [],
    });
  });

  it('is recognised whatever the blanks of the table and the way an umlaut is composed', () => {
    const first = row(' Pr\u00fcfung ', 'Accepted');

    expect(stageRowOf({ StageName: 'pru\u0308fung' }, mapping({ stages: [first] }))).toBe(first);
  });

  it('is the first row that names it', () => {
    const first = row('Canceled', 'Lost');

    const table = mapping({ stages: [first, row('Canceled', 'Declined')] });

    expect(stageRowOf({ StageName: 'Canceled' }, table)).toBe(first);
    expect(stageRowOf({}, table)).toBeNull();
    expect(stageTextOf({ StageName: 'Canceled' }, table)).toBe('Canceled');
  });
});

describe('the reason of a stage', () => {
  it.each([
    ['Closed Lost', '3', 'Lost', 'Customer chose another vendor'],
    ['Declined', 'Not a customer', 'Declined', 'Not a customer'],
    ['Closed Lost', null, 'Lost', null],
    ['Prospecting', '3', 'Accepted', null],
  ])('%s with %j', (StageName, found, state, reason) => {
    const values = { StageName, Loss_Reason__c: found, Decline_Reason__c: found };

    expect(read(values, mapping())).toMatchObject({ state, reason });
  });

  it.each([
    ['Error', '7', 'Test referral'],
    ['Won', '7', null],
    ['Expired', '7', null],
  ] as const)('of a deal that is %s, %j, is %j', (state, found, reason) => {
    const table = mapping({ stages: [row('Done', state, { reason: 'Why__c' })] });

    expect(read({ StageName: 'Done', Why__c: found }, table)).toMatchObject({ state, reason });
  });

  it('is none where the row names no column', () => {
    const table = mapping({ stages: [row('Closed Lost', 'Lost')] });

    expect(read({ StageName: 'Closed Lost' }, table)).toMatchObject({ state: 'Lost', reason: null });
  });
});

describe('a stage of several meanings', () => {
  const canceled = [
    row('Canceled', 'Lost', { reason: 'Loss_Reason__c' }),
    row('Canceled', 'Declined', { reason: 'Decline_Reason__c', salesStage: 'Close' }),
    row('Canceled', 'Expired'),
    row('Open', 'Accepted'),
  ];
  const table = mapping({ stages: canceled });
  const record = opportunity({ StageName: 'Canceled', Decline_Reason__c: '5', Loss_Reason__c: '8' });
  const { deal } = toDeal(record, table);

  it.each([
    ['Received', { state: 'Declined', salesStage: 'Close', reason: 'Not a customer' }],
    ['Declined', { state: 'Declined', salesStage: 'Close', reason: 'Not a customer' }],
    ['Expired', { state: 'Expired', salesStage: null, reason: null }],
    ['Accepted', { state: 'Lost', salesStage: null, reason: 'Others' }],
    ['Lost', { state: 'Lost', salesStage: null, reason: 'Others' }],
    ['Won', { state: 'Lost', salesStage: null, reason: 'Others' }],
    [null, { state: 'Lost', salesStage: null, reason: 'Others' }],
    [undefined, { state: 'Lost', salesStage: null, reason: 'Others' }],
  ] as const)('means for a deal that is %s what is nearest', (state, expected) => {
    expect(inWordsOf(state, deal, record, table)).toStrictEqual({ ...deal, ...expected });
  });

  it('of which a column is hidden means nothing', () => {
    const rows = [row({ status: 'Out' }, 'Lost'), row({ status: 'Out' }, 'Declined')];
    const choices = mapping({ stages: [...rows, row({ status: 'Open', stage: 1 }, 'Accepted')] });
    const hidden = opportunity({ status: 'Out' });
    const unknown = toDeal(hidden, choices).deal;

    expect(unknown).not.toHaveProperty('state');
    expect(inWordsOf('Received', unknown, hidden, choices)).toBe(unknown);
  });

  it('that no row names means nothing', () => {
    const lost = opportunity({ StageName: 'Limbo' });
    const unknown = toDeal(lost, table).deal;

    expect(inWordsOf('Accepted', unknown, lost, table)).toBe(unknown);
  });
});

describe('the row to move to', () => {
  const qualify = row('One', 'Accepted', { salesStage: 'Qualify' });
  const coarse = row('Open', 'Accepted');
  const propose = row('Three', 'Accepted', { salesStage: 'Propose' });
  const proposeToo = row('Three again', 'Accepted', { salesStage: 'Propose' });
  const won = row('Won', 'Won');

  it.each<readonly [string, readonly StageRow[], DealState, SalesStage | null, StageRow | null]>([
    ['names the sales stage', [qualify, propose, proposeToo, won], 'Accepted', 'Propose', propose],
    ['is the nearest below', [qualify, coarse, propose, won], 'Accepted', 'Close', propose],
    ['is the nearest below, whatever the order', [propose, coarse, qualify], 'Accepted', 'Develop', qualify],
    ['is one without a sales stage before any above', [propose, coarse], 'Accepted', 'Develop', coarse],
    ['is the first where all are above', [propose, proposeToo], 'Accepted', 'Qualify', propose],
    ['is the first where no sales stage is wanted', [propose, qualify], 'Accepted', null, propose],
    [
      'is the first where no sales stage is wanted, whatever it says',
      [propose, coarse],
      'Accepted',
      null,
      propose,
    ],
    ['is of the state that is wanted', [qualify, won], 'Won', 'Qualify', won],
    ['is none where no row names the state', [qualify], 'Lost', null, null],
    ['is none where no row names the state, with a sales stage', [qualify], 'Lost', 'Close', null],
  ])('%s', (_what, stages, state, salesStage, expected) => {
    expect(stageRowFor(mapping({ stages }), state, salesStage)).toBe(expected);
  });
});

/** What is written to an opportunity in this stage (null: a new one). */
function write(changes: Deal, stage: Readonly<Record<string, CrmValue>> | null, table: Mapping = mapping()) {
  const values: Record<string, CrmValue> = {};
  const problems: MappingProblem[] = [];
  const record = stage === null ? null : opportunity(stage);
  const transition = writeStage(changes, record, table, values, problems);
  return { values, problems, transition };
}

describe('a state that comes from Partner Center', () => {
  const told = (values: object, transition: string | null) => ({ values, problems: [], transition });

  it.each<readonly [Deal, string | null, object, string | null]>([
    [{}, 'Prospecting', {}, null],
    [{ state: null }, 'Prospecting', {}, null],
    [{ state: 'Accepted' }, 'Prospecting', {}, null],
    [{ state: 'Accepted', salesStage: null }, 'Proposal/Price Quote', {}, null],
    [
      { state: 'Accepted', salesStage: 'Propose' },
      'Prospecting',
      { StageName: 'Proposal/Price Quote' },
      null,
    ],
    [{ state: 'Accepted' }, 'Co-sell Received', { StageName: 'Prospecting' }, null],
    [{ state: 'Accepted' }, 'Limbo', { StageName: 'Prospecting' }, null],
    [{ state: 'Accepted' }, 'Closed Won', { StageName: 'Prospecting' }, 'reopen'],
    [{ state: 'Accepted' }, null, { StageName: 'Prospecting' }, null],
    [{ state: 'Received' }, null, { StageName: 'Co-sell Received' }, null],
    [{ state: 'Received' }, 'Closed Lost', { StageName: 'Co-sell Received' }, 'reopen'],
    [{ state: 'Won' }, 'Prospecting', { StageName: 'Closed Won' }, 'win'],
    [{ state: 'Won' }, 'Closed Lost', { StageName: 'Closed Won' }, 'win'],
    [{ state: 'Won' }, 'Closed Won', {}, null],
    [{ state: 'Won' }, null, { StageName: 'Closed Won' }, 'win'],
    [{ state: 'Lost' }, 'Prospecting', { StageName: 'Closed Lost' }, 'lose'],
    [{ state: 'Lost' }, 'Co-sell Received', { StageName: 'Closed Lost' }, 'lose'],
    [{ state: 'Lost' }, 'Limbo', { StageName: 'Closed Lost' }, 'lose'],
    [{ state: 'Lost' }, 'Closed Won', { StageName: 'Closed Lost' }, 'lose'],
    [{ state: 'Lost' }, null, { StageName: 'Closed Lost' }, 'lose'],
    [{ state: 'Declined' }, 'Closed Lost', { StageName: 'Declined' }, null],
  ])('%j moves "%s" to %j', (changes, StageName, values, transition) => {
    expect(write(changes, StageName === null ? null : { StageName })).toEqual(told(values, transition));
  });

  it('brings its reason along, in the CRM’s words', () => {
    const table = mapping({ reasons: { map: { Rival: 'Customer chose another vendor' }, accept: 'any' } });

    expect(
      write({ state: 'Lost', reason: 'Customer chose another vendor' }, { StageName: 'Prospecting' }, table),
    ).toEqual(told({ StageName: 'Closed Lost', Loss_Reason__c: 'Rival' }, 'lose'));
    expect(write({ state: 'Lost', reason: 'Others' }, { StageName: 'Closed Lost' })).toEqual(
      told({ Loss_Reason__c: 'Others' }, null),
    );
  });

  it('without a reason leaves the CRM’s as it is, and one without a column stays behind', () => {
    expect(write({ state: 'Lost', reason: null }, { StageName: 'Closed Lost' })).toEqual(told({}, null));
    expect(write({ state: 'Won', reason: 'Others' }, { StageName: 'Closed Won' })).toEqual(told({}, null));
    expect(write({ state: 'Lost' }, { StageName: 'Closed Lost' })).toStrictEqual(told({}, null));
  });

  it('writes of several choice columns those that differ', () => {
    const here = { statuscode: 'In Progress', salesstage: '0' };

    expect(write({ state: 'Accepted', salesStage: 'Propose' }, here, CHOICES)).toEqual(
      told({ salesstage: 2 }, null),
    );
    expect(write({ state: 'Accepted', salesStage: 'Propose' }, null, CHOICES)).toEqual(
      told({ statuscode: 'In Progress', salesstage: 2 }, null),
    );
  });

  it('stays where any row of the stage means it already', () => {
    const table = mapping({ stages: [row('Ended', 'Lost'), row('Ended', 'Expired'), row('Out', 'Expired')] });

    expect(write({ state: 'Expired' }, { StageName: 'Ended' }, table)).toEqual(told({}, null));
  });

  it('stays in a stage that stands for all sales stages, and in the second of two alike', () => {
    const table = mapping({
      stages: [
        row('Quote', 'Accepted', { salesStage: 'Propose' }),
        row('Open', 'Accepted'),
        row('Quote sent', 'Accepted', { salesStage: 'Propose' }),
      ],
    });
    const proposed = { state: 'Accepted', salesStage: 'Propose' } as const;

    expect(write(proposed, { StageName: 'Open' }, table)).toEqual(told({}, null));
    expect(write(proposed, { StageName: 'Quote sent' }, table)).toEqual(told({}, null));
  });

  it('that no row names is told', () => {
    expect(write({ state: 'Error' }, { StageName: 'Prospecting' })).toEqual({
      values: {},
      problems: [
        {
          field: 'state',
          code: 'stage-unmapped',
          text: 'no row of the stage table names the deal state Error; add one so that the opportunity can follow',
        },
      ],
      transition: null,
    });
  });
});
