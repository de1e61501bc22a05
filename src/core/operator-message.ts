/** What operators are told of by mail or webhook: which items are news, and how they read. Pure; sending is elsewhere. */
import { DEADLINE } from './deadlines.ts';
import { maskEmail } from './lenses/text.ts';
import { OCCASIONS, type Occasion } from './occasions.ts';
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
/** Items of one occasion that are written out; the rest is counted. */
const SHOWN = 20;
const HALTING = new Set(['halted', 'too-many-closes']);
const EMAIL = /[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+\.[A-Za-z]{2,}/g;
/** A number with its country code; ids have no plus sign. */
const PHONE = /\+\d[\d\s().-]{6,}\d/g;

/** The occasion an item is. */
export function occasionOf({ kind, code, values }: AttentionItem): Occasion {
  if (kind === 'approval') return HALTING.has(code) ? 'halted' : 'approval';
  if (kind === 'conflict') return values.some(({ applied }) => applied === null) ? 'conflict' : 'notice';
  if (kind === 'parked') return 'parked';
  if (code === DEADLINE) return 'deadline';
  return code === 'credentials' ? 'credentials' : 'notice';
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
}

/** What to send now: one message for all that is new, or none; and what counts as sent after it. */
export interface News {
  readonly message: Message | null;
  readonly items: readonly AttentionItem[];
  /** Marks of everything open that has been sent, the message's own items included. */
  readonly marks: readonly string[];
}

/** Groups the open items that nobody was told of into one message. */
export function newsOf(open: readonly AttentionItem[], { connection, on, sent }: NewsOptions): News {
  const wanted = open.filter((item) => on.includes(occasionOf(item)));
  const items = wanted.filter((item) => !sent.has(markOf(item)));
  const marks = wanted.map(markOf);
  return { items, marks, message: items.length === 0 ? null : compose(connection, items) };
}

function compose(connection: string, items: readonly AttentionItem[]): Message {
  const groups = OCCASIONS.map((occasion) => ({
    occasion,
    items: items.filter((item) => occasionOf(item) === occasion),
  })).filter((group) => group.items.length > 0);
  const counts = groups.map((group) => counted(group.occasion, group.items.length)).join(', ');
  const parts = groups.map((group) => {
    const lines = group.items
      .slice(0, SHOWN)
      .map(({ id, message }) => `- ${withoutContacts(message)} [${id}]`);
    const rest = group.items.length - lines.length;
    return [
      `${capitalised(counted(group.occasion, group.items.length))}:`,
      ...lines,
      ...(rest > 0 ? [`- and ${rest} more`] : []),
    ].join('\n');
  });
  return {
    id: items[0] === undefined ? '' : `${connection}-${items[0].id}-${items.length}`,
    subject: `cosell-sync ${connection}: ${counts}`,
    text: `${parts.join('\n\n')}\n\nMore: cosell-sync attention list --connection ${connection}\n`,
  };
}

function counted(occasion: Occasion, count: number): string {
  const [one, many] = TITLES[occasion];
  return `${count} ${count === 1 ? one : many}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A text whose e-mail addresses and phone numbers nobody can use. */
export function withoutContacts(text: string): string {
  return text.replace(EMAIL, (address) => maskEmail(address)).replace(PHONE, '[number]');
}
