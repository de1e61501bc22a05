/** When an edit that is gone was lost, and when not: what a daemon that merges values cannot know is not asked of it. */
import { describe, expect, it } from 'vitest';
import { link, OPPORTUNITY, opportunity, REFERRAL, referral } from '../../support/builders.ts';
import { createClock, createTrace } from '../gate.ts';
import { scenarioOf } from '../scenario.ts';
import { createServer } from '../server.ts';
import { mappingOf } from '../world.ts';
import { checkEdits } from './edits.ts';

const TAG = { Referral_Identifier__c: REFERRAL };

/** A pair that agrees on 84000. */
function createPair() {
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
  const row = (amount: number | null, byUs: boolean) => {
    version += 1;
    return opportunity({ ...TAG, Amount: amount }, { modifiedByUs: byUs, version: `v${version}` });
  };
  const story = {
    server,
    crm(amount: number | null, byUs = false) {
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
    /** The daemon carries an amount to the referral. */
    carries(amount: string) {
      server.log(0, 'update-referral', REFERRAL, { amount }).effective = true;
      story.portal(amount, true);
    },
    losesState() {
      history.lostAt = history.tick();
    },
    async verdict() {
      await checkEdits({ server, state: { ledger: { attention: async () => [] } } as never });
      return server.violations;
    },
  };
  story.crm(84_000);
  story.portal('84000', true);
  story.agreed('84000');
  return story;
}

/** A seller who chose 30479, of which the daemon was told. */
function createStory() {
  const story = createPair();
  story.server.history.tell(story.crm(30_479));
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

describe('an edit back to what both sides agreed on', () => {
  it('is lost where the daemon had carried what it took back', async () => {
    const story = createPair();
    story.server.history.tell(story.crm(90_000));
    story.carries('90000');
    story.crm(84_000);
    story.crm(90_000, true);

    expect(await story.verdict()).toEqual([
      `G2 the edit of amount of ${OPPORTUNITY} to "84000" is lost: it ended as "90000"`,
    ]);
  });

  it('is none where what it took back was carried before they agreed, and by chance is what the other side chose since', async () => {
    const story = createPair();
    story.carries('90000');
    story.agreed('90000');
    story.crm(84_000);
    story.carries('84000');
    story.agreed('84000');
    story.portal('90000');
    story.server.history.tell(story.crm(90_000));
    story.crm(84_000);
    story.crm(90_000, true);

    expect(await story.verdict()).toEqual([]);
  });
});

describe('a field that somebody emptied', () => {
  it('was never filled to a daemon that has lost its state since', async () => {
    const story = createPair();
    story.crm(null);
    story.losesState();
    story.crm(84_000, true);

    expect(await story.verdict()).toEqual([]);
  });

  it('was never filled to a daemon that has lost its state and not agreed on anything yet', async () => {
    const story = createPair();
    story.losesState();
    story.crm(null);
    story.crm(84_000, true);

    expect(await story.verdict()).toEqual([]);
  });

  it.each([
    [
      'lost its state and has agreed anew',
      (story: ReturnType<typeof createPair>) => {
        story.losesState();
        story.agreed('84000');
      },
    ],
    ['never lost its state', () => {}],
  ] as const)('is lost where a daemon that %s fills it again', async (_which, before) => {
    const story = createPair();
    before(story);
    story.crm(null);
    story.crm(84_000, true);

    expect(await story.verdict()).toEqual([
      `G2 the edit of amount of ${OPPORTUNITY} to null is lost: it ended as "84000"`,
    ]);
  });

  it('is lost where a daemon without its state fills in what nobody holds', async () => {
    const story = createPair();
    story.crm(null);
    story.losesState();
    story.crm(99_000, true);

    expect(await story.verdict()).toEqual([
      `G2 the edit of amount of ${OPPORTUNITY} to null is lost: it ended as "99000"`,
    ]);
  });
});
