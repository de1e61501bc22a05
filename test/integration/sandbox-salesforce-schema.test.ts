import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type Rig, startRig } from './sandbox-salesforce-support.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

const DEAL = { Name: 'Alder - pilot', StageName: 'Prospecting', CloseDate: '2026-12-31' };

async function describeWith(headers: Record<string, string>): Promise<Response> {
  return fetch(`${rig.url}/services/data/v66.0/sobjects/Opportunity/describe`, {
    headers: { Authorization: `Bearer ${rig.connection.accessToken}`, ...headers },
  });
}

describe('describes', () => {
  it('show the columns with their flags', async () => {
    const { fields, childRelationships, keyPrefix } = await rig.connection.sobject('Opportunity').describe();
    const column = (name: string) => fields.find((field) => field.name === name);

    expect(keyPrefix).toBe('006');
    expect(column('Name')).toMatchObject({
      type: 'string',
      length: 120,
      byteLength: 360,
      nillable: false,
      idLookup: true,
    });
    expect(column('Amount')).toMatchObject({ type: 'currency', precision: 18, scale: 2, groupable: false });
    expect(column('IsClosed')).toMatchObject({
      createable: false,
      updateable: false,
      defaultedOnCreate: true,
    });
    expect(column('ContactId')).toMatchObject({
      createable: true,
      updateable: false,
      relationshipName: null,
    });
    expect(column('Description')).toMatchObject({ length: 32_000, filterable: false, sortable: false });
    expect(column('StageName')?.picklistValues).toContainEqual({
      active: true,
      defaultValue: false,
      label: 'Co-sell Received',
      validFor: null,
      value: 'Co-sell Received',
    });
    expect(column('Referral_Identifier__c')).toMatchObject({
      custom: true,
      externalId: true,
      unique: true,
      idLookup: true,
      caseSensitive: false,
      length: 100,
    });
    expect(column('CurrencyIsoCode')).toBeUndefined();
    expect(childRelationships.map(({ relationshipName }) => relationshipName)).toEqual(
      expect.arrayContaining(['OpportunityContactRoles', 'OpportunityTeamMembers', 'OpportunityLineItems']),
    );
  });

  it('follow the features that are switched', async () => {
    Object.assign(rig.org.switches, { teamSelling: false, multiCurrency: true });

    const { fields, childRelationships } = await rig.connection.sobject('Opportunity').describe();

    expect(fields.map(({ name }) => name)).toContain('CurrencyIsoCode');
    expect(childRelationships.map(({ relationshipName }) => relationshipName)).not.toContain(
      'OpportunityTeamMembers',
    );
  });

  it('are not sent again until something changed', async () => {
    const first = await describeWith({});
    const headers = { 'If-Modified-Since': first.headers.get('last-modified') ?? '' };

    const unchanged = await describeWith(headers);
    rig.clock.advance(60_000);
    rig.org.addField('Opportunity', 'Region__c', 'string');
    const changed = await describeWith(headers);

    expect(first.headers.get('etag')).toMatch(/^"[0-9a-f]{8}"$/);
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(first.headers.get('etag'));
  });

  it('list all objects', async () => {
    const { sobjects, encoding, maxBatchSize } = await rig.connection.describeGlobal();

    expect({ encoding, maxBatchSize }).toEqual({ encoding: 'UTF-8', maxBatchSize: 200 });
    expect(sobjects.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Account', 'Contact', 'Opportunity', 'OpportunityTeamMember', 'User']),
    );
  });

  it('take record types from their rows', async () => {
    rig.org.switches.recordTypes = true;
    rig.org.load('RecordType', {
      Name: 'Partner',
      DeveloperName: 'Partner',
      SobjectType: 'Opportunity',
      IsActive: true,
    });

    const { recordTypeInfos } = await rig.connection.sobject('Opportunity').describe();

    expect(recordTypeInfos).toMatchObject([
      { name: 'Partner', master: false, defaultRecordTypeMapping: true },
      { name: 'Master', master: true, recordTypeId: '012000000000000AAA' },
    ]);
  });
});

