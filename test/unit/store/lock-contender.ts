// A process that tries for the lock when told to, says how that went, and then keeps what it got until it is killed.
import { once } from 'node:events';
import { LockedError } from '../../../src/core/errors.ts';
import { acquireLock } from '../../../src/store/index.ts';

const [, , dir = '', command = ''] = process.argv;

process.stdout.write('ready\n');
await once(process.stdin, 'data');
try {
  const describe = { pid: process.pid, host: 'here', startedAt: '2026-03-01T12:00:00.000Z', command };
  acquireLock({ dir, describe });
  process.stdout.write('won\n');
  await once(process.stdin, 'end');
} catch (error) {
  if (!(error instanceof LockedError)) throw error;
  process.stdout.write(`lost ${error.message}\n`);
}
process.exit(0);
