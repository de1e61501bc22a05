/** A run's report as a manager reads it: what was read, what was done, what needs a person, what comes next. */
import type { AttentionItem, RunReport } from '../core/store-port.ts';
import { causeOf, groupByCause } from '../views/causes.ts';
import { count, type Paint, renderTable, wrap } from './format.ts';

const HEADLINES: Readonly<Record<RunReport['outcome'], readonly ['green' | 'yellow' | 'red', string]>> = {
  clean: ['green', 'Both sides agree.'],
  attention: ['yellow', 'Finished; some items need a person.'],
  incomplete: ['yellow', 'Stopped early; it is safe to run again.'],
  halted: ['red', 'Halted; a person must decide before it goes on.'],
};

export interface RunReportOptions {
  readonly paint: Paint;
  readonly width: number;
  /** Open items of this connection, for causes and examples. */
  readonly items: readonly AttentionItem[];
}

/** The whole report of one connection. */
export function renderRun(report: RunReport, options: RunReportOptions): string {
  const { paint, width, items } = options;
  const [style, headline] = HEADLINES[report.outcome];
  const stopped = report.stopped === null ? '' : `${wrap(report.stopped, width, '  ')}\n`;
  const attention = renderCauses(items, { paint, width });
  return [
    `${paint('bold', report.connection)}: ${paint(style, headline)}\n`,
    stopped,
    renderTable(figuresOf(report), { paint, right: [1] })
      .replace(/^/gm, '  ')
      .trimEnd(),
    '\n',
    attention === '' ? '' : `\n${attention}`,
    `\n${nextStep(report, items)}\n`,
  ].join('');
}

function figuresOf(report: RunReport): string[][] {
  const { read, wrote, requests } = report;
  const rows: [string, number][] = [
    ['Opportunities read', read.opportunities],
    ['Deals read', read.referrals],
    ['Opportunities created', wrote.opportunitiesCreated],
    ['Opportunities updated', wrote.opportunitiesUpdated],
    ['Deals created', wrote.referralsCreated],
    ['Deals updated', wrote.referralsUpdated],
    ['Invitations to Microsoft', wrote.invitations],
    ['Pairs newly linked', report.linked],
    ['Looked at and left alone', report.unchanged],
    ['Requests to the CRM', requests.crm],
    ['Requests to Partner Center', requests.partnerCenter],
    ['Lookups and mail (Microsoft Graph)', requests.graph],
    ['Requests repeated', requests.retries],
  ];
  return rows
    .filter(([label, figure]) => figure > 0 || label.endsWith('read') || label.startsWith('Requests to'))
    .map(([label, figure]) => [label, figure.toLocaleString('en-US')]);
}

/** Items by cause, each with one example. */
export function renderCauses(
  items: readonly AttentionItem[],
  { paint, width }: { readonly paint: Paint; readonly width: number },
): string {
  if (items.length === 0) return '';
  return groupByCause(items)
    .map(({ kind, code, items: group }) => {
      const [example] = group;
      const title = `${count(group.length, kind === 'parked' ? 'parked record' : kind)}: ${causeOf(code)}`;
      const text = example === undefined ? '' : wrap(example.message, width, '    ');
      return `  ${paint(kind === 'notice' ? 'cyan' : 'yellow', title)}\n${text}\n`;
    })
    .join('');
}

/** The one thing to do next. */
export function nextStep({ outcome, attention }: RunReport, items: readonly AttentionItem[]): string {
  if (outcome === 'halted')
    return 'Next: cosell-sync attention list, then cosell-sync attention approve ID if it is meant.';
  if (outcome === 'incomplete' && items.some(({ code }) => code === 'credentials'))
    return 'Next: mend the sign-in (cosell-sync doctor says how), then run cosell-sync sync again; it goes on where it stopped.';
  if (outcome === 'incomplete') return 'Next: run cosell-sync sync again; it goes on where it stopped.';
  if (attention.conflicts > 0)
    return 'Next: cosell-sync attention list, then cosell-sync attention resolve ID --take crm (or partnerCenter).';
  if (attention.approvals > 0)
    return 'Next: cosell-sync attention list, then cosell-sync attention approve ID.';
  if (items.some(({ kind }) => kind === 'parked'))
    return 'Next: correct the records above; the next run takes them up.';
  if (items.length > 0) return 'Next: nothing has to be done; cosell-sync attention list shows the notices.';
  return 'Next: nothing to do.';
}
