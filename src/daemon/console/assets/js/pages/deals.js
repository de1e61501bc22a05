/** All linked deals, with filters. What is chosen stands in the address, so that a view can be kept and passed on. */
import { get } from '../api.js';
import { commandHint, commandLine } from '../commands.js';
import { h, table } from '../dom.js';
import { count, inert, money, text, time } from '../format.js';
import { clockStyle, dealAddress } from './inbound.js';

const LIMIT = 50;
const STATES = ['Received', 'Accepted', 'Won', 'Lost', 'Declined', 'Expired', 'Error'];
const KINDS = [
  ['co-sell', 'Co-sell'],
  ['partner-led', 'Partner-led'],
  ['private', 'Private'],
];
const SORTS = [
  ['changed', 'Last change'],
  ['deadline', 'Deadline'],
  ['amount', 'Value'],
  ['closeDate', 'Close date'],
  ['name', 'Name'],
  ['customer', 'Customer'],
];
const TICKS = [
  ['favorites', 'Favourites'],
  ['expiring', 'Expire within a week'],
  ['outOfStep', 'Out of step'],
  ['archived', 'No longer synchronised'],
];

/** @typedef {import('../../../../../views/deal-rows.ts').DealRow} DealRow */

/** @param {import('../main.js').Place} place @returns {import('../main.js').Screen} */
export function dealsScreen({ query, go, reload }) {
  /** @type {{ rows: DealRow[], total: number, offset: number, building: { done: number, total: number } | null }} */
  let page = { rows: [], total: 0, offset: 0, building: null };
  /** @type {string[]} */
  let connections = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;

  /** @param {string} key @param {string} value */
  const set = (key, value) => {
    const next = new URLSearchParams(location.search);
    if (value === '') next.delete(key);
    else next.set(key, value);
    if (key !== 'offset') next.delete('offset');
    const words = next.toString();
    if (key === 'offset') return go(words === '' ? '/deals' : `/deals?${words}`);
    history.replaceState(null, '', words === '' ? '/deals' : `/deals?${words}`);
    query = next;
    void reload();
  };

  return {
    title: 'Deals',
    async load() {
      const wanted = new URLSearchParams(query);
      wanted.set('limit', String(LIMIT));
      const [found, overview] = await Promise.all([get(`/deals?${wanted}`), get('/overview')]);
      page = found;
      connections = overview.connections.map(
        (/** @type {{ connection: string }} */ { connection }) => connection,
      );
      if (page.building !== null) setTimeout(() => void reload(), 1_000);
    },
    draw() {
      /** @param {string} key @param {string} label @param {string[][]} options @param {string} any */
      const select = (key, label, options, any) =>
        h(
          'div',
          {},
          h('label', { for: `filter-${key}` }, label),
          h(
            'select',
            {
              id: `filter-${key}`,
              onchange: (/** @type {Event} */ event) =>
                set(key, /** @type {HTMLSelectElement} */ (event.currentTarget).value),
            },
            any === '' ? null : h('option', { value: '' }, any),
            options.map(([value = '', words = '']) =>
              h('option', { value, selected: query.get(key) === value }, words),
            ),
          ),
        );
      const search = h('input', {
        type: 'search',
        id: 'filter-q',
        value: query.get('q') ?? '',
        placeholder: 'Name, customer, stage or id',
        oninput: () => {
          clearTimeout(typing);
          typing = setTimeout(() => set('q', search.value.trim()), 250);
        },
      });
      const owner = h('input', {
        type: 'text',
        id: 'filter-owner',
        value: query.get('owner') ?? '',
        placeholder: 'Full name or e-mail',
        onchange: () => set('owner', owner.value.trim()),
      });
      const isFiltered = [...query.keys()].some((key) => key !== 'offset' && key !== 'sort');
      return h(
        'div',
        {},
        h(
          'div',
          { class: 'title' },
          h('h1', {}, 'Deals'),
          h(
            'p',
            { id: 'found', role: 'status' },
            page.building === null
              ? `${count(page.total, 'deal')}${isFiltered ? ' match' : ''}`
              : `${count(page.total, 'deal')} so far: looked through ${page.building.done.toLocaleString('en')} of ${page.building.total.toLocaleString('en')}`,
          ),
        ),
        h(
          'form',
          {
            class: 'panel filters',
            role: 'search',
            'aria-label': 'Filter deals',
            onsubmit: (/** @type {Event} */ event) => {
              event.preventDefault();
              clearTimeout(typing);
              set('q', search.value.trim());
            },
          },
          h('div', { class: 'wide' }, h('label', { for: 'filter-q' }, 'Search'), search),
          select(
            'origin',
            'From',
            [
              ['inbound', 'Inbound'],
              ['outbound', 'Outbound'],
            ],
            'Inbound and outbound',
          ),
          select(
            'state',
            'State',
            STATES.map((state) => [state, state]),
            'Any state',
          ),
          select('kind', 'Kind', KINDS, 'Any kind'),
          h('div', {}, h('label', { for: 'filter-owner' }, 'Owner'), owner),
          connections.length > 1
            ? select(
                'connection',
                'Connection',
                connections.map((name) => [name, inert(name)]),
                'All connections',
              )
            : null,
          select('sort', 'Sorted by', SORTS, ''),
          h(
            'div',
            { class: 'ticks' },
            TICKS.map(([key = '', words = '']) =>
              h(
                'label',
                { class: 'tick' },
                h('input', {
                  type: 'checkbox',
                  id: `filter-${key}`,
                  checked: query.get(key) === '1',
                  onchange: (/** @type {Event} */ event) =>
                    set(key, /** @type {HTMLInputElement} */ (event.currentTarget).checked ? '1' : ''),
                }),
                words,
              ),
            ),
            isFiltered
              ? h('a', { class: 'tick', href: '/deals', 'data-route': true }, 'Clear all filters')
              : null,
          ),
        ),
        page.rows.length === 0
          ? h(
              'div',
              { class: 'panel empty' },
              h('strong', {}, isFiltered ? 'No deal matches' : 'No deals yet'),
              isFiltered ? 'Take a filter away to see more.' : 'The first run links them; see Plan & run.',
            )
          : h(
              'div',
              { class: 'panel' },
              table({
                caption: 'Linked deals',
                head: [
                  { label: 'Deal' },
                  { label: 'State', tight: true },
                  { label: 'Kind', tight: true },
                  { label: 'Value', number: true },
                  { label: 'Close date', tight: true },
                  { label: 'CRM stage' },
                  { label: 'Changed', tight: true },
                  { label: 'Now', tight: true },
                ],
                rows: page.rows.map((row) => cells(row, connections.length > 1)),
              }),
              pager(page, (offset) => set('offset', offset === 0 ? '' : String(offset))),
            ),
        commandHint(commandOf(query)),
      );
    },
  };
}

