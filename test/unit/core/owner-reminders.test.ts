import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Person } from '../../../src/core/deal.ts';
import { remindersOf, type UnansweredDeal } from '../../../src/core/owner-reminders.ts';
import { OPPORTUNITY, opportunity, REFERRAL, referral } from '../../support/builders.ts';

const DAY_MS = 86_400_000;
const EXPIRES = '2026-11-15T10:00:00.000Z';
const daysBefore = (days: number): string => new Date(Date.parse(EXPIRES) - days * DAY_MS).toISOString();
const KIM: Person = {
  firstName: 'Kim',
  lastName: 'Seller',
  email: 'Kim@Partner.example',
  phone: '+12065550100',
};

function deal(name = 'Fabrikam', owner: Person | null = KIM): UnansweredDeal {
  return {
    referral: referral(
      { state: 'Received', salesStage: null, name },
      { origin: 'inbound', expiresAt: EXPIRES },
    ),
    opportunity: { ...opportunity(), people: owner === null ? {} : { owner: [owner] } },
  };
}
const at = (now: string, sent: readonly string[] = [], isQuiet = false, deals = [deal()]) =>
  remindersOf(deals, { now, sent: new Set(sent), isQuiet });

describe('reminders to the owner', () => {
  it('go to the address of the owner, who alone is named there', () => {
    const [mail] = at(daysBefore(2)).mails;

    expect(mail?.to).toBe('kim@partner.example');
    expect(mail?.message.subject).toBe('A co-sell deal of yours expires within 2 days: "Fabrikam"');
    expect(mail?.message.text).toContain(`opportunity ${OPPORTUNITY}): answer before 2026-11-15 10:00 UTC`);
    expect(JSON.stringify(mail?.message)).not.toMatch(/Kim|Seller|@|\+1/);
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
