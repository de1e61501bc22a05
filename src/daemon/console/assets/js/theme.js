/** Light or dark: as the system says, until somebody chooses. */
import { byId } from './dom.js';

const KEY = 'cosell-theme';
const NEXT = /** @type {Record<string, string>} */ ({ system: 'light', light: 'dark', dark: 'system' });
const WORDS = /** @type {Record<string, string>} */ ({
  system: 'Colours: as the system says',
  light: 'Colours: light',
  dark: 'Colours: dark',
});

function kept() {
  try {
    return localStorage.getItem(KEY) ?? 'system';
  } catch {
    return 'system';
  }
}

/** @param {string} theme */
function apply(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const button = byId('theme');
  button.setAttribute('aria-label', WORDS[theme] ?? '');
  button.title = WORDS[theme] ?? '';
}

export function startTheme() {
  let theme = kept();
  apply(theme);
  byId('theme').addEventListener('click', () => {
    theme = NEXT[theme] ?? 'system';
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // A browser that keeps nothing still shows it until it is closed.
    }
    apply(theme);
  });
}
