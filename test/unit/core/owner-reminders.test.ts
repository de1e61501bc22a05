import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Person } from '../../../src/core/deal.ts';
import { remindersOf, type UnansweredDeal } from '../../../src/core/owner-reminders.ts';
import {
  OPPORTUNITY,
  OTHER_REFERRAL,
  opportunity,
  REFERRAL,
  referral,
  referralId,
} from '../../support/builders.ts';

const DAY_MS = 86_400_000;
const EXPIRES = '2026-11-15T10:00:00.000Z';
const daysBefore = (days: number): string => new Date(Date.parse(EXPIRES) - days * DAY_MS).toISOString();
const KIM: Person = {
  firstName: 'Kim',
  lastName: 'Seller',
  email: 'Kim@Partner.example',
  phone: '+12065550100',
};

function deal(
  name = 'Fabrikam',
  owner: Person | null = KIM,
  expiresAt = EXPIRES,
  id = REFERRAL,
): UnansweredDeal {
  return {
    referral: referral({ state: 'Received', salesStage: null, name }, { id, origin: 'inbound', expiresAt }),
    opportunity: { ...opportunity(), people: owner === null ? {} : { owner: [owner] } },
  };
}
const at = (now: string, sent: readonly string[] = [], isQuiet = false, deals = [deal()]) =>
  remindersOf(deals, { now, sent: new Set(sent), isQuiet });

