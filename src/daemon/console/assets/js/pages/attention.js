/** What a person must look at, by cause; decided one by one or many at a time. */
import { get } from '../api.js';
import { commandHint, commandLine } from '../commands.js';
import { h } from '../dom.js';
import { count, inert } from '../format.js';
import { commandOf, decideItems, itemBody } from './items.js';

/** @typedef {import('../../../attention.ts').ShownGroup} Group */

const LIMIT = 50;
/** Of one cause; more is for the command line. */
const MOST = 2000;
const TITLES = /** @type {Record<string, string>} */ ({
  approval: 'Approval',
  conflict: 'Conflict',
  parked: 'Parked',
  notice: 'Notice',
});
const ADVICE = /** @type {Record<string, string>} */ ({
  approval: 'The next run does what you approve. Nothing of it is done before.',
  conflict: 'Both sides keep their value until you choose one.',
  parked:
    'Correct the record in the CRM: it is tried again by itself as soon as it changes. Trying again now helps when the cause lay elsewhere.',
  notice: 'Nothing has to be done. Dismiss what you have read.',
});

/** @param {import('../main.js').Place} place @returns {import('../main.js').Screen} */
export function attentionScreen({ redraw, reload }) {
  /** @type {Group[]} */
  let groups = [];
  /** @type {Set<string>} */
  const ticked = new Set();
  /** How many of a group are shown. @type {Map<string, number>} */
  const shown = new Map();
  let isFirst = true;

  /** @param {Group} group */
  const keyOf = ({ kind, code }) => `${kind}-${code}`;

  return {
    title: 'Attention',
    async load() {
      groups = (await get(`/attention?limit=${LIMIT}`)).groups;
      for (const [key, wanted] of shown) {
        const group = groups.find((one) => keyOf(one) === key);
        if (group === undefined || wanted <= LIMIT) continue;
        const more = await get(
          `/attention?code=${encodeURIComponent(group.code)}&limit=${Math.min(MOST, wanted)}`,
        );
        const found = more.groups.find((/** @type {Group} */ one) => keyOf(one) === key);
        groups = groups.map((one) => (one === group && found !== undefined ? found : one));
      }
      const present = new Set(groups.flatMap(({ items }) => items.map(({ id }) => id)));
      for (const id of ticked) if (!present.has(id)) ticked.delete(id);
    },
    draw() {
      const waiting = groups
        .filter(({ kind }) => kind !== 'notice')
        .reduce((sum, { total }) => sum + total, 0);
      if (isFirst && location.hash !== '')
        setTimeout(() => document.getElementById(location.hash.slice(1))?.scrollIntoView(), 0);
      isFirst = false;
      return h(
        'div',
        {},
        h(
          'div',
          { class: 'title' },
          h(
            'h1',
            {},
            waiting === 0
              ? 'Nothing waits for a decision'
              : `${count(waiting, 'item waits', 'items wait')} for you`,
          ),
          h('p', {}, 'Grouped by cause, what is most pressing first.'),
        ),
        groups.length === 0
          ? h(
              'div',
              { class: 'panel empty' },
              h('strong', {}, 'Nothing needs you'),
              'Conflicts, records that cannot be shared yet, approvals and notices show up here.',
            )
          : groups.map(drawGroup),
      );
    },
  };

  /** @param {Group} group */
  function drawGroup(group) {
    const { kind, code, cause, total, items } = group;
    const key = keyOf(group);
    const chosen = items.filter(({ id }) => ticked.has(id));
    const all = h('input', {
      type: 'checkbox',
      id: `all-${key}`,
      checked: chosen.length === items.length && items.length > 0,
      onchange: () => {
        for (const { id } of items)
          if (all.checked) ticked.add(id);
          else ticked.delete(id);
        redraw();
      },
    });
    all.indeterminate = chosen.length > 0 && chosen.length < items.length;
    const none = chosen.length === 0;
    /** @param {string} id @param {string} words @param {import('./items.js').Action['type']} type @param {{ take?: 'crm' | 'partnerCenter', style?: string }} [options] */
    const button = (id, words, type, { take, style = '' } = {}) =>
      h(
        'button',
        {
          type: 'button',
          id: `${id}-${key}`,
          class: style,
          disabled: none,
          onclick: () => decideItems(chosen, type, { ...(take === undefined ? {} : { take }), reload }),
        },
        words,
      );
    const main =
      kind === 'conflict'
        ? 'resolve'
        : kind === 'approval'
          ? 'approve'
          : kind === 'parked'
            ? 'retry'
            : 'dismiss';
    return h(
      'section',
      { class: 'panel group', id: key, 'aria-labelledby': `title-${key}` },
      h(
        'div',
        { class: 'head' },
        h('h2', { id: `title-${key}` }, `${TITLES[kind] ?? kind}: ${inert(cause)}`),
        h(
          'span',
          { class: kind === 'notice' ? 'chip' : kind === 'approval' ? 'chip bad' : 'chip warn' },
          total.toLocaleString('en'),
        ),
      ),
      h('p', { class: 'muted small' }, ADVICE[kind] ?? ''),
      h(
        'div',
        { class: 'bulk', role: 'group', 'aria-label': `What to do with the chosen items: ${inert(cause)}` },
        h('label', { class: 'tick' }, all, `All ${items.length.toLocaleString('en')}`),
        h('span', { class: 'muted small' }, none ? '' : `${chosen.length.toLocaleString('en')} chosen`),
        kind === 'conflict'
          ? [
              button('crm', 'Take the CRM’s', 'resolve', { take: 'crm', style: 'take-crm' }),
              button('pc', 'Take Partner Center’s', 'resolve', { take: 'partnerCenter', style: 'take-pc' }),
            ]
          : null,
        kind === 'approval' ? button('approve', 'Approve…', 'approve', { style: 'primary' }) : null,
        kind === 'parked' || kind === 'approval' ? button('retry', 'Try again', 'retry') : null,
        button('dismiss', 'Dismiss…', 'dismiss', { style: 'quiet' }),
      ),
      none ? null : commandHint(commandOf(chosen, main)),
      h(
        'ul',
        { class: 'items' },
        items.map((item) =>
          h(
            'li',
            {},
            h('input', {
              type: 'checkbox',
              id: `tick-${item.id}`,
              'aria-label': `Choose ${item.id}`,
              checked: ticked.has(item.id),
              onchange: (/** @type {Event} */ event) => {
                if (/** @type {HTMLInputElement} */ (event.currentTarget).checked) ticked.add(item.id);
                else ticked.delete(item.id);
                redraw();
              },
            }),
            itemBody(item, reload, { withLink: true }),
          ),
        ),
      ),
      total > items.length
        ? h(
            'div',
            { class: 'pager' },
            h('span', { class: 'muted' }, `${items.length} of ${total.toLocaleString('en')} shown`),
            items.length >= MOST
              ? h(
                  'span',
                  { class: 'muted' },
                  'The command line takes all of a cause: ',
                  h('code', {}, commandLine('attention', 'retry', '--code', code)),
                )
              : h(
                  'button',
                  {
                    type: 'button',
                    id: `more-${key}`,
                    onclick: () => {
                      shown.set(key, items.length + 450);
                      void reload();
                    },
                  },
                  'Show more',
                ),
          )
        : null,
      code === ''
        ? null
        : h('p', { class: 'small muted' }, 'Cause: ', h('span', { class: 'id' }, inert(code))),
    );
  }
}
