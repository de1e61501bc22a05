import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type Rig, startRig } from './sandbox-salesforce-support.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

function loadDeals(count: number): void {
  for (let index = 0; index < count; index += 1) {
    rig.org.load('Opportunity', { Name: `Deal ${index}`, StageName: 'Prospecting', CloseDate: '2026-12-31' });
  }
}

describe('queries over HTTP', () => {
  it('come in pages of 2,000 that jsforce follows to the end', async () => {
    loadDeals(4_100);

    const first = await rig.connection.query('SELECT Id FROM Opportunity ORDER BY Id');
    const all = await rig.connection.query('SELECT Id FROM Opportunity', {
      autoFetch: true,
      maxFetch: 10_000,
    });

    expect(first).toMatchObject({ totalSize: 4_100, done: false });
    expect(first.records).toHaveLength(2_000);
    expect(first.nextRecordsUrl).toMatch(/\/services\/data\/v66\.0\/query\/01g\w{15}-2000$/);
    expect(all.records).toHaveLength(4_100);
    expect(new Set(all.records.map(({ Id }) => Id)).size).toBe(4_100);
    expect(all.done).toBe(true);
  });

  it('heed a batch size, and shrink pages when told to', async () => {
    loadDeals(300);
    const headers = { 'Sforce-Query-Options': 'batchSize=200' };

    const asked = await rig.connection.query('SELECT Id FROM Opportunity', { headers });
    const audits = await rig.connection.query('SELECT Id FROM Opportunity', {
      headers: { ...headers, 'x-no': '1' },
    });
    rig.org.switches.pageShrink = 7;
    const shrunk = await rig.connection.query('SELECT Id FROM Opportunity', { headers });

    expect(asked.records).toHaveLength(200);
    expect(audits.records).toHaveLength(200);
    expect(shrunk.records).toHaveLength(7);
  });

  it('count child rows towards the page', async () => {
    const contact = rig.org.load('Contact', { LastName: 'Ito', Name: 'Ito' });
    for (let index = 0; index < 150; index += 1) {
      const OpportunityId = rig.org.load('Opportunity', { Name: `Deal ${index}`, StageName: 'Prospecting' });
      rig.org.load('OpportunityContactRole', { OpportunityId, ContactId: contact });
    }

    const page = await rig.connection.query(
      'SELECT Id, (SELECT Id FROM OpportunityContactRoles) FROM Opportunity',
      { headers: { 'Sforce-Query-Options': 'batchSize=200' } },
    );

    expect(page).toMatchObject({ totalSize: 150, done: false });
    expect(page.records).toHaveLength(100);
  });

  it('find deleted rows by queryAll, whose locators /query/ follows', async () => {
    loadDeals(250);
    const admin = rig.org.as(rig.org.adminUserId);
    const [row] = rig.org.query('SELECT Id FROM Opportunity LIMIT 1');
    admin.delete('Opportunity', String(row?.Id));

    const seen = await rig.connection.query('SELECT COUNT() FROM Opportunity');
    const deleted = await rig.connection.query(
      'SELECT Id, IsDeleted FROM Opportunity WHERE IsDeleted = TRUE',
      {
        scanAll: true,
      },
    );
    const all = await rig.connection.query('SELECT Id FROM Opportunity', {
      scanAll: true,
      autoFetch: true,
      headers: { 'Sforce-Query-Options': 'batchSize=200' },
    });

    expect(seen).toEqual({ totalSize: 249, done: true, records: [] });
    expect(deleted.records).toMatchObject([{ Id: row?.Id, IsDeleted: true }]);
    expect(all.records).toHaveLength(250);
    expect(rig.journal.entries.filter(({ path }) => /\/query\/01g/.test(path))).toHaveLength(1);
  });

  it('lose their locators with time', async () => {
    loadDeals(2_001);
    const { nextRecordsUrl } = await rig.connection.query('SELECT Id FROM Opportunity');
    rig.clock.advance(16 * 60_000);

    const failure = await failureOf(rig.connection.queryMore(nextRecordsUrl ?? ''));

    expect(failure.code).toBe('INVALID_QUERY_LOCATOR');
  });

  it('show one row in the recorded shape', async () => {
    const id = rig.org.load('Opportunity', {
      Name: 'Deal',
      StageName: 'Prospecting',
      CloseDate: '2026-12-31',
      Amount: 40_000,
      SystemModstamp: '2026-11-20T17:59:20.000+0000',
    });

    const result = await rig.connection.query(
      'SELECT id, systemmodstamp, Amount, CloseDate, Account.Name, (SELECT Id FROM OpportunityTeamMembers) FROM opportunity',
    );

    expect(result).toEqual({
      totalSize: 1,
      done: true,
      records: [
        {
          attributes: { type: 'Opportunity', url: `/services/data/v66.0/sobjects/Opportunity/${id}` },
          Id: id,
          SystemModstamp: '2026-11-20T17:59:20.000+0000',
          Amount: 40_000,
          CloseDate: '2026-12-31',
          Account: null,
          OpportunityTeamMembers: null,
        },
      ],
    });
  });
});

describe('a column hidden by field-level security', () => {
  it('is not there for the API, but is for people', async () => {
    loadDeals(1);
    rig.org.switches.fieldsHidden = ['Opportunity.Amount'];

    const queried = await failureOf(rig.connection.query('SELECT Amount FROM Opportunity'));
    const written = await failureOf(
      rig.connection
        .sobject('Opportunity')
        .create({ Name: 'x', StageName: 'Prospecting', CloseDate: '2026-12-31', Amount: 1 }),
    );
    const described = await rig.connection.sobject('Opportunity').describe();

    expect(queried.code).toBe('INVALID_FIELD');
    expect(written).toMatchObject({
      code: 'INVALID_FIELD',
      message: "No such column 'Amount' on sobject of type Opportunity",
    });
    expect(described.fields.map(({ name }) => name)).not.toContain('Amount');
    expect(rig.org.query('SELECT Amount FROM Opportunity')).toHaveLength(1);
  });
});
