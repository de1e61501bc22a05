import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataverseOrg } from '../../../src/sandbox/dataverse/index.ts';
import { type DealLife, openLife } from './deal-life.ts';

describe('the access team of an opportunity in Dynamics 365', { timeout: 60_000 }, () => {
  let life: DealLife;
  let org: DataverseOrg;
  let id: string;

  const emails = (): unknown => {
    const { team } = life.referral(id);
    return Array.isArray(team) ? team.map((member) => Object(member).email).sort() : team;
  };
  function join(name: string): void {
    const userId = life.crm.add('User', {
      FirstName: name,
      LastName: 'Member',
      Email: `${name}@partner.example`,
      Phone: '+1 415 555 0188',
    });
    const known = org.list('team').find(({ teamtype }) => teamtype === 1)?.teamid;
    const teamid =
      known ??
      org.as(org.adminUserId).create('team', {
        name: 'Deal team',
        teamtype: 1,
        regardingobjectid: { table: 'opportunity', id },
      });
    org.load('teammembership', { teamid, systemuserid: userId });
    // Joining touches the team's row.
    org.as(org.adminUserId).update('team', String(teamid), { description: name });
  }

  beforeAll(async () => {
    life = await openLife({ crm: 'dynamics' });
    if (life.place.sandbox.dynamics === null) throw new TypeError('The sandbox has no Dynamics 365.');
    org = life.place.sandbox.dynamics;
    id = life.share();
    join('ada');
    await life.sync();
  });
  afterAll(() => life.place.close());

  it('is on the deal, beside the owner', () => {
    expect(emails()).toEqual(['ada@partner.example', 'kim@partner.example']);
  });

  it('takes whoever joins along', async () => {
    join('bo');

    await life.sync();

    expect(emails()).toEqual(['ada@partner.example', 'bo@partner.example', 'kim@partner.example']);
  });

  it('is whole also where the environment sends members behind a link', async () => {
    org.switches.collectionExpand = 'deferred';
    join('cy');

    await life.sync('--full');

    expect(emails()).toEqual([
      'ada@partner.example',
      'bo@partner.example',
      'cy@partner.example',
      'kim@partner.example',
    ]);
  });
});
