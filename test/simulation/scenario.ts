/** What happens in one simulated history: its circumstances and a list of events, all drawn from one seed before it begins. */
import type { Winner } from '../../src/core/fields.ts';
import { OPERATOR_ACTIONS, type OperatorAction, USER_WEIGHTS, type UserAction } from './actions.ts';
import type { DiskKind } from './disk.ts';
import { createRandom, type Random } from './random.ts';

/** When an event happens: before the n-th await boundary of a run, or (beyond the last) after the run. */
export interface Moment {
  readonly run: number;
  readonly step: number;
}

/** What a remote does to the next fitting call. */
export type Fault =
  /** Refused before it took effect, and known to be: throttled, over the day's quota, a permission missing. */
  | 'refused'
  /** No answer, and no effect. */
  | 'lost-before'
  /** No answer, although it took effect. */
  | 'lost-after'
  /** Some rows of a CRM batch get no answer. */
  | 'rows-lost'
  /** A read fails: no connection, an answer cut off, a page that is no JSON. */
  | 'read-fails'
  /** Done, but only after minutes. */
  | 'slow'
  /** Some rows of a CRM batch are written, but come back without what they hold now. */
  | 'not-read-back'
  /** The CRM knows the cursor no more and tells everything anew. */
  | 'cursor-forgotten'
  /** The referral list ends before it is complete. */
  | 'cut-short'
  /** Somebody edits the record just before each write of ours arrives. */
  | 'hot'
  /** Every call is refused for some minutes: credentials. */
  | 'unauthorized';

export type Event = {
  readonly at: Moment /** Picks the record: at least 0, less than 1. */;
  readonly pick: number;
} & (
  | { readonly kind: 'user'; readonly action: UserAction; readonly value: number }
  | { readonly kind: 'operator'; readonly action: OperatorAction; readonly value: number }
  | {
      readonly kind: 'fault';
      readonly fault: Fault;
      readonly system: 'crm' | 'partnerCenter';
      readonly value: number;
    }
  /** `breaks`: from now on Partner Center fails at one deal, and answers about the others. */
  | { readonly kind: 'crash' | 'stop' | 'loseState' | 'breaks'; readonly value: number }
);

export interface Circumstances {
  readonly runs: number;
  readonly minutesBetweenRuns: number;
  /** Runs that read both sides completely. */
  readonly fullRuns: readonly number[];
  readonly disk: DiskKind;
  readonly settleSeconds: number;
  readonly closeHoldMinutes: number;
  readonly maxWritesPerRun: number;
  readonly maxClosesPerRun: number;
  readonly approvals: readonly string[];
  readonly winner: Winner;
  readonly accounts: 'match' | 'create';
  /** Rows a page of the CRM's feed holds. */
  readonly pageRows: number;
  /** Minutes after which a referral's new version shows in lists, at most; 0: at once. */
  readonly listLagMinutes: number;
  /** How far the daemon's clock is ahead of the servers'. */
  readonly clockSkewSeconds: number;
  /** Whether the CRM lets two opportunities carry one referral id. */
  readonly copiesTag: boolean;
  /** What a person decides about the conflicts that are left when everything is quiet. */
  readonly verdict: 'crm' | 'partnerCenter' | null;
  /** How many records a run may create; null: as many as its other limits allow. */
  readonly maxCreates: number | null;
  /** What a trigger of the CRM does to values that anybody writes. */
  readonly trigger: 'none' | 'rounds';
  /** Whether Partner Center says yes to a new close date and keeps the old one. */
  readonly ignoresDates: boolean;
  /** Whether operators are told of new items by message. */
  readonly messages: boolean;
  /** Whether calls of one moment answer in different orders. */
  readonly jitter: boolean;
}

export interface Scenario {
  readonly seed: string;
  readonly circumstances: Circumstances;
  readonly events: readonly Event[];
}

const CALM: Circumstances = {
  runs: 6,
  minutesBetweenRuns: 5,
  fullRuns: [],
  disk: 'plain',
  settleSeconds: 0,
  closeHoldMinutes: 0,
  maxWritesPerRun: 500,
  maxClosesPerRun: 20,
  approvals: [],
  winner: 'ask',
  accounts: 'create',
  pageRows: 1000,
  listLagMinutes: 0,
  clockSkewSeconds: 0,
  copiesTag: false,
  verdict: null,
  maxCreates: null,
  trigger: 'none',
  ignoresDates: false,
  messages: false,
  jitter: false,
};

/** Circumstances in which nothing is out of the ordinary. */
export function calm(overrides: Partial<Circumstances> = {}): Circumstances {
  return { ...CALM, ...overrides };
}

