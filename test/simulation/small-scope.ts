/**
 * Every history of a small world: one opportunity and its referral, edits of two fields with three values on either
 * side, a fault and a death of the process, each at every point at which it could make a difference. For the servers
 * that is right before each call of the daemon and after the last; for the process it is every await.
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

/** What `npm run exhaust` goes through, in this order. */
export const SCOPES: Readonly<Record<string, Scope>> = {
  'one edit a side': { crm: ANY, portal: ANY, editsEach: 1, editsTogether: 2, ...PEACE },
  'three edits of two fields': { crm: ANY, portal: ANY, editsEach: 2, editsTogether: 3, ...PEACE },
  'two edits a side of one field': {
    crm: [0, 1, 2],
    portal: [0, 1, 2],
    editsEach: 2,
    editsTogether: 4,
    ...PEACE,
  },
  'one edit a side and a fault': {
    crm: [1, 4],
    portal: [1, 2, 4, 5],
    editsEach: 1,
    editsTogether: 2,
    faults: EVERY_FAULT,
    crashes: 0,
    mishaps: 1,
  },
  'one edit a side and a death': {
    crm: [1, 4],
    portal: [1, 2, 4, 5],
    editsEach: 1,
    editsTogether: 2,
    faults: [],
    crashes: 1,
    mishaps: 1,
  },
  'two edits of a side and a death': {
    crm: [0, 1, 2],
    portal: [0, 1, 2],
    editsEach: 2,
    editsTogether: 2,
    faults: [],
    crashes: 1,
    mishaps: 1,
  },
  'two edits of a side and a lost answer': {
    crm: [0, 1, 2],
    portal: [0, 1, 2],
    editsEach: 2,
    editsTogether: 2,
    faults: [
      ['partnerCenter', 'lost-before'],
      ['partnerCenter', 'lost-after'],
      ['crm', 'lost-before'],
      ['crm', 'lost-after'],
      ['crm', 'not-read-back'],
    ],
    crashes: 0,
    mishaps: 1,
  },
  'one edit, a fault and a death': {
    crm: [1],
    portal: [1],
    editsEach: 1,
    editsTogether: 1,
    faults: EVERY_FAULT,
    crashes: 1,
    mishaps: 2,
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
export async function exhaust(scope: Scope, options: Pick<SimulateOptions, 'sabotage'> = {}): Promise<Found> {
  let histories = 0;
  const explore = async (events: readonly Event[]): Promise<Found['failure']> => {
    const scenario: Scenario = {
      seed: 'small',
      circumstances: calm({ runs: RUN + 1, minutesBetweenRuns: 20 }),
      events: [CREATED, ...events],
    };
    const verdict = await simulate(scenario, { ...options, nights: false, quietRuns: 3, keepsTrace: true });
    histories += 1;

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
    return step === undefined
      ? []
      : [{ step: Number(step), isCall: /^(?:crm|pc)\.\S+.* begins$/u.test(where) }];
  });
  const calls = [...steps.filter(({ isCall }) => isCall).map(({ step }) => step), AFTER_RUN];
  const from = last?.at.step ?? 0;
  // In a process that is dead nothing happens any more; people go on.
  const isDead = last?.kind === 'crash';
  const isPossible = ({ at, kind }: Event): boolean => !isDead || (kind === 'user' && at.step === AFTER_RUN);
  const isLater = (event: Event): boolean =>
    event.at.step > from || (event.at.step === from && (last === undefined || rankOf(event) >= rankOf(last)));
  const at = (step: number) => ({ at: { run: RUN, step }, pick: 0 });
  const edits = (action: UserAction, values: readonly number[]): Event[] => {
    const made = events.filter((event) => event.kind === 'user');
    if (
      made.length >= scope.editsTogether ||
      made.filter((event) => event.action === action).length >= scope.editsEach
    )
      return [];
    return values
      .filter((value) => isFirstOfItsKind(made, value))
      .flatMap((value) => calls.map((step): Event => ({ ...at(step), kind: 'user', action, value })));
  };
  const mishaps = events.filter(({ kind }) => kind === 'fault' || kind === 'crash').length;
  const mayFail = mishaps < scope.mishaps && !events.some(({ kind }) => kind === 'fault');
  const faults = mayFail
    ? scope.faults.flatMap(([system, fault]) =>
        // A fault strikes the next call; after the last there is none.
        calls
          .filter((step) => step !== AFTER_RUN)
          .map((step): Event => ({ ...at(step), kind: 'fault', fault, system, value: 1 })),
      )
    : [];
  const crashes =
    mishaps < scope.mishaps && scope.crashes > 0
      ? steps.map(({ step }): Event => ({ ...at(step), kind: 'crash', value: 0 }))
      : [];
  return [...edits('crm.set', scope.crm), ...edits('portal.set', scope.portal), ...faults, ...crashes].filter(
    (event) => isLater(event) && isPossible(event),
  );
}

/** The second and third value of a field are as good as each other: the third is used only after the second. */
function isFirstOfItsKind(made: readonly Event[], value: number): boolean {
  if (value % 3 !== 2) return true;
  return made.some((event) => event.kind === 'user' && event.value === value - 1);
}
