import { describe, expect, it } from 'vitest';
import { unclearGroups } from '../../../src/core/adoption.ts';
import type { Deal } from '../../../src/core/deal.ts';
import type { Baseline, Intent } from '../../../src/core/store-port.ts';
import { agreedAtCreation, asDeal, asSettled, heldBy } from '../../../src/core/unheard.ts';
import { link, mapping, opportunity, referral } from '../../support/builders.ts';

const entry = (crm: unknown, there: unknown) =>
  ({ opportunity: crm, referral: there, mapping: 'now' }) as never;

const BEFORE: Baseline = {
  amount: entry('100', '100'),
  currency: entry('USD', 'USD'),
  notes: entry('As agreed', 'As agreed'),
  state: entry('Accepted', 'Accepted'),
};
const LINK = { ...link(), baseline: BEFORE, written: { event: 'Shared.' } };

function intentOf(kind: Intent['kind'], carried: Baseline): Intent {
  return {
    id: 'one',
    kind,
    opportunityId: LINK.opportunityId,
    referralId: LINK.referralId,
    engagementId: null,
    since: '2026-11-20T12:00:00.000Z',
    state: 'planned',
    requestId: 'one',
    searches: 0,
    version: 'v1',
    carried,
  };
}

const held = (deal: Deal, savedByUs = false, version = 'v2') => ({ version, deal, savedByUs });
const AMOUNT: Baseline = { amount: entry('200', '200'), currency: entry('USD', 'USD') };

describe('an update that was not heard of', () => {
  it('is agreed on where the record holds what was sent', () => {
    const intent = intentOf('update-referral', AMOUNT);

    const settled = asSettled(LINK, intent, held({ amount: '200', currency: 'USD' }), mapping());

    expect(settled).toEqual({ ...LINK, baseline: { ...BEFORE, ...AMOUNT } });
  });

  it('is agreed on as the record holds it, however it writes the same', () => {
    const intent = intentOf('update-opportunity', { amount: entry('200.0', '200') });

    const settled = asSettled(LINK, intent, held({ amount: '200' }), mapping());

    expect(settled.baseline.amount).toEqual(entry('200', '200'));
  });

  it.each(['update-referral', 'update-opportunity'] as const)(
    'never took effect while the record has the version it was for (%s)',
    (kind) => {
      for (const savedByUs of [true, false]) {
        const row = held({ amount: '100' }, savedByUs, 'v1');
        expect(asSettled(LINK, intentOf(kind, AMOUNT), row, mapping())).toEqual(LINK);
      }
    },
  );

  it('of a row that nobody saved after us is agreed on as a trigger left it', () => {
    const intent = intentOf('update-opportunity', AMOUNT);

    const settled = asSettled(LINK, intent, held({ amount: '0', currency: 'USD' }, true), mapping());

    expect(settled.baseline).toEqual({ ...BEFORE, amount: entry('0', '200'), currency: entry('USD', 'USD') });
  });

  it('of a row that nobody saved after us is no question where a trigger put the old value back', () => {
    const intent = intentOf('update-opportunity', AMOUNT);

    const settled = asSettled(LINK, intent, held({ amount: '100', currency: 'USD' }, true), mapping());

    expect(settled.written).toEqual(LINK.written);
    expect(settled.baseline.amount).toEqual(entry('100', '200'));
  });

  it.each(['100', '300'])(
    'makes a question of a group that shows something else in a later version (%s), and of no other',
    (amount) => {
      const intent = intentOf('update-referral', { ...AMOUNT, notes: entry('Newer', 'Newer') });

      const settled = asSettled(LINK, intent, held({ amount, currency: 'USD', notes: 'Newer' }), mapping());

      expect(settled.baseline).toEqual({ state: BEFORE.state, notes: entry('Newer', 'Newer') });
      expect([...unclearGroups(settled)]).toEqual(['amount']);
    },
  );

  it('adds its questions to those of earlier updates', () => {
    const first = asSettled(
      LINK,
      intentOf('update-referral', { notes: entry('Newer', 'Newer') }),
      held({ notes: 'As agreed' }),
      mapping(),
    );

    const second = asSettled(first, intentOf('update-referral', AMOUNT), held({ amount: '100' }), mapping());

    expect([...unclearGroups(second)]).toEqual(['notes', 'amount']);
    expect(second.written.event).toBe('Shared.');
  });

  it('asks nothing of a field that travels one way: it is simply sent again', () => {
    const intent = intentOf('update-referral', { name: entry('New name', 'New name') });
    const before = { ...LINK, baseline: { name: entry('Name', 'Name') } };

    expect(asSettled(before, intent, held({ name: 'Name' }), mapping())).toEqual(before);
  });

  it('asks nothing of a state in Partner Center, which only goes forward, but does of one in the CRM', () => {
    const carried = { state: entry('Won', 'Won') };
    const back = held({ state: 'Accepted' });

    const there = asSettled(LINK, intentOf('update-referral', carried), back, mapping());
    const here = asSettled(LINK, intentOf('update-opportunity', carried), back, mapping());

    expect(there).toEqual(LINK);
    expect([...unclearGroups(here)]).toEqual(['state']);
    expect(here.baseline).not.toHaveProperty('state');
  });

  it('says nothing of fields that the record does not show, or that it did not carry', () => {
    const intent = intentOf('update-referral', AMOUNT);

    expect(asSettled(LINK, intent, held({ notes: 'Else' }), mapping())).toEqual(LINK);
    const { carried: _carried, ...bare } = intent;
    expect(asSettled(LINK, bare, held({ amount: '200' }), mapping())).toEqual(LINK);
  });
});