function circumstancesOf(random: Random): Circumstances {
  const runs = random.between(4, 14);
  return {
    runs,
    minutesBetweenRuns: random.pick([1, 5, 5, 5, 9]),
    fullRuns: random.chance(0.3) ? [random.below(runs), random.below(runs)] : [],
    disk: random.weighted({ plain: 94, memory: 4, file: 2 }),
    settleSeconds: random.pick([0, 0, 60, 300]),
    closeHoldMinutes: random.pick([0, 0, 6, 15]),
    maxWritesPerRun: random.pick([500, 500, 500, 4, 2]),
    maxClosesPerRun: random.pick([20, 1]),
    approvals: random.pick([[], [], [], ['close'], ['invite', 'share'], ['create']]),
    winner: random.pick(['ask', 'ask', 'crm', 'partnerCenter'] as const),
    accounts: random.pick(['create', 'create', 'match'] as const),
    pageRows: random.pick([1, 2, 5, 1000]),
    listLagMinutes: random.pick([0, 0, 2, 12, 12]),
    clockSkewSeconds: random.pick([0, 0, 45, -45, 120, -120]),
    copiesTag: random.chance(0.5),
    verdict: random.pick([null, 'crm', 'partnerCenter'] as const),
    maxCreates: random.pick([null, null, null, null, null, null, null, 1, 2]),
    trigger: random.chance(0.08) ? 'rounds' : 'none',
    ignoresDates: random.chance(0.1),
    messages: random.chance(0.2),
    jitter: random.chance(0.6),
  };
}

const FAULT_WEIGHTS: Readonly<Record<Fault, number>> = {
  refused: 3,
  'lost-before': 4,
  'lost-after': 11,
  'rows-lost': 3,
  'read-fails': 3,
  slow: 2,
  'not-read-back': 2,
  'cursor-forgotten': 1,
  'cut-short': 1.5,
  hot: 4,
  unauthorized: 1,
};

/** Faults of the feeds, which a run reads first. */
const AT_THE_START: ReadonlySet<Fault> = new Set(['cut-short', 'cursor-forgotten']);

/** Only a CRM takes batches and keeps cursors, and only Partner Center is met by people who are quicker. */
const SYSTEM_OF: Readonly<Partial<Record<Fault, 'crm' | 'partnerCenter'>>> = {
  hot: 'partnerCenter',
  'cut-short': 'partnerCenter',
  'rows-lost': 'crm',
  'not-read-back': 'crm',
  'cursor-forgotten': 'crm',
};

/** Most awaits of a run are few; some runs have many. */
function momentIn(random: Random, runs: number): Moment {
  const run = random.below(runs);
  if (random.chance(0.35)) return { run, step: 100_000 };
  return { run, step: random.chance(0.7) ? random.below(25) : random.below(90) };
}

/** The history that a seed stands for. */
export function scenarioOf(seed: string): Scenario {
  const random = createRandom(seed, 'scenario');
  const circumstances = circumstancesOf(random);
  const events: Event[] = [];
  const at = (): Moment => momentIn(random, circumstances.runs);
  const users = random.between(3, 26);
  events.push(
    ...Array.from(
      { length: random.between(1, 3) },
      (): Event => ({
        kind: 'user',
        at: { run: 0, step: 0 },
        pick: random.next(),
        action: random.chance(0.7) ? 'crm.create' : 'portal.receive',
        value: random.below(1_000),
      }),
    ),
  );
  for (let index = 0; index < users; index += 1)
    events.push({
      kind: 'user',
      at: at(),
      pick: random.next(),
      action: random.weighted(USER_WEIGHTS),
      value: random.below(1_000),
    });
  const calmSeas = random.chance(0.2);
  for (let index = calmSeas ? 0 : random.below(7); index > 0; index -= 1) {
    const fault = random.weighted(FAULT_WEIGHTS);
    events.push({
      kind: 'fault',
      at: AT_THE_START.has(fault) ? { run: random.below(circumstances.runs), step: 0 } : at(),
      pick: random.next(),
      fault,
      system: SYSTEM_OF[fault] ?? (random.chance(0.65) ? 'partnerCenter' : 'crm'),
      value: random.below(1_000),
    });
  }
  for (let index = random.chance(0.5) ? random.between(1, 4) : 0; index > 0; index -= 1)
    events.push({ kind: 'crash', at: at(), pick: 0, value: 0 });
  if (random.chance(0.1)) events.push({ kind: 'stop', at: at(), pick: 0, value: 0 });
  if (random.chance(0.04))
    events.push({ kind: 'loseState', at: { ...at(), step: 100_000 }, pick: 0, value: 0 });
  for (let index = random.below(4); index > 0; index -= 1)
    events.push({
      kind: 'operator',
      at: at(),
      pick: random.next(),
      action: random.pick(OPERATOR_ACTIONS),
      value: random.below(1_000),
    });
  // Drawn apart, so that the histories of all other seeds stay what they were.
  const failing = createRandom(seed, 'failing');
  if (failing.chance(0.08))
    events.push({
      kind: 'breaks',
      at: momentIn(failing, circumstances.runs),
      pick: failing.next(),
      value: failing.below(1_000),
    });
  return { seed, circumstances, events };
}
