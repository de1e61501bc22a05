/** Whole answers of pairing: what each question says, about which records, and which choices are none. */
import { describe, expect, it } from 'vitest';
import {
  type Pairing,
  pairOpportunity,
  pairReferral,
  type UnlinkedOpportunity,
  type UnlinkedReferral,
} from '../../../src/core/pairing.ts';
import {
  link,
  OPPORTUNITY,
  OTHER_OPPORTUNITY,
  OTHER_REFERRAL,
  opportunity,
  REFERRAL,
  referral,
} from '../../support/builders.ts';

const PATH = 'Referral_Identifier__c';
const untagged = { tag: { kind: 'none' } } as const;
const names = (text: string) => opportunity({ [PATH]: text });
const fromOpportunity = (rest: Partial<UnlinkedOpportunity>): Pairing =>
  pairOpportunity({
    opportunity: opportunity(),
    referralIdPath: PATH,
    tagged: [],
    named: undefined,
    linkedReferrals: new Map(),
    ...rest,
  });
const fromReferral = (rest: Partial<UnlinkedReferral>) =>
  pairReferral({
    referral: referral(),
    named: undefined,
    carrying: [],
    linkedOpportunities: new Map(),
    ...rest,
  });
const question = (
  code: string,
  about: string,
  ids: readonly [string | null, string | null],
  message: string,
) => ({
  kind: 'doubtful',
  finding: {
    key: `parked:${code}:${about}`,
    kind: 'parked',
    code,
    opportunityId: ids[0],
    referralId: ids[1],
    fields: ['tag'],
    message,
    values: [],
  },
});

describe('a question about an opportunity', () => {
  it.each<readonly [string, Partial<UnlinkedOpportunity>, string | null, string]>([
    [
      'referral-id-unreadable',
      { opportunity: names('see notes') },
      null,
      `Opportunity ${OPPORTUNITY}: ${PATH} holds a text that is not a referral id; clear it to share the opportunity anew.`,
    ],
    [
      'referral-not-visible',
      { opportunity: names(REFERRAL), named: null },
      REFERRAL,
      `Opportunity ${OPPORTUNITY} names referral ${REFERRAL}, which Partner Center does not show us; correct or clear ${PATH}. Nothing is created over it.`,
    ],
    [
      'referral-not-visible',
      { named: null },
      null,
      `Opportunity ${OPPORTUNITY} names referral ?, which Partner Center does not show us; correct or clear ${PATH}. Nothing is created over it.`,
    ],
    [
      'referral-linked-elsewhere',
      {
        opportunity: names(REFERRAL),
        named: referral(),
        linkedReferrals: new Map([[REFERRAL, link(null, { opportunityId: OTHER_OPPORTUNITY })]]),
      },
      REFERRAL,
      `Opportunity ${OPPORTUNITY} names referral ${REFERRAL}, which belongs to opportunity ${OTHER_OPPORTUNITY}; it looks like a copy. Clear ${PATH} on the copy.`,
    ],
    [
      'referral-not-ours',
      { opportunity: names(REFERRAL), named: referral({}, { ...untagged, isMicrosofts: true }) },
      REFERRAL,
      `Opportunity ${OPPORTUNITY} names referral ${REFERRAL}, which is Microsoft's record of the deal; put our own referral's id there.`,
    ],
    [
      'tags-disagree',
      {
        opportunity: names(REFERRAL),
        named: referral({}, { tag: { kind: 'opportunity', id: OTHER_OPPORTUNITY } }),
      },
      REFERRAL,
      `Opportunity ${OPPORTUNITY} names referral ${REFERRAL}, but that referral carries the id of opportunity ${OTHER_OPPORTUNITY}; correct one of them.`,
    ],
    [
      'foreign-tag',
      { opportunity: names(REFERRAL), named: referral({}, { tag: { kind: 'foreign', text: 'PO 4711' } }) },
      REFERRAL,
      `Opportunity ${OPPORTUNITY} names referral ${REFERRAL}, which carries a CRM id of another system; it is left alone.`,
    ],
    [
      'duplicate-opportunities',
      { opportunity: names(REFERRAL), named: referral({}, untagged), rivals: [OTHER_OPPORTUNITY] },
      REFERRAL,
      `Referral ${REFERRAL} is named by 2 opportunities (${[OPPORTUNITY, OTHER_OPPORTUNITY].sort().join(', ')}) and carries the id of none; clear ${PATH} on the wrong ones.`,
    ],
    [
      'duplicate-referrals',
      { tagged: [referral(), referral({}, { id: OTHER_REFERRAL })] },
      REFERRAL,
      `Opportunity ${OPPORTUNITY} has 2 referrals that carry its id (${REFERRAL}, ${OTHER_REFERRAL}); close the wrong ones as errors in Partner Center.`,
    ],
    [
      'duplicate-referrals',
      { tagged: [referral({ state: 'Won' }), referral({ state: 'Lost' }, { id: OTHER_REFERRAL })] },
      null,
      `Opportunity ${OPPORTUNITY} has 2 referrals that carry its id (${REFERRAL}, ${OTHER_REFERRAL}); close the wrong ones as errors in Partner Center.`,
    ],
  ])('%s names the records and the remedy', (code, rest, referralId, message) => {
    expect(fromOpportunity(rest)).toEqual(question(code, OPPORTUNITY, [OPPORTUNITY, referralId], message));
  });
});

