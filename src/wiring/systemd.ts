/**
 * Tells systemd how the daemon is. Its socket is one of datagrams, which Node cannot send, so the machine's own
 * `systemd-notify` does it; the unit needs `NotifyAccess=all`, because that is a process of its own.
 */
import { execFile } from 'node:child_process';
import type { Logger } from '../core/ports.ts';
import type { Supervisor } from '../daemon/daemon.ts';

export interface SystemdOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Runs `systemd-notify` with these words. */
  readonly notify: (words: readonly string[]) => void;
  /** Calls the handler again and again. */
  readonly every: (milliseconds: number, handler: () => void) => void;
  /** CLOCK_MONOTONIC in nanoseconds. */
  readonly monotonic: () => bigint;
}

/** Does nothing where systemd did not start this process with `Type=notify`. */
export function createSupervisor({ env, pid, notify, every, monotonic }: SystemdOptions): Supervisor {
  if (!env.NOTIFY_SOCKET) return { ready: () => {}, reloading: () => {}, stopping: () => {} };
  const microseconds = Number(env.WATCHDOG_USEC ?? Number.NaN);
  const isForUs = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(pid);
  // Twice in its time, as systemd asks: one that is late is not taken for a hang.
  if (isForUs && microseconds > 0) every(microseconds / 2000, () => notify(['WATCHDOG=1']));
  return {
    ready: () => notify(['READY=1']),
    reloading: () => notify(['RELOADING=1', `MONOTONIC_USEC=${monotonic() / 1000n}`]),
    stopping: () => notify(['STOPPING=1']),
  };
}

/** The supervisor of this process. */
export function superviseWithSystemd(logger: Logger): Supervisor {
  return createSupervisor({
    env: process.env,
    pid: process.pid,
    notify(words) {
      execFile('systemd-notify', [...words], { timeout: 5_000 }, (error) => {
        if (error !== null)
          logger.warn({ err: error, words }, 'systemd could not be told; is systemd-notify installed?');
      });
    },
    every: (milliseconds, handler) => void setInterval(handler, milliseconds).unref(),
    monotonic: () => process.hrtime.bigint(),
  });
}
