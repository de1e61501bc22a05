/** The pipeline over time: columns by day, stacked by stage, drawn as SVG; the same figures as a table. */
import { h, s } from './dom.js';
import { count, inert, money, short } from './format.js';

/**
 * @typedef {{ stage: string, kind: string, count: number, value: Record<string, string> }} Cell
 * @typedef {{ day: string, cells: Cell[] }} Day
 * @typedef {{ kind: string, measure: 'count' | 'value', closed: boolean }} View
 */

export const STAGES = [
  'Received',
  'Accepted',
  'Qualify',
  'Develop',
  'Propose',
  'Close',
  'Won',
  'Lost',
  'Declined',
  'Expired',
  'Error',
];
const CLOSED = new Set(['Won', 'Lost', 'Declined', 'Expired', 'Error']);
/** What a stage is called where people read it. */
const NAMES = /** @type {Record<string, string>} */ ({
  Received: 'To answer',
  Accepted: 'No stage',
  Error: 'Closed as error',
});

/** @param {string} stage */
export const stageName = (stage) => NAMES[stage] ?? stage;

/** The currency that most deals are in; only one can be summed up. @param {Day[]} days */
export function mainCurrency(days) {
  /** @type {Map<string, number>} */
  const weights = new Map();
  for (const { cells } of days.slice(-1)) {
    for (const { value } of cells)
      for (const [currency, sum] of Object.entries(value))
        weights.set(currency, (weights.get(currency) ?? 0) + Number(sum));
  }
  const currencies = [...weights.keys()].sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0));
  return { currency: currencies[0] ?? null, others: currencies.slice(1) };
}

/**
 * Figures of one day by stage.
 * @param {Day} day @param {View} view @param {string | null} currency
 * @returns {Map<string, { count: number, value: number }>}
 */
export function figuresOf(day, { kind, closed }, currency) {
  /** @type {Map<string, { count: number, value: number }>} */
  const figures = new Map();
  for (const cell of day.cells) {
    if (kind !== 'all' && cell.kind !== kind) continue;
    if (!closed && CLOSED.has(cell.stage)) continue;
    const held = figures.get(cell.stage) ?? { count: 0, value: 0 };
    held.count += cell.count;
    held.value += currency === null ? 0 : Number(cell.value[currency] ?? 0);
    figures.set(cell.stage, held);
  }
  return figures;
}

/** One series of several connections' days. @param {{ days: Day[] }[]} series @returns {Day[]} */
export function together(series) {
  /** @type {Map<string, Cell[]>} */
  const days = new Map();
  for (const one of series)
    for (const { day, cells } of one.days) days.set(day, [...(days.get(day) ?? []), ...cells]);
  return [...days].map(([day, cells]) => ({ day, cells })).sort((a, b) => a.day.localeCompare(b.day));
}

const HEIGHT = 230;
const LEFT = 46;
const BOTTOM = 22;
const TOP = 8;

/** A round figure at or above this one, whose half is round, too. @param {number} most */
function ceiling(most) {
  if (most <= 2) return 2;
  const size = 10 ** Math.floor(Math.log10(most));
  return ([2, 4, 6, 8, 10].find((step) => step * size >= most) ?? 10) * size;
}

/** @param {string} day */
const dayName = (day) =>
  new Date(`${day}T12:00:00Z`).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });

/**
 * @param {Day[]} days @param {{ from: string, to: string }} range @param {View} view @param {string | null} currency
 * @param {number} width in pixels: the chart is drawn anew where it changes, so that its words keep their size
 */
