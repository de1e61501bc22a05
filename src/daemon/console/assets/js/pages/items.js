/** Attention items with what can be decided about them: on their own screen, and on the page of the deal they are about. */
import { ApiError, post } from '../api.js';
import { commandHint, commandLine } from '../commands.js';
import { askUser } from '../dialogs.js';
import { h } from '../dom.js';
import { count, fieldName, inert, plain, text, time } from '../format.js';
import { ensureName, tellFailure } from '../session.js';
import { toast } from '../toasts.js';
import { accountQuestion, askForAccount, asksForAccount } from './accounts.js';

/**
 * @typedef {import('../../../attention.ts').ShownItem} Item
 * @typedef {import('../../../decisions.ts').Action} Action
 */

/** Items that go to the server in one request. */
const AT_ONCE = 200;

/** @param {unknown} body @returns {Promise<{ ok: boolean, message: string }[]>} */
async function decide(body) {
  try {
    return (await post('/attention/decide', body)).results;
  } catch (error) {
    if (error instanceof ApiError && Array.isArray(error.body.results)) return error.body.results;
    throw error;
  }
}

/**
 * Sends a decision and says what became of it.
 * @param {readonly Item[]} items @param {Action} action
 */
async function send(items, action) {
  /** @type {Map<string, Item[]>} */
  const byConnection = new Map();
  for (const item of items)
    byConnection.set(item.connection, [...(byConnection.get(item.connection) ?? []), item]);
  let done = 0;
  /** @type {string[]} */
  const refusals = [];
  for (const [connection, group] of byConnection) {
    for (let start = 0; start < group.length; start += AT_ONCE) {
      const part = group.slice(start, start + AT_ONCE).map(({ id, version }) => ({ id, version }));
      const results = await decide({ connection, action, items: part });
      done += results.filter(({ ok }) => ok).length;
      refusals.push(...results.filter(({ ok }) => !ok).map(({ message }) => message));
    }
  }
  const distinct = [...new Set(refusals)];
  if (done > 0) toast(DONE[action.type]?.(done) ?? 'Done.');
  for (const message of distinct.slice(0, 3)) toast(inert(message), { bad: true });
  if (distinct.length > 3)
    toast(
      `${count(refusals.length, 'item was', 'items were')} not decided; the list shows how they stand now.`,
      { bad: true },
    );
}

const DONE = /** @type {Record<string, (number: number) => string>} */ ({
  resolve: (number) => `${count(number, 'conflict')} decided. The next run carries it out.`,
  account: () => 'Answered. The next run creates the opportunity.',
  approve: (number) => `${count(number, 'item')} approved. The next run does what they cover.`,
  retry: (number) => `${count(number, 'item')} will be tried again by the next run.`,
  dismiss: (number) => `${count(number, 'item')} dismissed.`,
});

/**
 * Asks where something cannot be undone or needs a reason, then decides.
 * @param {readonly Item[]} items @param {Action['type']} type @param {{ take?: 'crm' | 'partnerCenter', field?: string | null, account?: string | undefined, reload: () => Promise<void> }} options
 */
export async function decideItems(items, type, { take, field = null, account, reload }) {
  if (items.length === 0 || !(await ensureName())) return;
  /** @type {Action | null} */
  let action = null;
  if (type === 'resolve' && take !== undefined) action = { type, take, field };
  if (type === 'retry') action = { type };
  const [first] = items;
  if (type === 'account' && first !== undefined) {
    const given = await askForAccount(first, account);
    if (given !== null) action = { type, account: given };
  }
  if (type === 'approve') {
    const yes = await askUser({
      title: items.length === 1 ? 'Approve this?' : `Approve ${items.length} items?`,
      body: [
        'The next run does what they cover. At Microsoft that may be for good: a closed deal stays closed.',
        commandHint(commandOf(items, 'approve')),
      ],
      action: items.length === 1 ? 'Approve' : `Approve ${items.length}`,
      danger: true,
    });
    if (yes !== null) action = { type };
  }
  if (type === 'dismiss') {
    const given = await askUser({
      title: items.length === 1 ? 'Dismiss this?' : `Dismiss ${items.length} items?`,
      body: ['They leave the list; the reason stays in the audit trail.'],
      fields: [{ name: 'why', label: 'Reason', multiline: true }],
      action: 'Dismiss',
    });
    if (given !== null) action = { type, why: given.why ?? '' };
  }
  if (action === null) return;
  try {
    await send(items, action);
  } catch (error) {
    tellFailure(error);
  }
  await reload();
}

