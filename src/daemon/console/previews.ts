/** Plans that were asked for from the page: made on a private copy, one at a time for each connection, kept until the next. */
import { withoutContacts } from '../../core/operator-message.ts';
import type { Progress } from '../../engine/dependencies.ts';
import { causeOf, groupByCause } from '../../views/causes.ts';
import type { ConsoleConnection, Preview } from './dependencies.ts';

/** Actions of one kind that go to the page; all are counted. */
const SHOWN = 100;

export interface ShownPlan {
  readonly total: number;
  readonly irreversible: number;
  readonly groups: readonly {
    readonly type: string;
    readonly total: number;
    readonly actions: Preview['actions'];
  }[];
  readonly held: Preview['held'];
  readonly left: readonly { readonly kind: string; readonly cause: string; readonly total: number }[];
}

export interface PreviewState {
  readonly state: 'none' | 'planning' | 'ready' | 'failed';
  readonly progress: Progress | null;
  /** When it began, and when it was ready. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly by: string | null;
  readonly plan: ShownPlan | null;
  readonly message: string | null;
}

const NONE: PreviewState = {
  state: 'none',
  progress: null,
  startedAt: null,
  finishedAt: null,
  by: null,
  plan: null,
  message: null,
};

export interface Previews {
  /** Begins one, unless one is being made. */
  start(connection: ConsoleConnection, by: string): PreviewState;
  find(connection: string): PreviewState;
  /** Ends what is being planned. */
  stop(): void;
}

/** @param onChange told whenever a preview moves on */
export function createPreviews(now: () => Date, onChange: (connection: string) => void): Previews {
  const states = new Map<string, PreviewState>();
  const stopping = new AbortController();

  const make = async (connection: ConsoleConnection): Promise<void> => {
    const { name } = connection.config;
    const update = (change: Partial<PreviewState>): void => {
      states.set(name, { ...(states.get(name) ?? NONE), ...change });
      onChange(name);
    };
    try {
      const preview = await connection.preview((progress) => update({ progress }), stopping.signal);
      update({ state: 'ready', plan: toShownPlan(preview), finishedAt: now().toISOString(), progress: null });
    } catch (error) {
      const message = withoutContacts(error instanceof Error ? error.message : String(error));
      update({ state: 'failed', message, finishedAt: now().toISOString(), progress: null });
    }
  };

  return {
    start(connection, by) {
      const { name } = connection.config;
      const held = states.get(name);
      if (held?.state === 'planning') return held;
      const started: PreviewState = { ...NONE, state: 'planning', startedAt: now().toISOString(), by };
      states.set(name, started);
      void make(connection);
      return started;
    },
    find: (connection) => states.get(connection) ?? NONE,
    stop: () => stopping.abort(),
  };
}

function toShownPlan({ actions, held, items }: Preview): ShownPlan {
  const groups = new Map<string, Preview['actions'][number][]>();
  for (const action of actions) {
    const group = groups.get(action.type);
    if (group === undefined) groups.set(action.type, [action]);
    else group.push(action);
  }
  return {
    total: actions.length,
    irreversible: actions.filter(({ irreversible }) => irreversible).length,
    groups: [...groups].map(([type, group]) => ({
      type,
      total: group.length,
      actions: group.slice(0, SHOWN),
    })),
    held,
    left: groupByCause(items).map(({ kind, code, items: group }) => ({
      kind,
      cause: causeOf(code),
      total: group.length,
    })),
  };
}
