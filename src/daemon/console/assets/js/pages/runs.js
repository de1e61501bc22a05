/** The last runs of each connection, and what each read, wrote and asked for. */
import { get } from '../api.js';
import { commandHint, commandLine } from '../commands.js';
import { h, table } from '../dom.js';
import { inert, stamp, text, time } from '../format.js';
import { outcomeChip, progressBar, showProgress, wroteWords } from './connection.js';

/** @param {import('../main.js').Place} _place @returns {import('../main.js').Screen} */
export function runsScreen(_place) {
  /** @type {import('./connection.js').Connection[]} */
  let connections = [];
  return {
    title: 'Runs',
    async load() {
      connections = (await get('/overview')).connections;
    },
    draw: () =>
      h(
        'div',
        {},
        h(
          'div',
          { class: 'title' },
          h('h1', {}, 'Runs'),
          h('p', {}, 'The latest of each connection, newest first.'),
        ),
        connections.map(({ connection, runs, status }) =>
          h(
            'section',
            { class: 'panel group', 'aria-labelledby': `runs-${connection}` },
            h('h2', { id: `runs-${connection}` }, text(connection)),
            status.running === null ? null : progressBar(connection, status.running.progress),
            runs.length === 0
              ? h(
                  'div',
                  { class: 'empty' },
                  h('strong', {}, 'No run yet'),
                  'The daemon runs by its schedule; Plan & run starts one now.',
                )
              : table({
                  caption: `Runs of ${inert(connection)}`,
                  head: [
                    { label: 'Finished' },
                    { label: 'Outcome' },
                    { label: 'Read', number: true },
                    { label: 'Wrote' },
                    { label: 'To the CRM', number: true },
                    { label: 'To Partner Center', number: true },
                    { label: 'Repeated', number: true },
                  ],
                  rows: runs.map(({ finishedAt, outcome, stopped, read, wrote, requests }) => [
                    [time(finishedAt, stamp(finishedAt))],
                    [
                      outcomeChip(outcome),
                      stopped === null ? null : h('div', { class: 'small' }, inert(stopped)),
                    ],
                    [(read.opportunities + read.referrals).toLocaleString('en')],
                    [wroteWords(wrote)],
                    [String(requests.crm)],
                    [String(requests.partnerCenter)],
                    [String(requests.retries)],
                  ]),
                }),
          ),
        ),
        commandHint(commandLine('status')),
      ),
    onProgress: showProgress,
  };
}
