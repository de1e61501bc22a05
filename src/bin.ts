#!/usr/bin/env node
/**
 * The installed command's launcher. On a Node that is new enough it goes on in this process; on an older one it runs
 * the Node that comes with the package. It uses nothing that an old Node lacks.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 24;

/** The pinned Node's executable, or null when the package is not installed. */
function findPinnedNode(): string | null {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const file = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

/** Runs the command with another Node; its signals and exit code are passed on. */
function runWith(node: string): void {
  const main = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url),
  );
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(
      `cosell-sync could not start ${node} (${error.message}). Reinstall it, or use Node.js ${NEEDED_MAJOR}.`,
    );
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) await import('./main.ts');
else {
  const node = findPinnedNode();
  if (node === null) {
    console.error(
      `cosell-sync needs Node.js ${NEEDED_MAJOR}; this is ${process.version}. Install Node.js ${NEEDED_MAJOR}, or reinstall cosell-sync with its packages ("npm install" without --omit).`,
    );
    process.exit(2);
  }
  runWith(node);
}
