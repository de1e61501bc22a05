/** What state the connections are in: the first screen. From ledgers and runner; asks no remote. */
import { withoutContacts } from '../../core/operator-message.ts';
import type { AttentionItem, RunReport } from '../../core/store-port.ts';
import type { PipelineCell } from '../../views/pipeline.ts';
import type {
  ConsoleConnection,
  ConsoleDependencies,
  ConsoleRunStatus,
  CrmQuota,
  SignIn,
} from './dependencies.ts';
import type { ReadModel } from './read-model.ts';

/** Runs that are shown; and so many are looked through for the requests of the last day. */
const RUNS_SHOWN = 20;
const RUNS_OF_A_DAY = 400;
const DAY_MS = 86_400_000;

export interface ConnectionOverview {
  readonly connection: string;
  readonly crm: 'salesforce' | 'dynamics';
  readonly status: Pick<ConsoleRunStatus, 'running' | 'waiting' | 'nextRun' | 'lastCompleteRun' | 'failure'>;
  /** Newest first. */
  readonly runs: readonly RunReport[];
  readonly links: number;
  readonly attention: Readonly<Record<AttentionItem['kind'], number>>;
  readonly waiting: { readonly count: number; readonly since: string | null };
  readonly credentials: {
    readonly standing: ConsoleRunStatus['credentials'];
    readonly signIn: SignIn;
    /** What the sides said that did not let us in, and what to do about it. */
    readonly refusals: readonly string[];
  };
  readonly quota: CrmQuota | null;
  /** What runs asked the CRM in the last 24 hours. */
  readonly crmRequestsToday: number;
  readonly pipeline: readonly PipelineCell[];
  readonly building: { readonly done: number; readonly total: number } | null;
  /** Why this connection's ledger cannot be read; the rest is empty then. */
  readonly problem: string | null;
}

const NO_ATTENTION = { conflict: 0, parked: 0, approval: 0, notice: 0 } as const;

/** One connection's part; a ledger that cannot be read is said, and does not hide the other connections. */
export async function overviewOf(
  connection: ConsoleConnection,
  { runner, now }: Pick<ConsoleDependencies, 'runner' | 'now'>,
  readModel: ReadModel,
): Promise<ConnectionOverview> {
  const { name, crm } = connection.config;
  const found = runner.status().find((status) => status.connection === name);
  const failure = found?.failure ?? null;
  const base = {
    connection: name,
    crm: crm.kind,
    status: {
      running: found?.running ?? null,
      waiting: found?.waiting ?? false,
      nextRun: found?.nextRun ?? null,
      lastCompleteRun: found?.lastCompleteRun ?? null,
      failure: failure === null ? null : { ...failure, message: withoutContacts(failure.message) },
    },
    quota: connection.quota(),
  };
  const signIn = await connection.signIn().catch((): SignIn => ({ state: 'none', daysLeft: null }));
  const credentials = { standing: found?.credentials ?? ('unknown' as const), signIn, refusals: [] };
  try {
    const ledger = await connection.ledger();
    const [runs, counts, open, standing] = await Promise.all([
      ledger.runs(connection.quota() === null ? RUNS_SHOWN : RUNS_OF_A_DAY),
      ledger.counts(),
      ledger.attention({ state: 'open' }),
      readModel.standing(connection),
    ]);
    const attention = { ...NO_ATTENTION } as Record<AttentionItem['kind'], number>;
    for (const { kind } of open) attention[kind] += 1;
    const refusals = open
      .filter(({ code }) => code === 'credentials')
      .map(({ message }) => withoutContacts(message));
    return {
      ...base,
      credentials: { ...credentials, refusals },
      runs: runs.slice(0, RUNS_SHOWN).map(tidy),
      crmRequestsToday: runs
        .filter(({ startedAt }) => Date.parse(startedAt) > now().getTime() - DAY_MS)
        .reduce((sum, { requests }) => sum + requests.crm, 0),
      links: counts.links,
      attention,
      ...standing,
      problem: null,
    };
  } catch (error) {
    return {
      ...base,
      credentials,
      runs: [],
      crmRequestsToday: 0,
      links: 0,
      attention: NO_ATTENTION,
      waiting: { count: 0, since: null },
      pipeline: [],
      building: null,
      problem: withoutContacts(error instanceof Error ? error.message : String(error)),
    };
  }
}

function tidy(report: RunReport): RunReport {
  return report.stopped === null ? report : { ...report, stopped: withoutContacts(report.stopped) };
}
