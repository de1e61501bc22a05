import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataverseOrg } from '../../../src/sandbox/dataverse/index.ts';
import { type DealLife, openLife } from './deal-life.ts';

const STAGES = ['Qualify', 'Develop', 'Propose', 'Close'] as const;
const PROCESS = 'opportunitysalesprocess.activestageid';

describe('stages told by the bar on the form of Dynamics 365', { timeout: 60_000 }, () => {
  let life: DealLife;
  let org: DataverseOrg;
  let id: string;
  const stageIds = new Map<string, string>();

  /** Moves the bar, as a seller does. */
  function moveTo(stage: (typeof STAGES)[number]): void {
    const activestageid = { table: 'processstage', id: stageIds.get(stage) ?? '' };
    const [process] = org.list('opportunitysalesprocess');
    const admin = org.as(org.adminUserId);
    if (process === undefined)
      admin.create('opportunitysalesprocess', {
        opportunityid: { table: 'opportunity', id },
        activestageid,
      });
    else
      admin.update('opportunitysalesprocess', String(process.businessprocessflowinstanceid), {
        activestageid,
      });
  }

  beforeAll(async () => {
    life = await openLife({
      crm: 'dynamics',
      mapping: (file) => {
        file.set('stages', [
          { crm: { statuscode: 'On Hold' }, deal: 'Received' },
          ...STAGES.map((stage) => ({
            crm: { statecode: 'Open', [PROCESS]: stage },
            deal: 'Accepted',
            salesStage: stage,
          })),
          { crm: { statecode: 'Won' }, deal: 'Won' },
          { crm: { statecode: 'Lost', statuscode: 'Out-Sold' }, deal: 'Lost', reason: 'new_lossreason' },
        ]);
      },
    });
    if (life.place.sandbox.dynamics === null) throw new TypeError('The sandbox has no Dynamics 365.');
    org = life.place.sandbox.dynamics;
    for (const stage of STAGES) stageIds.set(stage, org.load('processstage', { stagename: stage }));
    id = life.share();
    moveTo('Qualify');
    await life.sync();
  });
  afterAll(() => life.place.close());

  it('share a deal with the sales stage that the bar shows', () => {
    expect(life.referral(id)).toMatchObject({ status: 'Active', salesStage: '20' });
  });

  it('follow when only the bar is moved', async () => {
    life.forget();
    moveTo('Propose');

    await life.sync();

    expect(life.patches(id)).toEqual([[{ op: 'replace', path: '/salesStage', value: '60' }]]);
  });

  it('are not moved from here: what Microsoft’s page says is told', async () => {
    life.place.sandbox.partnerCenter.edit(life.referralId(id), { salesStage: '80' });

    const { code } = await life.sync();

    expect(code).toBe(3);
    expect(await life.said(id)).toContain(
      'opportunitysalesprocess.activestageid was not written: it would have to be "Close", and a business process is moved by hand',
    );
    moveTo('Close');
    expect((await life.sync()).outcome).toBe('clean');
    expect(await life.said(id)).toBe('');
  });

  it('are won by the action all the same', async () => {
    org.as(org.adminUserId).close(id, 'won');

    await life.sync();

    expect(life.referral(id)).toMatchObject({ substatus: 'Won' });
  });
});
