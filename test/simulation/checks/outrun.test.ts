/** When an edit that is gone was outrun by the other side's, and when it was lost. */
import { describe, expect, it } from 'vitest';
import { link, OPPORTUNITY, opportunity, REFERRAL, referral } from '../../support/builders.ts';
import { createClock, createTrace } from '../gate.ts';
import { scenarioOf } from '../scenario.ts';
import { createServer } from '../server.ts';
import { mappingOf } from '../world.ts';
import { checkEdits } from './edits.ts';

const TAG = { Referral_Identifier__c: REFERRAL };

/** A seller who chose 30479, of which the daemon was told. */
function createStory() {
  const { circumstances } = scenarioOf('1');
  const server = createServer({
    seed: '1',
    circumstances: { ...circumstances, trigger: 'none' },
    mapping: mappingOf('ask'),
    clock: createClock('2026-11-20T12:00:00.000Z'),
    trace: createTrace(false),
  });
  const { history } = server;
  let version = 0;
  const row = (amount: number, byUs: boolean) => {
    version += 1;
    return opportunity({ ...TAG, Amount: amount }, { modifiedByUs: byUs, version: `v${version}` });
  };
  const story = {
    server,
    crm(amount: number, byUs = false) {
      const record = row(amount, byUs);
      history.savedOpportunity(record);
      return record;
    },
    portal(amount: string, byUs = false) {
      const record = referral({ amount });
      history.savedReferral(record, byUs);
      return record;
    },
    agreed(amount: string) {
      const deal = { amount };
      history.links.push({
        sequence: history.tick(),
        link: link({ opportunity: deal, referral: deal }, { opportunityId: OPPORTUNITY }),
      });
    },
    /** A person at Partner Center chooses the same. */
    portalChoosesToo: () => history.tell(story.portal('30479')),
    async verdict() {
      await checkEdits({ server, state: { ledger: { attention: async () => [] } } as never });
      return server.violations;
    },
  };
  story.crm(84_000);
  story.portal('84000', true);
  story.agreed('84000');
  history.tell(story.crm(30_479));
  return story;
}

describe('an edit that both sides were seen to hold', () => {
  it('is outrun by a change of the other side of which the daemon had not been told', async () => {
    const story = createStory();
    story.crm(58_000);
    story.portalChoosesToo();
    story.agreed('30479');
    story.portal('58000', true);

    expect(await story.verdict()).toEqual([]);
  });

  it('stays outrun whatever the other side is changed to later', async () => {
    const story = createStory();
    story.crm(58_000);
    story.portalChoosesToo();
    story.agreed('30479');
    story.portal('58000', true);
    story.agreed('58000');
    story.crm(54_000);
    story.portal('54000', true);

    expect(await story.verdict()).toEqual([]);
  });

  it('is outrun by the last of several changes', async () => {
    const story = createStory();
    story.crm(58_000);
    story.portalChoosesToo();
    story.agreed('30479');
    story.crm(54_000);
    story.portal('54000', true);

    expect(await story.verdict()).toEqual([]);
  });

  it('is lost where the daemon had been told of the change', async () => {
    const story = createStory();
    story.server.history.tell(story.crm(58_000));
    story.portalChoosesToo();
    story.agreed('30479');
    story.portal('58000', true);

    expect(await story.verdict()).toEqual([
      `G2 the edit of amount of ${REFERRAL} to "30479" is lost: it ended as "58000"`,
    ]);
  });

  it('is lost where something else took its place, whatever it ends as', async () => {
    const story = createStory();
    story.crm(58_000);
    story.portalChoosesToo();
    story.agreed('30479');
    story.portal('84000', true);
    story.portal('58000', true);

    expect(await story.verdict()).toEqual([
      `G2 the edit of amount of ${REFERRAL} to "30479" is lost: it ended as "58000"`,
    ]);
  });
});
