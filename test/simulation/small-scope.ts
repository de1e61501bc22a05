/**
 * Every history of a small world: one opportunity and its referral, edits of two fields with three values on either
 * side, a fault and a death of the process, each at every point at which it could make a difference. For what happens to
 * a server that is right before each call that the daemon sends to it, and after the last; for a death it is the
 * beginning and wherever something that lasts has just been done, here or there. Any other history is one of these with
 * steps in another order that do not touch each other.
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

/** Every value of either field, and those of one: after the first edit the second and third are as good as each other. */
const NOTES = [0, 1, 2];

/** What `npm run exhaust` goes through, in this order. */
export const SCOPES: Readonly<Record<string, Scope>> = {
  'one edit a side': { crm: ANY, portal: ANY, editsEach: 1, editsTogether: 2, ...PEACE },
  'two edits a side': { crm: ANY, portal: ANY, editsEach: 2, editsTogether: 4, ...PEACE },
  'two edits a side of one field and a fault': {
    crm: NOTES,
    portal: NOTES,
    editsEach: 2,
    editsTogether: 4,
    faults: EVERY_FAULT,
    crashes: 0,
    mishaps: 1,
  },
  'two edits a side of one field and a death': {
    crm: NOTES,
    portal: NOTES,
    editsEach: 2,
    editsTogether: 4,
    faults: [],
    crashes: 1,
    mishaps: 1,
  },
  'two edits, a fault and a death': {
    crm: NOTES,
    portal: NOTES,
    editsEach: 2,
    editsTogether: 2,
    faults: EVERY_FAULT,
    crashes: 1,
    mishaps: 2,
  },
  'three edits of two fields and a fault': {
    crm: ANY,
    portal: ANY,
    editsEach: 2,
    editsTogether: 3,
    faults: EVERY_FAULT,
    crashes: 0,
    mishaps: 1,
  },
  'three edits of two fields and a death': {
    crm: ANY,
    portal: ANY,
    editsEach: 2,
    editsTogether: 3,
    faults: [],
    crashes: 1,
    mishaps: 1,
  },
};

/** The run in which everything happens; the one before it shares the opportunity. */
const RUN = 2;
const AFTER_RUN = 100_000;
const CREATED: Event = { kind: 'user', at: { run: 0, step: 0 }, pick: 0, action: 'crm.create', value: 0 };
/** Things at one point happen in this order: those on different servers have nothing to do with each other. */
const ORDER = ['crm.set', 'portal.set', 'fault', 'crash'];

interface Found {
  /** Histories lived through. */
  readonly histories: number;
  readonly failure: { readonly scenario: Scenario; readonly verdict: Verdict } | null;
}

/** Lives through every history of a scope, or until one breaks a guarantee. */
export async function exhaust(
  scope: Scope,
  options: Pick<SimulateOptions, 'sabotage'> & { readonly onEach?: (histories: number) => void } = {},
): Promise<Found> {
  const { onEach = () => {}, ...how } = options;
  let histories = 0;
  const explore = async (events: readonly Event[]): Promise<Found['failure']> => {
    const scenario: Scenario = {
      seed: 'small',
      circumstances: calm({ runs: RUN + 1, minutesBetweenRuns: 20 }),
      events: [CREATED, ...events],
    };
    const verdict = await simulate(scenario, { ...how, nights: false, quietRuns: 3, keepsTrace: true });
    histories += 1;
    onEach(histories);
    if (verdict.violations.length > 0) return { scenario, verdict };
    for (const next of nextOf(scope, events, verdict.trace)) {
      const failure = await explore([...events, next]);
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
  const last = events.at(-1);
  const steps = trace.flatMap((line) => {
    const [, step, where = ''] = new RegExp(`^${RUN}\\.(\\d+) (.*)$`, 'u').exec(line) ?? [];
    return step === undefined ? [] : [{ step: Number(step), where }];
  });
  const from = last?.at.step ?? 0;
  // In a process that is dead nothing happens any more; people go on.
  const isDead = last?.kind === 'crash';
  const isPossible = ({ at, kind }: Event): boolean => !isDead || (kind === 'user' && at.step === AFTER_RUN);
  const isLater = (event: Event): boolean =>
    event.at.step > from || (event.at.step === from && (last === undefined || rankOf(event) >= rankOf(last)));
  const at = (step: number) => ({ at: { run: RUN, step }, pick: 0 });
  const made = events.filter((event) => event.kind === 'user');
  const edits = (action: UserAction, values: readonly number[], calls: readonly number[]): Event[] =>
    made.length >= scope.editsTogether ||
    made.filter((event) => event.action === action).length >= scope.editsEach
      ? []
      : values
          .filter((value) => isFirstOfItsKind(made, value))
          .flatMap((value) =>
            [...calls, AFTER_RUN].map((step): Event => ({ ...at(step), kind: 'user', action, value })),
          );
  const mishaps = events.filter(({ kind }) => kind === 'fault' || kind === 'crash').length;
  const mayFail = mishaps < scope.mishaps && !events.some(({ kind }) => kind === 'fault');
  const calls = { crm: callsTo('crm', steps), partnerCenter: callsTo('pc', steps) };
  // A fault strikes the next call; after the last there is none.
  const faults = mayFail
    ? scope.faults.flatMap(([system, fault]) =>
        calls[system].map((step): Event => ({ ...at(step), kind: 'fault', fault, system, value: 1 })),
      )
    : [];
  const crashes =
    mishaps < scope.mishaps && scope.crashes > 0
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

function callsTo(system: 'crm' | 'pc', steps: readonly Step[]): readonly number[] {
  return steps
    .filter(({ where }) => where.startsWith(`${system}.`) && where.endsWith(' begins'))
    .map(({ step }) => step);
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
