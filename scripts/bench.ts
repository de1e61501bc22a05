/**
 * `npm run bench`: runs the real command against stand-ins in another process, and prints what each run cost. See
 * docs/benchmarks.md.
 */
import { parseArgs } from 'node:util';
import { LATENCY_SCENARIOS, type Latency, measureLatency } from './bench/latency.ts';
import { exceeds, runBenchmarks } from './bench/measure.ts';
import { renderLatency, renderMeasurements } from './bench/table.ts';
import { RAISED } from './bench/workplace.ts';

const USAGE = `Usage: npm run bench -- [options]

  --crm KIND       salesforce or dynamics (salesforce)
  --sizes N,N,…    opportunities shared, one series each (300,1200)
  --changes N,N,…  records that people edit between two runs (1,25,200,1000)
  --links N,N,…    links in the ledger for the last series (10000,100000); 0 for none; 1000000 takes minutes to fill
  --export DIR     a folder of Salesforce data-export CSVs instead of made-up records
  --flag N         how many of its opportunities are shared; like --sizes N
  --repeats N      idle runs of which the median counts (3)
  --latency N      instead: N edits while the real daemon runs, and how long each takes to the other side
  --ratios         only ratios to the idle run, nothing that depends on the machine
  --json           one JSON document instead of the table
`;

function numbersOf(text: string, name: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number >= 0)) return numbers;
  throw new RangeError(`--${name} takes whole numbers separated by commas, not "${text}".`);
}

const { values } = parseArgs({
  options: {
    crm: { type: 'string', default: 'salesforce' },
    sizes: { type: 'string', default: '300,1200' },
    changes: { type: 'string', default: '1,25,200,1000' },
    links: { type: 'string', default: '10000,100000' },
    export: { type: 'string' },
    flag: { type: 'string' },
    repeats: { type: 'string', default: '3' },
    latency: { type: 'string' },
    ratios: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else if (values.latency !== undefined) {
  const [edits = 0] = numbersOf(values.latency, 'latency');
  const results: Latency[] = [];
  for (const scenario of LATENCY_SCENARIOS)
    results.push(await measureLatency(scenario, edits, (text) => void process.stderr.write(`${text}\n`)));
  process.stdout.write(
    values.json ? `${JSON.stringify({ latency: results }, null, 2)}\n` : renderLatency(results),
  );
  if (results.some(({ p95Seconds, promisedSeconds }) => p95Seconds >= promisedSeconds)) process.exitCode = 1;
} else {
  const sizes = numbersOf(values.flag ?? values.sizes, values.flag === undefined ? 'sizes' : 'flag');
  const [repeats = 1] = numbersOf(values.repeats, 'repeats');
  const { crm } = values;
  if (crm !== 'salesforce' && crm !== 'dynamics')
    throw new RangeError(`--crm takes salesforce or dynamics, not "${crm}".`);
  const measurements = await runBenchmarks({
    crm,
    sizes,
    links: numbersOf(values.links, 'links').filter((links) => links > 0),
    changes: numbersOf(values.changes, 'changes').filter((count) => count > 0),
    exportDir: values.export ?? null,
    repeats: Math.max(1, repeats),
    progress: (text) => void process.stderr.write(`${text}\n`),
  });
  if (values.json) process.stdout.write(`${JSON.stringify({ raised: RAISED, measurements }, null, 2)}\n`);
  else {
    const broken = measurements.filter(
      ({ requests, promised }) =>
        exceeds(requests, promised, 'crm') || exceeds(requests, promised, 'partnerCenter'),
    );
    process.stdout.write(
      [
        renderMeasurements(measurements, values.ratios),
        '',
        `Requests are the servers' own count: reads, + writes (w). Next run: CRM / Partner Center requests of the run after.`,
        `Partner Center's rate limit is raised to ${RAISED.requestsPerSecond} requests a second, and ${RAISED.maxWritesPerRun} records may be written in a run.`,
        broken.length === 0
          ? 'No run sent more requests than promised.'
          : `✗ More requests than promised: ${broken.map(({ series, scenario }) => `${scenario} (${series})`).join('; ')}.`,
        '',
      ].join('\n'),
    );
  }
}
