import { describe, expect, it } from 'vitest';
import { createSampleOrg } from '../../../../src/sandbox/salesforce/index.ts';
import { createFixture, NOW } from './support.ts';

describe('the sample org', () => {
  it('is the same for the same seed, and another for another', () => {
    const contents = [7, 7, 8].map((seed) => {
      const { org } = createFixture();
      createSampleOrg(org, { seed });
      return JSON.stringify(org.query('SELECT FIELDS(ALL) FROM Opportunity'));
    });

    expect(contents[0]).toBe(contents[1]);
    expect(contents[0]).not.toBe(contents[2]);
  });

  it('has opportunities in every stage of a pipeline, most of the open ones flagged', () => {
    const { org } = createFixture();

    const sample = createSampleOrg(org);

    const stages = org.query('SELECT StageName, COUNT(Id) FROM Opportunity GROUP BY StageName');
    const open = org.query('SELECT Id FROM Opportunity WHERE IsClosed = FALSE').length;
    const flagged = org.query('SELECT Id FROM Opportunity WHERE Sync_with_Partner_Center__c = TRUE');
    expect(sample.opportunities).toHaveLength(300);
    expect(stages.map(({ StageName }) => StageName)).toEqual(
      expect.arrayContaining(['Prospecting', 'Qualification', 'Closed Won', 'Closed Lost']),
    );
    expect(flagged.map(({ Id }) => Id)).toEqual(sample.flagged);
    expect(flagged.length / open).toBeGreaterThan(0.5);
    expect(flagged.length / open).toBeLessThan(0.8);
  });

  it('has each defect on a minority, and says where', () => {
    const { org } = createFixture();

    const { defects, opportunities } = createSampleOrg(org);

    expect(new Set(defects.values()).size).toBe(6);
    expect(defects.size).toBeLessThan(opportunities.length / 4);
    for (const [id, defect] of defects) {
      const row = org.find('Opportunity', id);
      if (defect === 'noAccount') expect(row?.AccountId).toBeNull();
      if (defect === 'noAmount') expect(row?.Amount).toBeNull();
      if (defect === 'unknownProduct') expect(row?.Product__c).toBe('GTXPro');
      if (defect === 'ownerWithoutPhone') expect(org.find('User', String(row?.OwnerId))?.Phone).toBeNull();
      if (defect === 'misspeltCountry') {
        expect(org.find('Account', String(row?.AccountId))?.BillingCountry).toBe('Philipines');
      }
      if (defect === 'pastCloseDate') expect(String(row?.CloseDate) < NOW.toISOString()).toBe(true);
    }
  });

  it('lies before now, and every address and number is made up', () => {
    const { org } = createFixture();

    createSampleOrg(org);

    expect(org.query('SELECT Id FROM Opportunity WHERE SystemModstamp > 2026-11-20T18:00:00Z')).toEqual([]);
    const people = [
      ...org.query('SELECT Email, Phone FROM Contact'),
      ...org.query('SELECT Email, Phone FROM User WHERE Title != null'),
    ];
    expect(people.length).toBeGreaterThan(50);
    for (const { Email, Phone } of people) {
      expect(Email).toMatch(/\.example\.com$/);
      expect(Phone ?? ' 555 ').toMatch(/ 555 /);
    }
  });
});
