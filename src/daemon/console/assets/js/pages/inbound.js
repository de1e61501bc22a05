/** Deals that others sent and nobody has answered: fourteen days, then Partner Center expires them. */
import { get } from '../api.js';
import { h } from '../dom.js';
import { count, date, inert, money, text } from '../format.js';

const DAYS = 14;

/** @typedef {import('../../../../../views/deal-rows.ts').DealRow} DealRow */

/** @param {number} left */
export function clockStyle(left) {
  return left <= 3 ? 'bad' : left <= 7 ? 'warn' : 'good';
}

/** @param {Pick<DealRow, 'connection' | 'opportunityId' | 'referralId'>} row */
export function dealAddress({ connection, opportunityId, referralId }) {
  return `/deals/${encodeURIComponent(connection)}/${encodeURIComponent(opportunityId || referralId)}`;
}

/** @param {import('../main.js').Place} _place @returns {import('../main.js').Screen} */
export function inboundScreen(_place) {
  /** @type {DealRow[]} */
  let rows = [];
  return {
    title: 'Inbound',
    async load() {
      rows = (await get('/inbound')).rows;
    },
    draw: () =>
      h(
        'div',
        {},
        h(
          'div',
          { class: 'title' },
          h(
            'h1',
            {},
            rows.length === 0
              ? 'No deal waits for an answer'
              : `${count(rows.length, 'deal waits', 'deals wait')} for an answer`,
          ),
          h(
            'p',
            {},
            'Answer in the CRM: move the opportunity out of the received stage to accept, or to the declined stage with a reason. Answering quickly is what earns more deals.',
          ),
        ),
        rows.length === 0
          ? h(
              'div',
              { class: 'panel empty' },
              h('strong', {}, 'All answered'),
              'Deals that Microsoft or partners send show up here, with the days that are left. ',
              h('a', { href: '/deals?origin=inbound', 'data-route': true }, 'All inbound deals'),
            )
          : h('ul', { class: 'clocks' }, rows.map(clock)),
      ),
  };
}

/** @param {DealRow} row */
function clock(row) {
  const left = row.daysLeft ?? 0;
  const gone = Math.max(0, Math.min(DAYS, DAYS - left));
  return h(
    'li',
    { class: `panel ${clockStyle(left)}` },
    h(
      'div',
      { class: 'left' },
      h('b', {}, String(Math.max(0, left))),
      left === 1 ? 'day left' : 'days left',
      h(
        'div',
        { class: 'dots', 'aria-hidden': 'true' },
        Array.from({ length: DAYS }, (_, day) => h('span', { class: day < gone ? 'gone' : null })),
      ),
    ),
    h(
      'div',
      {},
      h('h2', {}, h('a', { href: dealAddress(row), 'data-route': true }, text(row.name ?? 'Without a name'))),
      h(
        'p',
        {},
        row.customer === null ? 'no customer' : text(row.customer),
        row.amount === null ? '' : ` · ${money(row.amount, row.currency)}`,
        row.stage === null ? '' : ` · CRM stage: ${inert(row.stage)}`,
      ),
      row.opportunityId === ''
        ? h(
            'p',
            {},
            h('span', { class: 'chip warn' }, 'not in the CRM yet'),
            ' ',
            row.attention.length > 0
              ? h('a', { href: '/attention', 'data-route': true }, 'See what it waits for')
              : h('span', { class: 'muted small' }, 'The next run looks at it.'),
          )
        : null,
      h(
        'p',
        { class: 'small' },
        h(
          'strong',
          {},
          left <= 0
            ? 'The time has run out. '
            : `Answer by ${row.expiresAt === null ? '?' : date(row.expiresAt)}. `,
        ),
        h(
          'span',
          { class: 'muted' },
          left <= 3 ? 'Hardly any time is left.' : left <= 7 ? 'Less than a week is left.' : 'There is time.',
        ),
      ),
    ),
    h(
      'div',
      { class: 'actions' },
      h(
        'a',
        {
          class: 'button',
          href: dealAddress(row),
          'data-route': true,
          'aria-label': `Look at it: ${inert(row.name ?? row.referralId)}`,
        },
        'Look at it',
      ),
    ),
  );
}
