/** Who is at the page: the name that goes into the audit trail, and the token where one is asked for. */
import { ApiError, get, post, remove, setCsrf } from './api.js';
import { askUser } from './dialogs.js';
import { byId, h } from './dom.js';
import { inert } from './format.js';
import { toast } from './toasts.js';

/** @type {{ needsToken: boolean, needsCode: boolean, mayRead: boolean, name: string | null }} */
export const session = { needsToken: false, needsCode: false, mayRead: false, name: null };

export async function loadSession() {
  const { needsToken, needsCode, mayRead, name, csrf } = await get('/session');
  Object.assign(session, { needsToken, needsCode, mayRead, name });
  setCsrf(csrf);
  drawPerson();
}

/** @param {string} name @param {string} token @param {string} code */
async function signIn(name, token, code) {
  const { name: known, csrf } = await post('/session', { name, token, code });
  Object.assign(session, { name: known, mayRead: true });
  setCsrf(csrf);
  drawPerson();
}

export async function signOut() {
  await remove('/session');
  location.assign('/');
}

function drawPerson() {
  const button = byId('person');
  button.hidden = session.name === null;
  button.textContent = session.name === null ? '' : inert(session.name);
  button.setAttribute('aria-label', `Signed in as ${inert(session.name ?? '')}. Sign out`);
}

/** Says why something was not done; whoever is signed out by now is asked again the next time. @param {unknown} error */
export function tellFailure(error) {
  if (error instanceof ApiError && error.status === 401) {
    session.name = null;
    drawPerson();
  }
  toast(error instanceof Error ? error.message : String(error), { bad: true });
}

/** Somebody must have given a name before anything is done. @returns {Promise<boolean>} false: called off */
export async function ensureName() {
  if (session.name !== null) return true;
  const done = await askUser({
    title: 'Who are you?',
    body: ['Every decision is kept with the name of who made it.'],
    fields: [
      { name: 'name', label: 'Your name', autocomplete: 'name' },
      ...(session.needsToken
        ? [{ name: 'token', label: 'Token', type: 'password', autocomplete: 'current-password' }]
        : []),
      ...(session.needsCode
        ? [{ name: 'code', label: 'Code', autocomplete: 'one-time-code', hint: CODE_HINT }]
        : []),
    ],
    action: 'Go on',
    submit: ({ name = '', token = '', code = '' }) => signIn(name, token, code),
  });
  return done !== null;
}

const CODE_HINT = 'Six digits from your authenticator app.';

/** The screen of somebody who may not look yet. @param {() => void} onSignedIn */
export function signInScreen(onSignedIn) {
  const problem = h('p', { class: 'field-error', role: 'alert', hidden: true });
  const name = h('input', {
    type: 'text',
    id: 'sign-in-name',
    required: true,
    autocomplete: 'name',
    maxlength: '80',
  });
  const token = h('input', {
    type: 'password',
    id: 'sign-in-token',
    required: true,
    autocomplete: 'current-password',
  });
  const code = h('input', {
    type: 'text',
    id: 'sign-in-code',
    required: true,
    autocomplete: 'one-time-code',
    inputmode: 'numeric',
    pattern: '\\s*(\\d\\s*){6}',
    title: 'Six digits',
    maxlength: '12',
    'aria-describedby': 'sign-in-code-hint',
  });
  const button = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
  return h(
    'form',
    {
      class: 'panel sign-in stack',
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        button.disabled = true;
        problem.hidden = true;
        try {
          await signIn(name.value, token.value, code.value);
          onSignedIn();
        } catch (error) {
          problem.textContent = error instanceof Error ? error.message : String(error);
          problem.hidden = false;
          // A code that was refused is worth nothing any more.
          code.value = '';
          const next = session.needsCode ? code : token;
          next.select();
          next.focus();
        } finally {
          button.disabled = false;
        }
      },
    },
    h('h1', {}, 'Sign in'),
    h(
      'p',
      { class: 'muted' },
      'The console of cosell-sync. Whoever runs the daemon has the token (server.token).',
    ),
    h(
      'div',
      {},
      h('label', { for: 'sign-in-name' }, 'Your name'),
      name,
      h('p', { class: 'muted small' }, 'Decisions are kept with it.'),
    ),
    h('div', {}, h('label', { for: 'sign-in-token' }, 'Token'), token),
    session.needsCode
      ? h(
          'div',
          {},
          h('label', { for: 'sign-in-code' }, 'Code'),
          code,
          h('p', { class: 'muted small', id: 'sign-in-code-hint' }, CODE_HINT),
        )
      : null,
    problem,
    button,
  );
}
