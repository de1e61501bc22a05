/** Values as people read them. Whatever came out of a record passes through `inert` or `text`. */
import { h } from './dom.js';

let offset = 0;

/** Times are told against the server's clock. @param {string} serverNow */
export function setClock(serverNow) {
  offset = Date.parse(serverNow) - Date.now();
}

/** The server's time, in milliseconds. */
export function clockNow() {
  return Date.now() + offset;
}

/** Characters that are part of writing in many scripts, or a line's end. */
const HARMLESS = new Set(['\n', '\u200c', '\u200d']);

/**
 * Text without anything that steers a terminal or turns the reading direction of what stands around it: such
 * characters are shown by their number.
 * @param {unknown} value
 */
export function inert(value) {
  return String(value).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (found) => {
    if (HARMLESS.has(found)) return found;
    if (found === '\t' || found === '\r') return ' ';
    const code = found.codePointAt(0) ?? 0;
    return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}

/** A record's own words, kept apart from the page's in direction too. @param {unknown} value */
export function text(value) {
  return h('bdi', {}, inert(value));
}

const NOTHING = '—';

/** A field's value in words. @param {unknown} value @returns {string} */
export function plain(value) {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : value.map(plain).join('\n');
  if (typeof value !== 'object') return inert(value);
  const record = /** @type {Record<string, unknown>} */ (value);
  if (typeof record.name === 'string') {
    const address = /** @type {Record<string, unknown>} */ (record.address ?? {});
    const place = ['line1', 'postalCode', 'city', 'state', 'country'].map((key) => address[key]);
    return [record.name, ...place]
      .filter((part) => typeof part === 'string' && part !== '')
      .map(inert)
      .join(', ');
  }
  return inert(typeof record.id === 'string' ? record.id : JSON.stringify(value));
}

/** @param {string | null | undefined} amount @param {string | null | undefined} currency */
export function money(amount, currency) {
  if (!amount) return '';
  const [whole = '', fraction] = amount.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return `${grouped}${fraction === undefined ? '' : `.${fraction}`}${currency ? ` ${inert(currency)}` : ''}`;
}

/** A large figure in short: 1.2 M. @param {number} value */
export function short(value) {
  for (const [size, unit] of /** @type {[number, string][]} */ ([
    [1e9, 'bn'],
    [1e6, 'M'],
    [1e3, 'k'],
  ])) {
    if (Math.abs(value) >= size)
      return `${(value / size).toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`;
  }
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}

/** @param {number} number @param {string} one @param {string} [many] */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, or in how long. @param {string | null | undefined} utc */
export function ago(utc) {
  if (!utc) return 'never';
  const difference = clockNow() - Date.parse(utc);
  const size = Math.abs(difference);
  if (size < 45_000) return difference >= 0 ? 'just now' : 'in a moment';
  const [number, unit] =
    size < 90 * MINUTE
      ? [Math.round(size / MINUTE), 'min']
      : size < 36 * HOUR
        ? [Math.round(size / HOUR), 'h']
        : [Math.round(size / DAY), 'days'];
  return difference >= 0 ? `${number} ${unit} ago` : `in ${number} ${unit}`;
}

/** A time, with its exact form for those who point at it. @param {string | null | undefined} utc @param {string} [words] */
export function time(utc, words) {
  if (!utc) return h('span', {}, words ?? 'never');
  const exact = new Date(utc);
  return h(
    'time',
    { datetime: utc, title: exact.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'long' }) },
    words ?? ago(utc),
  );
}

/** `24 Nov, 13:05` in the reader's own zone. @param {string} utc */
export function stamp(utc) {
  return new Date(utc).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** `Tue 24 Nov`. @param {string} utc */
export function date(utc) {
  return new Date(utc).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
}

const FIELDS = /** @type {Record<string, string>} */ ({
  name: 'Name',
  amount: 'Value',
  currency: 'Currency',
  closeDate: 'Close date',
  notes: 'Notes',
  campaignId: 'Campaign',
  customer: 'Customer',
  contacts: 'Customer contacts',
  team: 'Sales team',
  solutions: 'Solutions',
  state: 'State',
  salesStage: 'Sales stage',
  reason: 'Reason',
  help: 'Help wanted from Microsoft',
  visibleToMicrosoft: 'Visible to Microsoft',
  consentToShareContact: 'Consent to share contacts',
  microsoftCrmId: 'Microsoft’s CRM id',
  referralProgram: 'Referral programme',
  favorite: 'Favourite',
  marketplaceIntent: 'Marketplace intent',
  partnerRole: 'Partner role',
  solutionArea: 'Solution area',
  solutionPlay: 'Solution play',
});

/** What a field is called. @param {string} field */
export function fieldName(field) {
  return FIELDS[field] ?? inert(field);
}