function drawColumns(days, { from, to }, view, currency, width) {
  const first = Math.max(Date.parse(from), Math.min(...days.map(({ day }) => Date.parse(day))));
  const slots = Math.max(7, Math.round((Date.parse(to) - first) / 86_400_000) + 1);
  const start = Date.parse(to) - (slots - 1) * 86_400_000;
  const columns = days.map((day) => ({ day: day.day, figures: figuresOf(day, view, currency) }));
  const sums = columns.map(({ figures }) => sum(figures, view.measure));
  const top = ceiling(Math.max(...sums, 0));
  const step = (width - LEFT) / slots;
  const y = (/** @type {number} */ value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const label = summary(columns, sums, view, currency);
  const marks = [0, 0.5, 1].map((part) => {
    const at = y(top * part);
    const words = view.measure === 'count' ? (top * part).toLocaleString('en') : short(top * part);
    return [
      s('line', { class: part === 0 ? 'axis' : 'grid', x1: LEFT, x2: width, y1: at, y2: at }),
      s('text', { x: LEFT - 6, y: at + 4, 'text-anchor': 'end' }, words),
    ];
  });
  const bars = columns.map(({ day, figures }, place) => {
    const x = LEFT + ((Date.parse(day) - start) / 86_400_000) * step;
    let below = 0;
    const parts = STAGES.filter((stage) => figures.has(stage)).map((stage) => {
      const value = figures.get(stage)?.[view.measure] ?? 0;
      const from = y(below + value);
      const height = Math.max(0, y(below) - from);
      below += value;
      return s('rect', { class: `s-${stage}`, x: x + step * 0.08, y: from, width: step * 0.84, height });
    });
    const lines = STAGES.filter((stage) => figures.has(stage)).map((stage) => {
      const held = figures.get(stage);
      return `${stageName(stage)}: ${held?.count ?? 0}${currency === null ? '' : ` (${short(held?.value ?? 0)} ${currency})`}`;
    });
    return s(
      'g',
      {},
      s(
        'title',
        {},
        `${dayName(day)}\n${lines.join('\n')}\nTogether: ${view.measure === 'count' ? sums[place] : short(sums[place] ?? 0)}`,
      ),
      parts,
    );
  });
  const every = Math.ceil(slots / Math.max(2, Math.floor(width / 90)));
  const names = Array.from({ length: slots }, (_, slot) => slot)
    .filter((slot) => (slots - 1 - slot) % every === 0)
    .map((slot) =>
      s(
        'text',
        { x: LEFT + (slot + 0.5) * step, y: HEIGHT - 5, 'text-anchor': 'middle' },
        dayName(new Date(start + slot * 86_400_000).toISOString().slice(0, 10)),
      ),
    );
  return s(
    'svg',
    { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': label },
    marks,
    bars,
    names,
  );
}

/**
 * The chart, as wide as its place.
 * @param {Day[]} days @param {{ from: string, to: string }} range @param {View} view @param {string | null} currency
 */
export function drawChart(days, range, view, currency) {
  const place = h('div', { class: 'chart' });
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.round(place.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    place.replaceChildren(drawColumns(days, range, view, currency, width));
  }).observe(place);
  return place;
}

/** @param {Map<string, { count: number, value: number }>} figures @param {'count' | 'value'} measure */
function sum(figures, measure) {
  return [...figures.values()].reduce((total, figure) => total + figure[measure], 0);
}

/**
 * @param {{ day: string, figures: Map<string, { count: number, value: number }> }[]} columns
 * @param {number[]} sums @param {View} view @param {string | null} currency
 */
function summary(columns, sums, view, currency) {
  const [first, last] = [columns[0], columns.at(-1)];
  if (first === undefined || last === undefined) return 'The pipeline: no figures yet.';
  const words = (/** @type {number} */ figure) =>
    view.measure === 'count' ? count(figure, 'deal') : `${short(figure)} ${currency ?? ''}`;
  const change = first === last ? '' : `, from ${words(sums[0] ?? 0)} on ${dayName(first.day)}`;
  return `The pipeline by stage: ${words(sums.at(-1) ?? 0)} on ${dayName(last.day)}${change}. The table below has every figure.`;
}

/** Where deals stand today, stage by stage: also the chart's key. @param {Day | undefined} day @param {View} view @param {string | null} currency */
export function drawStages(day, view, currency) {
  const figures = day === undefined ? new Map() : figuresOf(day, view, currency);
  const most = Math.max(1, ...[...figures.values()].map((figure) => figure[view.measure]));
  return h(
    'ul',
    { class: 'stages', 'aria-label': 'Deals by stage today' },
    STAGES.filter((stage) => figures.has(stage)).map((stage) => {
      const { count: deals, value } = figures.get(stage) ?? { count: 0, value: 0 };
      const bar = h('span', { class: `s-${stage}` });
      bar.style.width = `${((view.measure === 'count' ? deals : value) / most) * 100}%`;
      return h(
        'li',
        {},
        h('span', { class: `swatch s-${stage}`, 'aria-hidden': 'true' }),
        h('span', {}, stageName(stage)),
        h('span', { class: 'track', 'aria-hidden': 'true' }, bar),
        h('span', { class: 'number' }, deals.toLocaleString('en'), h('span', { class: 'unseen' }, ' deals')),
        h(
          'span',
          { class: 'number worth muted' },
          currency === null ? '' : `${short(value)} ${inert(currency)}`,
        ),
      );
    }),
  );
}

/** The chart's figures as a table, latest day first. @param {Day[]} days @param {View} view @param {string | null} currency */
export function drawFigures(days, view, currency) {
  const columns = days.map((day) => ({ day: day.day, figures: figuresOf(day, view, currency) })).reverse();
  const stages = STAGES.filter((stage) => columns.some(({ figures }) => figures.has(stage)));
  const words = (/** @type {number} */ figure) =>
    view.measure === 'count' ? figure.toLocaleString('en') : money(figure.toFixed(0), null);
  const title =
    view.measure === 'count' ? 'Deals by day and stage' : `Value by day and stage, in ${currency ?? ''}`;
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': title, tabindex: '0' },
    h(
      'table',
      {},
      h('caption', {}, title),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Day'),
          stages.map((stage) => h('th', { scope: 'col', class: 'number' }, stageName(stage))),
          h('th', { scope: 'col', class: 'number' }, 'Together'),
        ),
      ),
      h(
        'tbody',
        {},
        columns.map(({ day, figures }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, dayName(day)),
            stages.map((stage) =>
              h('td', { class: 'number' }, words(figures.get(stage)?.[view.measure] ?? 0)),
            ),
            h('td', { class: 'number' }, words(sum(figures, view.measure))),
          ),
        ),
      ),
    ),
  );
}
