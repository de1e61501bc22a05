/**
 * Every history of a small world: one opportunity and its referral, edits of two fields with three values on either
 * side, a fault and a death of the process, each at every point at which it could make a difference. For what happens to
 * a server that is right before each call that the daemon sends to it, and after the last; for a fault it is the calls
 * that it can strike; for a death the beginning and wherever something that lasts has just been done, here or there. Any
 * other history is one of these with steps in another order that do not touch each other.
 *
 * The histories are a tree: what happens next is placed no earlier than what happened last, at a boundary that the
 * history so far is seen to have.
 */
import type { UserAction } from './actions.ts';
import type { SimulateOptions } from './one-run.ts';
import { calm, type Event, type Fault, type Scenario } from './scenario.ts';
import { simulate, type Verdict } from './simulate.ts';

/** What may happen in the histories of a scope, at most. */
export interface Scope {
  /** What people may set on each side, by number: 0 to 2 are notes, 3 to 5 amounts, the first of each as it was. */
  readonly crm: readonly number[];
  readonly portal: readonly number[];
  readonly editsEach: number;
  readonly editsTogether: number;
  readonly faults: readonly (readonly ['crm' | 'partnerCenter', Fault])[];
  readonly crashes: number;
  /** Together, so that a fault and a death need not both happen. */
  readonly mishaps: number;
  /** Runs of the daemon in which things happen; one unless said otherwise. The second shows what strikes the repair. */
  readonly runs?: number;
}

/** One of several processes that share a scope's histories, from 0. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

const ANY = [0, 1, 2, 3, 4, 5];
export const EVERY_FAULT: Scope['faults'] = [
  ['partnerCenter', 'refused'],
  ['partnerCenter', 'lost-before'],
  ['partnerCenter', 'lost-after'],
  ['partnerCenter', 'read-fails'],
  ['partnerCenter', 'hot'],
  ['partnerCenter', 'cut-short'],
  ['crm', 'refused'],
  ['crm', 'lost-before'],
  ['crm', 'lost-after'],
  ['crm', 'not-read-back'],
  ['crm', 'read-fails'],
  ['crm', 'cursor-forgotten'],
];
const PEACE = { faults: [], crashes: 0, mishaps: 0 };
const ONE_FAULT = { faults: EVERY_FAULT, crashes: 0, mishaps: 1 };
const ONE_DEATH = { faults: [], crashes: 1, mishaps: 1 };
const BOTH = { faults: EVERY_FAULT, crashes: 1, mishaps: 2 };

/** Every value of either field, and those of one: after the first edit the second and third are as good as each other. */
const NOTES = [0, 1, 2];
const ONE_FIELD = { crm: NOTES, portal: NOTES };
const TWO_FIELDS = { crm: ANY, portal: ANY };
const FOUR_EDITS = { editsEach: 2, editsTogether: 4 };
const THREE_EDITS = { editsEach: 2, editsTogether: 3 };
const TWO_EDITS = { editsEach: 2, editsTogether: 2 };

/** What `npm run exhaust` goes through, in this order. */
export const SCOPES: Readonly<Record<string, Scope>> = {
  'one edit a side': { ...TWO_FIELDS, editsEach: 1, editsTogether: 2, ...PEACE },
  'two edits a side': { ...TWO_FIELDS, ...FOUR_EDITS, ...PEACE },
  'two edits a side of one field and a fault': { ...ONE_FIELD, ...FOUR_EDITS, ...ONE_FAULT },
  'two edits a side of one field and a death': { ...ONE_FIELD, ...FOUR_EDITS, ...ONE_DEATH },
  'two edits, a fault and a death': { ...ONE_FIELD, ...TWO_EDITS, ...BOTH },
  'three edits of two fields and a fault': { ...TWO_FIELDS, ...THREE_EDITS, ...ONE_FAULT },
  'three edits of two fields and a death': { ...TWO_FIELDS, ...THREE_EDITS, ...ONE_DEATH },
  'two edits, a fault and a death in two runs': { ...TWO_FIELDS, ...TWO_EDITS, ...BOTH, runs: 2 },
  'two edits a side of one field, a fault and a death': { ...ONE_FIELD, ...FOUR_EDITS, ...BOTH },
  'three edits of one field, a fault and a death in two runs': {
    ...ONE_FIELD,
    ...THREE_EDITS,
    ...BOTH,
    runs: 2,
  },
  'two edits a side of two fields, a fault and a death': { ...TWO_FIELDS, ...FOUR_EDITS, ...BOTH },
};

