/**
 * Loaded into the command before anything else: ends the process, as a power cut would, at one chosen moment of its
 * work on the disk. `COSELL_DIE_AT` says which: `commit:before:3`, `file:half:1`, ...
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';

const [what, when, number] = (process.env.COSELL_DIE_AT ?? '').split(':');
let left = Number(number);

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing more may happen meanwhile.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Does the work, unless this is the moment; `half` is what there is of it at half time. */
function at<T>(work: () => T, half: () => void = () => {}): T {
  left -= 1;
  if (left !== 0) return work();
  if (when === 'half') half();
  if (when !== 'after') die();
  work();
  return die();
}

if (what === 'commit') {
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (text) {
    return text === 'COMMIT' ? at(() => exec.call(this, text)) : exec.call(this, text);
  };
}
if (what === 'file') {
  const { renameSync, writeFileSync } = fs;
  if (when === 'half')
    fs.writeFileSync = (file, data, options) =>
      at(
        () => writeFileSync(file, data, options),
        () => {
          if (typeof data === 'string') writeFileSync(file, data.slice(0, data.length / 2), options);
        },
      );
  else fs.renameSync = (from, to) => at(() => renameSync(from, to));
  syncBuiltinESMExports();
}
