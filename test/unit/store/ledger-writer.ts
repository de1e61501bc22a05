// A process that commits one link after another, each with its record, until it is killed; it says what it has committed.
import { openLedger } from '../../../src/store/index.ts';
import { link, NOON, opportunity } from '../../contract/ledger-samples.ts';

const [, , dir = ''] = process.argv;
const ledger = openLedger({ dir, connection: 'contoso', now: () => new Date(NOON) });

for (let n = 1; ; n += 1) {
  await ledger.commit({ opportunities: [{ record: opportunity(n), dueAt: NOON }], links: [link(n)] });
  process.stdout.write(`${n}\n`);
  // Lets the line out.
  await new Promise((resolve) => setImmediate(resolve));
}
