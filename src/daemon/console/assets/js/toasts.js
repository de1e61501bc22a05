/** Short messages about what was done; read out by screen readers, and gone by themselves unless something went wrong. */
import { byId, h } from './dom.js';

const SHOWN_MS = 8_000;

/** @param {string} message @param {{ bad?: boolean }} [options] */
export function toast(message, { bad = false } = {}) {
  const item = h(
    'div',
    { class: bad ? 'toast bad' : 'toast' },
    h('span', {}, message),
    h(
      'button',
      { type: 'button', class: 'quiet', 'aria-label': 'Close this message', onclick: () => item.remove() },
      '×',
    ),
  );
  byId('toasts').append(item);
  if (!bad) setTimeout(() => item.remove(), SHOWN_MS);
}
