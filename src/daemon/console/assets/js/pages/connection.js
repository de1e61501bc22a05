/** One connection: how its runs, credentials and request budgets stand, and the run that is on. */
import { post } from '../api.js';
import { commandLine } from '../commands.js';
import { h } from '../dom.js';
import { ago, count, inert, stamp, text, time } from '../format.js';
import { ensureName, tellFailure } from '../session.js';
import { toast } from '../toasts.js';

/** @typedef {import('../../../overview.ts').ConnectionOverview} Connection */

export const OUTCOMES = /** @type {Record<string, { words: string, style: string }>} */ ({
  clean: { words: 'both sides agree', style: 'good' },
  attention: { words: 'needs a person', style: 'warn' },
  incomplete: { words: 'stopped early', style: 'warn' },
  halted: { words: 'halted', style: 'bad' },
});

/** @param {string} outcome */
export function outcomeChip(outcome) {
  const { words, style } = OUTCOMES[outcome] ?? { words: outcome, style: '' };
  return h('span', { class: `chip ${style}` }, words);
}

/** What a run wrote, in words. @param {Connection['runs'][number]['wrote']} wrote */
export function wroteWords(wrote) {
  const parts = [
    [wrote.opportunitiesCreated, 'opportunity created', 'opportunities created'],
    [wrote.opportunitiesUpdated, 'opportunity updated', 'opportunities updated'],
    [wrote.referralsCreated, 'deal created', 'deals created'],
    [wrote.referralsUpdated, 'deal updated', 'deals updated'],
    [wrote.invitations, 'invitation', 'invitations'],
  ];
  const words = parts.flatMap(([number, one, many]) =>
    typeof number === 'number' && number > 0 ? [count(number, String(one), String(many))] : [],
  );
  return words.length === 0 ? 'nothing' : words.join(', ');
}

const PHASES = /** @type {Record<string, string>} */ ({
  reading: 'Reading',
  deciding: 'Deciding',
  writing: 'Writing',
});

/** The progress of the run that is on. @param {string} name @param {import('../live.js').Progress['progress']} progress */
export function progressBar(name, progress) {
  const { phase, done, total, what } = progress ?? { phase: 'reading', done: 0, total: 0, what: '' };
  const known = total > 0;
  const label = `${PHASES[phase] ?? inert(phase)} ${inert(what)}${known ? `: ${done.toLocaleString('en')} of ${total.toLocaleString('en')}` : done > 0 ? `: ${done.toLocaleString('en')}` : ''}`;
  return h(
    'div',
    { class: 'run-bar', id: `progress-${name}` },
    h('label', { for: `bar-${name}` }, `Running. ${label}`),
    h('progress', {
      id: `bar-${name}`,
      max: known ? total : null,
      value: known ? Math.min(done, total) : null,
    }),
  );
}

/** Shows progress without drawing the screen anew. @param {import('../live.js').Progress} progress */
export function showProgress({ connection, progress }) {
  document.getElementById(`progress-${connection}`)?.replaceWith(progressBar(connection, progress));
}

/** Asks for a run. @param {string} name @param {() => Promise<void>} reload @param {boolean} [full] */
export async function runNow(name, reload, full = false) {
  if (!(await ensureName())) return;
  try {
    const { message } = await post('/runs', { connection: name, full });
    toast(message);
  } catch (error) {
    tellFailure(error);
  }
  await reload();
}

