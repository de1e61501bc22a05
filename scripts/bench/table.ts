/** Measurements as a table in Markdown, with figures and with ratios to the idle run of the same invocation. */

import type { Latency } from './latency.ts';
import { exceeds, type Measurement, type Promised, toMebibytes } from './measure.ts';
import type { Counts, SideCounts } from './protocol.ts';

const HEAD = [
  'Series',
  'Scenario',
  'Links',
  'CRM requests',
  'promised',
  'Partner Center requests',
  'promised',
  'Next run',
  'Wall',
  'CPU',
  'Peak memory',
];
/** Columns with figures, which are set to the right. */
const FIGURES_FROM = 2;

/** The idle run that all others are set in relation to: the first series' one. */
function referenceOf(measurements: readonly Measurement[]): Measurement | undefined {
  return measurements.find(({ isReference }) => isReference);
}

function ratio(value: number, reference: number | undefined): string {
  return reference === undefined || reference === 0 ? '' : `${(value / reference).toFixed(2)}×`;
}

function requestsText({ reads, writes }: SideCounts): string {
  return writes === 0 ? String(reads) : `${reads} + ${writes} w`;
}

function promisedText({ requests, promised }: Measurement, side: keyof Promised): string {
  if (promised === null) return '';
  return `${promised[side]}${exceeds(requests, promised, side) ? ' ✗' : ' ✓'}`;
}

function nextText(next: Counts | null): string {
  return next === null ? '' : `${requestsText(next.crm)} / ${requestsText(next.partnerCenter)}`;
}

/** @param ratiosOnly leaves out what depends on the machine */
export function renderMeasurements(measurements: readonly Measurement[], ratiosOnly: boolean): string {
  const reference = referenceOf(measurements)?.usage;
  const withRatio = (text: string, value: number, of: number | undefined): string =>
    ratiosOnly ? ratio(value, of) : `${text} (${ratio(value, of)})`;
  const rows = measurements.map((measurement) => {
    const { series, scenario, links, requests, next, usage } = measurement;
    const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
    return [
      series,
      scenario,
      String(links),
      requestsText(requests.crm),
      promisedText(measurement, 'crm'),
      requestsText(requests.partnerCenter),
      promisedText(measurement, 'partnerCenter'),
      nextText(next),
      withRatio(seconds(usage.wallMs), usage.wallMs, reference?.wallMs),
      withRatio(seconds(usage.cpuMs), usage.cpuMs, reference?.cpuMs),
      withRatio(`${toMebibytes(usage.peakBytes).toFixed(0)} MiB`, usage.peakBytes, reference?.peakBytes),
    ];
  });
  return renderMarkdown(HEAD, rows);
}

/** How long edits took to the other side. */
export function renderLatency(latencies: readonly Latency[]): string {
  const seconds = (value: number): string => `${value.toFixed(1)} s`;
  const rows = latencies.map((one) => [
    one.name,
    `${one.sync.split(' ').length > 5 ? 'every 15 s' : 'every 5 min'}, settle ${one.settleSeconds} s`,
    String(one.edits),
    seconds(one.medianSeconds),
    seconds(one.p95Seconds),
    seconds(one.maxSeconds),
    `< ${one.promisedSeconds} s ${one.p95Seconds < one.promisedSeconds ? '✓' : '✗'}`,
  ]);
  return `${renderMarkdown(['Scenario', 'Schedule', 'Edits', 'Median', 'p95', 'Longest', 'promised p95'], rows)}\n`;
}

function renderMarkdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0), 3),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return index < FIGURES_FROM ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' | ')} |`;
  const rule = widths.map((width, index) =>
    index < FIGURES_FROM ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
