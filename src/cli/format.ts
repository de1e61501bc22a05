/** Values, tables and colours as a person reads them. Everything that came out of a record is escaped here. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { escapeTerminal } from '../core/lenses/text.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** Colours a text, or not. */
export function paintWith(colour: boolean): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
}

const MAX_TEXT = 60;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field's value in one line; long text is cut for show. */
export function displayValue(value: unknown, maxLength = MAX_TEXT): string {
  const text = escapeTerminal(plainValue(value));
  const characters = [...text];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : text;
}

function plainValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return '(empty)';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.length === 0 ? '(empty)' : value.map(plainValue).join('; ');
  if (!isRecord(value)) return String(value);
  const { name, address, id } = value;
  if (typeof name === 'string') {
    const place = isRecord(address)
      ? [address.city, address.country].filter((part) => typeof part === 'string')
      : [];
    return [name, ...place].join(', ');
  }
  return typeof id === 'string' ? id : JSON.stringify(value);
}

/** An amount with separators, exact: figures are never rounded for show. */
export function displayAmount(
  amount: string | null | undefined,
  currency: string | null | undefined,
): string {
  if (amount === null || amount === undefined) return '';
  const [whole = '', fraction] = amount.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return escapeTerminal(
    `${grouped}${fraction === undefined ? '' : `.${fraction}`}${currency ? ` ${currency}` : ''}`,
  );
}

/** `2026-05-04 13:22` of a UTC instant. */
export function displayTime(utc: string | null | undefined): string {
  return utc === null || utc === undefined ? '' : escapeTerminal(utc.slice(0, 16).replace('T', ' '));
}

/** A count with its noun: `1 deal`, `2 deals`, `1,200 opportunities`. */
export function count(number: number, noun: string): string {
  const plural = /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`;
}

/** How long ago, or in how long, in one word and a figure. */
export function displayAge(from: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(from)) / 1000));
  if (Number.isNaN(seconds)) return '';
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

export interface TableOptions {
  readonly head?: readonly string[];
  readonly paint: Paint;
  /** Columns whose cells are figures. */
  readonly right?: readonly number[];
}

/** A plain table without lines. Cells are already safe to show. */
export function renderTable(
  rows: readonly (readonly string[])[],
  { head, paint, right = [] }: TableOptions,
): string {
  const width = Math.max(head?.length ?? 0, ...rows.map((row) => row.length));
  const table = new Table({
    chars: BORDERLESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: Array.from({ length: width }, (_, index) => (right.includes(index) ? 'right' : 'left')),
    ...(head === undefined ? {} : { head: head.map((text) => paint('bold', text)) }),
  });
  table.push(...rows.map((row) => [...row]));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

/** Text broken into lines of at most this width, indented. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of escapeTerminal(text).split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width - indent.length) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one) => `${indent}${one}`).join('\n');
}