/** @param {readonly Item[]} items @param {Action['type']} type @param {'crm' | 'partnerCenter'} [take] */
export function commandOf(items, type, take) {
  const ids = items.slice(0, 5).map(({ id }) => id);
  const rest = items.length > 5 ? ['…'] : [];
  const connection = items[0] === undefined ? [] : ['--connection', items[0].connection];
  if (type === 'resolve')
    return commandLine(...connection, 'attention', 'resolve', ids[0] ?? 'ID', '--take', take ?? 'crm');
  const words = commandLine(...connection, 'attention', type, ...ids);
  return [words, ...rest, ...(type === 'dismiss' ? ["--why 'TEXT'"] : [])].join(' ');
}

const SIDES = { crm: 'the CRM’s value', partnerCenter: 'Partner Center’s value' };

/**
 * What an item says, with its values.
 * @param {Item} item @param {() => Promise<void>} reload @param {{ withLink: boolean }} options
 */
export function itemBody(item, reload, { withLink }) {
  const { id, kind, name, message, since, count: seen, fields, connection, opportunityId, referralId } = item;
  const record = opportunityId ?? referralId;
  const decided = fields.filter(({ decided: taken }) => taken !== null);
  return h(
    'div',
    { class: 'body' },
    withLink && name !== null ? h('h3', {}, text(name)) : null,
    h('p', {}, inert(message)),
    h(
      'p',
      { class: 'small muted' },
      'Since ',
      time(since),
      seen > 1 ? `, seen ${seen} times` : '',
      ' · ',
      h('span', { class: 'id' }, id),
      withLink && record !== null
        ? [
            ' · ',
            h(
              'a',
              {
                href: `/deals/${encodeURIComponent(connection)}/${encodeURIComponent(record)}`,
                'data-route': true,
              },
              'The deal',
            ),
          ]
        : null,
    ),
    kind === 'conflict' && fields.length > 0 ? conflictTable(item, reload) : null,
    asksForAccount(item)
      ? accountQuestion(item, (account) => decideItems([item], 'account', { account, reload }))
      : null,
    decided.length > 0
      ? h(
          'p',
          { class: 'notice' },
          `Decided: ${[...new Set(decided.map(({ group, decided: taken }) => `${fieldName(group)} takes ${taken === null ? '' : SIDES[taken]}`))].join(', ')}. The next run carries it out. `,
          h(
            'button',
            {
              type: 'button',
              class: 'quiet',
              id: `undo-${id}`,
              onclick: () => decideItems([item], 'retry', { reload }),
            },
            'Take it back',
          ),
        )
      : null,
  );
}

/** @param {Item} item @param {() => Promise<void>} reload */
function conflictTable(item, reload) {
  const groups = new Set();
  return h(
    'div',
    { class: 'scroll sides', role: 'region', 'aria-label': `Values of ${item.id}`, tabindex: '0' },
    h(
      'table',
      { class: 'cards', role: 'table' },
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          ['Field', 'Agreed on', 'CRM', 'Partner Center', 'Take'].map((label) =>
            h('th', { scope: 'col', role: 'columnheader' }, label),
          ),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        item.fields.map(({ field, group, baseline, opportunity, referral, applied, decided }) => {
          const isFirst = !groups.has(group);
          groups.add(group);
          const buttons = (
            /** @type {'crm' | 'partnerCenter'} */ side,
            /** @type {string} */ words,
            /** @type {string} */ style,
          ) =>
            h(
              'button',
              {
                type: 'button',
                class: style,
                id: `take-${item.id}-${group}-${side}`,
                'aria-label': `Take ${words} for ${fieldName(group)}`,
                onclick: () => decideItems([item], 'resolve', { take: side, field: group, reload }),
              },
              words,
            );
          return h(
            'tr',
            { role: 'row' },
            h('th', { scope: 'row', role: 'rowheader' }, fieldName(field)),
            h('td', { role: 'cell', 'data-label': 'Agreed on', class: 'value' }, plain(baseline)),
            h('td', { role: 'cell', 'data-label': 'CRM', class: 'value crm' }, plain(opportunity)),
            h('td', { role: 'cell', 'data-label': 'Partner Center', class: 'value pc' }, plain(referral)),
            h(
              'td',
              { role: 'cell' },
              applied !== null
                ? `${SIDES[applied]} was taken by the mapping’s rule`
                : decided !== null || !isFirst
                  ? ''
                  : h(
                      'div',
                      { class: 'actions' },
                      buttons('crm', 'CRM', 'take-crm'),
                      buttons('partnerCenter', 'Partner Center', 'take-pc'),
                    ),
            ),
          );
        }),
      ),
    ),
  );
}
