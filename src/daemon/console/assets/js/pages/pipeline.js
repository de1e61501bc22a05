/** The pipeline's panel: what is shown of it, and the chart. */
import { get } from '../api.js';
import { drawChart, drawFigures, drawStages, mainCurrency, together } from '../chart.js';
import { h } from '../dom.js';

/** What was chosen stays while the page is open. */
const chosen = {
  kind: 'all',
  measure: /** @type {'count' | 'value'} */ ('count'),
  days: '90',
  closed: false,
  table: false,
};

/** @param {import('../main.js').Place} place */
export function pipelinePanel(place) {
  /** @type {{ from: string, to: string, series: { connection: string, days: import('../chart.js').Day[] }[] }} */
  let data = { from: '', to: '', series: [] };

  /**
   * @template {string} V
   * @param {string} name @param {string} label @param {[V, string][]} options @param {V} value @param {(value: V) => void} choose
   */
  const choice = (name, label, options, value, choose) =>
    h(
      'fieldset',
      { class: 'choice' },
      h('legend', { class: 'unseen' }, label),
      options.map(([option, words]) =>
        h(
          'label',
          {},
          h('input', {
            type: 'radio',
            name,
            id: `${name}-${option}`,
            value: option,
            checked: option === value,
            onchange: () => choose(option),
          }),
          words,
        ),
      ),
    );
  const set = (/** @type {Partial<typeof chosen>} */ change) => {
    Object.assign(chosen, change);
    if (change.days === undefined) place.redraw();
    else void place.reload();
  };

  return {
    async load() {
      data = await get(`/pipeline?days=${chosen.days}`);
    },
    draw() {
      const days = together(data.series);
      const { currency, others } = mainCurrency(days);
      const today = days.find(({ day }) => day === data.to);
      const isEmpty = days.every(({ cells }) => cells.length === 0);
      return h(
        'section',
        { class: 'panel', 'aria-labelledby': 'pipeline-title' },
        h(
          'div',
          { class: 'head' },
          h('h2', { id: 'pipeline-title' }, 'Pipeline'),
          h(
            'span',
            { class: 'muted small' },
            days.length < 2 ? 'The days add up from now on.' : `${days.length} days kept`,
          ),
        ),
        isEmpty
          ? h(
              'div',
              { class: 'empty' },
              h('strong', {}, 'No deals yet'),
              'Once the first run has linked some, this shows where they stand, day by day.',
            )
          : [
              h(
                'div',
                { class: 'chart-tools' },
                choice(
                  'measure',
                  'What is counted',
                  [
                    ['count', 'Deals'],
                    ['value', currency === null ? 'Value' : `Value in ${currency}`],
                  ],
                  chosen.measure,
                  (measure) => set({ measure }),
                ),
                choice(
                  'kind',
                  'Kind of deal',
                  [
                    ['all', 'All'],
                    ['co-sell', 'Co-sell'],
                    ['partner-led', 'Partner-led'],
                    ['private', 'Private'],
                  ],
                  chosen.kind,
                  (kind) => set({ kind }),
                ),
                choice(
                  'days',
                  'Period',
                  [
                    ['30', '30 days'],
                    ['90', '90 days'],
                    ['365', 'A year'],
                  ],
                  chosen.days,
                  (wanted) => set({ days: wanted }),
                ),
                h(
                  'label',
                  { class: 'tick' },
                  h('input', {
                    type: 'checkbox',
                    id: 'closed',
                    checked: chosen.closed,
                    onchange: () => set({ closed: !chosen.closed }),
                  }),
                  'Closed ones, too',
                ),
              ),
              days.length > 1 ? drawChart(days, data, chosen, currency) : null,
              drawStages(today ?? days.at(-1), chosen, currency),
              others.length > 0 && chosen.measure === 'value'
                ? h(
                    'p',
                    { class: 'muted small' },
                    `Deals in ${others.join(', ')} are counted, but not summed up.`,
                  )
                : null,
              h(
                'details',
                {
                  open: chosen.table,
                  ontoggle: (/** @type {Event} */ event) => {
                    chosen.table = /** @type {HTMLDetailsElement} */ (event.currentTarget).open;
                  },
                },
                h('summary', { id: 'figures' }, 'The same as a table'),
                drawFigures(days, chosen, currency),
              ),
            ],
      );
    },
  };
}
