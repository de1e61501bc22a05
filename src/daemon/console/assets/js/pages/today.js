/** The first screen: what needs a person this morning, how the pipeline stands, and whether everything runs. */
import { get } from '../api.js';
import { h } from '../dom.js';
import { ago, count, date, inert, setClock } from '../format.js';
import { connectionPanel, showProgress } from './connection.js';
import { pipelinePanel } from './pipeline.js';

const KINDS =
  /** @type {Record<string, { words: (number: number) => string, go: string, style: string }>} */ ({
    approval: { words: (number) => `${count(number, 'approval')} wanted`, go: 'Decide', style: 'bad' },
    conflict: { words: (number) => count(number, 'conflict'), go: 'Decide', style: 'warn' },
    parked: { words: (number) => count(number, 'parked record'), go: 'Correct', style: 'warn' },
    notice: { words: (number) => count(number, 'notice'), go: 'Read', style: '' },
  });

const STOPPED_EARLY = 'The last run stopped early and goes on by itself';
/** Causes that have a line of their own: inbound deals, and sign-ins that were refused. */
const TOLD_ABOVE = new Set(['deadline', 'inbound', 'credentials']);

/** @param {import('../main.js').Place} place @returns {import('../main.js').Screen} */
export function todayScreen(place) {
  /** @type {{ connections: import('./connection.js').Connection[] }} */
  let overview = { connections: [] };
  /** @type {import('../../../attention.ts').ShownGroup[]} */
  let groups = [];
  /** @type {import('../../../../../views/deal-rows.ts').DealRow[]} */
  let inbound = [];
  const pipeline = pipelinePanel(place);

  const tasks = () => [
    ...overview.connections
      .filter(({ credentials }) => credentials.standing === 'dead')
      .map(({ connection }) =>
        task({
          number: '!',
          what: `${inert(connection)} cannot sign in`,
          more: 'Nothing is synchronised until somebody signs in again.',
          go: 'See',
          to: '/attention#notice-credentials',
          style: 'bad',
        }),
      ),
    ...(inbound.length === 0 ? [] : [inboundTask(inbound)]),
    // Deadlines and refused sign-ins are told above already.
    ...groups
      .filter(({ code }) => !TOLD_ABOVE.has(code))
      .map(({ kind, code, cause, total }) => {
        const { words, go, style } = KINDS[kind] ?? { words: () => kind, go: 'See', style: '' };
        return task({
          number: String(total),
          what: inert(cause.charAt(0).toUpperCase() + cause.slice(1)),
          more: words(total),
          go,
          to: `/attention#${kind}-${code}`,
          style,
        });
      }),
  ];

  return {
    title: 'Today',
    async load() {
      const [state, attention, received] = await Promise.all([
        get('/overview'),
        get('/attention?limit=1'),
        get('/inbound'),
        pipeline.load(),
      ]);
      setClock(state.now);
      overview = state;
      groups = attention.groups;
      inbound = received.rows;
    },
    draw() {
      const list = tasks();
      const title = headline(overview.connections, groups, inbound.length);
      const building =
        overview.connections.find((connection) => connection.building !== null)?.building ?? null;
      return h(
        'div',
        {},
        h('div', { class: 'title' }, h('h1', {}, title), h('p', {}, subline(overview.connections, title))),
        building === null
          ? null
          : h(
              'p',
              { class: 'notice', role: 'status' },
              `Looking through the deals: ${building.done.toLocaleString('en')} of ${building.total.toLocaleString('en')}. The figures below are complete when this is done.`,
            ),
        h(
          'div',
          { class: 'today' },
          h(
            'div',
            {},
            h(
              'section',
              { class: 'panel', 'aria-labelledby': 'tasks-title' },
              h('h2', { id: 'tasks-title' }, 'Needs you'),
              list.length === 0
                ? h(
                    'div',
                    { class: 'empty' },
                    h('strong', {}, 'Nothing needs you'),
                    'Edits travel by themselves. What needs a decision shows up here.',
                  )
                : h('ul', { class: 'tasks' }, list),
            ),
            pipeline.draw(),
          ),
          h(
            'div',
            {},
            overview.connections.map((connection) => connectionPanel(connection, place.reload)),
          ),
        ),
      );
    },
    onProgress: showProgress,
  };
}

/** @param {{ number: string, what: string, more: string, go: string, to: string, style: string }} options */
function task({ number, what, more, go, to, style }) {
  return h(
    'li',
    { class: style || null },
    h(
      'a',
      { href: to, 'data-route': true },
      h('span', { class: 'count' }, number),
      h('span', {}, h('strong', {}, what), h('span', { class: 'muted small' }, ' · ', more)),
      h('span', { class: 'go', 'aria-hidden': 'true' }, `${go} →`),
    ),
  );
}

/** @param {import('../../../../../views/deal-rows.ts').DealRow[]} rows the first to expire at the top */
function inboundTask(rows) {
  const [first] = rows;
  const left = first?.daysLeft ?? 0;
  const when = first?.expiresAt ? ` (${date(first.expiresAt)})` : '';
  return task({
    number: String(rows.length),
    what: rows.length === 1 ? 'Deal to answer' : 'Deals to answer',
    more: left <= 0 ? 'the first has run out of time' : `the first expires in ${count(left, 'day')}${when}`,
    go: 'Answer',
    to: '/inbound',
    style: left <= 3 ? 'bad' : left <= 7 ? 'warn' : '',
  });
}

/**
 * @param {import('./connection.js').Connection[]} connections
 * @param {import('../../../attention.ts').ShownGroup[]} groups
 * @param {number} inbound
 */
function headline(connections, groups, inbound) {
  const dead = connections.filter(({ credentials }) => credentials.standing === 'dead');
  if (dead.length > 0) return `${dead.map(({ connection }) => inert(connection)).join(', ')} cannot sign in`;
  const broken = connections.filter(({ problem, status }) => problem !== null || status.failure !== null);
  if (broken.length > 0)
    return `${broken.map(({ connection }) => inert(connection)).join(', ')} does not run`;
  if (connections.some(({ runs }) => runs[0]?.outcome === 'halted'))
    return 'A run was halted and waits for you';
  const decisions =
    groups.filter(({ kind }) => kind !== 'notice').reduce((sum, { total }) => sum + total, 0) + inbound;
  if (decisions > 0) return `${count(decisions, 'thing needs', 'things need')} you`;
  if (connections.every(({ runs }) => runs.length === 0)) return 'Not run yet';
  if (connections.some(({ runs }) => runs[0]?.outcome === 'incomplete')) return STOPPED_EARLY;
  return connections.some(({ waiting }) => waiting.count > 0)
    ? 'Some edits are still on their way'
    : 'Both sides agree';
}

/** @param {import('./connection.js').Connection[]} connections @param {string} headline what is said above it */
function subline(connections, headline) {
  const links = connections.reduce((sum, connection) => sum + connection.links, 0);
  const complete = connections.map(({ status }) => status.lastCompleteRun);
  const oldest = complete.includes(null) ? null : complete.sort()[0];
  // Decisions come first in the headline; an outage behind them must not go unsaid.
  const isCut = connections.some(({ runs }) => runs[0]?.outcome === 'incomplete');
  return [
    count(links, 'linked deal'),
    oldest ? `last complete run ${ago(oldest)}` : 'no complete run yet',
    ...(isCut && headline !== STOPPED_EARLY ? [STOPPED_EARLY.toLowerCase()] : []),
  ].join(' · ');
}
