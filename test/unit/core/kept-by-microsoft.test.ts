import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import { keptByMicrosoft } from '../../../src/core/kept-by-microsoft.ts';
import type { Reconciliation } from '../../../src/core/reconciliation.ts';
import { link, OTHER_REFERRAL, referral, SELLER } from '../../support/builders.ts';

const MICROSOFT = {
  id: OTHER_REFERRAL,
  organizationId: 'msft',
  state: 'Received',
  createdAt: '2026-11-20T12:00:00Z',
};
const ASKED = 'ProofOfConceptOrDemo' as const;

function judge(
  deal: Deal,
  baseline: Reconciliation['baselineChanges'] = {},
  { invited = true, inbound = false } = {},
) {
  return keptByMicrosoft({
    link: link(null, { siblings: invited ? [MICROSOFT] : [] }),
    mapped: { deal },
    referral: referral({}, inbound ? { origin: 'inbound' } : {}),
    baseline,
  });
}

describe('what Microsoft keeps', () => {
  it('remembers silently what was asked for', () => {
    const { notices, baselineChanges } = judge({ help: ASKED });

    expect(notices).toEqual([]);
    expect(baselineChanges.help?.opportunity).toBe(ASKED);
  });

  it.each([
    ['cleared', null],
    ['changed', 'GeneralOrOther'],
  ] as const)('tells once when help was %s after it was asked', (word, help) => {
    const first = judge({ help }, { help: { opportunity: ASKED, referral: ASKED } });
    const second = judge({ help }, first.baselineChanges);

    expect(first.notices).toMatchObject([{ field: 'help', text: expect.stringContaining(word) }]);
    expect(second.notices).toEqual([]);
  });

  it('tells nothing of help where Microsoft was not invited, or brought the deal', () => {
    const before = { help: { opportunity: ASKED, referral: null } };

    expect(judge({ help: null }, before, { invited: false }).notices).toEqual([]);
    expect(judge({ help: null }, before, { inbound: true }).notices).toEqual([]);
  });

  it('tells once when consent is withdrawn after contacts were shared', () => {
    const contacts = { opportunity: [SELLER], referral: [SELLER] };
    const given = judge({ consentToShareContact: true }, { contacts });
    const withdrawn = judge({ consentToShareContact: false }, { contacts, ...given.baselineChanges });
    const later = judge({ consentToShareContact: false }, { contacts, ...withdrawn.baselineChanges });

    expect(given.notices).toEqual([]);
    expect(withdrawn.notices).toMatchObject([{ field: 'consentToShareContact' }]);
    expect(later).toEqual({ notices: [], baselineChanges: {} });
  });

  it('tells nothing of a consent under which nothing was shared', () => {
    const before = { consentToShareContact: { opportunity: true, referral: true } };

    expect(judge({ consentToShareContact: false }, before).notices).toEqual([]);
  });
});
