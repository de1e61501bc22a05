/** One deal: both sides field by field, why each value is what it is, and everything that happened to it. */
import { get } from '../api.js';
import { commandHint, commandLine } from '../commands.js';
import { h } from '../dom.js';
import { count, date, fieldName, inert, money, stamp, text, time } from '../format.js';
import { fieldTable, isEmpty, trail } from './fields.js';
import { clockStyle } from './inbound.js';
import { itemBody } from './items.js';

/**
 * @typedef {import('../../../deal-page.ts').DealPageModel} Deal
 */

/** @param {import('../main.js').Place} place @returns {import('../main.js').Screen} */
export function dealScreen({ path, reload }) {
  const [, , connection = '', id = ''] = path.split('/');
  /** @type {Deal | null} */
  let deal = null;
  /** Fields whose history is open. @type {Set<string>} */
  const opened = new Set();
  const screen = {
    title: 'Deal',
    async load() {
      deal = await get(`/deals/${connection}/${id}`);
      screen.title = deal?.row?.name ? inert(deal.row.name) : 'Deal';
    },
    draw: () => (deal === null ? h('p', {}) : drawDeal(deal, opened, reload)),
  };
  return screen;
}

/** @param {Deal} deal @param {Set<string>} opened @param {() => Promise<void>} reload */
function drawDeal(deal, opened, reload) {
  const { row, attention, fields, connection, opportunityId, referralId } = deal;
  return h(
    'div',
    {},
    h('p', { class: 'small' }, h('a', { href: '/deals', 'data-route': true }, '← All deals')),
    h(
      'div',
      { class: 'deal-head' },
      h(
        'div',
        {},
        h('h1', {}, text(row?.name ?? opportunityId ?? referralId ?? id())),
        h(
          'p',
          { class: 'muted' },
          row?.customer ? text(row.customer) : '',
          ` · connection ${inert(connection)}`,
        ),
        h('div', { class: 'chips' }, chips(deal)),
      ),
      h(
        'div',
        {},
        h('div', { class: 'sum' }, row === null ? '' : money(row.amount, row.currency)),
        row?.closeDate ? h('div', { class: 'muted' }, `closes ${row.closeDate}`) : null,
      ),
    ),
    attention.length === 0
      ? null
      : h(
          'section',
          { class: 'panel', 'aria-labelledby': 'attention-title' },
          h('h2', { id: 'attention-title' }, 'Needs attention'),
          h(
            'div',
            { class: 'items stack' },
            attention.map((item) => itemBody(item, reload, { withLink: false })),
          ),
          h(
            'p',
            { class: 'small' },
            h('a', { href: '/attention', 'data-route': true }, 'Decide with others of the same cause'),
          ),
        ),
    h(
      'section',
      { class: attention.length === 0 ? 'panel' : 'panel group', 'aria-labelledby': 'fields-title' },
      h(
        'div',
        { class: 'head' },
        h('h2', { id: 'fields-title' }, 'Both sides, field by field'),
        h(
          'span',
          { class: 'small' },
          h('b', { class: 'crm' }, 'CRM'),
          ' and ',
          h('b', { class: 'pc' }, 'Partner Center'),
        ),
      ),
      fieldTable(
        fields.filter((field) => !isEmpty(field)),
        opened,
      ),
      fields.some(isEmpty)
        ? h(
            'p',
            { class: 'small muted' },
            `Empty on both sides: ${fields
              .filter(isEmpty)
              .map(({ field }) => fieldName(field))
              .join(', ')}.`,
          )
        : null,
    ),
    h(
      'div',
      { class: 'columns' },
      h(
        'section',
        { class: 'panel', 'aria-labelledby': 'microsoft-title' },
        h('h2', { id: 'microsoft-title' }, 'Microsoft’s answer'),
        microsoftPart(deal),
        deal.registration === null ? null : registrationPart(deal.registration),
      ),
      h(
        'section',
        { class: 'panel', 'aria-labelledby': 'link-title' },
        h('h2', { id: 'link-title' }, 'The link'),
        linkPart(deal),
      ),
    ),
    deal.decisions.length === 0
      ? null
      : h(
          'section',
          { class: 'panel group', 'aria-labelledby': 'decisions-title' },
          h('h2', { id: 'decisions-title' }, 'What else happened'),
          trail(deal.decisions),
        ),
    commandHint(commandLine('explain', opportunityId ?? referralId ?? '')),
  );
}

