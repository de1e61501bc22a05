import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DealLife, describeLife } from './deal-life.ts';

/** More than any run asks. */
const ALWAYS = 1_000;

describeLife('a deal at which Partner Center fails', { timeout: 120_000 }, (open) => {
  let life: DealLife;
  let broken: string;
  let sound: string;

  beforeAll(async () => {
    life = await open();
    broken = life.share();
    sound = life.share();
    await life.sync();
    life.place.sandbox.faults.add({
      system: 'partner-center',
      kind: 'status',
      when: 'before',
      status: 500,
      path: `/referrals\\/${life.referralId(broken)}`,
      times: ALWAYS,
    });
  });
  afterAll(() => life.place.close());

  it('keeps no other waiting, is told of with the next failure, and is carried once it is repaired', async () => {
    const amountOf = (id: string): unknown => (life.referral(id).details as { dealValue: number }).dealValue;
    life.edit(broken, { Amount: 77_000 });
    life.edit(sound, { Amount: 78_000 });
    const first = await life.sync();
    const untold = await life.items();
    life.edit(sound, { Amount: 79_000 });
    const second = await life.sync();
    const told = await life.items();
    life.place.sandbox.faults.clear();
    const retried = await life.place.cli('attention', 'retry', told[0]?.id ?? '');
    const third = await life.sync();

    expect([first.code, untold]).toEqual([4, []]);
    expect([second.code, told.map(({ opportunityId }) => opportunityId)]).toEqual([3, [broken]]);
    expect(told[0]?.message).toMatch(/fails at this deal.*HTTP 500.*report it to Microsoft with request /);
    expect(retried.code).toBe(0);
    expect([amountOf(broken), amountOf(sound)]).toEqual([77_000, 79_000]);
    expect([third.code, await life.items()]).toEqual([0, []]);
  });
});
