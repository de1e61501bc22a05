import { describe, expect, it } from 'vitest';
import {
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
const fromOpportunity = (rest: Partial<UnlinkedOpportunity>) =>
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
const untagged = { tag: { kind: 'none' } } as const;
const codeOf = (pairing: ReturnType<typeof fromOpportunity> | ReturnType<typeof fromReferral>): string =>
  pairing.kind === 'doubtful' ? pairing.finding.code : pairing.kind;

describe('an opportunity', () => {
  it('without any sign of a referral stands alone', () => {
    expect(fromOpportunity({}).kind).toBe('alone');
  });

  it('is paired with the one referral that carries its id', () => {
    expect(fromOpportunity({ tagged: [referral()] })).toMatchObject({
      kind: 'link',
      referral: { id: REFERRAL },
    });
  });

  it('is paired with an untagged referral that it names', () => {
    expect(
      fromOpportunity({
        opportunity: opportunity({ [PATH]: REFERRAL.toUpperCase() }),
        named: referral({}, untagged),
      }),
    ).toMatchObject({ kind: 'link' });
  });

  it('with two open referrals that carry its id is a question', () => {
    expect(codeOf(fromOpportunity({ tagged: [referral(), referral({}, { id: OTHER_REFERRAL })] }))).toBe(
      'duplicate-referrals',
    );
  });

  it('with two of which one ended is paired with the open one', () => {
    const pairing = fromOpportunity({
      tagged: [referral({ state: 'Declined' }), referral({}, { id: OTHER_REFERRAL })],
    });

    expect(pairing).toMatchObject({ kind: 'link', referral: { id: OTHER_REFERRAL } });
  });

  it.each([
    ['that nobody shows us', { named: null }, 'referral-not-visible'],
    [
      'that belongs to another opportunity, as on a copy',
      { named: referral(), linkedReferrals: new Map([[REFERRAL, link()]]) },
      'referral-linked-elsewhere',
    ],
    [
      'that carries another opportunity’s id',
      { named: referral({}, { tag: { kind: 'opportunity', id: OTHER_OPPORTUNITY } }) },
      'tags-disagree',
    ],
    [
      'that carries another system’s id',
      { named: referral({}, { tag: { kind: 'foreign', text: 'PO 4711' } }) },
      'foreign-tag',
    ],
    [
      'that is Microsoft’s',
      { named: referral({}, { ...untagged, isMicrosofts: true }) },
      'referral-not-ours',
    ],
  ] as const)('naming a referral %s is a question, and nothing is created over it', (_name, rest, code) => {
    expect(codeOf(fromOpportunity({ opportunity: opportunity({ [PATH]: REFERRAL }), ...rest }))).toBe(code);
  });

  it('whose id column holds other text is a question', () => {
    expect(codeOf(fromOpportunity({ opportunity: opportunity({ [PATH]: 'see notes' }) }))).toBe(
      'referral-id-unreadable',
    );
  });
});

describe('a referral', () => {
  it('is paired through the opportunity that its tag names', () => {
    expect(fromReferral({ named: opportunity() })).toEqual({ kind: 'opportunity', id: OPPORTUNITY });
  });

  it('whose opportunity cannot be seen is left alone with a question: another system may own it', () => {
    expect(codeOf(fromReferral({ named: null }))).toBe('tag-unknown');
  });

  it('whose opportunity was deleted is not brought back', () => {
    expect(codeOf(fromReferral({ named: opportunity({}, { deleted: true }) }))).toBe('tag-unknown');
  });

  it('that is the second with its tag is a question; the link stays', () => {
    expect(
      codeOf(
        fromReferral({
          referral: referral({}, { id: OTHER_REFERRAL }),
          named: opportunity(),
          linkedOpportunities: new Map([[OPPORTUNITY, link()]]),
        }),
      ),
    ).toBe('duplicate-referrals');
  });

  it('without a tag is paired through the one opportunity that names it', () => {
    expect(
      fromReferral({ referral: referral({}, untagged), carrying: [opportunity({ [PATH]: REFERRAL })] }),
    ).toEqual({ kind: 'opportunity', id: OPPORTUNITY });
  });

  it('named by two opportunities is a question', () => {
    const carrying = [opportunity(), opportunity({}, { id: OTHER_OPPORTUNITY })];

    expect(codeOf(fromReferral({ referral: referral({}, untagged), carrying }))).toBe(
      'duplicate-opportunities',
    );
  });

  it('with another system’s tag stands alone', () => {
    expect(fromReferral({ referral: referral({}, { tag: { kind: 'foreign', text: 'PO 4711' } }) }).kind).toBe(
      'alone',
    );
  });
});
