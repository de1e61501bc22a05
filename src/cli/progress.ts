/** The line that says how far a run is: phase, records, requests, time left. Only where a person can see it redrawn. */
import type { RequestCounts } from '../core/ports.ts';
import type { Progress } from '../engine/dependencies.ts';

const REDRAW_MS = 100;
/** Below this much progress a forecast would only jump about. */
const MIN_DONE_TO_FORECAST = 20;
const CLEAR_LINE = '\r\u001b[2K';

export interface ProgressLine {
  show(progress: Progress): void;
  /** Removes the line, so that other text can be written. */
  clear(): void;
}

export interface ProgressLineOptions {
  readonly write: (text: string) => void;
  readonly isEnabled: boolean;
  readonly label: string;
  readonly now: () => Date;
  readonly requests: () => RequestCounts;
}

/** `1:05`, `12:00:00`. */
export function displayDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (figure: number): string => String(figure).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The line's text. @param elapsedMs since the phase began */
export function progressText(label: string, progress: Progress, requests: number, elapsedMs: number): string {
  const { phase, total, what } = progress;
  // A look may take up the partners of what was counted.
  const done = total > 0 ? Math.min(progress.done, total) : progress.done;
  const figures =
    total > 0
      ? `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`
      : done.toLocaleString('en-US');
  const parts = [`${label}: ${phase} ${figures} ${what}`, `${requests.toLocaleString('en-US')} requests`];
  if (total > done && done >= MIN_DONE_TO_FORECAST)
    parts.push(`${displayDuration((elapsedMs / done) * (total - done))} left`);
  return parts.join(', ');
}

export function createProgressLine({
  write,
  isEnabled,
  label,
  now,
  requests,
}: ProgressLineOptions): ProgressLine {
  let phase = '';
  let phaseStartedAt = 0;
  let drawnAt = 0;
  let isShown = false;
  const before = requests();
  return {
    show(progress) {
      if (!isEnabled) return;
      const at = now().getTime();
      const key = `${progress.phase} ${progress.what}`;
      if (key !== phase) {
        phase = key;
        phaseStartedAt = at;
      } else if (at - drawnAt < REDRAW_MS && progress.done !== progress.total) return;
      drawnAt = at;
      isShown = true;
      const { crm, partnerCenter } = requests();
      const sent = crm - before.crm + partnerCenter - before.partnerCenter;
      write(`${CLEAR_LINE}${progressText(label, progress, sent, at - phaseStartedAt)}`);
    },
    clear() {
      if (isShown) write(CLEAR_LINE);
      isShown = false;
    },
  };
}
