/** What `npm run sbom` writes, held against the schema that CycloneDX publishes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cosell-sbom-'));
let text = '';

const problemsOf = (bill: string) => new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(bill);

beforeAll(() => {
  const file = join(folder, 'sbom.cdx.json');
  execFileSync(process.execPath, ['scripts/sbom.ts', file], { cwd: ROOT });
  text = readFileSync(file, 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the bill of materials follows the schema of the version that it names', async () => {
  expect(JSON.parse(text)).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' });

  expect(await problemsOf(text)).toBeNull();
});

it.each([
  ['a field that there is not', (bill: Record<string, unknown>) => ({ ...bill, colour: 'red' })],
  ['no version of the format', ({ specVersion: _, ...bill }: Record<string, unknown>) => bill],
  [
    'a component without a name',
    (bill: Record<string, unknown>) => ({ ...bill, components: [{ type: 'library' }] }),
  ],
])('a bill with %s is noticed', async (_what, spoil) => {
  expect(await problemsOf(JSON.stringify(spoil(JSON.parse(text))))).not.toBeNull();
});
