/**
 * Writes the bill of materials of what is shipped (CycloneDX, from npm) to `dist/sbom.cdx.json`, after checking it
 * against the lock file.
 *
 *     npm run sbom [-- FILE]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBill, shippedOnly } from './sbom/bill.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = process.argv[2] ?? 'dist/sbom.cdx.json';
const read = (name: string): unknown => JSON.parse(readFileSync(`${ROOT}${name}`, 'utf8'));

const npm = process.env.npm_execpath;
const words = ['sbom', '--loglevel=error', '--sbom-format=cyclonedx'];
const [command, before] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
const text = execFileSync(command, [...before, ...words], {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
const lockfile = read('package-lock.json');
const bill = shippedOnly(JSON.parse(text), read('package.json'), lockfile);
const problems = checkBill(bill, lockfile);
if (problems.length > 0) {
  process.stderr.write(`The bill of materials is not sound:\n${problems.join('\n')}\n`);
  process.exit(1);
}
const path = resolve(ROOT, FILE);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, `${JSON.stringify(bill, null, 2)}\n`);
process.stdout.write(`${FILE}: ${bill.components.length} components.\n`);
