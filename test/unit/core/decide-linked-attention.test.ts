import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/plan.ts';
import {
  link,
  mapping,
  NOW,
  OPPORTUNITY,
  OTHER_OPPORTUNITY,
  REFERRAL,
  SELLER,
  timing,
} from '../../support/builders.ts';
import { agreed, decide } from '../../support/linked-case.ts';

const TOMORROW = '2026-11-21T12:00:00.000Z';

function finding(kind: Finding['kind'], code: string, fields: readonly string[], message: string): Finding {
  const key = [kind, code, OPPORTUNITY, ...fields].join(':');
  return { key, kind, code, opportunityId: OPPORTUNITY, referralId: REFERRAL, fields, message, values: [] };
}

describe('a referral that cannot be trusted', () => {
  it('is parked as a whole until tomorrow, with everything that is wrong with it', () => {
    const decision = decide({
      values: { Amount: 91_000 },
      referral: { malformed: ['status Active with substatus Won', 'no customer'] },
    });

    expect(decision).toEqual({
      actions: [],
      baseline: {},
      rules: {},
      findings: [
        finding(
          'parked',
          'malformed-referral',
          [],
          `Referral ${REFERRAL} cannot be relied on (status Active with substatus Won; no customer); look at it in Partner Center.`,
        ),
      ],
      lookAgainAt: TOMORROW,
    });
  });

  it.each([
    ['an id of another system', { kind: 'foreign', text: 'HUBSPOT-1' }, 'a CRM id of another system'],
    [
      'the id of another opportunity',
      { kind: 'opportunity', id: OTHER_OPPORTUNITY },
      `the id of opportunity ${OTHER_OPPORTUNITY}`,
    ],
  ] as const)('because it carries %s gets nothing, and is parked until tomorrow', (_what, tag, words) => {
    const decision = decide({ values: { Amount: 91_000 }, referral: { tag } });

    expect(decision).toEqual({
      actions: [],
      baseline: {},
      rules: {},
      findings: [
        finding(
          'parked',
          'tags-disagree',
          ['tag'],
          `Referral ${REFERRAL} is linked with opportunity ${OPPORTUNITY} but now carries ${words}; correct its CRM id in Partner Center. Nothing is carried meanwhile.`,
        ),
      ],
      lookAgainAt: TOMORROW,
    });
  });
});

it('restores the CRM id that a referral has lost, and carries on', () => {
  const decision = decide({ values: { Amount: 91_000 }, referral: { tag: { kind: 'none' } } });

  expect(decision.findings).toEqual([]);
  expect(decision.actions).toMatchObject([
    { type: 'update-referral', write: { tag: OPPORTUNITY, deal: { amount: '91000', currency: 'USD' } } },
  ]);
});

describe('a value that cannot be read', () => {
  it('of the CRM parks its field and is looked at again tomorrow', () => {
    const { findings, lookAgainAt } = decide({ values: { CloseDate: 'soon' } });

    expect(findings).toEqual([
      finding(
        'parked',
        'unreadable',
        ['closeDate'],
        `Opportunity ${OPPORTUNITY}: CloseDate holds "soon", which is not a date. The other fields go on.`,
      ),
    ]);
    expect(lookAgainAt).toBe(TOMORROW);
  });

  it('of Partner Center is only told, and nobody waits for it', () => {
    const { actions, findings, lookAgainAt } = decide({ referral: { unknown: { direction: 'Sideways' } } });

    expect(actions).toEqual([]);
    expect(findings).toEqual([
      finding(
        'notice',
        'unknown-value',
        ['direction'],
        `Referral ${REFERRAL} holds direction "Sideways", which this version does not know; it is left as it is.`,
      ),
    ]);
    expect(lookAgainAt).toBeNull();
  });
});

it('tells of an edit that Partner Center does not take any more, and whose it is', () => {
  expect(decide({ values: { Name: 'Renamed' } }).findings).toEqual([
    finding(
      'notice',
      'frozen',
      ['name'],
      `Opportunity ${OPPORTUNITY} / referral ${REFERRAL}: name was changed in the CRM, but Partner Center takes it only when a deal is created; change it there by hand where the page allows it.`,
    ),
  ]);
});

