/** Starts the page: who is there, which screen the address names, and what the server tells. */
import { ApiError, get } from './api.js';
import { askUser, isAsking } from './dialogs.js';
import { announce, byId, h } from './dom.js';
import { inert, setClock } from './format.js';
import { listen } from './live.js';
import { attentionScreen } from './pages/attention.js';
import { dealScreen } from './pages/deal.js';
import { dealsScreen } from './pages/deals.js';
import { inboundScreen } from './pages/inbound.js';
import { planScreen } from './pages/plan.js';
import { runsScreen } from './pages/runs.js';
import { todayScreen } from './pages/today.js';
import { loadSession, session, signInScreen, signOut } from './session.js';
import { startTheme } from './theme.js';

/**
 * A screen: `load` asks for what it shows, `draw` shows it. Loading again is all it takes to be up to date.
 * @typedef {{
 *   title: string,
 *   load: () => Promise<void>,
 *   draw: () => Node,
 *   onProgress?: (progress: import('./live.js').Progress) => void,
 * }} Screen
 * @typedef {{ path: string, query: URLSearchParams, redraw: () => void, reload: () => Promise<void>, go: (to: string) => void }} Place
 */

/** @type {[RegExp, (place: Place) => Screen][]} */
const SCREENS = [
  [/^\/$/, todayScreen],
  [/^\/attention$/, attentionScreen],
  [/^\/inbound$/, inboundScreen],
  [/^\/deals$/, dealsScreen],
  [/^\/deals\/[^/]+\/[^/]+$/, dealScreen],
  [/^\/plan$/, planScreen],
  [/^\/runs$/, runsScreen],
];

/** @type {Screen | null} */
let shown = null;
let visit = 0;
/** The address of the screen that is open. */
let opened = '';

/** @param {string} to */
function go(to) {
  history.pushState(null, '', to);
  void open();
}

/** Shows the screen of the address. @param {{ quiet?: boolean }} [options] quiet: it was only brought up to date */
async function open({ quiet = false } = {}) {
  visit += 1;
  const mine = visit;
  const main = byId('main');
  if (!session.mayRead) {
    shown = null;
    document.title = 'Sign in · cosell-sync';
    main.replaceChildren(signInScreen(() => void open()));
    main.setAttribute('aria-busy', 'false');
    byId('sign-in-name').focus();
    return;
  }
  const { pathname, search } = location;
  opened = pathname + search;
  const make = SCREENS.find(([pattern]) => pattern.test(pathname))?.[1] ?? todayScreen;
  /** @type {Place} */
  const place = {
    path: pathname,
    query: new URLSearchParams(search),
    redraw: () => draw(screen),
    reload: () => refresh(screen),
    go,
  };
  const screen = make(place);
  main.setAttribute('aria-busy', 'true');
  markCurrent(pathname);
  try {
    await Promise.all([screen.load(), countBadges()]);
    if (mine !== visit) return;
    shown = screen;
    draw(screen);
  } catch (error) {
    if (mine === visit) fail(error);
  } finally {
    main.setAttribute('aria-busy', 'false');
  }
  if (quiet || mine !== visit) return;
  document.title = `${screen.title} · cosell-sync`;
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
  announce(screen.title);
}

/** Draws a screen in place of the old one; whoever was at a control stays there. @param {Screen} screen */
function draw(screen) {
  const main = byId('main');
  const active = document.activeElement;
  const focused = active instanceof HTMLElement && main.contains(active) ? active.id : '';
  const cursor =
    active instanceof HTMLInputElement && active.type !== 'checkbox' ? active.selectionStart : null;
  main.replaceChildren(screen.draw());
  const again = focused === '' ? null : document.getElementById(focused);
  if (again === null) return;
  again.focus({ preventScroll: true });
  if (cursor !== null && again instanceof HTMLInputElement && again.type !== 'radio')
    again.setSelectionRange(cursor, cursor);
}

/** @param {Screen} screen */
async function refresh(screen) {
  try {
    await Promise.all([screen.load(), countBadges()]);
    if (shown === screen && !isAsking()) draw(screen);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) await signedOut();
    else if (!(error instanceof ApiError && error.status === 0)) fail(error);
  }
}

/** @param {unknown} error */
function fail(error) {
  if (error instanceof ApiError && error.status === 401) return void signedOut();
  const message = error instanceof Error ? error.message : String(error);
  byId('main').replaceChildren(
    h(
      'div',
      { class: 'panel stack', role: 'alert' },
      h('h1', {}, error instanceof ApiError && error.status === 404 ? 'Nothing here' : 'This did not work'),
      h('p', {}, inert(message)),
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', class: 'primary', onclick: () => void open() }, 'Try again'),
        h('a', { class: 'button', href: '/', 'data-route': true }, 'Back to Today'),
      ),
    ),
  );
}

async function signedOut() {
  session.mayRead = false;
  session.name = null;
  await open();
}

/** @param {string} path */
function markCurrent(path) {
  for (const link of byId('screens').querySelectorAll('a')) {
    const to = link.getAttribute('href') ?? '';
    const isHere = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
    if (isHere) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

async function countBadges() {
  const [overview, inbound] = await Promise.all([get('/overview'), get('/inbound')]);
  setClock(overview.now);
  let waiting = 0;
  for (const { attention } of overview.connections)
    waiting += attention.conflict + attention.approval + attention.parked;
  setBadge('badge-attention', waiting, 'waiting');
  setBadge('badge-inbound', inbound.rows.length, 'to answer');
}

/** @param {string} id @param {number} number @param {string} what */
function setBadge(id, number, what) {
  const badge = byId(id);
  badge.hidden = number === 0;
  badge.replaceChildren(String(number), h('span', { class: 'unseen' }, ` ${what}`));
}

function follow(/** @type {MouseEvent} */ event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
    return;
  const link = event.target instanceof Element ? event.target.closest('a[data-route]') : null;
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  go(link.pathname + link.search + link.hash);
}

async function start() {
  startTheme();
  document.addEventListener('click', follow);
  addEventListener('popstate', () => {
    // A jump within the page, such as the skip link's, opens no other screen.
    if (location.pathname + location.search !== opened) void open();
  });
  byId('person').addEventListener('click', async () => {
    const yes = await askUser({
      title: 'Sign out?',
      action: 'Sign out',
      body: [`You are signed in as ${inert(session.name ?? '')}.`],
    });
    if (yes !== null) await signOut();
  });
  try {
    await loadSession();
  } catch (error) {
    return fail(error);
  }
  await open();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  const changed = () => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      if (shown !== null) void refresh(shown);
    }, 150);
  };
  listen({
    onChange: changed,
    // Sessions end with the daemon: whoever comes back may have to sign in again.
    onFound: () => {
      loadSession().then(() => (session.mayRead ? changed() : void open()), fail);
    },
    onProgress: (progress) => shown?.onProgress?.(progress),
    onSignedOut: () => void signedOut(),
  });
  // "2 min ago" grows old by itself.
  setInterval(() => {
    if (shown !== null && !isAsking() && document.visibilityState === 'visible') changed();
  }, 60_000);
}

void start();
