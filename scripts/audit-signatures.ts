/**
 * Checks the registry's signatures and attestations of everything installed (`npm audit signatures`).
 *
 *     npm run audit-signatures
 *
 * A signature that does not hold fails (exit 1). Where the network does not reach the keys, nothing has been checked:
 * it says so and exits with 0, because a closed network is no finding; `--strict` makes that exit 1 too.
 */
import { spawnSync } from 'node:child_process';

const npm = process.env.npm_execpath;
const words = ['audit', 'signatures', '--loglevel=error', '--fetch-retries=0', '--fetch-timeout=20000'];
const [command, before] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
const { status, stdout, stderr } = spawnSync(command, [...before, ...words], { encoding: 'utf8' });

const UNREACHABLE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|E405|E403|E404)\b/;
const code = UNREACHABLE.exec(stderr)?.[0];

process.stdout.write(stdout);
if (status === 0) process.exit(0);
if (code !== undefined && stdout.trim() === '') {
  const isStrict = process.argv.includes('--strict');
  process.stderr.write(
    `Signatures were NOT checked: the registry's keys cannot be reached from here (${code}). The hashes of the lock file were. Run this again where the network allows it.\n`,
  );
  process.exit(isStrict ? 1 : 0);
}
process.stderr.write(stderr);
process.exit(1);