describe('a deal that is won too early to be registered', () => {
  const registration = { wanted: 'Register_Deal__c', status: null, values: {}, eligibleSolutions: [] };
  const won = {
    values: { StageName: 'Closed Won', Register_Deal__c: true },
    referral: { createdAt: '2026-11-18T12:00:00Z' },
  };

  it('is not won yet, and a person is told when it will be', () => {
    const decision = decide({ ...won, input: { mapping: mapping({ registration }) } });

    expect(decision).toMatchObject({ actions: [], lookAgainAt: TOMORROW });
    expect(decision.findings).toEqual([
      finding(
        'notice',
        'win-too-early',
        [],
        `Opportunity ${OPPORTUNITY} is to be registered, and Microsoft may refuse what was won less than 72 hours after it was created: it is marked as won after 2026-11-21 12:00 UTC.`,
      ),
    ]);
  });

  it('needs no word where the close only waits for the stage to hold', () => {
    const decision = decide({
      values: { StageName: 'Closed Won' },
      record: { stageChangedAt: NOW },
      input: { timing: timing({ settleSeconds: 0, closeHoldMinutes: 15 }) },
    });

    expect(decision).toMatchObject({ actions: [], findings: [], lookAgainAt: '2026-11-20T12:15:00.000Z' });
  });

  it('is looked at again when the hold ends, however long a parked field could wait', () => {
    const decision = decide({
      values: { StageName: 'Closed Won', CloseDate: 'soon' },
      record: { stageChangedAt: NOW },
      input: { timing: timing({ settleSeconds: 0, closeHoldMinutes: 15 }) },
    });

    expect(decision.lookAgainAt).toBe('2026-11-20T12:15:00.000Z');
  });
});

describe('help that was asked for before the pair was adopted', () => {
  const contact = {
    firstName: 'Mia',
    lastName: 'Kunde',
    email: 'mia@fabrikam.example',
    phone: '+4920112345',
  };
  const values = {
    How_can_Microsoft_help__c: 'General or Other',
    Visible_to_Microsoft__c: true,
    Customer_Consent__c: true,
  };
  const record = { people: { owner: [SELLER], contactRoles: [contact] } };
  const adopted = link(agreed, { written: { differedAtAdoption: 'help' } });

  it('invites nobody until a person says so', () => {
    const { actions, findings } = decide({
      values,
      record,
      input: { link: adopted },
    });

    expect(actions.map(({ type }) => type)).toEqual(['update-referral']);
    expect(findings).toEqual([
      {
        ...finding(
          'conflict',
          'differs-at-adoption',
          ['help'],
          'help was asked for in the CRM before the pair was adopted, but Microsoft has no part in the deal: clear it in the CRM, or invite Microsoft with `cosell-sync attention resolve --take crm`.',
        ),
        values: [
          {
            field: 'help',
            baseline: undefined,
            opportunity: 'GeneralOrOther',
            referral: null,
            applied: null,
          },
        ],
      },
    ]);
  });

  it('invites Microsoft once a person took the CRM’s word', () => {
    const { actions, findings } = decide({
      values,
      record,
      input: { link: adopted, decisions: { help: 'crm' } },
    });

    expect(actions.map(({ type }) => type)).toEqual(['update-referral', 'invite-microsoft']);
    expect(findings).toEqual([]);
  });

  it('says what is missing for it first, as for any other deal', () => {
    const { findings } = decide({
      values,
      record: { people: { owner: [SELLER], contactRoles: [] } },
      input: { link: adopted },
    });

    expect(findings.map(({ code }) => code)).toEqual(['invite-missing-parts']);
  });
});

describe('a group that waits for a person without a baseline', () => {
  const { amount: _amount, currency: _currency, ...baseline } = link(agreed).baseline;
  const base = mapping();
  const crmWins = {
    ...base,
    fields: base.fields.map((rule) =>
      rule.field === 'amount' ? { ...rule, conflict: 'crm' as const } : rule,
    ),
  };
  const codes = (written: Record<string, string>) => {
    const { actions, findings } = decide({
      values: { Amount: 91_000 },
      input: { link: link(agreed, { baseline, written }), mapping: crmWins },
    });
    return [actions.length, findings.map(({ code }) => code)];
  };

  it.each([
    ['since the pair was adopted', { differedAtAdoption: 'amount' }, 'differs-at-adoption'],
    ['since an update was cut off', { unclearSinceUpdate: 'amount' }, 'unclear-update'],
  ])('%s is overwritten by nobody, whoever wins later', (_since, written, code) => {
    expect(codes(written)).toEqual([0, [code]]);
  });

  it('is decided by the mapping where nothing says that it waits', () => {
    expect(codes({})).toEqual([1, ['overruled']]);
  });
});
