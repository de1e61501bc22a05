/** A state directory for one test. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];

afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A path in a fresh directory that is removed after the test; the path itself is not there yet. */
export function freshDirectory(): string {
  const parent = mkdtempSync(join(tmpdir(), 'cosell-store-'));
  made.push(parent);
  return join(parent, 'state');
}

/** Every file of a directory with its bytes. */
export function contentsOf(dir: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(dir)
      .sort()
      .map((name) => [name, readFileSync(join(dir, name)).toString('base64')]),
  );
}

/** A clock that stands still. */
export const now = () => new Date('2026-03-01T12:00:00.000Z');
