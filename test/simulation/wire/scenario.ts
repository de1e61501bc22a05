/** What a history over the wire is made of, drawn from its seed alone: circumstances, people, faults, deaths. */
import type { CrmKind } from '../../support/crm-desk/index.ts';
import { createRandom, type Random } from '../random.ts';
import { registering } from './registering.ts';

/** Before the server does anything: it never hears of the request, or refuses it. */
export const BEFORE = ['reset-before', 'throttled', 'unavailable', 'broken', 'expired'] as const;
/** After the server has done it: the answer is lost or bent on its way. */
export const AFTER = ['reset-after', 'cut', 'truncated', 'empty', 'html', 'wrong-type', 'gateway'] as const;
/** Only lists: the link to the next page leads back. */
export const LISTS = ['link-repeated'] as const;
export const KINDS = [...BEFORE, ...AFTER, ...LISTS] as const;
export type WireFaultKind = (typeof KINDS)[number];

export const SIDES = ['crm', 'partnerCenter'] as const;
export type Side = (typeof SIDES)[number];

/** Of which requests the n-th is struck: a side's reads, further pages of its lists, its writes, registrations, or sign-ins. */
export type Aim = 'read' | 'page' | 'write' | 'register' | 'sign-in';

export interface WireFault {
  readonly kind: 'fault';
  readonly run: number;
  readonly side: Side;
  readonly aim: Aim;
  /** From 0, within the run. */
  readonly nth: number;
  readonly fault: WireFaultKind;
}

