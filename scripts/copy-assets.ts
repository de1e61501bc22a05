/** Puts the console's files beside the compiled code: they are served as they are. */
import { cp } from 'node:fs/promises';

const from = new URL('../src/daemon/console/assets/', import.meta.url);
const to = new URL('../dist/daemon/console/assets/', import.meta.url);
await cp(from, to, { recursive: true });
