/** Turns the connections' schedules into requests for runs. */
import type { DaemonConnection } from './connection.ts';
import type { Runner } from './runner.ts';
import type { Appointment, Scheduler } from './scheduler.ts';

/** Audits of many installations must not meet at the same minute: each is moved by up to this much. */
export const AUDIT_JITTER_MS = 15 * 60_000;

export interface ScheduleOptions {
  readonly runner: Runner;
  readonly scheduler: Scheduler;
  /** 0 to 1, uniformly. */
  readonly random: () => number;
}

/** Makes the appointments of all connections. @returns cancels them */
export function keepSchedules(
  connections: readonly DaemonConnection[],
  { runner, scheduler, random }: ScheduleOptions,
): () => void {
  const cancels: (() => void)[] = [];
  for (const { name, schedule } of connections) {
    const ask = (kind: 'scheduled' | 'audit' | 'related') => () => {
      void runner.request(name, { kind, who: 'schedule' });
    };
    const sync = scheduler.every(schedule.sync, () => {
      runner.noteTick(name);
      ask('scheduled')();
    });
    let delayed: { cancel(): void } | null = null;
    const audit = scheduler.every(schedule.audit, () => {
      delayed?.cancel();
      delayed = scheduler.after(Math.floor(random() * AUDIT_JITTER_MS), ask('audit'));
    });
    cancels.push(() => delayed?.cancel());
    const related = scheduler.every(schedule.related, ask('related'));
    runner.setTimetable(name, { sync, audit });
    cancels.push(...[sync, audit, related].map((one: Appointment) => () => one.cancel()));
  }
  return () => {
    for (const cancel of cancels) cancel();
  };
}
