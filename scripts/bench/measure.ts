/** Which situations are measured, and how many requests each is promised to need. */
import { growLedger } from './grow-ledger.ts';
import type { Counts, CrmKind } from './protocol.ts';
import { type StandIns, startStandIns } from './stand-ins.ts';
import { createWorkplace, type Report, type Usage, type Workplace } from './workplace.ts';

export interface BenchOptions {
  readonly crm: CrmKind;
  /** How many opportunities are shared, for each series of measurements. */
  readonly sizes: readonly number[];
  /** Links in the ledger for the series with a grown one. */
  readonly links: readonly number[];
  /** How many records people edit between two runs. */
  readonly changes: readonly number[];
  readonly exportDir: string | null;
  /** Idle runs are repeated so often; the median counts. */
  readonly repeats: number;
  /** Told before each measurement. */
  readonly progress: (text: string) => void;
}

/** Requests to one side; both numbers together are what the product promises at most. */
export interface Promised {
  readonly crm: number;
  readonly partnerCenter: number;
}

export interface Measurement {
  readonly series: string;
  readonly scenario: string;
  /** Opportunities shared at the start of the series. */
  readonly size: number;
  /** Links in the ledger, counted or grown. */
  readonly links: number;
  readonly requests: Counts;
  /** Null where nothing is promised. */
  readonly promised: Promised | null;
  /** Requests of the run right after, which has nothing to do. */
  readonly next: Counts | null;
  readonly usage: Usage;
  readonly report: Report;
  readonly isReference: boolean;
}

const ROWS_A_CRM_PAGE = 2000;
const ROWS_A_CRM_WRITE: Readonly<Record<CrmKind, number>> = { salesforce: 200, dynamics: 100 };
const REFERRALS_A_PAGE = 100;
/** Past the time for which both feeds look again at what they have already delivered. */
const LATER_MS = 30 * 60_000;
const MIB = 1024 * 1024;

const IDLE: Promised = { crm: 1, partnerCenter: 1 };

/** `opportunities` edited in the CRM, `referrals` in Partner Center. */
function promiseFor(crm: CrmKind, opportunities: number, referrals: number): Promised {
  const pages = (count: number, size: number): number => Math.max(1, Math.ceil(count / size));
  // A change feed of Dataverse brings rows without what is around them; that takes one more request.
  const reads =
    crm === 'dynamics'
      ? 1 + Math.ceil(opportunities / ROWS_A_CRM_PAGE)
      : pages(opportunities, ROWS_A_CRM_PAGE);
  return {
    crm: reads + Math.ceil(referrals / ROWS_A_CRM_WRITE[crm]),
    partnerCenter: pages(referrals, REFERRALS_A_PAGE) + opportunities,
  };
}

/** Whether more requests were sent than promised. */
export function exceeds(requests: Counts, promised: Promised | null, side: keyof Promised): boolean {
  return promised !== null && requests[side].reads + requests[side].writes > promised[side];
}

interface Rig {
  readonly standIns: StandIns;
  readonly workplace: Workplace;
  readonly options: BenchOptions;
  readonly size: number;
  readonly results: Measurement[];
  links: number;
  series: string;
}

interface Scenario {
  readonly name: string;
  readonly promised?: Promised;
  readonly command?: readonly string[];
  readonly isReference?: boolean;
  /** Also counts the requests of the run after it. */
  readonly withNext?: boolean;
}

async function measure(rig: Rig, scenario: Scenario): Promise<Measurement> {
  const { standIns, workplace, results, size, options } = rig;
  options.progress(`${rig.series}: ${scenario.name}`);
  await standIns.count();
  const { usage, report } = await workplace.run(...(scenario.command ?? ['sync']));
  const requests = await standIns.count();
  let next: Counts | null = null;
  if (scenario.withNext === true) {
    await workplace.run('sync');
    next = await standIns.count();
  }
  const measurement = {
    series: rig.series,
    scenario: scenario.name,
    size,
    links: rig.links,
    requests,
    promised: scenario.promised ?? null,
    next,
    usage,
    report,
    isReference: scenario.isReference ?? false,
  };
  results.push(measurement);
  return measurement;
}

/** The median of several idle runs by CPU; its requests are the highest seen. */
async function measureIdle(rig: Rig, name: string, isReference = false): Promise<Measurement> {
  const runs: Measurement[] = [];
  for (let index = 0; index < rig.options.repeats; index += 1) {
    runs.push(await measure(rig, { name, promised: IDLE, isReference }));
    rig.results.pop();
  }
  const [first] = runs;
  if (first === undefined) throw new RangeError('An idle run is measured at least once.');
  const byCpu = runs.toSorted((left, right) => left.usage.cpuMs - right.usage.cpuMs);
  const { usage } = byCpu[Math.floor(byCpu.length / 2)] ?? first;
  const busiest = runs.reduce((most, run) => (total(run.requests) > total(most.requests) ? run : most));
  const measurement = { ...busiest, usage };
  rig.results.push(measurement);
  return measurement;
}

