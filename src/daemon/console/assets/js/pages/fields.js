/** A deal's fields on both sides, with the rule and the history of each. */
import { h } from '../dom.js';
import { count, fieldName, inert, money, plain, stamp, text, time } from '../format.js';

/**
 * @typedef {import('../../../deal-page.ts').DealPageModel} Deal
 * @typedef {Deal['decisions'][number]} Entry
 */

const WHO = /** @type {Record<string, string>} */ ({
  crm: 'CRM',
  partnerCenter: 'Partner Center',
  daemon: 'cosell-sync',
  operator: 'A person',
  ledger: 'the record',
});

/** A field that neither side has, and never had. @param {Deal['fields'][number]} field */
export function isEmpty({ opportunity, referral, history, rule }) {
  return (
    plain(opportunity) === plain(null) &&
    plain(referral) === plain(null) &&
    history.every(({ value }) => plain(value) === plain(null)) &&
    rule.includes('in agreement')
  );
}

/** @param {Deal['fields']} fields @param {Set<string>} opened */
export function fieldTable(fields, opened) {
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': 'The fields of both sides', tabindex: '0' },
    h(
      'table',
      { class: 'cards', role: 'table' },
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          ['Field', 'CRM', 'Partner Center', 'Agreed on', 'Rule and history'].map((label) =>
            h('th', { scope: 'col', role: 'columnheader' }, label),
          ),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        fields.map(({ field, baseline, baselineReferral, opportunity, referral, rule, history }) => {
          const words = (/** @type {unknown} */ value) =>
            field === 'amount' && typeof value === 'string' ? money(value, null) : plain(value);
          const [here, there] = [words(opportunity), words(referral)];
          const isMoving = !rule.includes('Now: in agreement');
          const agreed =
            baselineReferral === undefined
              ? words(baseline)
              : `${words(baseline)}\nat Partner Center: ${words(baselineReferral)}`;
          return h(
            'tr',
            { role: 'row', class: isMoving && here !== there ? 'value-differs' : null },
            h('th', { scope: 'row', role: 'rowheader' }, fieldName(field)),
            h('td', { role: 'cell', 'data-label': 'CRM', class: 'value crm' }, here),
            h('td', { role: 'cell', 'data-label': 'Partner Center', class: 'value pc' }, there),
            h('td', { role: 'cell', 'data-label': 'Agreed on', class: 'value muted' }, agreed),
            h(
              'td',
              { role: 'cell', class: 'small' },
              inert(rule),
              history.length === 0
                ? null
                : h(
                    'details',
                    {
                      open: opened.has(field),
                      ontoggle: (/** @type {Event} */ event) => {
                        if (/** @type {HTMLDetailsElement} */ (event.currentTarget).open) opened.add(field);
                        else opened.delete(field);
                      },
                    },
                    h('summary', { id: `history-${field}` }, count(history.length, 'change')),
                    trail(history),
                  ),
            ),
          );
        }),
      ),
    ),
  );
}

/** Changes, the latest first. @param {readonly Entry[]} entries */
export function trail(entries) {
  return h(
    'ol',
    { class: 'trail', reversed: true },
    [...entries]
      .reverse()
      .map(({ at, who, by, to, from, value, rule, requestId }) =>
        h(
          'li',
          {},
          time(at, stamp(at)),
          ' ',
          h('b', {}, by === undefined ? (WHO[who] ?? who) : text(by)),
          to === 'ledger' ? '' : ` → ${WHO[to] ?? to}`,
          ': ',
          from === null || from === undefined ? '' : `${plain(from)} → `,
          plain(value),
          h(
            'div',
            { class: 'muted' },
            inert(rule),
            requestId === null ? '' : [' · request ', h('span', { class: 'id' }, inert(requestId))],
          ),
        ),
      ),
  );
}
