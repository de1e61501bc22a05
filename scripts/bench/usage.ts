/** Loaded before the command's own code: tells what its process used, when it ends. */
import { readFileSync, writeFileSync } from 'node:fs';

const KIB = 1024;

/**
 * The highest resident set. On Linux the usage that the system reports may be the parent's, from before the program
 * was loaded; the process's own mark has no such past.
 */
function peakBytes(reportedKib: number): number {
  try {
    const own = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return (own === undefined ? reportedKib : Number(own)) * KIB;
  } catch {
    return reportedKib * KIB;
  }
}

const file = process.env.COSELL_BENCH_USAGE;
if (file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuMs: (userCPUTime + systemCPUTime) / 1000, peakBytes: peakBytes(maxRSS) };
    writeFileSync(file, JSON.stringify(usage));
  });
}
