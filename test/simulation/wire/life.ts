/** The daemon within a history: the real engine on the real adapters, with a gate before and after all it waits for. */
import { createDynamics } from '../../../src/adapters/dynamics/index.ts';
import { createPartnerTokens, type PartnerTokens } from '../../../src/adapters/entra/index.ts';
import {
  type Clock,
  createHttpClient,
  type HttpClient,
  type HttpRequest,
  type RequestCounters,
} from '../../../src/adapters/http/index.ts';
import { createPartnerCenter } from '../../../src/adapters/partner-center/index.ts';
import { createSalesforce } from '../../../src/adapters/salesforce/index.ts';
import { selectionFor } from '../../../src/config/selection.ts';
import type { System } from '../../../src/core/errors.ts';
import type { Crm, Logger } from '../../../src/core/ports.ts';
import type { AttentionItem, Cursors, Ledger, LedgerChanges } from '../../../src/core/store-port.ts';
import type { EngineDependencies } from '../../../src/engine/dependencies.ts';
import { SANDBOX_CREDENTIALS } from '../../../src/sandbox/sandbox.ts';
import type { OpenState } from '../disk.ts';
import type { Gate } from '../gate.ts';
import type { Place } from './place.ts';
import { createTurnstile } from './turnstile.ts';

export const CONNECTION = 'contoso';

/** A way to break the daemon on purpose. */
export interface WireSabotage {
  /** Stands between the adapters and the network. */
  readonly http?: (client: HttpClient, system: System, logger: Logger) => HttpClient;
  readonly engine?: (dependencies: EngineDependencies) => EngineDependencies;
}

/** What survives the process: its state, and the tokens beside it. */
export interface Belongings {
  state: OpenState;
  readonly credentials: Map<string, string>;
}

export interface LifeOptions {
  readonly place: Place;
  readonly belongings: Belongings;
  readonly newId: () => string;
  readonly sabotage: WireSabotage;
  /** Hears everything that is said: log lines, items, reports. */
  readonly hear: (where: string, words: unknown) => void;
  /** Hears of calls to data routes that failed for good, all repetitions included. */
  readonly onFailure: (text: string) => void;
  readonly onItem: (item: AttentionItem) => void;
}

/** One process of the daemon, from its start to its end. */
export interface Life {
  readonly dependencies: EngineDependencies;
  /** Signs a person in, as `auth login` does. */
  readonly tokens: PartnerTokens;
  /** Every run has its own gate. */
  enter(gate: Gate): void;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
}

const NEVER = <T>(): Promise<T> => new Promise<T>(() => {});

/** Starts a process: nothing is sent yet. */
export function openLife(options: LifeOptions): Life {
  const { place, belongings, newId, sabotage, hear } = options;
  const { sandbox, mapping } = place;
  let gate: Gate | null = null;
  const isDead = (): boolean => gate?.isDead() === true;
  const pass = (where: string): Promise<void> => gate?.pass(where) ?? Promise.resolve();
  const clock: Clock = {
    now: () => sandbox.clock.now().getTime(),
    random: () => 0.5,
    sleep: async (milliseconds) => sandbox.clock.advance(Math.ceil(milliseconds)),
  };
  const turnstile = createTurnstile(clock, () => pass('the next request'));
  const logger = listening(hear);
  const counters = {
    crm: { requests: 0, retries: 0 },
    partnerCenter: { requests: 0, retries: 0 },
    entra: { requests: 0, retries: 0 },
  };
  const limits = new Map<string, ReturnType<typeof turnstile.limit>>();
  const http = (baseUrl: string, system: 'crm' | 'partnerCenter' | 'entra'): HttpClient => {
    const limit = limits.get(baseUrl) ?? turnstile.limit(RANK[system]);
    limits.set(baseUrl, limit);
    const client = createHttpClient({
      baseUrl,
      system,
      clock,
      limit,
      counters: counters[system] satisfies RequestCounters,
      onExchange: (exchange) => logger.debug({ ...exchange }, 'Request answered'),
    });
    const used = sabotage.http?.(client, system, logger) ?? client;
    return system === 'entra' ? used : noticing(used, options.onFailure);
  };
  const credentials = {
    load: async (name: string) => (isDead() ? NEVER<string>() : (belongings.credentials.get(name) ?? null)),
    async save(name: string, value: string) {
      await pass(`tokens of ${name} are to be saved`);
      belongings.credentials.set(name, value);
      await pass(`tokens of ${name} are saved`);
    },
    remove: async (name: string) => void belongings.credentials.delete(name),
  };
  const { partnerCenter: partner } = SANDBOX_CREDENTIALS;
  const tokens = createPartnerTokens({
    authority: sandbox.urls.entra,
    tenantId: partner.tenantId,
    clientId: partner.clientId,
    clientSecret: partner.clientSecret,
    configuredRefreshToken: partner.refreshToken,
    credentials,
    connection: CONNECTION,
    clock,
    http: http(sandbox.urls.entra, 'entra'),
  });
  const { ledger, cursors } = belongings.state;
  const dependencies: EngineDependencies = {
    connection: CONNECTION,
    crm: createCrm(place, http, clock, logger),
    partnerCenter: createPartnerCenter({
      http: http(sandbox.urls.partnerCenter, 'partnerCenter'),
      accessToken: (request) => tokens.getToken('referrals', request),
      connection: CONNECTION,
      timeZone: 'UTC',
      clock,
      newId,
    }),
    ledger: gatedLedger(ledger, options, pass, isDead),
    cursors: gatedCursors(cursors, pass, isDead),
    mapping,
    hashOf: (field) => `hash-${field}`,
    policy: {
      settleSeconds: 0,
      closeHoldMinutes: 0,
      maxWritesPerRun: 500,
      maxClosesPerRun: 20,
      createGraceMinutes: 15,
      pastCloseDate: 'park',
      inbound: { create: true, accounts: 'create', existing: 'leave' },
      approvals: [],
      runMinutes: 55,
    },
    timeZone: 'UTC',
    now: () => sandbox.clock.now(),
    newId,
    requests: () => ({
      crm: counters.crm.requests,
      partnerCenter: counters.partnerCenter.requests,
      graph: 0,
      retries: counters.crm.retries + counters.partnerCenter.retries,
    }),
    logger,
    progress: () => {},
  };
  return {
    dependencies: sabotage.engine?.(dependencies) ?? dependencies,
    tokens,
    enter(next) {
      gate = next;
    },
    idle: turnstile.idle,
  };
}

