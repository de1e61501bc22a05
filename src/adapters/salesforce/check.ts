/** What `doctor` asks of a Salesforce connection. Each check stands alone; none throws. */

import type { SalesforceConfig } from '../../core/config-types.ts';
import type { CrmSelection } from '../../core/mapping-types.ts';
import type { CallOptions, CheckResult } from '../../core/ports.ts';
import type { Clock } from '../http/index.ts';
import { type Tried, tryToListen } from './change-events.ts';
import type { SalesforceClient } from './client.ts';
import { optionalPaths } from './columns.ts';
import { findField, type Org } from './org.ts';
import type { Reads } from './reads.ts';
import { VersionList } from './schema.ts';

/** A larger difference makes signed assertions fail and times misleading. */
const MAX_CLOCK_SKEW_MS = 60_000;
const USAGE_WARNING = 0.8;

export interface CheckOptions {
  readonly config: SalesforceConfig;
  readonly client: SalesforceClient;
  readonly org: Org;
  readonly reads: Reads;
  readonly selection: CrmSelection;
  /** Names of stages that the mapping's rows use. */
  readonly stageNames: readonly string[];
  readonly clock: Clock;
}

interface Finding {
  readonly detail: string;
  /** Null when all is well. */
  readonly remedy: string | null;
}

/** Everything checkable about the connection; see `Crm.check`. */
export async function checkSalesforce(
  options: CheckOptions,
  { signal }: CallOptions,
): Promise<CheckResult[]> {
  const { client } = options;
  const signIn = await checked('Salesforce sign-in', async () => {
    const { userId, organizationId } = await client.signIn(signal);
    return {
      detail: `signed in as ${userId ?? 'an unnamed user'} of org ${organizationId ?? 'unknown'}`,
      remedy: null,
    };
  });
  if (!signIn.ok) return [signIn];
  const results = [signIn];
  results.push(await checked('Salesforce API version and clock', () => checkVersion(options, signal)));
  results.push(await checked('Salesforce columns', () => checkColumns(options, signal)));
  results.push(await checked('Salesforce write rights', () => checkRights(options, signal)));
  results.push(await checked('Salesforce stages', () => checkStages(options, signal)));
  results.push(await checked('Salesforce API usage', async () => checkUsage(client)));
  if (options.config.changeEvents === true)
    results.push(await checked('Salesforce change events', () => checkChangeEvents(options, signal)));
  return results;
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
      remedy: 'Mend what the message says, then run `cosell-sync doctor` again.',
    };
  }
}

async function checkVersion({ client, config, clock }: CheckOptions, signal: AbortSignal): Promise<Finding> {
  const answer = await client.call({
    operation: 'List API versions',
    method: 'GET',
    path: '/services/data/',
    isWrite: false,
    // The org does not count this one.
    metered: false,
    signal,
  });
  const receivedAt = clock.now();
  const versions = VersionList.safeParse(answer.body);
  const known = versions.success ? versions.data.map(({ version }) => version) : [];
  if (!known.includes(config.apiVersion)) {
    return {
      detail: `the org does not offer API version ${config.apiVersion}`,
      remedy: `Set crm.apiVersion to ${known.at(-1) ?? 'a version that the org offers'}.`,
    };
  }
  const serverTime = Date.parse(answer.headers.date ?? '');
  const skewMs = Number.isNaN(serverTime) ? 0 : Math.abs(receivedAt - serverTime);
  const detail = `version ${config.apiVersion} is offered; clocks differ by ${Math.round(skewMs / 1000)} s`;
  return { detail, remedy: skewMs > MAX_CLOCK_SKEW_MS ? "Set this machine's clock (NTP)." : null };
}

