import { afterAll, beforeAll, expect, it } from 'vitest';
import { CO_SELL, type DealLife, describeLife } from './deal-life.ts';

const TEAM = 'Avery Fielding, Account Executive <avery.fielding@microsoft.example>';

describeLife("Microsoft's people on a deal", { timeout: 60_000 }, (open) => {
  let life: DealLife;
  const deals: Record<string, string> = {};

  beforeAll(async () => {
    life = await open({
      mapping: (file, path) => file.setIn(['fields', 'microsoftTeam'], { crm: path('Microsoft_Team__c') }),
    });
    life.crm.addColumn('Opportunity', 'Microsoft_Team__c', 'text');
    for (const name of ['sibling', 'own', 'both', 'declined', 'private'])
      deals[name] = life.share(name === 'private' ? {} : CO_SELL);
    await life.sync();
  });
  afterAll(async () => life.place.close());

  const column = (name: string): unknown => life.column(String(deals[name]), 'Microsoft_Team__c');

  it('come into their own column with their roles, from whichever referral shows them', async () => {
    const { partnerCenter } = life.place.sandbox;
    for (const name of ['sibling', 'own', 'both'] as const) {
      partnerCenter.switches.microsoftTeamOn = name;
      partnerCenter.answerInvitation(life.engagementId(String(deals[name])), 'accept');
    }
    partnerCenter.answerInvitation(life.engagementId(String(deals.declined)), 'decline');

    const { code } = await life.sync();

    expect(code).toBe(0);
    expect(['sibling', 'own', 'both'].map(column)).toEqual([TEAM, TEAM, TEAM]);
    expect(['declined', 'private'].map(column)).toEqual([null, null]);
  });

  it('are no members of our own team, and stay on the referral when that changes', async () => {
    const id = String(deals.own);
    life.edit(id, { Amount: 45_000 });
    await life.sync();

    expect(life.referral(id)).toMatchObject({
      team: [{ email: 'kim@partner.example' }, { email: 'avery.fielding@microsoft.example' }],
    });
  });

  it('show to operators only masked', async () => {
    const { stdout } = await life.place.cli('explain', String(deals.sibling));

    expect(stdout).toContain('Account Executive');
    expect(stdout).not.toContain('avery.fielding');
    expect(stdout).not.toContain('Fielding');
  });

  it('what a person writes into the column is never sent', async () => {
    const id = String(deals.sibling);
    life.forget();
    life.edit(id, { Microsoft_Team__c: 'Nobody' });

    await life.sync();

    expect(life.patches(id)).toEqual([]);
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});
