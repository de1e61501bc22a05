/** Questions before something is done. The browser's own modal dialog keeps the focus inside and Escape closes it. */
import { h } from './dom.js';

let number = 0;

/**
 * Asks; resolves with the form's values, or null when it was called off.
 * @param {{
 *   title: string,
 *   body?: (Node | string)[],
 *   fields?: { name: string, label: string, type?: string, hint?: string, value?: string, autocomplete?: string, multiline?: boolean }[],
 *   action: string,
 *   danger?: boolean,
 *   submit?: (values: Record<string, string>) => Promise<void>,
 * }} options `submit` may throw: its message is shown and the dialog stays
 * @returns {Promise<Record<string, string> | null>}
 */
export function askUser({ title, body = [], fields = [], action, danger = false, submit }) {
  number += 1;
  const titleId = `dialog-${number}`;
  const before = document.activeElement;
  const problem = h('p', { class: 'field-error', role: 'alert', hidden: true });
  const inputs = fields.map((field) => {
    const id = `${titleId}-${field.name}`;
    const hintId = field.hint === undefined ? null : `${id}-hint`;
    const shared = {
      id,
      name: field.name,
      required: true,
      autocomplete: field.autocomplete ?? 'off',
      'aria-describedby': hintId,
    };
    const input = field.multiline
      ? h('textarea', { ...shared, rows: '3' })
      : h('input', { ...shared, type: field.type ?? 'text' });
    input.value = field.value ?? '';
    return h(
      'div',
      {},
      h('label', { for: id }, field.label),
      input,
      field.hint === undefined ? null : h('p', { class: 'muted small', id: hintId }, field.hint),
    );
  });
  const confirm = h('button', { type: 'submit', class: danger ? 'danger' : 'primary' }, action);
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: titleId }, title),
    body.map((part) => (typeof part === 'string' ? h('p', {}, part) : part)),
    inputs,
    problem,
    h(
      'div',
      { class: 'actions' },
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
      confirm,
    ),
  );
  const dialog = h('dialog', { 'aria-labelledby': titleId }, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    /** @type {Record<string, string> | null} */
    let result = null;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const values = Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, String(value)]));
      confirm.disabled = true;
      problem.hidden = true;
      try {
        await submit?.(values);
        result = values;
        dialog.close();
      } catch (error) {
        problem.textContent = error instanceof Error ? error.message : String(error);
        problem.hidden = false;
      } finally {
        confirm.disabled = false;
      }
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      resolve(result);
    });
    dialog.showModal();
  });
}

/** Whether a question is open: then the page leaves what is under it alone. */
export function isAsking() {
  return document.querySelector('dialog[open]') !== null;
}