async function checkColumns({ org, selection }: CheckOptions, signal: AbortSignal): Promise<Finding> {
  const optional = optionalPaths(selection);
  const missing = await org.findMissing(signal);
  const required = missing.filter((path) => !optional.has(path.toLowerCase()));
  if (required.length > 0) {
    return {
      detail: `missing, or hidden from the integration user: ${required.join(', ')}`,
      remedy: 'Run `cosell-sync setup` to create them and grant access, or correct the mapping.',
    };
  }
  const leftOut = missing.length === 0 ? '' : `; left out, as this org has none: ${missing.join(', ')}`;
  return { detail: `every mapped column is readable${leftOut}`, remedy: null };
}

async function checkRights({ org, selection }: CheckOptions, signal: AbortSignal): Promise<Finding> {
  const opportunity = await org.describe('Opportunity', signal);
  const written = [selection.referralIdPath, ...selection.bookkeeping, selection.stageField];
  const readOnly = [...new Set(written)].filter((path) => findField(opportunity, path)?.updateable === false);
  if (!opportunity.createable || !opportunity.updateable) {
    return {
      detail: 'the integration user may not create or edit opportunities',
      remedy: 'Grant Create and Edit on Opportunity in a permission set.',
    };
  }
  if (readOnly.length > 0) {
    return {
      detail: `not editable by the integration user: ${readOnly.join(', ')}`,
      remedy: 'Grant Edit on these columns: `cosell-sync setup` shows how.',
    };
  }
  return { detail: 'opportunities and the columns that only the daemon writes are editable', remedy: null };
}

async function checkStages({ reads, stageNames }: CheckOptions, signal: AbortSignal): Promise<Finding> {
  // Salesforce takes any text as a stage, so a misspelt one would be written without complaint.
  const stages = new Set(
    (await reads.listStages({ signal })).filter(({ isActive }) => isActive).map(({ name }) => name),
  );
  const unknown = stageNames.filter((name) => !stages.has(name));
  return unknown.length === 0
    ? { detail: `all ${stageNames.length} mapped stages exist`, remedy: null }
    : {
        detail: `the org has no active stage ${unknown.map((name) => `"${name}"`).join(', ')}`,
        remedy: 'Correct the stage names in the mapping, or create the stages in Salesforce.',
      };
}

/** Subscribes once as `start` does: rights, selection and allowance are told in no other way that needs no further right. */
async function checkChangeEvents({ client, clock }: CheckOptions, signal: AbortSignal): Promise<Finding> {
  const { end, said } = await tryToListen({ client, clock }, signal);
  const words = said === null ? '' : ` (${said})`;
  if (end === 'subscribed')
    return { detail: 'the integration user may listen to changes of opportunities', remedy: null };
  const detail = `changes of opportunities cannot be listened to${words}; they are found by schedule alone`;
  return { detail, remedy: remedyOf(end, said ?? '') };
}

function remedyOf(end: Tried['end'], said: string): string {
  if (/limit exceeded/i.test(said))
    return "The org's allowance of events or of subscribers is used up: wait for the next day, take subscribers away, or switch crm.changeEvents off.";
  if (end === 'denied' && /^40[04]/.test(said))
    return 'Select Opportunity in Salesforce under Setup, Change Data Capture. If it is selected, grant the integration user View All Data in a permission set.';
  if (end === 'denied' || /^403/.test(said))
    return 'Grant the integration user View All Data (a system permission) in a permission set.';
  if (end === 'unauthorized')
    return "Let the app's tokens be used for the API (OAuth scope api), and the integration user be API-enabled.";
  return "Look whether a proxy or firewall lets long requests to the org's /cometd/ through, then run `cosell-sync doctor` again.";
}

function checkUsage({ usage }: SalesforceClient): Finding {
  if (usage === null) return { detail: 'the org has not reported its API usage', remedy: null };
  const detail = `${usage.used} of ${usage.limit} API calls of the last 24 hours are used`;
  const isHigh = usage.used >= usage.limit * USAGE_WARNING;
  return {
    detail,
    remedy: isHigh ? 'Look for what uses them up, or raise the limit: at 95 % the daemon pauses.' : null,
  };
}