/** The first run in which things happen; the one before it shares the opportunity. */
const RUN = 2;
const AFTER_RUN = 100_000;
const CREATED: Event = { kind: 'user', at: { run: 0, step: 0 }, pick: 0, action: 'crm.create', value: 0 };
/** Things at one point happen in this order: those on different servers have nothing to do with each other. */
const ORDER = ['crm.set', 'portal.set', 'fault', 'crash'];

const WRITE = /\.(?:create|update)\b/u;
const UPDATE = /^pc\.update\b/u;
const FEED = /\.changes\b/u;
/** The calls that a fault can strike: it waits for the first, whatever comes before. */
const STRIKES: Readonly<Partial<Record<Fault, (where: string) => boolean>>> = {
  refused: (where) => WRITE.test(where),
  'lost-before': (where) => WRITE.test(where),
  'lost-after': (where) => WRITE.test(where),
  'not-read-back': (where) => WRITE.test(where),
  'read-fails': (where) => !WRITE.test(where),
  hot: (where) => UPDATE.test(where),
  'cut-short': (where) => FEED.test(where),
  'cursor-forgotten': (where) => FEED.test(where),
};

interface Found {
  /** Histories lived through. */
  readonly histories: number;
  readonly failure: { readonly scenario: Scenario; readonly verdict: Verdict } | null;
}

/** Lives through every history of a scope, or until one breaks a guarantee. */
export async function exhaust(
  scope: Scope,
  options: Pick<SimulateOptions, 'sabotage'> & {
    readonly onEach?: (histories: number) => void;
    /** Only every so many-th of the subtrees two events deep. */
    readonly part?: Part;
  } = {},
): Promise<Found> {
  const { onEach = () => {}, part = { index: 0, of: 1 }, ...how } = options;
  const { runs = 1 } = scope;
  let histories = 0;
  let subtrees = 0;
  const isOurs = (depth: number): boolean => {
    if (depth !== 2) return true;
    subtrees += 1;
    return subtrees % part.of === part.index;
  };
  const explore = async (events: readonly Event[]): Promise<Found['failure']> => {
    const scenario: Scenario = {
      seed: 'small',
      circumstances: calm({ runs: RUN + runs, minutesBetweenRuns: 20 }),
      events: [CREATED, ...events],
    };
    const verdict = await simulate(scenario, { ...how, nights: false, quietRuns: 3, keepsTrace: true });
    // What all parts live through to find their subtrees is counted by the first.
    if (part.index === 0 || events.length >= 2) {
      histories += 1;
      onEach(histories);
    }
    if (verdict.violations.length > 0) return { scenario, verdict };
    for (const next of nextOf(scope, events, verdict.trace)) {
      const failure = isOurs(events.length + 1) ? await explore([...events, next]) : null;
      if (failure !== null) return failure;
    }
    return null;
  };
  const failure = await explore([]);
  return { histories, failure };
}

function rankOf(event: Event): number {
  return ORDER.indexOf(event.kind === 'user' ? event.action : event.kind);
}

/** What may happen next, at every point from the last event on. */
function nextOf(scope: Scope, events: readonly Event[], trace: readonly string[]): readonly Event[] {
  const first = events.at(-1)?.at.run ?? RUN;
  const lastRun = RUN + (scope.runs ?? 1) - 1;
  const runs = Array.from({ length: lastRun - first + 1 }, (_, index) => first + index);
  return runs.flatMap((run) => nextIn(run, run === lastRun, scope, events, stepsOf(run, trace)));
}