describe('reminders to the owner', () => {
  it('go to the address of the owner, who alone is named there', () => {
    const [mail] = at(daysBefore(2)).mails;

    expect(mail?.to).toBe('kim@partner.example');
    expect(JSON.stringify(mail?.message)).not.toMatch(/Kim|Seller|@|\+1/);
  });

  it('say in one mail about one deal what it is, until when, and what to do', () => {
    expect(at(daysBefore(2))).toEqual({
      mails: [
        {
          to: 'kim@partner.example',
          marks: [`${REFERRAL} 3 ${EXPIRES}`],
          message: {
            id: `reminder-${REFERRAL}-3`,
            subject: 'A co-sell deal of yours expires within 2 days: "Fabrikam"',
            text: [
              'This deal waits for your answer:',
              `- "Fabrikam" (opportunity ${OPPORTUNITY}): answer before 2026-11-15 10:00 UTC`,
              '',
              'Move the opportunity on in the CRM to accept the deal, or to the declined stage with a reason. A deal that nobody answers expires; quick answers bring more deals.',
              '',
            ].join('\n'),
          },
        },
      ],
      kept: [],
      unreachable: [],
    });
  });

  it('say in one mail about several deals which expires first', () => {
    const later = deal('Northwind', KIM, '2026-11-16T08:30:00.000Z', OTHER_REFERRAL);
    const alike = deal('', KIM, EXPIRES, referralId('11111111-0000-4000-8000-000000000003'));
    const [mail, ...others] = at(daysBefore(0.5), [], false, [later, deal(), alike]).mails;

    expect(others).toEqual([]);
    expect(mail).toEqual({
      to: 'kim@partner.example',
      marks: [
        `${REFERRAL} 1 ${EXPIRES}`,
        `${alike.referral.id} 1 ${EXPIRES}`,
        `${OTHER_REFERRAL} 3 2026-11-16T08:30:00.000Z`,
      ],
      message: {
        id: `reminder-${REFERRAL}-1`,
        subject: '3 co-sell deals of yours wait for an answer, the first expires within a day',
        text: [
          'These deals wait for your answer:',
          `- "Fabrikam" (opportunity ${OPPORTUNITY}): answer before 2026-11-15 10:00 UTC`,
          `- referral ${alike.referral.id} (opportunity ${OPPORTUNITY}): answer before 2026-11-15 10:00 UTC`,
          `- "Northwind" (opportunity ${OPPORTUNITY}): answer before 2026-11-16 08:30 UTC`,
          '',
          'Move the opportunity on in the CRM to accept the deal, or to the declined stage with a reason. A deal that nobody answers expires; quick answers bring more deals.',
          '',
        ].join('\n'),
      },
    });
  });

  it.each([
    ['before the first step', 7.001, []],
    ['at the first step', 7, [7]],
    ['at the last step', 1, [1]],
    ['at the last moment', 0.00001, [1]],
    ['when it has expired', 0, []],
  ])('%s: %f days before, the steps %j', (_when, days, expected) => {
    const marks = at(daysBefore(days)).mails.flatMap((mail) => mail.marks);

    expect(marks).toEqual(expected.map((step) => `${REFERRAL} ${step} ${EXPIRES}`));
  });

  it('remember what was sent until its deadline has passed', () => {
    const sent = [`${REFERRAL} 7 ${EXPIRES}`, `${OTHER_REFERRAL} 1 2026-11-20T10:00:00.000Z`, '', 'no mark'];

    expect(at(daysBefore(0.1), sent).kept).toEqual(sent.slice(0, 2));
    expect(at(EXPIRES, sent).kept).toEqual(sent.slice(1, 2));
  });

  it('call a deal without a name by its id', () => {
    const subjects = ['', null, undefined].map((name) => {
      const nameless = deal();
      const { name: _known, ...rest } = nameless.referral.deal;
      const given = name === undefined ? rest : { ...rest, name };
      const [mail] = at(daysBefore(2), [], false, [
        { ...nameless, referral: { ...nameless.referral, deal: given } },
      ]).mails;
      return mail?.message.subject;
    });

    expect(subjects).toEqual(
      Array(3).fill(`A co-sell deal of yours expires within 2 days: referral ${REFERRAL}`),
    );
  });

  it('go to the first owner who has an address', () => {
    const owners = [
      { ...KIM, email: null },
      { ...KIM, email: 'lee@partner.example' },
      { ...KIM, email: 'max@partner.example' },
    ];
    const several = { ...deal(), opportunity: opportunity({}, { people: { owner: owners } }) };

    expect(at(daysBefore(2), [], false, [several]).mails.map(({ to }) => to)).toEqual([
      'lee@partner.example',
    ]);
  });

  it('hide contact details that somebody put into the name of a deal', () => {
    const text = JSON.stringify(
      at(daysBefore(2), [], false, [deal('Call pat@fabrikam.example')]).mails[0]?.message,
    );

    expect(text).not.toContain('pat@fabrikam.example');
  });

  it('come once for each step, and again when the deadline is moved', () => {
    const days = [9, 6.5, 5, 2.9, 2, 0.9, 0.1, -1];
    let sent: readonly string[] = [];
    const mailsAt = days.map((left) => {
      const { mails, kept } = at(daysBefore(left), sent);
      sent = [...kept, ...mails.flatMap(({ marks }) => marks)];
      return mails.length;
    });
    const moved = {
      ...deal(),
      referral: referral({ state: 'Received' }, { origin: 'inbound', expiresAt: '2026-11-20T10:00:00.000Z' }),
    };

    expect(mailsAt).toEqual([0, 1, 0, 1, 0, 1, 0, 0]);
    expect(sent).toEqual([]);
    expect(at('2026-11-14T00:00:00.000Z', [`${REFERRAL} 7 ${EXPIRES}`], false, [moved]).mails).toHaveLength(
      1,
    );
  });

  it('are none for a deal that is answered, or whose owner has no address', () => {
    const answered = { ...deal(), referral: referral({ state: 'Accepted' }, { origin: 'inbound' }) };

    expect(at(daysBefore(2), [], false, [answered])).toMatchObject({ mails: [], unreachable: [] });
    expect(at(daysBefore(2), [], false, [deal('x', { ...KIM, email: null })]).unreachable).toEqual([
      OPPORTUNITY,
    ]);
    expect(at(daysBefore(2), [], false, [deal('x', null)]).unreachable).toEqual([OPPORTUNITY]);
  });

  it('wait for the end of quiet hours, but for the last one', () => {
    expect(at(daysBefore(2), [], true).mails).toEqual([]);
    expect(at(daysBefore(0.5), [], true).mails).toHaveLength(1);
  });

  it('put all deals of an owner into one mail', () => {
    const other = { ...deal('Northwind'), opportunity: { ...deal().opportunity } };
    const { mails } = at(daysBefore(2), [], false, [
      deal(),
      other,
      deal('x', { ...KIM, email: 'lee@partner.example' }),
    ]);

    expect(mails.map(({ to }) => to)).toEqual(['kim@partner.example', 'lee@partner.example']);
    expect(mails[0]?.message.subject).toBe(
      '2 co-sell deals of yours wait for an answer, the first expires within 2 days',
    );
  });

  it('never come twice for one step, whenever somebody looks', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -2, max: 12, noNaN: true }), { maxLength: 30 }), (days) => {
        let sent: readonly string[] = [];
        const all: string[] = [];
        for (const left of [...days].sort((one, two) => two - one)) {
          const { mails, kept } = at(daysBefore(left), sent);
          const marks = mails.flatMap((mail) => mail.marks);
          all.push(...marks);
          sent = [...kept, ...marks];
        }
        return new Set(all).size === all.length && all.length <= 3;
      }),
    );
  });
});