/** Tells of every reading call whose last answer was none, or one that says no more than that the server failed. */
function noticing(client: HttpClient, onFailure: LifeOptions['onFailure']): HttpClient {
  // What became of a write is looked up within the run; a read that failed leaves something unread.
  const fail = ({ repeatable, method }: HttpRequest, text: string): void => {
    if (method === 'GET' || (method === 'POST' && repeatable)) onFailure(text);
  };
  return {
    baseUrl: client.baseUrl,
    async send(request) {
      try {
        const response = await client.send(request);
        if (response.status === 429 || response.status >= 500)
          fail(request, `${request.operation} (${response.status})`);
        return response;
      } catch (error) {
        fail(request, request.operation);
        throw error;
      }
    },
  };
}

/** Whose request goes first when several wait. */
const RANK = { entra: 0, crm: 1, partnerCenter: 2 } as const;

function listening(hear: LifeOptions['hear']): Logger {
  const listen = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    hear(`the log line "${message}"`, { ...fields, message });
  return { debug: listen, info: listen, warn: listen, error: listen };
}

function createCrm(
  { sandbox, mapping, desk }: Place,
  http: (baseUrl: string, system: 'crm' | 'entra') => HttpClient,
  clock: Clock,
  logger: Logger,
): Crm {
  const selection = selectionFor(mapping);
  const { entra: authority, dynamics: url, salesforce } = sandbox.urls;
  if (desk.kind === 'salesforce' || url === undefined)
    return createSalesforce({
      config: {
        kind: 'salesforce',
        loginUrl: salesforce,
        apiVersion: '66.0',
        auth: { flow: 'clientCredentials', ...SANDBOX_CREDENTIALS.salesforce },
      },
      selection,
      http: (baseUrl) => http(baseUrl, 'crm'),
      logger,
      clock,
      limits: { shareOfDailyQuota: 1 },
    });
  return createDynamics({
    config: {
      kind: 'dynamics',
      url,
      apiVersion: '9.2',
      auth: {
        flow: 'clientCredentials',
        authority,
        certificateFile: null,
        ...SANDBOX_CREDENTIALS.dynamics,
      },
    },
    selection,
    stages: mapping.stages,
    http: (baseUrl) => http(baseUrl, baseUrl === authority ? 'entra' : 'crm'),
    logger,
    setup: { mapping, place: { publisherPrefix: 'cosell', solutionName: 'CosellSync' } },
    clock,
  });
}

/** Commits are boundaries; a dead process reads and writes nothing any more. */
function gatedLedger(
  ledger: Ledger,
  { hear, onItem }: LifeOptions,
  pass: (where: string) => Promise<void>,
  isDead: () => boolean,
): Ledger {
  return new Proxy(ledger, {
    get(target, property, receiver): unknown {
      if (property === 'commit') {
        return async (changes: LedgerChanges): Promise<void> => {
          await pass('a commit is to be made');
          hear('the audit trail', changes.history ?? []);
          hear('a report', changes.run ?? null);
          await target.commit(changes);
          for (const item of changes.attention ?? []) {
            hear('an attention item', [item.message, item.why]);
            onItem(item);
          }
          await pass('a commit is made');
        };
      }
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== 'function' || property === 'referralVersion') return value;
      return (...given: unknown[]): unknown => (isDead() ? NEVER() : Reflect.apply(value, target, given));
    },
  });
}

function gatedCursors(
  cursors: Cursors,
  pass: (where: string) => Promise<void>,
  isDead: () => boolean,
): Cursors {
  return {
    load: (key) => (isDead() ? NEVER() : cursors.load(key)),
    async save(key, value) {
      await pass('a cursor is to be saved');
      await cursors.save(key, value);
      await pass('a cursor is saved');
    },
    reset: () => cursors.reset(),
  };
}
