import { describe, expect, it } from 'vitest';
import { createSupervisor } from '../../../src/wiring/systemd.ts';

function supervise(env: Readonly<Record<string, string>>) {
  const told: string[] = [];
  const beats: { readonly milliseconds: number; readonly beat: () => void }[] = [];
  const supervisor = createSupervisor({
    env,
    pid: 42,
    notify: (words) => void told.push(words.join(' ')),
    every: (milliseconds, beat) => void beats.push({ milliseconds, beat }),
    monotonic: () => 1_234_567_890n,
  });
  return { supervisor, told, beats };
}

describe('systemd', () => {
  it('is told nothing where it did not start the process', () => {
    const { supervisor, told, beats } = supervise({ WATCHDOG_USEC: '30000000' });

    supervisor.ready();
    supervisor.reloading();
    supervisor.stopping();

    expect(told).toEqual([]);
    expect(beats).toEqual([]);
  });

  it('is told of every turn of the daemon’s life', () => {
    const { supervisor, told } = supervise({ NOTIFY_SOCKET: '/run/systemd/notify' });

    supervisor.ready();
    supervisor.reloading();
    supervisor.ready();
    supervisor.stopping();

    expect(told).toEqual(['READY=1', 'RELOADING=1 MONOTONIC_USEC=1234567', 'READY=1', 'STOPPING=1']);
  });

  it('gets a sign of life twice in its time, where it wants one of this process', () => {
    const watched = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '30000000' };
    const { told, beats } = supervise({ ...watched, WATCHDOG_PID: '42' });

    beats[0]?.beat();

    expect(beats.map(({ milliseconds }) => milliseconds)).toEqual([15_000]);
    expect(told).toEqual(['WATCHDOG=1']);
    expect(supervise({ ...watched, WATCHDOG_PID: '7' }).beats).toEqual([]);
  });
});
