import { describe, expect, it } from 'vitest';
import type { Deal, HelpCode } from '../../../src/core/deal.ts';
import { keptByMicrosoft } from '../../../src/core/kept-by-microsoft.ts';
import type { Reconciliation } from '../../../src/core/reconciliation.ts';
import { link, OTHER_REFERRAL, referral, SELLER } from '../../support/builders.ts';

const MICROSOFT = {
  id: OTHER_REFERRAL,
  organizationId: 'msft',
  state: 'Received',
  createdAt: '2026-11-20T12:00:00Z',
};
const NOTHING = { notices: [], baselineChanges: {} };
const ASKED = 'ProofOfConceptOrDemo' as const;

function judge(
  deal: Deal,
  baseline: Reconciliation['baselineChanges'] = {},
  { invited = true, inbound = false, there = null as HelpCode | null } = {},
) {
  return keptByMicrosoft({
    link: link(null, { siblings: invited ? [MICROSOFT] : [] }),
    mapped: { deal },
    referral: referral({ help: there }, inbound ? { origin: 'inbound' } : {}),
    baseline,
  });
}

describe('what Microsoft keeps', () => {
  it('remembers silently what was asked for, beside what Partner Center says of it', () => {
    expect(judge({ help: ASKED }, {}, { there: 'GeneralOrOther' })).toEqual({
      notices: [],
      baselineChanges: { help: { opportunity: ASKED, referral: 'GeneralOrOther' } },
    });
    expect(judge({ help: ASKED })).toEqual({
      notices: [],
      baselineChanges: { help: { opportunity: ASKED, referral: null } },
    });
  });

  it.each([
    ['cleared', null],
    ['changed', 'GeneralOrOther'],
  ] as const)('tells once when help was %s after it was asked', (word, help) => {
    const first = judge({ help }, { help: { opportunity: ASKED, referral: ASKED } });
    const second = judge({ help }, first.baselineChanges);

    expect(first).toEqual({
      notices: [
        {
          field: 'help',
          code: 'one-way',
          text: `was ${word} in the CRM, but Microsoft has been asked for help already and nothing takes that back; tell Microsoft's seller, or close the deal in Partner Center`,
        },
      ],
      baselineChanges: { help: { opportunity: help, referral: null } },
    });
    expect(second).toEqual(NOTHING);
  });

  it('tells nothing of help where Microsoft was not invited, or brought the deal', () => {
    const before = { help: { opportunity: ASKED, referral: null } };

    expect(judge({ help: null }, before, { invited: false })).toEqual(NOTHING);
    expect(judge({ help: null }, before, { inbound: true })).toEqual(NOTHING);
  });

  it('tells once when consent is withdrawn after contacts were shared', () => {
    const contacts = { opportunity: [SELLER], referral: [SELLER] };
    const given = judge({ consentToShareContact: true }, { contacts });
    const withdrawn = judge({ consentToShareContact: false }, { contacts, ...given.baselineChanges });
    const later = judge({ consentToShareContact: false }, { contacts, ...withdrawn.baselineChanges });

    expect(given).toEqual({
      notices: [],
      baselineChanges: { consentToShareContact: { opportunity: true, referral: false } },
    });
    expect(withdrawn).toEqual({
      notices: [
        {
          field: 'consentToShareContact',
          code: 'one-way',
          text: 'was withdrawn in the CRM, but the contact details were shared and Microsoft keeps what it has; no later change of them is sent',
        },
      ],
      baselineChanges: { consentToShareContact: { opportunity: false, referral: false } },
    });
    expect(later).toEqual(NOTHING);
  });

  it('tells nothing while consent stands, or while the CRM does not show it', () => {
    const before = {
      contacts: { opportunity: [SELLER], referral: [SELLER] },
      consentToShareContact: { opportunity: true, referral: true },
    };

    expect(judge({ consentToShareContact: true }, before)).toEqual(NOTHING);
    expect(judge({}, before)).toEqual(NOTHING);
  });

  it('tells nothing of help that the CRM does not show', () => {
    expect(judge({}, { help: { opportunity: ASKED, referral: null } })).toEqual(NOTHING);
  });

  it('tells nothing of a consent under which nothing was shared', () => {
    const before = { consentToShareContact: { opportunity: true, referral: true } };

    for (const shared of [undefined, null, []] as const)
      expect(
        judge(
          { consentToShareContact: false },
          shared === undefined
            ? before
            : { ...before, contacts: { opportunity: [SELLER], referral: shared } },
        ),
      ).toEqual(NOTHING);
  });
});
