/** Listens to the change events of the connections' CRMs, and remembers where to go on after a restart. */
import type { ChangeHint, Crm, Logger } from '../../core/ports.ts';
import type { Ledger } from '../../core/store-port.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Hints } from './hints.ts';

export type Listen = NonNullable<Crm['listen']>;

export interface ChangeListenerOptions {
  /** The connections that listen, with how they do. */
  readonly sources: () => Promise<readonly { readonly connection: string; readonly listen: Listen }[]>;
  readonly ledger: (connection: string) => Promise<Ledger>;
  readonly hints: Hints;
  readonly scheduler: Pick<Scheduler, 'after'>;
  readonly logger: Logger;
  /** Tells that an event came. */
  readonly note: (connection: string, outcome: string) => void;
}

export interface ChangeListener {
  /** Listens to what the configuration in force says; what was listened to before ends. */
  restart(): void;
  /** Ends, and remembers where to go on. */
  close(): Promise<void>;
}

/** The ledger's note of where to listen on. */
const POSITION_KEY = 'change-events-position';
/** How often the place is written down; events after it come again, which costs one look. */
const SAVE_MS = 5_000;

export function createChangeListener(options: ChangeListenerOptions): ChangeListener {
  const { sources, ledger, hints, scheduler, logger, note } = options;
  let stop = new AbortController();
  let working: Promise<unknown> = Promise.resolve();

  async function listenOn(connection: string, listen: Listen, signal: AbortSignal): Promise<void> {
    const book = await ledger(connection);
    let saved = await book.meta(POSITION_KEY);
    let position = saved;
    let timer: { cancel(): void } | null = null;
    const save = async (): Promise<void> => {
      timer = null;
      if (position === saved) return;
      saved = position;
      await book.commit({ meta: { [POSITION_KEY]: position } });
    };
    const onHint = ({ opportunities, next }: ChangeHint): void => {
      position = next;
      timer ??= scheduler.after(SAVE_MS, () => void save().catch(complain(connection)));
      note(connection, opportunities.length === 0 ? 'other' : 'taken');
      hints.add(connection, 'salesforce', opportunities.length === 0 ? {} : { opportunities });
    };
    await listen(position, onHint, { signal });
    (timer as { cancel(): void } | null)?.cancel();
    await save();
  }

  const complain = (connection: string | null) => (error: unknown) =>
    logger.warn({ connection, err: error }, 'Change events are not listened to; polling goes on');

  async function listenToAll(signal: AbortSignal): Promise<void> {
    const found = await sources();
    await Promise.all(
      found.map(({ connection, listen }) => listenOn(connection, listen, signal).catch(complain(connection))),
    );
  }

  return {
    restart() {
      stop.abort();
      stop = new AbortController();
      const { signal } = stop;
      working = working.then(() => (signal.aborted ? undefined : listenToAll(signal))).catch(complain(null));
    },
    async close() {
      stop.abort();
      await working;
    },
  };
}