describe('a question about several', () => {
  it('is asked where an opportunity names one referral and another carries its id', () => {
    const other = referral({}, { id: OTHER_REFERRAL });
    const given = { opportunity: names(REFERRAL), named: referral(), tagged: [referral(), other] };

    expect(fromOpportunity(given)).toEqual(
      question(
        'duplicate-referrals',
        OPPORTUNITY,
        [OPPORTUNITY, REFERRAL],
        `Opportunity ${OPPORTUNITY} has 2 referrals that carry its id (${REFERRAL}, ${OTHER_REFERRAL}); close the wrong ones as errors in Partner Center.`,
      ),
    );
  });

  it('lists them in one order, whichever is asked about', () => {
    const asked = (id: typeof OPPORTUNITY, rival: typeof OPPORTUNITY) => {
      const pairing = fromOpportunity({
        opportunity: opportunity({ [PATH]: REFERRAL }, { id }),
        named: referral({}, untagged),
        rivals: [rival],
      });
      return pairing.kind === 'doubtful' ? pairing.finding.message : null;
    };

    expect(asked(OPPORTUNITY, OTHER_OPPORTUNITY)).toBe(asked(OTHER_OPPORTUNITY, OPPORTUNITY));
  });
});

describe('an opportunity is paired', () => {
  const paired = (referralId: string) => ({ kind: 'link', referral: { id: referralId } });

  it('though its id column is blank', () => {
    expect(fromOpportunity({ opportunity: names('  '), tagged: [referral()] })).toMatchObject(
      paired(REFERRAL),
    );
  });

  it('with the referral it names that carries its own id, whoever else names it', () => {
    const given = { opportunity: names(REFERRAL), named: referral(), rivals: [OTHER_OPPORTUNITY] };

    expect(fromOpportunity(given)).toMatchObject(paired(REFERRAL));
  });

  it('with one that names nobody and is named by nobody else', () => {
    const given = { opportunity: names(REFERRAL), named: referral({}, untagged), rivals: [] };

    expect(fromOpportunity(given)).toMatchObject(paired(REFERRAL));
  });

  it('with the one it names when that is found by its tag as well', () => {
    const given = { opportunity: names(REFERRAL), named: referral(), tagged: [referral()] };

    expect(fromOpportunity(given)).toMatchObject(paired(REFERRAL));
  });

  it('with a closed deal that is the only one', () => {
    expect(fromOpportunity({ tagged: [referral({ state: 'Won' })] })).toMatchObject(paired(REFERRAL));
  });

  it.each([null, undefined])('with the open one of two, also where its state is %s', (state) => {
    const { state: _state, ...deal } = referral().deal;
    const open = {
      ...referral({}, { id: OTHER_REFERRAL }),
      deal: state === null ? { ...deal, state } : deal,
    };

    expect(fromOpportunity({ tagged: [referral({ state: 'Won' }), open] })).toMatchObject(
      paired(OTHER_REFERRAL),
    );
  });

  it('not with Microsoft’s record, nor with a referral that another opportunity holds', () => {
    const microsofts = referral({}, { isMicrosofts: true });

    expect(fromOpportunity({ tagged: [microsofts] })).toEqual({ kind: 'alone' });
    expect(fromOpportunity({ tagged: [referral()], linkedReferrals: new Map([[REFERRAL, link()]]) })).toEqual(
      {
        kind: 'alone',
      },
    );
  });
});