function id() {
  return location.pathname.split('/').at(-1) ?? '';
}

/** @param {Deal} deal */
function chips({ row, link }) {
  if (row === null) return [h('span', { class: 'chip warn' }, 'not linked')];
  return [
    h('span', { class: 'chip' }, row.state ?? 'state unknown'),
    h('span', { class: 'chip' }, row.kind),
    row.origin === null ? null : h('span', { class: 'chip' }, row.origin),
    row.favorite ? h('span', { class: 'chip' }, '★ favourite') : null,
    row.daysLeft === null
      ? null
      : h(
          'span',
          { class: `chip ${clockStyle(row.daysLeft)}` },
          `answer within ${count(Math.max(0, row.daysLeft), 'day')}${row.expiresAt === null ? '' : `, by ${date(row.expiresAt)}`}`,
        ),
    link !== null && link.status !== 'active'
      ? h('span', { class: 'chip warn' }, link.status.replaceAll('-', ' '))
      : null,
    h('span', { class: row.inStep ? 'chip good' : 'chip warn' }, row.inStep ? 'in step' : 'out of step'),
  ];
}

/** @param {Deal} deal */
function microsoftPart({ microsoft }) {
  if (microsoft === null) return h('p', { class: 'muted' }, 'Microsoft was not invited to this deal.');
  const style =
    microsoft.stand === 'accepted' || microsoft.stand === 'engaged' || microsoft.stand === 'won'
      ? 'good'
      : microsoft.waiting
        ? ''
        : 'warn';
  return h(
    'p',
    {},
    h('span', { class: `chip ${style}` }, inert(microsoft.stand)),
    ' ',
    inert(microsoft.text),
    microsoft.until === null ? '' : ` · until ${date(microsoft.until)}`,
  );
}

/** @param {NonNullable<Deal['registration']>} registration */
function registrationPart({ status, statusReason, lines, nextText }) {
  return h(
    'div',
    { class: 'stack' },
    h('h3', {}, 'Registration'),
    h(
      'p',
      {},
      `${inert(status ?? 'not registered')}${statusReason === null ? '' : `: ${inert(statusReason)}`}. Next: ${nextText}.`,
    ),
    h(
      'ul',
      {},
      lines.map(({ ok, required, text: words }) =>
        h(
          'li',
          {},
          h('b', {}, ok === true ? 'yes' : ok === null ? 'open' : required ? 'no' : 'mind'),
          ` ${inert(words)}`,
        ),
      ),
    ),
  );
}

/** @param {Deal} deal */
function linkPart({ link, opportunityId, referralId, versions }) {
  const row = (
    /** @type {string} */ label,
    /** @type {import('../dom.js').Child | import('../dom.js').Child[]} */ value,
  ) => [h('dt', {}, label), h('dd', {}, value)];
  return h(
    'dl',
    { class: 'facts' },
    row('Opportunity', h('span', { class: 'id' }, inert(opportunityId ?? 'none'))),
    row('its version', h('span', { class: 'id' }, inert(versions.opportunity ?? 'not known'))),
    row('Referral', h('span', { class: 'id' }, inert(referralId ?? 'none'))),
    row('its version', h('span', { class: 'id' }, inert(versions.referral ?? 'not known'))),
    link === null
      ? row('Link', 'not linked')
      : [
          row('Status', inert(link.status.replaceAll('-', ' '))),
          row('Linked', time(link.linkedAt, stamp(link.linkedAt))),
          row('Last changed', time(link.changedAt)),
          row('Last verified', time(link.verifiedAt)),
        ],
  );
}
