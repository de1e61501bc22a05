/**
 * What operators are told of by mail or webhook: which items are news, which may go out now, and how they read. Pure;
 * sending is elsewhere.
 */
import { CREDENTIALS } from './credential-lives.ts';
import { DEADLINE, INBOUND } from './deadlines.ts';
import type { Permission } from './delivery.ts';
import { maskEmail } from './lenses/text.ts';
import { OCCASIONS, type Occasion } from './occasions.ts';
import { capitalised } from './plan.ts';
import type { Message } from './ports.ts';
import type { AttentionItem } from './store-port.ts';

const TITLES: Readonly<Record<Occasion, readonly [one: string, many: string]>> = {
  halted: ['run halted', 'runs halted'],
  credentials: ['sign-in refused', 'sign-ins refused'],
  deadline: ['deadline', 'deadlines'],
  inbound: ['new deal', 'new deals'],
  approval: ['approval wanted', 'approvals wanted'],
  conflict: ['conflict', 'conflicts'],
  parked: ['parked record', 'parked records'],
  answered: ['answer of Microsoft', 'answers of Microsoft'],
  notice: ['notice', 'notices'],
};
/** Items of one occasion, and of one cause, that are written out; the rest is counted. */
const SHOWN = 20;
const SHOWN_OF_CAUSE = 10;
const OCCASION_BY_CODE: Readonly<Record<string, Occasion>> = {
  [DEADLINE]: 'deadline',
  [CREDENTIALS]: 'credentials',
  [INBOUND]: 'inbound',
  'microsoft-answered': 'answered',
};
const HALTING = new Set(['halted', 'too-many-closes']);
const EMAIL = /[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+\.[A-Za-z]{2,}/g;
/** A number with its country code; ids have no plus sign. */
const PHONE = /\+\d[\d\s().-]{6,}\d/g;

/** The occasion an item is. */
export function occasionOf({ kind, code, values }: AttentionItem): Occasion {
  if (kind === 'approval') return HALTING.has(code) ? 'halted' : 'approval';
  if (kind === 'conflict') return values.some(({ applied }) => applied === null) ? 'conflict' : 'notice';
  if (kind === 'parked') return 'parked';
  return OCCASION_BY_CODE[code] ?? 'notice';
}

/** Tells one raising of an item from a later one of the same cause. */
export function markOf({ id, since }: AttentionItem): string {
  return `${id}@${since}`;
}

export interface NewsOptions {
  readonly connection: string;
  /** The occasions that are wanted. */
  readonly on: readonly string[];
  /** Marks of what was sent before. */
  readonly sent: ReadonlySet<string>;
  /** What may go out now; absent: everything. */
  readonly permission?: Permission;
  /** When the digest before this one went out, or waiting for the first began; null or absent: no digests are kept. */
  readonly lastDigest?: string | null;
  /** The occasions that may always go out. */
  readonly urgent?: readonly string[];
  /** Where people reach the console; null: the command is named. */
  readonly consoleUrl?: string | null;
}

/** What to send now: one message for all that is new and may go out, or none; and what counts as sent after it. */
export interface News {
  readonly message: Message | null;
  readonly items: readonly AttentionItem[];
  /** Marks of everything open that has been sent, the message's own items included. */
  readonly marks: readonly string[];
}

/** Groups the open items that nobody was told of into one message. The day's digest also counts what still waits. */
export function newsOf(open: readonly AttentionItem[], options: NewsOptions): News {
  const { on, sent, permission, urgent } = options;
  const wanted = open.filter((item) => on.includes(occasionOf(item)));
  const [told, untold] = [
    wanted.filter((item) => sent.has(markOf(item))),
    wanted.filter((item) => !sent.has(markOf(item))),
  ];
  const items =
    permission === 'urgent' ? untold.filter((item) => urgent?.includes(occasionOf(item))) : untold;
  const marks = wanted.filter((item) => told.includes(item) || items.includes(item)).map(markOf);
  const waiting = permission === 'digest' ? told.filter(isWaiting) : [];
  return { items, marks, message: compose(items, waiting, options) };
}

/** Whether somebody must decide or mend something; notices only tell. */
function isWaiting(item: AttentionItem): boolean {
  return ['halted', 'credentials', 'deadline', 'approval', 'conflict', 'parked'].includes(occasionOf(item));
}

/** One message about what is new and what still waits; null where that is nothing. */
function compose(
  items: readonly AttentionItem[],
  waiting: readonly AttentionItem[],
  { connection, permission, lastDigest = null, consoleUrl = null }: NewsOptions,
): Message | null {
  const [first] = [...items, ...waiting];
  if (first === undefined) return null;
  const isDigest = permission === 'digest';
  const parts = groupsOf(items).map(({ occasion, items: group }) =>
    [`${capitalised(counted(occasion, group.length))}:`, ...linesOf(group)].join('\n'),
  );
  const still = waiting.length === 0 ? [] : [`Still waiting: ${countsOf(waiting)}.`];
  const more =
    consoleUrl === null
      ? `More: cosell-sync attention list --connection ${connection}`
      : `More: ${consoleUrl}/attention`;
  const counts = items.length === 0 ? `nothing new, ${countsOf(waiting)} waiting` : countsOf(items);
  return {
    // A digest by the one before it, a message by the raising it tells of first: sent again after a failure, both keep it.
    id: isDigest
      ? `${connection}-digest-after-${compact(lastDigest ?? '')}`
      : `${connection}-${first.id}-${compact(first.since)}-${items.length}`,
    subject: `cosell-sync ${connection}${isDigest ? ' today' : ''}: ${counts}`,
    text: `${[...parts, ...still, more].join('\n\n')}\n`,
  };
}

/** A time as part of an id. */
function compact(time: string): string {
  return time.replace(/[^0-9TZ]/g, '');
}

interface Group {
  readonly occasion: Occasion;
  readonly items: readonly AttentionItem[];
}

function groupsOf(items: readonly AttentionItem[]): readonly Group[] {
  return OCCASIONS.map((occasion) => ({
    occasion,
    items: items.filter((item) => occasionOf(item) === occasion),
  })).filter((group) => group.items.length > 0);
}

function countsOf(items: readonly AttentionItem[]): string {
  return groupsOf(items)
    .map((group) => counted(group.occasion, group.items.length))
    .join(', ');
}

/** A line for each item, those of one cause together; of many, some, and how many more of which cause. */
function linesOf(items: readonly AttentionItem[]): readonly string[] {
  const byCause = new Map<string, AttentionItem[]>();
  for (const item of items) byCause.set(item.code, [...(byCause.get(item.code) ?? []), item]);
  const isMixed = byCause.size > 1;
  let room = SHOWN;
  return [...byCause].flatMap(([code, group]) => {
    const shown = group.slice(0, Math.min(room, isMixed ? SHOWN_OF_CAUSE : SHOWN));
    room -= shown.length;
    const rest = group.length - shown.length;
    return [
      ...shown.map(({ id, message }) => `- ${withoutContacts(message)} [${id}]`),
      ...(rest > 0 ? [`- and ${rest} more${isMixed ? ` (${code})` : ''}`] : []),
    ];
  });
}

function counted(occasion: Occasion, count: number): string {
  const [one, many] = TITLES[occasion];
  return `${count} ${count === 1 ? one : many}`;
}

/** A text whose e-mail addresses and phone numbers nobody can use. */
export function withoutContacts(text: string): string {
  return text.replace(EMAIL, (address) => maskEmail(address)).replace(PHONE, '[number]');
}