/** What may happen next in one run. After it things happen only where it is the last: else it is as if in the next. */
function nextIn(
  run: number,
  isLast: boolean,
  scope: Scope,
  events: readonly Event[],
  steps: readonly Step[],
): readonly Event[] {
  const last = events.at(-1);
  const from = last?.at.run === run ? last.at.step : 0;
  // In a process that is dead nothing happens any more; people go on.
  const isDead = last?.at.run === run && last.kind === 'crash';
  const isPossible = ({ at, kind }: Event): boolean => !isDead || (kind === 'user' && at.step === AFTER_RUN);
  const isLater = (event: Event): boolean =>
    event.at.step > from || last?.at.run !== run || (event.at.step === from && rankOf(event) >= rankOf(last));
  const at = (step: number) => ({ at: { run, step }, pick: 0 });
  const made = events.filter((event) => event.kind === 'user');
  const edits = (action: UserAction, values: readonly number[], calls: readonly Step[]): Event[] =>
    made.length >= scope.editsTogether ||
    made.filter((event) => event.action === action).length >= scope.editsEach
      ? []
      : values
          .filter((value) => isFirstOfItsKind(made, value))
          .flatMap((value) =>
            [...calls.map(({ step }) => step), ...(isLast ? [AFTER_RUN] : [])].map(
              (step): Event => ({ ...at(step), kind: 'user', action, value }),
            ),
          );
  const mishaps = events.filter(({ kind }) => kind === 'fault' || kind === 'crash').length;
  const mayFail = mishaps < scope.mishaps && !events.some(({ kind }) => kind === 'fault');
  const mayDie =
    mishaps < scope.mishaps && events.filter(({ kind }) => kind === 'crash').length < scope.crashes;
  const calls = { crm: callsTo('crm', steps), partnerCenter: callsTo('pc', steps) };
  const faults = mayFail
    ? scope.faults.flatMap(([system, fault]) =>
        calls[system]
          .filter(({ where }) => STRIKES[fault]?.(where) ?? true)
          .map(({ step }): Event => ({ ...at(step), kind: 'fault', fault, system, value: 1 })),
      )
    : [];
  const crashes = mayDie
    ? deathsIn(steps).map((step): Event => ({ ...at(step), kind: 'crash', value: 0 }))
    : [];
  return [
    ...edits('crm.set', scope.crm, calls.crm),
    ...edits('portal.set', scope.portal, calls.partnerCenter),
    ...faults,
    ...crashes,
  ].filter((event) => isLater(event) && isPossible(event));
}

interface Step {
  readonly step: number;
  readonly where: string;
}

/** The boundaries that a run is seen to have passed. */
function stepsOf(run: number, trace: readonly string[]): readonly Step[] {
  const pattern = new RegExp(`^${run}\\.(\\d+) (.*)$`, 'u');
  return trace.flatMap((line) => {
    const [, step, where = ''] = pattern.exec(line) ?? [];
    return step === undefined ? [] : [{ step: Number(step), where }];
  });
}

function callsTo(system: 'crm' | 'pc', steps: readonly Step[]): readonly Step[] {
  return steps.filter(({ where }) => where.startsWith(`${system}.`) && where.endsWith(' begins'));
}

/** Where a death may differ from one a moment before: at first, and while something that lasts is being done. */
function deathsIn(steps: readonly Step[]): readonly number[] {
  let underWay = 0;
  return steps.flatMap(({ step, where }, index) => {
    const differs = index === 0 || underWay > 0;
    const isRead = /^(?:crm|pc)\.(?:changes|read|find|list|settle)/u.test(where);
    if (!isRead) underWay += where.endsWith(' begins') ? 1 : -1;
    return differs ? [step] : [];
  });
}

/** The second and third value of a field are as good as each other: the third is used only after the second. */
function isFirstOfItsKind(made: readonly Event[], value: number): boolean {
  if (value % 3 !== 2) return true;
  return made.some((event) => event.kind === 'user' && event.value === value - 1);
}