describe('a create that was found', () => {
  it('is agreed on as it was sent, and what differs since is an edit', () => {
    const intent = intentOf('create-referral', { ...AMOUNT, notes: entry('Sent', 'Sent') });

    expect(
      agreedAtCreation(intent, held({ amount: '300', currency: 'USD', notes: 'Sent' }), mapping()),
    ).toEqual({
      amount: entry('200', '200'),
      currency: entry('USD', 'USD'),
      notes: entry('Sent', 'Sent'),
    });
  });

  it('of an opportunity is agreed on as the row stands while it is still ours', () => {
    const intent = intentOf('create-opportunity', AMOUNT);

    expect(agreedAtCreation(intent, held({ amount: '0', currency: 'USD' }, true), mapping())).toEqual({
      amount: entry('0', '200'),
      currency: entry('USD', 'USD'),
    });
  });

  it('of an opportunity that somebody saved since holds their edits of columns that got a value, and nothing of the others', () => {
    const intent = intentOf('create-opportunity', {
      ...AMOUNT,
      closeDate: entry(null, '2027-01-15'),
      customer: entry({ name: 'Fabrikam' }, { name: 'Fabrikam' }),
    });
    const row = held({ amount: '300', currency: 'USD', closeDate: '2027-02-01', customer: null });

    expect(agreedAtCreation(intent, row, mapping())).toEqual(AMOUNT);
  });

  it('of an opportunity whose stage somebody moved since holds the stage that it was created in', () => {
    const stage = { state: entry('Received', 'Received') };
    const intent = intentOf('create-opportunity', stage);

    expect(agreedAtCreation(intent, held({ state: 'Accepted' }), mapping())).toEqual(stage);
  });

  it('of an opportunity holds its lists as they were written, so that what others added since is merged by entries', () => {
    const lee = { firstName: 'Lee', lastName: 'Else', email: 'lee@partner.example', phone: '+14155550199' };
    const lists = {
      team: entry([], [{ email: 'kim@partner.example' }]),
      solutions: entry([], [{ id: 'SOL-1', name: null }]),
    };
    const intent = intentOf('create-opportunity', lists);
    const row = held({ team: [lee], solutions: [{ id: 'SOL-2', name: null }] });

    expect(agreedAtCreation(intent, row, mapping())).toEqual(lists);
  });

  it('of an opportunity whose only owner cannot be named in Partner Center has nobody to add', () => {
    const bot = { firstName: 'Inte', lastName: 'Gration', email: 'bot@partner.example', phone: null };
    const kim = [{ email: 'kim@partner.example' }];
    const intent = intentOf('create-opportunity', { team: entry([], kim) });

    expect(agreedAtCreation(intent, held({ team: [bot] }), mapping())).toEqual({ team: entry([bot], kim) });
  });

  it('of an opportunity with one owner who can be named merges its team by entries, whoever else is on it', () => {
    const lee = { firstName: 'Lee', lastName: 'Else', email: 'lee@partner.example', phone: '+14155550199' };
    const bot = { firstName: 'Inte', lastName: 'Gration', email: 'bot@partner.example', phone: null };
    const team = entry([], [{ email: 'kim@partner.example' }]);
    const intent = intentOf('create-opportunity', { team });

    expect(agreedAtCreation(intent, held({ team: [bot, lee] }), mapping())).toEqual({ team });
  });

  it('of a referral is agreed on with the team that was sent, also where somebody has removed it since', () => {
    const kim = [{ email: 'kim@partner.example' }];
    const intent = intentOf('create-referral', { team: entry(kim, kim) });

    expect(agreedAtCreation(intent, held({ team: [] }), mapping())).toEqual(intent.carried);
  });

  it('of a referral is agreed on with everything that was sent, also where the CRM says it otherwise', () => {
    const intent = intentOf('create-referral', {
      notes: entry('A long text', 'A long'),
      customer: entry({ name: 'Fabrikam' }, { name: 'Fabrikam GmbH' }),
    });
    const made = held({ notes: 'A long', customer: { name: 'Renamed' } as never });

    expect(agreedAtCreation(intent, made, mapping())).toEqual(intent.carried);
  });

  it('of an opportunity whose notes were kept otherwise is agreed on in no more than what it still shows', () => {
    const intent = intentOf('create-opportunity', { ...AMOUNT, notes: entry('Shortened', 'A long text') });
    const made = held({ amount: '200', currency: 'USD', notes: 'A long text' });

    expect(agreedAtCreation(intent, made, mapping())).toEqual(AMOUNT);
  });

  it('of an opportunity without a column is agreed on with what the mapping says instead', () => {
    const intent = intentOf('create-opportunity', {
      currency: entry('EUR', 'EUR'),
      notes: entry('One', 'One'),
    });
    const made = { ...held({ currency: 'USD', notes: 'One' }), lacks: new Set(['currency'] as const) };

    expect(agreedAtCreation(intent, made, mapping())).toEqual({
      currency: entry('USD', 'EUR'),
      notes: entry('One', 'One'),
    });
  });

  it('says nothing of what the record does not show', () => {
    expect(agreedAtCreation(intentOf('create-referral', AMOUNT), held({}), mapping())).toEqual({});
    const { carried: _carried, ...bare } = intentOf('create-referral', AMOUNT);
    expect(agreedAtCreation(bare, held({ amount: '200' }), mapping())).toEqual({});
  });
});

it('an opportunity lacks what it has no column for, and what the mapping names none for', () => {
  const row = opportunity();
  const { CurrencyIsoCode: _currency, ...values } = row.values;
  const { fields } = mapping();
  const unmapped = {
    ...mapping(),
    fields: fields.map((rule) => (rule.field === 'help' ? { ...rule, crm: null } : rule)),
  };

  expect([...(asDeal({ ...row, values }, unmapped).lacks ?? [])]).toEqual(['currency', 'help']);
});

it('a referral does not tell who saved it last; an opportunity does', () => {
  const seen = referral();
  const row = opportunity();

  expect(heldBy(seen)).toEqual({ version: seen.version, deal: seen.deal, savedByUs: false });
  expect(asDeal({ ...row, modifiedByUs: true }, mapping())).toMatchObject({
    version: row.version,
    savedByUs: true,
  });
  expect(asDeal(row, mapping()).savedByUs).toBe(false);
  expect(asDeal(row, mapping()).deal.amount).toBe(String(row.values.Amount));
});
