/** A whole connection in memory: both fakes, a real ledger, a clock that stands still, and runs to perform. */
import type { Policy } from '../../src/core/config-types.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type { Directory, MessageChannel } from '../../src/core/ports.ts';
import type { AttentionItem, Cursors, Ledger, RunReport } from '../../src/core/store-port.ts';
import type { EngineDependencies, MessageSettings } from '../../src/engine/dependencies.ts';
import { performRun } from '../../src/engine/run.ts';
import { openLedger } from '../../src/store/index.ts';
import { mapping as defaultMapping, hashOf } from './builders.ts';
import { createFakeCrm, type FakeCrm } from './fake-crm.ts';
import { createFakePartnerCenter, type FakePartnerCenter } from './fake-partner-center.ts';

export interface World {
  readonly crm: FakeCrm;
  readonly partnerCenter: FakePartnerCenter;
  readonly mapping: Mapping;
  readonly policy: { -readonly [K in keyof Policy]: Policy[K] };
  /** The company's directory and the ways to tell operators; none unless a test sets them. */
  directory: Directory | null;
  channels: readonly MessageChannel[];
  /** When they are told, and what else is; nothing unless a test sets it. */
  messages?: MessageSettings;
  ledger: Ledger;
  readonly dependencies: EngineDependencies;
  /** Moves the clock. */
  pass(minutes: number): void;
  run(options?: { readonly full?: boolean; readonly stop?: AbortSignal }): Promise<RunReport>;
  open(kind?: AttentionItem['kind']): Promise<readonly AttentionItem[]>;
  /** Throws the state away, as a lost disk would. */
  loseState(): void;
}

export function memoryCursors(): Cursors {
  const values = new Map<string, string>();
  return {
    load: async (key) => values.get(key) ?? null,
    save: async (key, value) => void values.set(key, value),
    reset: async () => values.clear(),
  };
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function createWorld(
  overrides: { readonly policy?: Partial<Policy>; readonly mapping?: Mapping; readonly now?: string } = {},
): World {
  let now = new Date(overrides.now ?? '2026-11-20T12:00:00.000Z');
  let ids = 0;
  const clock = (): Date => now;
  const mapping = overrides.mapping ?? defaultMapping();
  const crm = createFakeCrm(mapping, clock);
  const partnerCenter = createFakePartnerCenter(clock);
  const policy: World['policy'] = {
    settleSeconds: 0,
    closeHoldMinutes: 0,
    maxWritesPerRun: 500,
    maxClosesPerRun: 20,
    createGraceMinutes: 15,
    pastCloseDate: 'park',
    inbound: { create: true, accounts: 'create', existing: 'leave' },
    approvals: [],
    runMinutes: 55,
    ...overrides.policy,
  };
  const open = (): Ledger => openLedger({ memory: true, connection: 'contoso', now: clock });
  let cursors = memoryCursors();
  const world: World = {
    crm,
    partnerCenter,
    mapping,
    policy,
    directory: null,
    channels: [],
    ledger: open(),
    get dependencies(): EngineDependencies {
      return {
        connection: 'contoso',
        crm,
        partnerCenter,
        directory: world.directory,
        channels: world.channels,
        ...(world.messages === undefined ? {} : { messages: world.messages }),
        ledger: world.ledger,
        cursors,
        mapping,
        hashOf,
        policy,
        timeZone: 'UTC',
        now: clock,
        newId: () => {
          ids += 1;
          return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
        },
        requests: () => ({
          crm: crm.calls.reads + crm.calls.writes,
          partnerCenter: partnerCenter.calls.reads + partnerCenter.calls.writes,
          graph: 0,
          retries: 0,
        }),
        logger: quiet,
        progress: () => {},
      };
    },
    pass(minutes) {
      now = new Date(now.getTime() + minutes * 60_000);
    },
    run: ({ full = false, stop = new AbortController().signal } = {}) =>
      performRun(world.dependencies, { full, stop, signal: new AbortController().signal, only: null }),
    open: async (kind) => world.ledger.attention({ state: 'open', ...(kind === undefined ? {} : { kind }) }),
    loseState() {
      world.ledger = open();
      cursors = memoryCursors();
    },
  };
  return world;
}