function total({ crm, partnerCenter }: Counts): number {
  return crm.reads + crm.writes + partnerCenter.reads + partnerCenter.writes;
}

/** Lets time pass at the servers, and takes a run that is not measured, so that nothing is looked at again. */
async function settle({ standIns, workplace }: Rig): Promise<void> {
  await standIns.advance(LATER_MS);
  await workplace.run('sync');
}

async function measureEdits(
  rig: Rig,
  { opportunities, referrals }: { opportunities: number; referrals: number },
) {
  const { standIns } = rig;
  const edited = {
    opportunities: opportunities === 0 ? 0 : await standIns.editOpportunities(opportunities),
    referrals: referrals === 0 ? 0 : await standIns.editReferrals(referrals),
  };
  if (edited.opportunities < opportunities || edited.referrals < referrals) {
    rig.options.progress(
      `${rig.series}: fewer than ${Math.max(opportunities, referrals)} deals to edit, left out`,
    );
    await settle(rig);
    return;
  }
  const words = [
    ...(opportunities > 0 ? [opportunities === 1 ? '1 opportunity' : `${opportunities} opportunities`] : []),
    ...(referrals > 0 ? [referrals === 1 ? '1 referral' : `${referrals} referrals`] : []),
  ];
  await measure(rig, {
    name: `${words.join(' and ')} changed`,
    promised: promiseFor(rig.options.crm, opportunities, referrals),
    withNext: true,
  });
  await settle(rig);
}

/** One series: from the first share to a rebuild, then with a ledger of many links. */
async function measureSize(options: BenchOptions, size: number, isLast: boolean): Promise<Measurement[]> {
  const results: Measurement[] = [];
  const standIns = await startStandIns({
    crm: options.crm,
    exportDir: options.exportDir,
    flag: size,
    spare: size,
  });
  try {
    const workplace = await createWorkplace(options.crm, standIns.urls);
    try {
      const rig: Rig = { standIns, workplace, options, size, results, links: 0, series: `${size} shared` };
      const first = await measure(rig, { name: `first share of ${size}` });
      rig.links = first.report.wrote.referralsCreated ?? 0;
      await measure(rig, { name: 'idle run right after', promised: IDLE });
      await standIns.advance(LATER_MS);
      await measure(rig, { name: 'idle run half an hour later', promised: IDLE });
      await measureIdle(rig, 'idle run', true);
      for (const count of options.changes) await measureEdits(rig, { opportunities: count, referrals: 0 });
      for (const count of options.changes) await measureEdits(rig, { opportunities: 0, referrals: count });
      for (const count of options.changes)
        await measureEdits(rig, { opportunities: count, referrals: count });
      const parked = await standIns.flagUnshareable(size);
      if (parked > 0) {
        await measure(rig, { name: `park ${parked}`, withNext: true });
        await settle(rig);
        await measureIdle(rig, `idle run with ${parked} parked`);
      }
      await measure(rig, {
        name: `rebuild of ${rig.links} links`,
        command: ['rebuild', '--yes'],
        withNext: true,
      });
      await settle(rig);
      if (isLast) await measureGrown(rig);
    } finally {
      await workplace.close();
    }
  } finally {
    standIns.close();
  }
  return results;
}

async function measureGrown(rig: Rig): Promise<void> {
  const { options, workplace } = rig;
  for (const links of options.links) {
    rig.series = `${links} links`;
    options.progress(`${rig.series}: filling the ledger`);
    await growLedger({ dir: workplace.stateDir, connection: workplace.connection }, links);
    rig.links = links;
    await workplace.run('sync');
    await measureIdle(rig, 'idle run');
    const [few] = options.changes.filter((count) => count > 1);
    if (few !== undefined) await measureEdits(rig, { opportunities: few, referrals: 0 });
  }
}

/** All series, one after the other, each on stand-ins of its own. */
export async function runBenchmarks(options: BenchOptions): Promise<readonly Measurement[]> {
  const results: Measurement[] = [];
  for (const [index, size] of options.sizes.entries())
    results.push(...(await measureSize(options, size, index === options.sizes.length - 1)));
  return results;
}

/** Bytes as mebibytes. */
export function toMebibytes(bytes: number): number {
  return bytes / MIB;
}
