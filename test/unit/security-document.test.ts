import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

it('the security document names tests that are there, and goes through all chapters of the standard', () => {
  const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const named = [...new Set(text.match(/[\w./-]+\.test\.ts/g))];
  const present = new Set(
    globSync('test/**/*.test.ts', { cwd: ROOT }).map((path) => path.replace(/^test\//, '')),
  );

  expect(named.length).toBeGreaterThan(25);
  expect(named.filter((path) => !present.has(path))).toEqual([]);
  for (let chapter = 1; chapter <= 17; chapter += 1) expect(text).toMatch(new RegExp(`\\bV${chapter}\\b`));
});
