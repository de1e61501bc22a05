/** What happens in the daemon, for whoever listens: the console, the metrics, the logs. */
import type { RunReport } from '../core/store-port.ts';
import type { Progress } from '../engine/dependencies.ts';
import type { RunKind } from './requests.ts';

export type DaemonEvent =
  | {
      readonly type: 'run-started';
      readonly connection: string;
      readonly kind: RunKind;
      readonly since: string;
    }
  | { readonly type: 'run-progress'; readonly connection: string; readonly progress: Progress }
  | {
      readonly type: 'run-finished';
      readonly connection: string;
      readonly kind: RunKind;
      readonly report: RunReport;
      /** Wall time in seconds. */
      readonly seconds: number;
    }
  | {
      /** The run threw: the state could not be used, or a bug. */
      readonly type: 'run-failed';
      readonly connection: string;
      readonly kind: RunKind;
      readonly at: string;
      readonly message: string;
    }
  /** An event of another system came; `outcome` says what became of it. */
  | {
      readonly type: 'event-received';
      readonly source: string;
      readonly connections: readonly string[];
      readonly outcome: string;
    }
  /** The connections are others now (the configuration was read again). */
  | { readonly type: 'connections-changed' }
  /** The configuration could not be read again; the one before stays in force. */
  | { readonly type: 'reload-failed'; readonly at: string; readonly message: string }
  | { readonly type: 'stopping' };

export interface EventBus {
  emit(event: DaemonEvent): void;
  /** @returns ends the subscription */
  subscribe(listener: (event: DaemonEvent) => void): () => void;
}

/** @param onError told when a listener throws, which disturbs neither the run nor the other listeners */
export function createEventBus(onError: (error: unknown) => void): EventBus {
  const listeners = new Set<(event: DaemonEvent) => void>();
  return {
    emit(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
