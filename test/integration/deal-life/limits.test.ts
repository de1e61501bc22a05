import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DealLife, describeLife } from './deal-life.ts';

const MOST = 50;

describeLife('more than Partner Center takes', { timeout: 60_000 }, (open) => {
  let life: DealLife;
  let members: readonly string[] = [];
  let id = '';

  const join = (userId: string): string =>
    life.add('OpportunityTeamMember', { OpportunityId: id, UserId: userId, TeamMemberRole: 'Sales Rep' });

  beforeAll(async () => {
    life = await open();
    id = life.share();
    members = Array.from({ length: MOST }, (_, n) =>
      life.crm.add('User', {
        FirstName: 'Member',
        LastName: `Number ${n}`,
        Email: `member${n}@partner.example`,
        Username: `member${n}@partner.example`,
        Phone: `+1 415 555 0${String(200 + n)}`,
        IsActive: true,
      }),
    );
  });
  afterAll(async () => life.place.close());

  it('of a new deal with fifty-one team members nothing is sent, and that is said', async () => {
    const rows = members.map(join);

    await life.sync();

    expect(life.posts()).toEqual([]);
    expect(await life.said(id)).toContain('51 sales team members; Partner Center takes at most 50');
    life.crm.remove('OpportunityTeamMember', String(rows[0]));
  });

  it('with fifty it is shared', async () => {
    await life.sync('--full');

    expect(life.referral(id).team).toHaveLength(MOST);
  });

  it('the fifty-first of a shared deal waits, while its other edits are sent', async () => {
    join(String(members[0]));
    life.edit(id, { Amount: 77_000 });

    await life.sync('--full');

    expect(life.referral(id)).toMatchObject({ details: { dealValue: 77_000 } });
    expect(life.referral(id).team).toHaveLength(MOST);
    expect(await life.said(id)).toContain('Partner Center takes at most 50');
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});