/** @param {DealRow} row @param {boolean} several @returns {import('../dom.js').Child[][]} */
function cells(row, several) {
  const now =
    row.daysLeft !== null
      ? h(
          'span',
          { class: `chip ${clockStyle(row.daysLeft)}` },
          `${count(Math.max(0, row.daysLeft), 'day')} left`,
        )
      : row.link !== 'active'
        ? h('span', { class: 'chip' }, row.link.replaceAll('-', ' '))
        : row.attention.length > 0
          ? h('span', { class: 'chip warn' }, row.attention.join(', '))
          : h(
              'span',
              { class: row.inStep ? 'chip good' : 'chip warn' },
              row.inStep ? 'in step' : 'edit waits',
            );
  return [
    [
      h('a', { href: dealAddress(row), 'data-route': true }, text(row.name ?? row.opportunityId)),
      row.favorite ? h('span', { role: 'img', 'aria-label': 'favourite', title: 'favourite' }, ' ★') : null,
      h(
        'div',
        { class: 'small muted' },
        row.customer === null ? '' : text(row.customer),
        row.origin === 'inbound' ? ' · inbound' : '',
        several ? ` · ${inert(row.connection)}` : '',
      ),
    ],
    [row.state ?? '—'],
    [row.kind],
    [money(row.amount, row.currency)],
    [row.closeDate ?? ''],
    [row.stage === null ? '' : text(row.stage)],
    [row.lastChange === null ? '' : time(row.lastChange)],
    [now],
  ];
}

/** @param {{ offset: number, total: number, rows: unknown[] }} page @param {(offset: number) => void} turn */
function pager({ offset, total, rows }, turn) {
  if (total <= LIMIT) return null;
  const last = Math.floor((total - 1) / LIMIT) * LIMIT;
  /** @param {string} id @param {string} words @param {number} to @param {boolean} off */
  const button = (id, words, to, off) =>
    h('button', { type: 'button', id, disabled: off, onclick: () => turn(to) }, words);
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages' },
    h(
      'span',
      {},
      `${(offset + 1).toLocaleString('en')}–${(offset + rows.length).toLocaleString('en')} of ${total.toLocaleString('en')}`,
    ),
    h(
      'div',
      { class: 'actions' },
      button('page-first', 'First', 0, offset === 0),
      button('page-back', 'Back', Math.max(0, offset - LIMIT), offset === 0),
      button('page-on', 'Next', offset + LIMIT, offset + LIMIT >= total),
      button('page-last', 'Last', last, offset >= last),
    ),
  );
}

/** @param {URLSearchParams} query */
function commandOf(query) {
  const words = ['deals'];
  for (const key of ['state', 'kind', 'owner', 'connection']) {
    const value = query.get(key);
    if (value !== null) words.push(`--${key}`, value);
  }
  const origin = query.get('origin');
  if (origin !== null) words.push(`--${origin}`);
  for (const [key, option] of [
    ['favorites', '--favorites'],
    ['expiring', '--expiring'],
    ['outOfStep', '--out-of-step'],
    ['archived', '--archived'],
  ])
    if (key !== undefined && option !== undefined && query.get(key) === '1') words.push(option);
  return commandLine(...words);
}
