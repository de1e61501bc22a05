import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import type { Mapping } from '../../../src/core/mapping-types.ts';
import type { Referral } from '../../../src/core/ports.ts';
import { mapping, SELLER } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

const DAY = 24 * 60;
const COLUMN = 'Microsoft_CRM_Identifier__c';
const withCrmId = (): Mapping =>
  mapping({
    fields: [
      ...mapping().fields,
      {
        field: 'microsoftCrmId',
        crm: COLUMN,
        sync: 'toCrm',
        conflict: 'partnerCenter',
        default: null,
        map: null,
        strict: false,
      },
    ],
  });

/** A co-sell deal of ours that Microsoft was invited to. */
async function invited(prepare: (world: World) => void = () => {}) {
  const world = createWorld({ mapping: withCrmId() });
  prepare(world);
  const id = world.crm.add(
    {
      How_can_Microsoft_help__c: 'General or other',
      Customer_Consent__c: true,
      Visible_to_Microsoft__c: true,
      Referral_Status__c: null,
      [COLUMN]: null,
    },
    { people: { owner: [SELLER], contactRoles: [{ ...SELLER, email: 'pat@customer.example' }] } },
  );
  for (let round = 0; round < 3; round += 1) await world.run();
  const [own] = world.partnerCenter.tagged(id);
  const sibling = [...world.partnerCenter.referrals.values()].find(({ isMicrosofts }) => isMicrosofts);
  if (own === undefined || sibling === undefined) throw new TypeError('Microsoft was not invited.');
  const answer = (deal: Deal, overrides: Partial<Referral> = {}): void =>
    world.partnerCenter.edit(sibling.id, deal, overrides);
  const status = (): unknown => world.crm.row(id).values.Referral_Status__c;
  return { world, id, own, sibling, answer, status };
}

async function answers(world: World): Promise<readonly string[]> {
  const all = await world.ledger.attention({});
  return all.filter(({ code }) => code === 'microsoft-answered').map(({ message }) => message);
}

describe("Microsoft's answer to an invitation", () => {
  it('is waited for, and the opportunity says until when', async () => {
    const { world, status } = await invited();

    expect(status()).toBe('Accepted (co-sell, Microsoft: no answer yet, expires 2026-12-04)');
    expect(await answers(world)).toEqual([]);
  });

  it('reaches status, notice and history once, with the reason', async () => {
    const { world, id, own, answer, status } = await invited();

    answer({ state: 'Declined', reason: 'No seller manages this customer' }, { substatus: 'Declined' });
    const report = await world.run();
    await world.run();
    const idle = await world.run();

    expect(report.linked).toBe(0);
    expect(status()).toBe('Accepted (co-sell, Microsoft: declined (No seller manages this customer))');
    expect(await answers(world)).toEqual([
      `Microsoft's answer for opportunity ${id} / referral ${own.id}: declined (No seller manages this customer).`,
    ]);
    expect(await world.ledger.history({ opportunityId: id }, 'microsoft')).toMatchObject([
      { who: 'partnerCenter', from: 'Received', value: 'Declined' },
    ]);
    expect(idle).toMatchObject({ outcome: 'clean', requests: { crm: 1, partnerCenter: 1 } });
  });

  it('may come in steps, each told', async () => {
    const { world, answer, status } = await invited();

    answer({ state: 'Accepted' }, { substatus: 'Accepted' });
    await world.run();
    answer({ state: 'Accepted' }, { substatus: 'Engaged' });
    await world.run();

    expect(await answers(world)).toHaveLength(2);
    expect(status()).toBe('Accepted (co-sell, Microsoft: engaged)');
  });

  it("brings Microsoft's CRM id to the opportunity, though only its own referral shows it", async () => {
    const { world, id, answer } = await invited();

    answer({ state: 'Accepted', microsoftCrmId: '7-2ABC' }, { substatus: 'Accepted' });
    await world.run();
    await world.run();
    const writes = world.crm.calls.writes;
    await world.run();

    expect(world.crm.row(id).values[COLUMN]).toBe('7-2ABC');
    expect(world.crm.calls.writes).toBe(writes);
  });

  it('never makes its referral an opportunity of its own, nor leaves it due', async () => {
    const { world, answer } = await invited();

    answer({ state: 'Accepted' }, { substatus: 'Accepted' });
    await world.run();

    expect(world.crm.rows.size).toBe(1);
    expect(await world.ledger.countDue(new Date('2027-06-01').toISOString())).toBe(0);
  });

  it('that does not come is told after fourteen days, once', async () => {
    const { world, answer, status } = await invited();

    world.pass(15 * DAY);
    await world.run();
    answer({ state: 'Expired' }, { status: 'Closed', substatus: 'Expired' });
    await world.run();

    expect(await answers(world)).toEqual([expect.stringContaining('no answer in 14 days')]);
    expect(status()).toBe('Accepted (co-sell, Microsoft: expired without an answer)');
  });
});

describe('where the referral list shows no siblings', () => {
  const hidden = () =>
    invited((world) => {
      world.partnerCenter.feedHidesSiblings = true;
    });

  it('an unanswered invitation is looked at twice a day, and runs between cost one request a side', async () => {
    const { world, answer, status } = await hidden();
    const looks = world.partnerCenter.engagementLooks;

    for (let hour = 0; hour < 11; hour += 1) {
      world.pass(60);
      expect((await world.run()).requests).toMatchObject({ crm: 1, partnerCenter: 1 });
    }
    answer({ state: 'Accepted' }, { substatus: 'Accepted' });
    world.pass(120);
    await world.run();

    expect(world.partnerCenter.engagementLooks - looks).toBe(1);
    expect(status()).toBe('Accepted (co-sell, Microsoft: accepted)');
    expect(await answers(world)).toHaveLength(1);
  });

  it('a full run looks at once, and what is answered is not looked at again', async () => {
    const { world, answer } = await hidden();
    answer({ state: 'Declined', reason: 'Too small' }, { substatus: 'Declined' });
    const looks = world.partnerCenter.engagementLooks;

    await world.run({ full: true });
    await world.run({ full: true });
    world.pass(2 * DAY);
    await world.run();

    expect(world.partnerCenter.engagementLooks - looks).toBe(1);
    expect(await answers(world)).toEqual([expect.stringContaining('declined (Too small)')]);
  });
});

it('keeps what the engagement shows of our own deal when Microsoft is invited', async () => {
  let isEdited = false;
  const { world, own } = await invited((prepared) => {
    const { changes, listEngagement } = prepared.partnerCenter;
    prepared.partnerCenter.listEngagement = async (engagementId, options) => {
      const members = await listEngagement(engagementId, options);
      const [deal] = members;
      if (isEdited || deal === undefined) return members;
      isEdited = true;
      prepared.partnerCenter.edit(deal.id, { notes: 'Written at the portal' });
      return listEngagement(engagementId, options);
    };
    // The list of deals lags, so only the engagement tells.
    prepared.partnerCenter.changes = async (...given) => {
      const feed = await changes(...given);
      return {
        ...feed,
        referrals: feed.referrals.filter(({ deal }) => deal.notes !== 'Written at the portal'),
      };
    };
  });

  expect(world.ledger.referralVersion(own.id)).toBe(world.partnerCenter.one(own.id).version);
  expect(world.partnerCenter.one(own.id).deal.notes).toBe('Written at the portal');
  expect([...world.crm.rows.values()].map(({ values }) => values.Description)).toEqual([
    'Written at the portal',
  ]);
});
