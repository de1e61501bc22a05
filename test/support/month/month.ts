/**
 * A month of a partner whose daemon runs all the time: sellers and people at the portal edit, deals arrive, both
 * remotes fail for hours, the daemon is redeployed, killed and left off. Every edit is remembered, so that at the end
 * each can be asked for. Whoever wants to look in between is called at named moments.
 */
import { resolveConflict } from '../../../src/engine/operator.ts';
import { CONNECTION, openPartner, type Partner } from './partner.ts';

export type Moment =
  | 'first-day'
  | 'conflict'
  | 'outage'
  | 'outage-over'
  | 'redeployed'
  | 'killed'
  | 'back-after-days'
  | 'last-day';

export interface Month extends Partner {
  /** What each deal's field was last set to, by whomever: `opportunity id field`. */
  readonly expected: ReadonlyMap<string, string | number>;
  /** How often each thing happened. */
  readonly tally: ReadonlyMap<string, number>;
  /** Lives through the month, or its first days. */
  play(onMoment?: (moment: Moment, month: Month) => Promise<void>, days?: number): Promise<void>;
}

const DAYS = 30;
const STARTS_AT = '2026-03-02T07:10:00Z';
const SCHEDULE = { sync: '0 */2 * * *', audit: '17 3 * * *', related: '30 */6 * * *' };
const NOTES = 'Description';
const AMOUNT = 'Amount';