/** @param {Connection} connection @param {() => Promise<void>} reload */
export function connectionPanel(connection, reload) {
  const { connection: name, crm, status, runs, links, waiting, problem } = connection;
  const [last] = runs;
  const id = `connection-${name}`;
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': id },
    h(
      'div',
      { class: 'head' },
      h('h2', { id }, text(name)),
      h(
        'span',
        { class: 'muted small' },
        `${crm === 'salesforce' ? 'Salesforce' : 'Dynamics 365'} · ${count(links, 'linked deal')}`,
      ),
    ),
    problem === null ? null : h('p', { class: 'notice bad' }, inert(problem)),
    status.failure === null
      ? null
      : h(
          'p',
          { class: 'notice bad' },
          `The last run failed ${ago(status.failure.at)}: ${inert(status.failure.message)}`,
        ),
    h(
      'dl',
      { class: 'facts' },
      h('dt', {}, 'Last run'),
      h(
        'dd',
        {},
        last === undefined
          ? 'none yet'
          : [
              outcomeChip(last.outcome),
              h(
                'div',
                { class: 'small' },
                time(last.finishedAt),
                `, read ${(last.read.opportunities + last.read.referrals).toLocaleString('en')}, wrote ${wroteWords(last.wrote)}`,
              ),
              last.stopped === null ? null : h('div', { class: 'small' }, inert(last.stopped)),
            ],
      ),
      h('dt', {}, 'Next run'),
      h(
        'dd',
        {},
        status.running !== null
          ? 'running now'
          : status.nextRun === null
            ? 'not scheduled'
            : time(status.nextRun, `${ago(status.nextRun)}, at ${stamp(status.nextRun)}`),
      ),
      h('dt', {}, 'Oldest edit that waits'),
      h(
        'dd',
        {},
        waiting.since === null
          ? 'none: every edit has arrived'
          : [time(waiting.since), ` (${count(waiting.count, 'deal')} out of step)`],
      ),
      h('dt', {}, 'Sign-in'),
      h('dd', {}, credentialsWords(connection)),
      h('dt', {}, 'Requests'),
      h('dd', {}, requestsWords(connection)),
      connection.quota === null
        ? null
        : [h('dt', {}, 'Salesforce quota'), h('dd', {}, quotaGauge(connection))],
    ),
    status.running === null ? null : progressBar(name, status.running.progress),
    h(
      'div',
      { class: 'actions run-bar' },
      h(
        'button',
        { type: 'button', id: `run-${name}`, onclick: () => runNow(name, reload) },
        status.running === null ? 'Run now' : 'Run again after this',
      ),
      h('a', { class: 'button', href: '/plan', 'data-route': true }, 'Preview first'),
    ),
    h('p', { class: 'command' }, h('code', {}, commandLine('sync', '--connection', name))),
  );
}

/** @param {Connection} connection */
function credentialsWords({ credentials: { standing, signIn, refusals }, connection }) {
  const remedy = commandLine('auth', 'login', connection);
  if (standing === 'dead')
    return [
      h('span', { class: 'chip bad' }, 'refused'),
      refusals.map((message) => h('div', { class: 'small' }, inert(message))),
    ];
  if (signIn.state === 'none')
    return [
      h('span', { class: 'chip warn' }, 'not signed in'),
      h('div', { class: 'small' }, h('code', {}, remedy)),
    ];
  const days = signIn.daysLeft;
  if (standing === 'dying' || (days !== null && days <= 14))
    return [
      h('span', { class: 'chip warn' }, days === null ? 'ends soon' : `ends in ${count(days, 'day')}`),
      h('div', { class: 'small' }, h('code', {}, remedy)),
    ];
  return days === null ? 'configured, not used yet' : `good for ${count(days, 'day')}`;
}

/** @param {Connection} connection */
function requestsWords({ runs }) {
  const [last] = runs;
  if (last === undefined) return 'none yet';
  const { crm, partnerCenter, graph, retries } = last.requests;
  return [
    `last run: ${crm} to the CRM, ${partnerCenter} to Partner Center${graph > 0 ? `, ${graph} to Graph` : ''}`,
    retries > 0 ? h('div', { class: 'small' }, `${count(retries, 'request')} had to be repeated`) : null,
  ];
}

/** @param {Connection} connection */
function quotaGauge({ quota, crmRequestsToday }) {
  if (quota === null) return '';
  const allowed = Math.floor(quota.limit * quota.share);
  const part = allowed === 0 ? 1 : Math.min(1, crmRequestsToday / allowed);
  const fill = h('span', {});
  fill.style.width = `${part * 100}%`;
  return [
    `${crmRequestsToday.toLocaleString('en')} of our ${allowed.toLocaleString('en')} a day`,
    h('span', { class: part > 0.8 ? 'gauge warn' : 'gauge', 'aria-hidden': 'true' }, fill),
    h(
      'div',
      { class: 'small muted' },
      `The whole org: ${quota.used.toLocaleString('en')} of ${quota.limit.toLocaleString('en')}.`,
    ),
  ];
}
