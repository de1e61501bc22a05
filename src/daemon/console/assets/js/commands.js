/** The command that does the same as a button: shown beside it, to be copied into a terminal or a script. */
import { h } from './dom.js';
import { toast } from './toasts.js';

/** @param {string} word */
const quoted = (word) => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** @param {...string} words */
export function commandLine(...words) {
  return ['cosell-sync', ...words].map(quoted).join(' ');
}

/** @param {string} command */
export function commandHint(command) {
  return h(
    'p',
    { class: 'command' },
    'The same in a terminal: ',
    h('code', {}, command),
    ' ',
    h(
      'button',
      {
        type: 'button',
        class: 'quiet small',
        'aria-label': `Copy the command ${command}`,
        onclick: async () => {
          try {
            await navigator.clipboard.writeText(command);
            toast('Copied.');
          } catch {
            toast('The browser does not let this page copy; select the text instead.', { bad: true });
          }
        },
      },
      'Copy',
    ),
  );
}
