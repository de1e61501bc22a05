/** Whose deal a received one is, where several accounts fit or none does: the question, and asking once more. */
import { commandHint, commandLine } from '../commands.js';
import { askUser } from '../dialogs.js';
import { h, table } from '../dom.js';
import { inert } from '../format.js';

/**
 * @typedef {import('../../../attention.ts').ShownItem} Item
 * @typedef {Item['accounts'][number]} Account
 */

const CODES = new Set(['account-ambiguous', 'account-missing']);
const NEW = 'new';

/** @param {Item} item */
export function asksForAccount({ code }) {
  return CODES.has(code);
}

/** @param {Account} account */
function addressOf({ postalCode, city, country }) {
  const parts = [postalCode, city, country].filter((part) => part !== null && part !== '');
  return parts.length === 0 ? 'no address' : inert(parts.join(' '));
}

/** @param {Account} account */
function numberOf({ duns }) {
  return duns === null ? 'none' : inert(duns);
}

/** @param {Item} item @param {string} account */
function commandOf({ connection, id }, account) {
  return commandLine('--connection', connection, 'attention', 'resolve', id, '--account', account);
}

/**
 * The accounts that fit, a button for each, and one for a new account. Where none fits, any can be named.
 * @param {Item} item @param {(account?: string) => Promise<void>} choose without an account: one is asked for
 */
export function accountQuestion(item, choose) {
  const { id, accounts, answer } = item;
  /** @param {string} suffix @param {string} words @param {string} label @param {string} [account] */
  const button = (suffix, words, label, account) =>
    h(
      'button',
      {
        type: 'button',
        id: `account-${id}${suffix}`,
        'aria-label': label,
        onclick: () => choose(account),
      },
      words,
    );
  return h(
    'div',
    { class: 'sides' },
    answer === null
      ? null
      : h(
          'p',
          { class: 'notice' },
          `Answered: ${answer === NEW ? 'a new account' : `account ${inert(answer)}`}. The next run creates the opportunity there; until then another answer takes its place.`,
        ),
    accounts.length === 0
      ? null
      : table({
          caption: `Accounts that fit ${id}`,
          head: [{ label: 'Account' }, { label: 'D-U-N-S' }, { label: 'Address' }, { label: 'Choose' }],
          rows: accounts.map((account) => [
            h('span', { class: 'id' }, inert(account.id)),
            numberOf(account),
            addressOf(account),
            answer === account.id
              ? 'Chosen'
              : button(
                  `-${account.id}`,
                  'This account…',
                  `This account… ${inert(account.id)}, ${addressOf(account)}`,
                  account.id,
                ),
          ]),
        }),
    h(
      'div',
      { class: 'actions' },
      accounts.length === 0 ? button('', 'Choose the account…', `Choose the account… of ${id}`) : null,
      answer === NEW ? null : button('-new', 'Create a new account…', `Create a new account… for ${id}`, NEW),
    ),
  );
}

/**
 * Asks before the answer is sent; null when it was called off.
 * @param {Item} item @param {string} [account] absent: the person names one
 * @returns {Promise<string | null>}
 */
export async function askForAccount(item, account) {
  if (account === undefined) {
    const given = await askUser({
      title: 'Whose deal is it?',
      body: [inert(item.message), commandHint(commandOf(item, 'ACCOUNT'))],
      fields: [{ name: 'account', label: 'Account', hint: 'The account’s id in the CRM.' }],
      action: 'Answer',
    });
    return given === null ? null : (given.account ?? '');
  }
  const chosen = item.accounts.find(({ id }) => id === account);
  const yes = await askUser({
    title: account === NEW ? 'Create a new account for this deal?' : 'Does the deal belong to this account?',
    body: [
      item.name === null ? '' : inert(item.name),
      chosen === undefined
        ? 'The next run creates the opportunity and an account of the deal’s customer for it.'
        : `The next run creates the opportunity on account ${inert(chosen.id)} (D-U-N-S ${numberOf(chosen)}, ${addressOf(chosen)}).`,
      commandHint(commandOf(item, account)),
    ].filter((part) => part !== ''),
    action: account === NEW ? 'Create a new account' : 'Choose this account',
  });
  return yes === null ? null : account;
}