describe('a question about a referral', () => {
  it.each<readonly [string, Partial<UnlinkedReferral>, string | null, string]>([
    [
      'duplicate-referrals',
      {
        named: opportunity(),
        linkedOpportunities: new Map([[OPPORTUNITY, link(null, { referralId: OTHER_REFERRAL })]]),
      },
      OPPORTUNITY,
      `Referral ${REFERRAL} carries the id of opportunity ${OPPORTUNITY}, which already belongs to referral ${OTHER_REFERRAL}; close the wrong one as an error in Partner Center.`,
    ],
    [
      'tag-unknown',
      {},
      OPPORTUNITY,
      `Referral ${REFERRAL} carries the id of opportunity ${OPPORTUNITY}, which the CRM does not show us; another system may own it, so it is left alone.`,
    ],
    [
      'tag-unknown',
      { named: null },
      OPPORTUNITY,
      `Referral ${REFERRAL} carries the id of opportunity ${OPPORTUNITY}, which the CRM does not show us; another system may own it, so it is left alone.`,
    ],
    [
      'duplicate-opportunities',
      {
        referral: referral({}, untagged),
        carrying: [opportunity(), opportunity({}, { id: OTHER_OPPORTUNITY })],
      },
      null,
      `Referral ${REFERRAL} is named by 2 opportunities (${OPPORTUNITY}, ${OTHER_OPPORTUNITY}); clear it on the wrong ones.`,
    ],
  ])('%s names the records and the remedy', (code, rest, opportunityId, message) => {
    expect(fromReferral(rest)).toEqual(question(code, REFERRAL, [opportunityId, REFERRAL], message));
  });
});

describe('a referral', () => {
  it.each([
    ['yes', true],
    ['unclear', false],
  ] as const)('whose tag is another CRM’s (%s) is left to it', (isElsewhere, isSure) => {
    expect(fromReferral({ named: opportunity(), isElsewhere })).toEqual({ kind: 'elsewhere', isSure });
  });

  it('that nobody names stands alone', () => {
    expect(fromReferral({ referral: referral({}, untagged) })).toEqual({ kind: 'alone' });
  });

  it('with another system’s tag stands alone though an opportunity names it', () => {
    const foreign = referral({}, { tag: { kind: 'foreign', text: 'PO 4711' } });

    expect(fromReferral({ referral: foreign, carrying: [opportunity()] })).toEqual({ kind: 'alone' });
  });

  it('is not paired through an opportunity that was deleted, nor through one that is linked', () => {
    const given = { referral: referral({}, untagged) };
    const deleted = opportunity({}, { deleted: true, id: OTHER_OPPORTUNITY });

    expect(fromReferral({ ...given, carrying: [deleted] })).toEqual({ kind: 'alone' });
    expect(
      fromReferral({
        ...given,
        carrying: [opportunity()],
        linkedOpportunities: new Map([[OPPORTUNITY, link()]]),
      }),
    ).toEqual({ kind: 'alone' });
    expect(fromReferral({ ...given, carrying: [deleted, opportunity()] })).toEqual({
      kind: 'opportunity',
      id: OPPORTUNITY,
    });
  });
});