describe('a column created through the tooling API', () => {
  const FULL_NAME = 'Opportunity.Referral_Kind__c';
  const METADATA = { label: 'Referral Kind', type: 'Text', length: 64, externalId: true, unique: true };

  it('is invisible until a permission set grants it', async () => {
    const { connection, org } = rig;
    const created = await connection.tooling
      .sobject('CustomField')
      .create({ FullName: FULL_NAME, Metadata: METADATA });
    const hidden = await failureOf(connection.query('SELECT Referral_Kind__c FROM Opportunity'));
    const set = await connection.sobject('PermissionSet').create({ Name: 'Cosell', Label: 'Co-sell' });
    await connection.sobject('FieldPermissions').create({
      ParentId: set.id,
      SobjectType: 'Opportunity',
      Field: FULL_NAME,
      PermissionsRead: true,
      PermissionsEdit: false,
    });
    const unassigned = await failureOf(connection.query('SELECT Referral_Kind__c FROM Opportunity'));
    await connection
      .sobject('PermissionSetAssignment')
      .create({ PermissionSetId: set.id, AssigneeId: org.integrationUserId });

    const readOnly = await failureOf(
      connection.sobject('Opportunity').create({ ...DEAL, Referral_Kind__c: 'x' }),
    );
    const [permission] = org.query('SELECT Id FROM FieldPermissions');
    await connection
      .sobject('FieldPermissions')
      .update({ Id: String(permission?.Id), PermissionsEdit: true });
    await connection.sobject('Opportunity').create({ ...DEAL, Referral_Kind__c: 'x' });

    expect(created).toEqual({
      id: expect.stringMatching(/^00N\w{15}$/),
      success: true,
      errors: [],
      warnings: [],
      infos: [],
    });
    expect(hidden.code).toBe('INVALID_FIELD');
    expect(unassigned.code).toBe('INVALID_FIELD');
    expect(readOnly.code).toBe('INVALID_FIELD_FOR_INSERT_UPDATE');
    expect((await connection.query('SELECT Referral_Kind__c FROM Opportunity')).records).toMatchObject([
      { Referral_Kind__c: 'x' },
    ]);
  });

  it('cannot be created twice or half-specified, and can be looked up and removed', async () => {
    const fields = rig.connection.tooling.sobject('CustomField');
    const { id } = await fields.create({ FullName: FULL_NAME, Metadata: METADATA });

    const twice = await failureOf(fields.create({ FullName: FULL_NAME, Metadata: METADATA }));
    const { length: _length, ...incomplete } = METADATA;
    const half = await failureOf(fields.create({ FullName: 'Opportunity.Other__c', Metadata: incomplete }));
    // jsforce's own query keeps only what both envelopes have.
    const soql = "SELECT Id, DeveloperName FROM CustomField WHERE TableEnumOrId = 'Opportunity'";
    const found = await rig.connection.request(`/tooling/query?q=${encodeURIComponent(soql)}`);
    await fields.destroy(id ?? '');
    await fields.create({ FullName: FULL_NAME, Metadata: METADATA });

    expect(twice.code).toBe('DUPLICATE_DEVELOPER_NAME');
    expect(half.code).toBe('FIELD_INTEGRITY_EXCEPTION');
    expect(found).toEqual({
      size: 1,
      totalSize: 1,
      done: true,
      queryLocator: null,
      entityTypeName: 'CustomField',
      records: [expect.objectContaining({ Id: id, DeveloperName: 'Referral_Kind' })],
    });
  });
});

describe('replication calls', () => {
  it('list what was updated and deleted, to the minute', async () => {
    const { connection, org, clock } = rig;
    const admin = org.as(org.adminUserId);
    const kept = admin.create('Opportunity', DEAL);
    const gone = admin.create('Opportunity', DEAL);
    const member = admin.create('OpportunityTeamMember', {
      OpportunityId: kept,
      UserId: org.integrationUserId,
    });
    clock.advance(60_000);
    admin.delete('Opportunity', gone);
    admin.delete('OpportunityTeamMember', member);
    clock.advance(5 * 60_000);
    const start = '2026-11-20T17:59:30Z';
    const end = clock.now();

    const updated = await connection.sobject('Opportunity').updated(start, end);
    const deleted = await connection.sobject('Opportunity').deleted(start, end);
    const members = await connection.sobject('OpportunityTeamMember').deleted(start, end);

    expect(updated).toEqual({ ids: [kept], latestDateCovered: '2026-11-20T18:06:00.000+0000' });
    expect(deleted).toEqual({
      deletedRecords: [{ id: gone, deletedDate: '2026-11-20T18:01:00.000+0000' }],
      earliestDateAvailable: '2026-11-20T18:01:00.000+0000',
      latestDateCovered: '2026-11-20T18:06:00.000+0000',
    });
    expect(members.deletedRecords.map(({ id }) => id)).toEqual([member]);
  });

  it('cover only the time before writes that have not committed', async () => {
    const { connection, org, clock } = rig;
    clock.advance(30 * 60_000);
    org.switches.lateCommitSeconds = 600;
    org.as(org.adminUserId).create('Opportunity', DEAL);
    clock.advance(5 * 60_000);

    const updated = await connection.sobject('Opportunity').updated('2026-11-20T18:00:00Z', clock.now());

    expect(updated).toEqual({ ids: [], latestDateCovered: '2026-11-20T18:30:00.000+0000' });
  });

  it('refuse spans that are too short or reach back too far', async () => {
    const opportunities = rig.connection.sobject('Opportunity');
    rig.clock.advance(3_600_000);

    const empty = await failureOf(opportunities.updated('2026-11-20T18:30:10Z', '2026-11-20T18:30:50Z'));
    const old = await failureOf(opportunities.deleted('2026-11-01T00:00:00Z', '2026-11-20T18:00:00Z'));

    expect([empty.code, old.code]).toEqual(['INVALID_REPLICATION_DATE', 'INVALID_REPLICATION_DATE']);
  });
});

describe('a row that a long transaction holds', () => {
  it('cannot be written through the API until that commits', async () => {
    const { connection, org, clock } = rig;
    const id = org.load('Opportunity', DEAL);
    org.switches.lateCommitSeconds = 30;
    org.as(org.adminUserId).update('Opportunity', id, { NextStep: 'by a person' });

    const locked = await failureOf(
      connection.sobject('Opportunity').update({ Id: id, NextStep: 'by the daemon' }),
    );
    const seen = await connection.sobject('Opportunity').retrieve(id);
    clock.advance(30_000);
    const later = await connection.sobject('Opportunity').retrieve(id);

    expect(locked.code).toBe('UNABLE_TO_LOCK_ROW');
    expect(seen.NextStep).toBeNull();
    expect(later.NextStep).toBe('by a person');
  });
});
