/** Services over a connection in memory, with a terminal that only remembers. */
import type { Services, State, Terminal } from '../../../src/cli/services.ts';
import type { Config, ConnectionConfig } from '../../../src/core/config-types.ts';
import { hashOf } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

export interface FakeTerminal extends Terminal {
  output: string;
  errors: string;
  /** Answers to questions, in order. */
  readonly answers: string[];
}

export function createFakeTerminal(overrides: Partial<Terminal> = {}): FakeTerminal {
  const terminal: FakeTerminal = {
    output: '',
    errors: '',
    answers: [],
    isInteractive: false,
    canRedraw: false,
    colour: false,
    out(text) {
      terminal.output += text;
    },
    err(text) {
      terminal.errors += text;
    },
    async ask(question) {
      terminal.errors += question;
      const answer = terminal.answers.shift();
      if (answer === undefined) throw new Error('Nobody answers.');
      return answer;
    },
    ...overrides,
  };
  return terminal;
}

export interface Fake {
  readonly services: Services;
  readonly terminal: FakeTerminal;
  readonly world: World;
  /** How often the state was opened, by mode. */
  readonly opened: string[];
}

export interface FakeOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly connection?: string;
  readonly world?: World;
  readonly terminal?: FakeTerminal;
  readonly overrides?: Partial<Services>;
}

const unused = (): never => {
  throw new Error('The test does not expect this to be called.');
};

/** Builds services whose state is the world's own ledger, whatever the mode. */
export function createFake(options: FakeOptions = {}): Fake {
  const { world = createWorld(), terminal = createFakeTerminal() } = options;
  const opened: string[] = [];
  const { dependencies } = world;
  const connection: ConnectionConfig = {
    name: 'contoso',
    crm: {
      kind: 'salesforce',
      loginUrl: 'https://crm.example',
      apiVersion: '66.0',
      auth: { flow: 'clientCredentials', clientId: 'id', clientSecret: 'hidden' },
    },
    partnerCenter: {
      baseUrl: 'https://api.example',
      webhookBaseUrl: 'https://hooks.example',
      authority: 'https://login.example',
      tenantId: '11111111-1111-4111-8111-111111111111',
      clientId: '22222222-2222-4222-8222-222222222222',
      clientSecret: null,
      refreshToken: null,
      organizationId: null,
      timeZone: 'UTC',
    },
    limits: {
      partnerCenter: { concurrency: 'auto', requestsPerSecond: null },
      crm: { concurrency: 'auto', requestsPerSecond: null, shareOfDailyQuota: 0.2 },
    },
    graph: null,
    schedule: { sync: '*/5 * * * *', audit: '17 3 * * *', related: '0 * * * *' },
    mappingFile: '/config/mapping.yaml',
    mapping: world.mapping,
    policy: world.policy,
    setup: { publisherPrefix: 'cosell', solutionName: 'CosellSync' },
  };
  const config: Config = {
    file: '/config/cosell-sync.yaml',
    state: { kind: 'embedded', dir: '/state' },
    server: { host: '127.0.0.1', port: 8787, token: null, sessions: { idleMinutes: 60, maxHours: 12 } },
    credentials: { keyFile: null, warnDays: [14, 7, 1] },
    schedule: { sync: '*/5 * * * *', audit: '17 3 * * *', related: '0 * * * *' },
    connections: [connection],
  };
  const state: State = {
    ledger: async () => world.ledger,
    cursors: async () => dependencies.cursors,
    close: async () => {},
  };
  const never = new AbortController().signal;
  const services: Services = {
    terminal,
    globals: {
      connection: options.connection ?? null,
      json: options.json ?? false,
      quiet: options.quiet ?? false,
    },
    now: dependencies.now,
    stop: never,
    abort: never,
    configFile: config.file,
    logger: async () => dependencies.logger,
    onHangup: () => () => {},
    holder: async () => null,
    askDaemon: async () => null,
    surroundings: unused,
    webhooks: unused,
    changes: unused,
    loadConfig: async () => config,
    async openState(_config: Config, mode: string) {
      opened.push(mode);
      return state;
    },
    startNewLedger: async () => {
      opened.push('new');
      world.loseState();
      return { oldLedger: '/state/ledger.old.db', state };
    },
    connect: async () => ({
      crm: world.crm,
      partnerCenter: world.partnerCenter,
      requests: dependencies.requests,
      missingColumns: null,
      createColumns: null,
    }),
    mappingHashes: async () => ({ hashOf, whole: 'mapping' }),
    engine: async (_connection, _remotes, _state, progress) => ({ ...world.dependencies, progress }),
    authentication: unused,
    checkMachine: async () => [],
    renderInit: unused,
    startSandbox: unused,
    forSandbox: unused,
    ...options.overrides,
  };
  return { services, terminal, world, opened };
}
