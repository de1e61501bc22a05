/** What a run would do, without doing it; and the run itself. */
import { get, post } from '../api.js';
import { commandHint, commandLine } from '../commands.js';
import { askUser } from '../dialogs.js';
import { h } from '../dom.js';
import { ago, count, fieldName, inert, plain, text, time } from '../format.js';
import { ensureName, tellFailure } from '../session.js';
import { outcomeChip, progressBar, runNow, showProgress, wroteWords } from './connection.js';

/**
 * @typedef {import('../../../previews.ts').PreviewState} Preview
 * @typedef {import('../../../previews.ts').ShownPlan} Plan
 */

const TITLES = /** @type {Record<string, string>} */ ({
  'create-referral': 'Deals to create in Partner Center',
  'invite-microsoft': 'Invitations to Microsoft',
  'accept-referral': 'Deals to accept',
  'decline-referral': 'Deals to decline',
  'close-referral': 'Deals to close',
  'register-deal': 'Deals to register with Microsoft',
  'update-referral': 'Deals to update in Partner Center',
  'create-opportunity': 'Opportunities to create in the CRM',
  'update-opportunity': 'Opportunities to update in the CRM',
  link: 'Pairs to link',
  unlink: 'Pairs to unlink',
});

/** @param {import('../main.js').Place} place @returns {import('../main.js').Screen} */
export function planScreen({ reload }) {
  /** @type {import('./connection.js').Connection[]} */
  let connections = [];
  /** @type {Map<string, Preview>} */
  const previews = new Map();
  return {
    title: 'Plan & run',
    async load() {
      connections = (await get('/overview')).connections;
      await Promise.all(
        connections.map(async ({ connection }) =>
          previews.set(connection, await get(`/plan/${encodeURIComponent(connection)}`)),
        ),
      );
    },
    draw: () =>
      h(
        'div',
        {},
        h(
          'div',
          { class: 'title' },
          h('h1', {}, 'Plan & run'),
          h(
            'p',
            {},
            'A preview reads both sides and works on a private copy: it writes nothing anywhere. A run does what it finds to do then.',
          ),
        ),
        connections.map((connection) => panel(connection, previews.get(connection.connection))),
      ),
    onProgress: showProgress,
  };

  /** @param {import('./connection.js').Connection} connection @param {Preview | undefined} preview */
  function panel(connection, preview) {
    const { connection: name, status, runs } = connection;
    const [last] = runs;
    const isRunning = status.running !== null;
    const isPlanning = preview?.state === 'planning';
    return h(
      'section',
      { class: 'panel group', 'aria-labelledby': `plan-${name}` },
      h(
        'div',
        { class: 'head' },
        h('h2', { id: `plan-${name}` }, text(name)),
        last === undefined
          ? null
          : h(
              'span',
              { class: 'small' },
              'Last run ',
              time(last.finishedAt),
              ' ',
              outcomeChip(last.outcome),
              ` wrote ${wroteWords(last.wrote)}`,
            ),
      ),
      h(
        'div',
        { class: 'actions' },
        h(
          'button',
          {
            type: 'button',
            class: 'primary',
            id: `preview-${name}`,
            disabled: isPlanning || isRunning,
            onclick: () => startPreview(name),
          },
          isPlanning ? 'Planning…' : 'Preview',
        ),
        h(
          'button',
          { type: 'button', id: `run-${name}`, onclick: () => runNow(name, reload) },
          isRunning ? 'Run again after this' : 'Run now',
        ),
        h(
          'button',
          { type: 'button', class: 'quiet', id: `full-${name}`, onclick: () => compareAll(name) },
          'Compare everything…',
        ),
      ),
      status.running === null ? null : progressBar(name, status.running.progress),
      isPlanning
        ? h(
            'p',
            { class: 'run-bar', role: 'status' },
            `Planning: ${preview.progress === null ? 'reading both sides' : `${inert(preview.progress.phase)} ${inert(preview.progress.what)}, ${preview.progress.done.toLocaleString('en')}`}`,
          )
        : null,
      preview?.state === 'failed'
        ? h(
            'p',
            { class: 'notice bad', role: 'alert' },
            `The preview of ${ago(preview.finishedAt)} failed: ${inert(preview.message ?? '')}`,
          )
        : null,
      preview?.state === 'ready' && preview.plan !== null ? drawPlan(preview, preview.plan) : null,
      commandHint(commandLine('plan', '--connection', name)),
      commandHint(commandLine('sync', '--connection', name)),
    );
  }

  /** @param {string} name */
  async function startPreview(name) {
    if (!(await ensureName())) return;
    try {
      await post('/plan', { connection: name });
    } catch (error) {
      tellFailure(error);
    }
    await reload();
  }

  /** @param {string} name */
  async function compareAll(name) {
    const yes = await askUser({
      title: 'Compare everything?',
      body: [
        'This reads both sides completely instead of what changed. With very many deals that takes minutes and a good many requests; it runs by itself every night.',
        commandHint(commandLine('sync', '--full', '--connection', name)),
      ],
      action: 'Compare everything',
    });
    if (yes !== null) await runNow(name, reload, true);
  }
}