/** Numbers that look arbitrary and are the same every time. */
function createDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** Opens the month: nothing has happened yet, and the daemon is not up. */
export async function openMonth(seed = 20_260_302): Promise<Month> {
  const partner = await openPartner(SCHEDULE, STARTS_AT);
  const { sandbox } = partner;
  const dice = createDice(seed);
  const expected = new Map<string, string | number>();
  const tally = new Map<string, number>();
  const note = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);

  const org = sandbox.salesforce;
  const admin = org.as(org.adminUserId);
  const seller = org.as(
    admin.create('User', {
      FirstName: 'Kim',
      LastName: 'Seller',
      Email: 'kim@partner.example',
      Username: 'kim@partner.example',
      Phone: '+1 415 555 0123',
      IsActive: true,
    }),
  );
  const AccountId = seller.create('Account', {
    Name: 'Fabrikam GmbH',
    BillingStreet: 'Musterweg 5',
    BillingCity: 'Essen',
    BillingPostalCode: '45127',
    BillingCountry: 'Germany',
  });
  const shared: string[] = [];
  /** Deals that nobody edits any more, because they are closed or in dispute. */
  const settled = new Set<string>();

  const share = (): void => {
    const n = shared.length + 1;
    const id = seller.create('Opportunity', {
      Name: `Deal ${n}`,
      AccountId,
      StageName: 'Prospecting',
      CloseDate: '2026-12-15',
      Amount: 1_000 * n,
      Description: `Scope of deal ${n}.`,
      Product__c: 'GTX Pro',
      Sync_with_Partner_Center__c: true,
    });
    shared.push(id);
    expected.set(`${id} ${AMOUNT}`, 1_000 * n);
    expected.set(`${id} ${NOTES}`, `Scope of deal ${n}.`);
    note('shared');
  };
  const referralOf = (id: string): string | null => {
    const found = sandbox.partnerCenter
      .referrals()
      .find(
        ({ externalReferenceId, organizationId }) => externalReferenceId === id && organizationId !== 'msft',
      );
    return found === undefined ? null : String(found.id);
  };
  const open = (): string[] => shared.filter((id) => !settled.has(id) && referralOf(id) !== null);
  const inCrm = (id: string, text: string): void => {
    if (dice(2) === 0) {
      seller.update('Opportunity', id, { [NOTES]: text });
      expected.set(`${id} ${NOTES}`, text);
    } else {
      const amount = 500 * (1 + dice(400));
      seller.update('Opportunity', id, { [AMOUNT]: amount });
      expected.set(`${id} ${AMOUNT}`, amount);
    }
    note('edited in the CRM');
  };
  const atPortal = (id: string, text: string): void => {
    const referral = referralOf(id);
    if (referral === null) return;
    const dealValue = 250 * (1 + dice(800));
    sandbox.partnerCenter.edit(referral, { details: { notes: text, dealValue } });
    expected.set(`${id} ${NOTES}`, text);
    expected.set(`${id} ${AMOUNT}`, dealValue);
    note('edited at the portal');
  };

  /** What people do in the morning: each deal is edited on one side only, so that nothing is in dispute by accident. */
  const work = (day: number): void => {
    if (day % 2 === 0) share();
    if (day % 6 === 3) {
      sandbox.partnerCenter.createInbound();
      note('received');
    }
    const deals = open();
    const begin = dice(Math.max(1, deals.length));
    deals.slice(begin, begin + 4).forEach((id, place) => {
      const text = `Day ${day}, note ${place}.`;
      if (place % 2 === 0) inCrm(id, text);
      else atPortal(id, text);
    });
  };

  const disagree = async (look: (moment: Moment) => Promise<void>): Promise<void> => {
    const [id] = open();
    const referral = id === undefined ? null : referralOf(id);
    if (id === undefined || referral === null) throw new Error('There is no deal to disagree about.');
    seller.update('Opportunity', id, { [NOTES]: 'The CRM is right.' });
    sandbox.partnerCenter.edit(referral, { details: { notes: 'The portal is right.' } });
    await partner.pass(3);
    await look('conflict');
    const items = await partner.ledger.attention({ state: 'open', kind: 'conflict' });
    for (const item of items)
      await resolveConflict({ ledger: partner.ledger, now: () => sandbox.clock.now() }, item, null, 'crm');
    note(`conflicts: ${items.length}`);
    expected.set(`${id} ${NOTES}`, 'The CRM is right.');
  };

  const outage = async (
    system: 'partner-center' | 'salesforce',
    look: (moment: Moment) => Promise<void>,
  ): Promise<void> => {
    const fault = sandbox.faults.add(
      system === 'salesforce'
        ? { system, kind: 'reset', when: 'before', times: 1_000_000 }
        : { system, kind: 'status', status: 503, when: 'before', times: 1_000_000 },
    );
    await partner.pass(9);
    note(`${system} out, ready: ${partner.daemon.readiness().ready}`);
    await look('outage');
    sandbox.faults.remove(fault);
    await partner.pass(3);
    note(`${system} back, ready: ${partner.daemon.readiness().ready}`);
    await look('outage-over');
  };

  /** The process dies at its n-th write to a remote, which takes effect there. */
  const killAtWrite = async (n: number): Promise<void> => {
    let writes = 0;
    let death: Promise<void> | null = null;
    sandbox.hooks.afterEffect = (_request, _response, system, write) => {
      if (!write || system === 'entra') return;
      writes += 1;
      if (writes === n) death = partner.kill();
    };
    for (let hours = 0; hours < 12 && death === null; hours += 1) await partner.pass(1);
    delete sandbox.hooks.afterEffect;
    if (death === null) throw new Error('There was no write to die at.');
    await death;
    note('killed');
    await partner.start();
  };

  const close = (): void => {
    const [won, lost] = open();
    if (won === undefined || lost === undefined) throw new Error('There are no deals to close.');
    seller.update('Opportunity', won, { StageName: 'Closed Won' });
    seller.update('Opportunity', lost, { StageName: 'Closed Lost', Loss_Reason__c: 'Budget not adequate' });
    settled.add(won).add(lost);
    note('closed');
  };

  const month: Month = Object.assign(Object.create(partner), {
    expected,
    tally,
    async play(onMoment: (moment: Moment, month: Month) => Promise<void> = async () => {}, days = DAYS) {
      const look = (moment: Moment): Promise<void> => onMoment(moment, month);
      for (let n = 0; n < 6; n += 1) share();
      await partner.start();
      for (let day = 1; day <= days; day += 1) {
        const begin = sandbox.clock.now().getTime();
        work(day);
        if (day === 2) await disagree(look);
        if (day === 5) await outage('partner-center', look);
        if (day === 9) await outage('salesforce', look);
        if (day === 12) {
          await partner.stop();
          await partner.pass(0.1);
          await partner.start();
          note('redeployed');
          await look('redeployed');
        }
        if (day === 15 || day === 23) {
          await killAtWrite(day === 15 ? 1 : 2);
          await look('killed');
        }
        if (day === 19) await partner.stop();
        if (day === 21) {
          await partner.start();
          note('back after days');
          await look('back-after-days');
        }
        if (day === 26) close();
        if (day === 28) {
          await partner.writeConfiguration({ sync: 'now and then' });
          await partner.daemon.reload();
          note(`reload kept the old one: ${partner.daemon.reloadProblem() !== null}`);
          await partner.writeConfiguration({ ...SCHEDULE, sync: '30 */2 * * *' });
          await partner.daemon.reload();
          note(`reload took the new one: ${partner.daemon.reloadProblem() === null}`);
        }
        const spent = (sandbox.clock.now().getTime() - begin) / 3_600_000;
        await partner.pass(Math.max(0, 24 - spent));
        if (day === 1) await look('first-day');
      }
      await partner.pass(24);
      await look('last-day');
    },
  });
  return month;
}

/** Where a server does not hold what a field was last set to; empty when nothing was lost. */
export function lostEdits({ expected, sandbox }: Month): readonly string[] {
  const referrals = new Map(
    sandbox.partnerCenter
      .referrals()
      .filter(({ organizationId }) => organizationId !== 'msft')
      .map((referral) => [String(referral.externalReferenceId), referral]),
  );
  return [...expected].flatMap(([key, value]) => {
    const [id = '', field = ''] = key.split(' ');
    const here = sandbox.salesforce.find('Opportunity', id)?.[field];
    const details: unknown = referrals.get(id)?.details;
    const there =
      typeof details === 'object' && details !== null
        ? Reflect.get(details, field === AMOUNT ? 'dealValue' : 'notes')
        : undefined;
    return here === value && there === value
      ? []
      : [`${key}: should be ${value}; the CRM has ${String(here)}, Partner Center ${String(there)}`];
  });
}

export { CONNECTION };
