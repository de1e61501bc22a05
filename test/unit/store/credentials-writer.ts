// A process that saves ten tokens when told to.
import { once } from 'node:events';
import { openCredentials } from '../../../src/store/index.ts';

const [, , dir = '', name = ''] = process.argv;
const credentials = openCredentials({ dir, now: () => new Date('2026-03-01T12:00:00.000Z') });

process.stdout.write('ready\n');
await once(process.stdin, 'data');
for (let n = 0; n < 10; n += 1) await credentials.save(`${name}-${n}`, `token of ${name}`);
process.exit(0);
