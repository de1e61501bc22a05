/** What `doctor` asks of a Dynamics 365 connection. Each check stands alone; none throws. */
import type { CrmSelection, StageRow } from '../../core/mapping-types.ts';
import type { CallOptions, CheckResult } from '../../core/ports.ts';
import type { Clock } from '../http/index.ts';
import { numberOf } from './choices.ts';
import type { DynamicsClient } from './client.ts';
import { queryText } from './odata.ts';
import type { Org } from './org.ts';
import { readPage } from './queries.ts';
import { type Creates, checkRights, neededPrivileges } from './rights.ts';
import { type Environment, missingPaths, segmentsOf, shapeOf } from './shape.ts';
import { createView } from './view.ts';
import { checkWebhook } from './webhook-check.ts';

/** A larger difference makes signed assertions fail and times misleading. */
const MAX_CLOCK_SKEW_MS = 60_000;

export interface CheckOptions {
  readonly client: DynamicsClient;
  readonly org: Org;
  readonly selection: CrmSelection;
  readonly stages: readonly StageRow[];
  readonly creates: Creates;
  /** Where the daemon takes the environment's events; null: it wants none. */
  readonly eventPath: string | null;
  readonly clock: Clock;
}

interface Finding {
  readonly detail: string;
  /** Null when all is well. */
  readonly remedy: string | null;
}

/** Everything checkable about the connection; see `Crm.check`. */
export async function checkDynamics(options: CheckOptions, { signal }: CallOptions): Promise<CheckResult[]> {
  const { client, org, clock, selection, creates, eventPath } = options;
  const found: { environment: Environment | null } = { environment: null };
  const signIn = await checked('Dynamics 365 sign-in', async () => {
    const described = await org.describe(signal);
    found.environment = described;
    return {
      detail: `signed in as user ${described.userId} of organization ${described.organizationId ?? 'unknown'}`,
      remedy: null,
    };
  });
  const known = found.environment;
  if (known === null) return [signIn];
  return [
    signIn,
    await checked('Dynamics 365 clock', () => checkClock(client, clock, signal)),
    await checked('Dynamics 365 columns', async () => checkColumns(options, known)),
    await checked('Dynamics 365 stages', async () => checkStages(options, known)),
    await checked('Dynamics 365 versions and keys', async () => checkTable(options, known)),
    await checked('Dynamics 365 change tracking', () => checkTracking(client, known, signal)),
    await checked('Dynamics 365 rights', () =>
      checkRights(client, neededPrivileges(selection, creates, known), known, signal),
    ),
    ...(eventPath === null
      ? []
      : [await checked('Dynamics 365 webhook', () => checkWebhook(client, eventPath, signal))]),
  ];
}

async function checked(name: string, check: () => Promise<Finding>): Promise<CheckResult> {
  try {
    const { detail, remedy } = await check();
    return { name, ok: remedy === null, detail, remedy };
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'failed for an unknown reason';
    return {
      name,
      ok: false,
      detail,
      remedy: 'Do what the message says, then run `cosell-sync doctor` again.',
    };
  }
}

async function checkClock(client: DynamicsClient, clock: Clock, signal: AbortSignal): Promise<Finding> {
  const { serverTime } = await client.call({
    operation: 'Ask who we are',
    method: 'GET',
    path: 'WhoAmI',
    isWrite: false,
    signal,
  });
  if (serverTime === null) return { detail: 'the environment tells no time', remedy: null };
  const skewMs = Math.abs(clock.now() - serverTime);
  const detail = `clocks differ by ${Math.round(skewMs / 1000)} s`;
  return { detail, remedy: skewMs > MAX_CLOCK_SKEW_MS ? "Set this machine's clock (NTP)." : null };
}

function checkColumns({ selection }: CheckOptions, environment: Environment): Finding {
  const missing = missingPaths(selection, environment);
  return missing.length === 0
    ? { detail: 'every mapped column is there', remedy: null }
    : {
        detail: `missing, or hidden from the application user: ${missing.join(', ')}`,
        remedy: 'Run `cosell-sync setup --apply` to create them, or correct the mapping.',
      };
}

function checkStages({ selection, stages, clock }: CheckOptions, environment: Environment): Finding {
  if (missingPaths(selection, environment).length > 0)
    return { detail: 'not checked while columns are missing', remedy: null };
  // Also finds an option that is named in two ways.
  const view = createView(shapeOf(selection, environment, clock.now()), selection, stages);
  const named = stages.flatMap(({ crm }): [string, string | number][] =>
    typeof crm === 'string' ? [[selection.stageField, crm]] : Object.entries(crm),
  );
  const unknown = named.filter(([path, value]) => {
    // The stages of a business process are rows; one that nobody is in yet is no mistake.
    if (view.isForeignStage(path)) return false;
    const column = view.own(path);
    return column === null || (column.choices.length > 0 && numberOf(column, value) === null);
  });
  return unknown.length === 0
    ? { detail: `all ${stages.length} mapped stages exist`, remedy: null }
    : {
        detail: `the environment has no ${unknown.map(([path, value]) => `${path} "${value}"`).join(', ')}`,
        remedy: 'Correct the stages in the mapping, or add the options in Dynamics 365.',
      };
}

function checkTable({ selection }: CheckOptions, { tables }: Environment): Finding {
  const opportunity = tables.get('opportunity');
  if (opportunity === null || opportunity === undefined)
    return { detail: 'the environment has no table opportunity', remedy: 'Install Dynamics 365 Sales.' };
  if (opportunity.checksVersions === false) {
    return {
      detail: 'opportunities are not written under their versions, so that edits could be lost',
      remedy: 'Switch on optimistic concurrency for the table opportunity.',
    };
  }
  const column = segmentsOf(selection.referralIdPath).first;
  const key = opportunity.keys.find(({ columns }) => columns.length === 1 && columns[0] === column);
  if (key === undefined || (key.status !== null && key.status !== 'Active')) {
    const state =
      key === undefined ? 'no alternate key' : `an alternate key that is ${key.status ?? 'unknown'}`;
    return {
      detail: `versions are checked; ${column} has ${state}, so that two opportunities could carry one referral`,
      remedy: 'Run `cosell-sync setup --apply` to create the key, or look why its index is not active.',
    };
  }
  return { detail: `versions are checked, and ${column} is an alternate key`, remedy: null };
}

async function checkTracking(
  client: DynamicsClient,
  { tables }: Environment,
  signal: AbortSignal,
): Promise<Finding> {
  const remedy =
    'Run `cosell-sync setup --apply` to switch change tracking on for the table opportunity, and give the application user organization-level read on it; until then changes are polled and deletions found by the daily comparison.';
  if (tables.get('opportunity')?.tracksChanges === false)
    return { detail: 'the table opportunity does not track changes', remedy };
  await readPage(client, {
    operation: 'Read changes of opportunities',
    path: `opportunities${queryText({ $select: 'opportunityid' })}`,
    prefer: 'odata.track-changes,odata.maxpagesize=1',
    signal,
  });
  return {
    detail: 'changes of opportunities are tracked, and the application user may read them',
    remedy: null,
  };
}
