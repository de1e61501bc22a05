import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONNECTION, lostEdits, type Moment, type Month, openMonth } from '../support/month/month.ts';

describe('a month of the daemon, with outages, redeployments and kills', { timeout: 120_000 }, () => {
  const moments: Moment[] = [];
  let month: Month;

  beforeAll(async () => {
    month = await openMonth();
    await month.play(async (moment) => void moments.push(moment));
  }, 120_000);
  afterAll(() => month.close());

  it('walks every path', () => {
    expect(new Set(moments)).toEqual(
      new Set([
        'first-day',
        'conflict',
        'outage',
        'outage-over',
        'redeployed',
        'killed',
        'back-after-days',
        'last-day',
      ]),
    );
    expect(Object.fromEntries(month.tally)).toMatchObject({
      'conflicts: 1': 1,
      'partner-center out, ready: false': 1,
      'partner-center back, ready: true': 1,
      'salesforce out, ready: false': 1,
      'salesforce back, ready: true': 1,
      killed: 2,
      redeployed: 1,
      closed: 1,
      'reload kept the old one: true': 1,
      'reload took the new one: true': 1,
    });
    expect(month.tally.get('edited in the CRM')).toBeGreaterThan(30);
    expect(month.tally.get('edited at the portal')).toBeGreaterThan(30);
    expect(month.rotations()).toBeGreaterThan(DAYS_OF_A_MONTH);
  });

  it('loses no edit: both sides hold what each field was last set to', () => {
    expect(lostEdits(month)).toEqual([]);
  });

  it('makes no duplicate on either side', () => {
    const tags = month.sandbox.partnerCenter
      .referrals()
      .filter(({ organizationId }) => organizationId !== 'msft')
      .map(({ externalReferenceId }) => externalReferenceId);
    const ids = month.sandbox.salesforce
      .query('SELECT Referral_Identifier__c FROM Opportunity WHERE Referral_Identifier__c != null')
      .map((row) => row.Referral_Identifier__c);

    expect(new Set(tags).size).toBe(tags.length);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(tags.length);
  });

  it('never made an illegal call', () => {
    expect(month.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });

  it('leaves nothing undone: no create without an answer, nothing due, ready, and silent', async () => {
    const before = month.sandbox.journal.entries.filter(({ write, data }) => write && data).length;
    await month.pass(6);

    expect(await month.ledger.intents()).toEqual([]);
    expect(await month.ledger.countDue(month.sandbox.clock.now().toISOString())).toBe(0);
    expect(month.daemon.readiness().ready).toBe(true);
    expect(month.daemon.runner.status()).toMatchObject([
      { connection: CONNECTION, state: 'idle', failure: null, credentials: 'ok' },
    ]);
    expect(month.sandbox.journal.entries.filter(({ write, data }) => write && data).length).toBe(before);
  });
});

const DAYS_OF_A_MONTH = 30;
