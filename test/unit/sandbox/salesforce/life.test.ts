import { describe, expect, it } from 'vitest';
import { createFixture, createOpportunity, refusalOf } from './support.ts';

const DAY_MS = 86_400_000;

describe('stamps', () => {
  it('are whole seconds that never go back', () => {
    const { org, admin, clock } = createFixture();
    const first = createOpportunity(admin);
    clock.advance(999);
    const second = createOpportunity(admin);
    clock.advance(1);
    admin.update('Opportunity', first, {});

    expect(org.find('Opportunity', second)?.SystemModstamp).toBe('2026-11-20T18:00:00.000+0000');
    expect(org.find('Opportunity', first)).toMatchObject({
      SystemModstamp: '2026-11-20T18:00:01.000+0000',
      LastModifiedDate: '2026-11-20T18:00:01.000+0000',
      CreatedDate: '2026-11-20T18:00:00.000+0000',
    });
  });

  it('move alone when the platform touches a row or a stage is renamed', () => {
    const { org, admin, clock } = createFixture();
    const id = createOpportunity(admin);
    clock.advance(60_000);

    org.renameStage('Prospecting', 'Discovery');

    expect(org.find('Opportunity', id)).toMatchObject({
      StageName: 'Discovery',
      SystemModstamp: '2026-11-20T18:01:00.000+0000',
      LastModifiedDate: '2026-11-20T18:00:00.000+0000',
    });
    clock.advance(60_000);
    org.touch('Opportunity', id);
    expect(org.find('Opportunity', id)?.SystemModstamp).toBe('2026-11-20T18:02:00.000+0000');
  });
});

describe('a write that commits late', () => {
  it('shows nothing of itself until then, with the stamp of when it was made', () => {
    const { org, admin, clock } = createFixture();
    const old = createOpportunity(admin, { Name: 'old' });
    clock.advance(10_000);
    org.switches.lateCommitSeconds = 30;
    const fresh = createOpportunity(admin, { Name: 'fresh' });
    admin.update('Opportunity', old, { Name: 'renamed' });
    const window = 'SELECT Name FROM Opportunity WHERE SystemModstamp >= 2026-11-20T18:00:10Z ORDER BY Name';

    const before = org.query('SELECT Name FROM Opportunity');
    const windowBefore = org.query(window);
    clock.advance(30_000);

    expect(before.map(({ Name }) => Name)).toEqual(['old']);
    expect(windowBefore).toEqual([]);
    expect(org.query(window).map(({ Name }) => Name)).toEqual(['fresh', 'renamed']);
    expect(org.find('Opportunity', fresh)?.SystemModstamp).toBe('2026-11-20T18:00:10.000+0000');
  });
});

describe('deleting', () => {
  it('takes what belongs to the row along, and brings both back', () => {
    const { org, admin } = createFixture();
    const account = admin.create('Account', { Name: 'Acme' });
    const contact = admin.create('Contact', { LastName: 'Ito', AccountId: account });
    const id = createOpportunity(admin, { AccountId: account, ContactId: contact });

    admin.delete('Account', account);

    expect(org.query('SELECT Id FROM Opportunity')).toEqual([]);
    expect(org.find('Opportunity', id, { includeDeleted: true })?.IsDeleted).toBe(true);
    expect(refusalOf(() => admin.update('Opportunity', id, {})).codes).toEqual(['ENTITY_IS_DELETED']);
    admin.undelete('Account', account);
    expect(org.find('Opportunity', id)?.AccountId).toBe(account);
    expect(org.query('SELECT Id FROM OpportunityContactRole')).toHaveLength(1);
  });

  it('empties lookups that do not own the row', () => {
    const { org, admin } = createFixture();
    const campaign = admin.create('Campaign', { Name: 'Cloud Days' });
    const id = createOpportunity(admin, { CampaignId: campaign });

    admin.delete('Campaign', campaign);

    expect(org.find('Opportunity', id)?.CampaignId).toBeNull();
  });

  it('keeps rows for fifteen days, but team members not at all', () => {
    const { org, admin, clock } = createFixture();
    const id = createOpportunity(admin);
    const member = admin.create('OpportunityTeamMember', {
      OpportunityId: id,
      UserId: org.integrationUserId,
    });

    admin.delete('OpportunityTeamMember', member);
    admin.delete('Opportunity', id);
    clock.advance(14 * DAY_MS);
    const kept = org.find('Opportunity', id, { includeDeleted: true });
    clock.advance(2 * DAY_MS);

    expect(org.find('OpportunityTeamMember', member, { includeDeleted: true })).toBeNull();
    expect(kept).not.toBeNull();
    expect(org.find('Opportunity', id, { includeDeleted: true })).toBeNull();
    expect(org.store.deletedLog.map((entry) => entry.id)).toEqual([member, id]);
    expect(refusalOf(() => admin.undelete('Opportunity', id)).codes).toEqual(['UNDELETE_FAILED']);
  });

  it('does not delete users', () => {
    const { org, admin } = createFixture();

    expect(refusalOf(() => admin.delete('User', org.integrationUserId)).codes).toEqual([
      'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
    ]);
  });
});

describe('merging accounts', () => {
  it('moves the rows to the master and leaves a deleted pointer', () => {
    const { org, admin, clock } = createFixture();
    const master = admin.create('Account', { Name: 'Acme' });
    const other = admin.create('Account', { Name: 'Acme Inc' });
    const id = createOpportunity(admin, { AccountId: other });
    clock.advance(60_000);

    org.mergeAccounts(master, [other]);

    expect(org.find('Opportunity', id)).toMatchObject({
      AccountId: master,
      IsDeleted: false,
      SystemModstamp: '2026-11-20T18:01:00.000+0000',
    });
    expect(org.find('Account', other, { includeDeleted: true })).toMatchObject({
      IsDeleted: true,
      MasterRecordId: master,
    });
  });
});
