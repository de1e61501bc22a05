/** A company as the console's tests need it: deals in every stage, some of them in trouble, and hostile names. */
import type { Person } from '../../src/core/deal.ts';
import type { OpportunityId, ReferralId } from '../../src/core/ids.ts';
import { type ConsoleUnderTest, openConsole } from '../support/console.ts';
import { createWorld, type World } from '../support/world.ts';

const NAMES = [
  'Alder Energy Group - data platform',
  'Basalt Logistics - migration to Azure',
  'Cedar Retail - workplace refresh',
  'Dune Insurance - claims automation',
  'Elm Hospitals - identity',
  'Fjord Shipping - IoT fleet',
  'Granite Bank - fraud analytics',
  'Harbor Retail - workplace rollout',
  'Iris Pharma - research data lake',
  'Juniper Foods - supply planning',
  'Kestrel Air - operations cockpit',
  'Lagoon Hotels - guest app',
];
/** Markup, a terminal sequence, and a mark that turns the reading direction. */
export const HOSTILE = '<img src=x onerror=alert(1)>\u001b[31mred\u202Egnorw<script>alert(2)</script>';

export interface Scene {
  readonly world: World;
  readonly console: ConsoleUnderTest;
  readonly opportunities: readonly OpportunityId[];
  run(): Promise<void>;
  /** Both sides change one field of a deal differently. */
  disagree(place: number, crm?: string, portal?: string): Promise<void>;
  referralOf(id: OpportunityId): ReferralId;
  close(): Promise<void>;
}

/** Opens the company on a morning in November, its first run done. */
export async function openScene(policy: Partial<World['policy']> = {}): Promise<Scene> {
  const world = createWorld({ policy: { maxWritesPerRun: 5000, ...policy } });
  const opportunities = NAMES.map((Name, place) =>
    world.crm.add({
      Name,
      Amount: 18_000 + place * 23_500,
      StageName: place % 3 === 0 ? 'Proposal/Price Quote' : 'Prospecting',
      'Account.Name': `${Name.split(' -')[0]} AG`,
      CloseDate: `2027-0${1 + (place % 6)}-15`,
    }),
  );
  const console = await openConsole({ worlds: { contoso: world } });
  const run = async (): Promise<void> => {
    await console.daemon.runner.request('contoso', { kind: 'manual', who: 'test' });
  };
  const referralOf = (id: OpportunityId): ReferralId => {
    const [referral] = world.partnerCenter.tagged(id);
    if (referral === undefined) throw new Error(`There is no deal of ${id}.`);
    return referral.id;
  };
  return {
    world,
    console,
    opportunities,
    run,
    referralOf,
    async disagree(
      place,
      crm = 'The CRM says: waiting for legal.',
      portal = 'The portal says: the letter is signed.',
    ) {
      const id = opportunities[place];
      if (id === undefined) throw new Error(`There is no opportunity ${place}.`);
      world.pass(1);
      world.crm.edit(id, { Description: crm });
      world.partnerCenter.edit(referralOf(id), { notes: portal });
      await run();
    },
    close: () => console.close(),
  };
}

/** Three weeks in which deals come and move on, so that there is something to draw. */
export async function passWeeks({ world, opportunities, run }: Scene): Promise<void> {
  for (let day = 0; day < 21; day += 1) {
    world.pass(24 * 60);
    if (day % 2 === 0)
      world.crm.add({
        Name: `Meadow ${day + 1} - pilot`,
        Amount: 9_000 + day * 4_000,
        'Account.Name': 'Meadow AG',
      });
    const moved = opportunities[11 - Math.floor(day / 4)];
    if (moved !== undefined && day % 4 === 3)
      world.crm.edit(moved, { StageName: day > 12 ? 'Closed Won' : 'Proposal/Price Quote' });
    await run();
  }
}

/** Deals from Microsoft, one of which soon expires. */
export async function receiveDeals({ world, run }: Scene): Promise<readonly ReferralId[]> {
  const day = (days: number): string =>
    new Date(world.dependencies.now().getTime() + days * 86_400_000).toISOString();
  const person: Person = {
    firstName: 'Mo',
    lastName: 'Sender',
    email: 'mo@sender.example',
    phone: '+14155550177',
  };
  const received = (
    [
      ['Contoso analytics rollout', 2],
      ['Northwind modern workplace', 6],
      [HOSTILE, 12],
    ] as const
  ).map(([name, days]) =>
    world.partnerCenter.receive(
      { name, state: 'Received', team: [person], amount: '45000' },
      { expiresAt: day(days), createdAt: day(days - 14), status: 'New', substatus: 'Pending' },
    ),
  );
  world.pass(1);
  await run();
  return received;
}