export const ACTIONS = [
  'crm.amount',
  'crm.notes',
  'crm.date',
  'crm.share',
  'crm.win',
  'crm.lose',
  'crm.accept',
  'portal.amount',
  'portal.notes',
  'portal.date',
  'portal.receive',
  'portal.accept',
  'portal.win',
  'crm.register',
  'crm.winToRegister',
  'crm.contract',
  'microsoft.review',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Somebody does something at a boundary of a run: a request, its effect, a commit. */
export interface PersonActs {
  readonly kind: 'person';
  readonly run: number;
  readonly step: number;
  readonly action: Action;
  /** Which record, 0 to 1. */
  readonly pick: number;
}

/** The daemon's process dies at a boundary. */
export interface Death {
  readonly kind: 'death';
  readonly run: number;
  readonly step: number;
}

/** What is different about a server for one run; from some run on Partner Center fails at one deal, which the last one says. */
export const SPELLS = ['lists-lag', 'rows-shift', 'late-commits', 'revoked', 'deal-fails'] as const;
export interface Spell {
  readonly kind: 'spell';
  readonly run: number;
  readonly spell: (typeof SPELLS)[number];
}

export type WireEvent = WireFault | PersonActs | Death | Spell;

export interface Circumstances {
  readonly crm: CrmKind;
  readonly runs: number;
  readonly minutesBetweenRuns: number;
  /** Rows on a page of either side; null: as many as the product gives. */
  readonly pageSize: number | null;
  /** Whether the daemon's process stays up between runs, with its sessions and tokens. */
  readonly staysUp: boolean;
  readonly tokenSeconds: number;
  /** An old refresh token dies when its successor is first used. */
  readonly rotatesStrictly: boolean;
  readonly disk: 'plain' | 'memory';
  /** Opportunities flagged and deals received before the first run. */
  readonly shared: number;
  readonly received: number;
  /** Won deals are registered: a day lies between two runs. */
  readonly registers: boolean;
}

export interface WireScenario {
  readonly seed: string;
  readonly circumstances: Circumstances;
  readonly events: readonly WireEvent[];
}

const ACTION_WEIGHTS: Readonly<Record<Action, number>> = {
  'crm.amount': 4,
  'crm.notes': 4,
  'crm.date': 2,
  'crm.share': 3,
  'crm.win': 0.7,
  'crm.lose': 0.4,
  'crm.accept': 1,
  'portal.amount': 4,
  'portal.notes': 4,
  'portal.date': 2,
  'portal.receive': 2,
  'portal.accept': 1,
  'portal.win': 0.5,
  // These come with histories of registration.
  'crm.register': 0,
  'crm.winToRegister': 0,
  'crm.contract': 0,
  'microsoft.review': 0,
};

const FAULT_WEIGHTS: Readonly<Record<WireFaultKind, number>> = {
  'reset-before': 1,
  throttled: 1.5,
  unavailable: 1,
  broken: 1,
  expired: 1,
  'reset-after': 2,
  cut: 2,
  truncated: 2,
  empty: 1.5,
  html: 1.5,
  'wrong-type': 1,
  gateway: 2,
  'link-repeated': 1.5,
};

/** What a history is about: one kind of fault on one side, which comes several times. */
interface Theme {
  readonly fault: WireFaultKind;
  readonly side: Side;
}

const THEMES: readonly Theme[] = SIDES.flatMap((side) => KINDS.map((fault) => ({ fault, side })));

/** One history in so many registers deals. */
const REGISTERING_OF = 4;

/** Neighbouring seeds are about different things, so that a short campaign has all of them. */
function themeOf(seed: string): Theme {
  const theme = THEMES[Number(seed) % THEMES.length];
  return theme ?? { fault: 'cut', side: 'crm' };
}

function circumstancesOf(random: Random, { fault }: Theme): Circumstances {
  const hasPages = fault === 'link-repeated';
  return {
    crm: random.chance(0.5) ? 'salesforce' : 'dynamics',
    runs: random.between(6, 12),
    minutesBetweenRuns: random.pick([1, 6, 17, 25]),
    pageSize: hasPages ? 2 : random.chance(0.6) ? random.between(2, 4) : null,
    staysUp: random.chance(0.6),
    tokenSeconds: random.pick([600, 3600]),
    rotatesStrictly: random.chance(0.5),
    disk: random.chance(0.15) ? 'memory' : 'plain',
    shared: hasPages ? 6 : random.between(1, 5),
    received: hasPages ? 6 : random.between(0, 4),
    registers: false,
  };
}

/** Early boundaries of a run are where most of it happens; one in four people comes between two runs. */
function stepIn(random: Random): number {
  if (random.chance(0.25)) return 100_000;
  return random.chance(0.7) ? random.below(20) : random.below(60);
}

function faultIn(random: Random, runs: number, theme: Theme | null): WireFault {
  const fault = theme?.fault ?? random.weighted(FAULT_WEIGHTS);
  const aim: Aim =
    fault === 'link-repeated'
      ? random.pick(['read', 'page', 'page'])
      : random.weighted({ write: 5, read: 3, page: 1.5, 'sign-in': fault === 'expired' ? 0 : 0.8 });
  return {
    kind: 'fault',
    // The first run reads and writes most.
    run: random.chance(fault === 'link-repeated' || aim === 'page' ? 0.5 : 0.2) ? 0 : random.below(runs),
    side: theme?.side ?? random.pick(SIDES),
    aim,
    nth: random.chance(0.7) ? random.below(2) : random.below(6),
    fault,
  };
}

/** The history that a seed stands for. */
export function wireScenarioOf(seed: string): WireScenario {
  const random = createRandom(seed, 'wire');
  const theme = themeOf(seed);
  const circumstances = circumstancesOf(random, theme);
  const { runs } = circumstances;
  // The first runs read and write most, so that what the history is about surely happens.
  const events: WireEvent[] = [
    { kind: 'fault', run: 0, ...theme, aim: 'read', nth: 0 },
    { kind: 'fault', run: random.below(2), ...theme, aim: 'page', nth: 0 },
    { kind: 'fault', run: random.below(2), ...theme, aim: 'write', nth: random.below(2) },
  ];
  for (let left = random.between(4, 16); left > 0; left -= 1)
    events.push({
      kind: 'person',
      run: random.below(runs),
      step: stepIn(random),
      action: random.weighted(ACTION_WEIGHTS),
      pick: random.next(),
    });
  for (let left = random.between(5, 12); left > 0; left -= 1) {
    const fault = faultIn(random, runs, random.chance(0.4) ? theme : null);
    events.push(fault);
    // Bad minutes: the repetition is struck as well.
    if (random.chance(0.2))
      for (let more = random.between(1, 5); more > 0; more -= 1)
        events.push({ ...fault, nth: fault.nth + more });
  }
  for (let left = random.chance(0.5) ? random.between(1, 3) : 0; left > 0; left -= 1)
    events.push({ kind: 'death', run: random.below(runs), step: random.below(40) });
  for (const spell of SPELLS)
    if (random.chance(spell === 'revoked' ? 0.12 : 0.25))
      events.push({ kind: 'spell', run: random.below(runs), spell });
  const scenario = { seed, circumstances, events };
  return Number(seed) % REGISTERING_OF === 3 ? registering(scenario, [...BEFORE, ...AFTER]) : scenario;
}