/** @param {Preview} preview @param {Plan} plan */
function drawPlan({ finishedAt, by }, { total, irreversible, groups, held, left }) {
  return h(
    'div',
    { class: 'stack run-bar' },
    h(
      'div',
      { role: 'status' },
      h(
        'h3',
        {},
        total === 0
          ? 'Nothing would be written.'
          : `${count(total, 'action')}${irreversible === 0 ? '' : `, ${irreversible.toLocaleString('en')} of them cannot be undone at Microsoft`}.`,
      ),
    ),
    h(
      'p',
      { class: 'muted small' },
      'Made ',
      time(finishedAt),
      by === null ? '' : [' for ', text(by)],
      '. Nothing has been written.',
    ),
    held.stopped === null ? null : h('p', { class: 'notice' }, text(held.stopped)),
    held.halted > 0
      ? h(
          'p',
          { class: 'notice bad' },
          `${count(held.halted, 'close')} would be held back: more than a run may do (maxClosesPerRun).`,
        )
      : null,
    held.waiting > 0
      ? h(
          'p',
          { class: 'notice' },
          `${count(held.waiting, 'action')} would wait for approval (policy.approvals).`,
        )
      : null,
    held.capped > 0
      ? h(
          'p',
          { class: 'notice' },
          `${count(held.capped, 'action')} would be left to later runs (maxWritesPerRun).`,
        )
      : null,
    groups.map(({ type, total: number, actions }) =>
      h(
        'details',
        { open: groups.length === 1 && number <= 10 },
        h('summary', {}, `${TITLES[type] ?? type}: ${number.toLocaleString('en')}`),
        actions.map(({ opportunityId, referralId, changes, reason, marks }) =>
          h(
            'div',
            { class: 'plan-action' },
            h(
              'span',
              { class: 'id' },
              inert([opportunityId, referralId].filter((part) => part !== null).join(' / ')),
            ),
            marks.length === 0
              ? null
              : h('span', { class: 'chip bad' }, `cannot be undone: ${marks.join(', ')}`),
            h(
              'ul',
              {},
              changes
                .filter(({ from, to }) => plain(from) !== plain(to))
                .map(({ field, from, to }) =>
                  h('li', {}, h('b', {}, fieldName(field)), `: ${plain(from)} → ${plain(to)}`),
                ),
            ),
            h('p', { class: 'muted small' }, inert(reason)),
          ),
        ),
        number > actions.length
          ? h(
              'p',
              { class: 'muted small' },
              `and ${(number - actions.length).toLocaleString('en')} more; the command lists all.`,
            )
          : null,
      ),
    ),
    left.length === 0
      ? null
      : h(
          'p',
          {},
          `Left to a person: ${left.map(({ cause, total: number }) => `${number.toLocaleString('en')} × ${inert(cause)}`).join(', ')}. `,
          h('a', { href: '/attention', 'data-route': true }, 'Look at them'),
        ),
  );
}
