/**
 * Looking up what the CRM lacks of team members: once a run for all records that are due, in one batch, answers kept
 * for hours. A directory that fails disturbs nothing: what it said last still counts, and a record it was needed for
 * waits as it would without one.
 */
import { z } from 'zod';
import type { Person } from '../core/deal.ts';
import { RemoteError } from '../core/errors.ts';
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import { crmTeamOf } from '../core/mapping-lists.ts';
import type { Mapping } from '../core/mapping-types.ts';
import type { Finding } from '../core/plan.ts';
import type { CallOptions, OpportunityRecord } from '../core/ports.ts';
import type { DueRecord } from '../core/store-port.ts';
import { type KnownPeople, type PersonQuery, queriesFor } from '../core/team-directory.ts';
import type { EngineDependencies } from './dependencies.ts';
import { fingerprint } from './digest.ts';
import { toItem } from './findings.ts';
import type { RunState } from './run-state.ts';

const CHUNK = 500;
const HOUR_MS = 3_600_000;
/** How long an answer is good; who is not known yet may be added any time. */
const FOUND_HOURS = 24;
const MISSING_HOURS = 6;
/** The notice of a directory that does not answer. */
const FAILED_KEY = 'notice:directory-unavailable:';

const Cached = z.object({
  at: z.string(),
  person: z
    .object({
      firstName: z.string().nullable(),
      lastName: z.string().nullable(),
      email: z.string().nullable(),
      phone: z.string().nullable(),
    })
    .nullable(),
});
type Cached = z.infer<typeof Cached>;

/** Under what name the ledger keeps an answer: the person's address is not legible in it. */
function cacheKey(query: PersonQuery): string {
  return `directory:${fingerprint(query.key)}`;
}

/** The dependencies of a run whose mapping completes team members with what the run learns. */
export function withDirectory(dependencies: EngineDependencies, state: RunState): EngineDependencies {
  if ((dependencies.directory ?? null) === null) return dependencies;
  const { mapping } = dependencies;
  return { ...dependencies, mapping: { ...mapping, team: { ...mapping.team, directory: state.people } } };
}

/** A mapping that completes team members with what the ledger remembers; for looking only. */
export async function rememberedPeople(
  ledger: EngineDependencies['ledger'],
  mapping: Mapping,
  records: readonly OpportunityRecord[],
): Promise<Mapping> {
  const known = new Map<string, Person | null>();
  for (const query of queriesOf(records, mapping)) {
    const cached = await cachedAnswer(ledger, query);
    if (cached !== null) known.set(query.key, cached.person);
  }
  return known.size === 0 ? mapping : { ...mapping, team: { ...mapping.team, directory: known } };
}

/** Looks up the incomplete members of all records that are due, and of those linked with them. */
export async function lookUpDueTeams(
  dependencies: EngineDependencies,
  state: RunState,
  due: readonly DueRecord[],
  options: CallOptions,
): Promise<void> {
  if ((dependencies.directory ?? null) === null) return;
  const { ledger, mapping } = dependencies;
  const queries = new Map<string, PersonQuery>();
  for (let start = 0; start < due.length; start += CHUNK) {
    const chunk = due.slice(start, start + CHUNK);
    const referrals = chunk.filter(({ side }) => side === 'referral').map(({ id }) => id as ReferralId);
    const linked = [...(await ledger.linksByReferral(referrals)).values()];
    const ids = new Set<OpportunityId>([
      ...chunk.filter(({ side }) => side === 'opportunity').map(({ id }) => id as OpportunityId),
      ...linked.map(({ opportunityId }) => opportunityId),
    ]);
    const records = [...(await ledger.opportunities([...ids])).values()].map(({ record }) => record);
    for (const query of queriesOf(records, mapping)) queries.set(query.key, query);
  }
  await ask(dependencies, state, [...queries.values()], options);
}

/** Looks up the incomplete members of these records, as far as the run does not know them. */
export async function lookUpTeams(
  dependencies: EngineDependencies,
  state: RunState,
  records: readonly OpportunityRecord[],
  options: CallOptions,
): Promise<void> {
  if ((dependencies.directory ?? null) === null) return;
  await ask(dependencies, state, queriesOf(records, dependencies.mapping), options);
}

function queriesOf(records: readonly OpportunityRecord[], mapping: Mapping): readonly PersonQuery[] {
  const teams = records
    .filter(({ deleted }) => !deleted)
    .flatMap((record) => crmTeamOf(record, mapping) ?? []);
  return [...new Map(queriesFor(teams).map((query) => [query.key, query])).values()];
}

/** Whether a member of the record's team lacks something that the directory could not be asked for. */
export function isTeamUnsure(record: OpportunityRecord, mapping: Mapping): boolean {
  const known: KnownPeople | undefined = mapping.team.directory;
  if (known === undefined) return false;
  return queriesFor(crmTeamOf(record, mapping) ?? []).some(({ key }) => !known.has(key));
}

async function cachedAnswer(
  ledger: EngineDependencies['ledger'],
  query: PersonQuery,
): Promise<Cached | null> {
  const text = await ledger.meta(cacheKey(query));
  if (text === null) return null;
  try {
    return Cached.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function ask(
  dependencies: EngineDependencies,
  state: RunState,
  queries: readonly PersonQuery[],
  options: CallOptions,
): Promise<void> {
  const { directory = null, ledger } = dependencies;
  const nowMs = dependencies.now().getTime();
  const open: PersonQuery[] = [];
  const stale = new Map<string, Person | null>();
  for (const query of queries) {
    if (state.people.has(query.key)) continue;
    const cached = await cachedAnswer(ledger, query);
    const hours = cached?.person === null ? MISSING_HOURS : FOUND_HOURS;
    const age = cached === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(cached.at);
    if (cached !== null && age >= 0 && age < hours * HOUR_MS) state.people.set(query.key, cached.person);
    else {
      open.push(query);
      if (cached !== null) stale.set(query.key, cached.person);
    }
  }
  if (open.length === 0 || directory === null) return;
  const answers = state.directoryFailed ? new Map() : await find(dependencies, state, open, options);
  const at = dependencies.now().toISOString();
  const meta: Record<string, string> = {};
  for (const query of open) {
    const answer: Person | null | undefined = answers.get(query.key);
    if (answer !== undefined) meta[cacheKey(query)] = JSON.stringify({ at, person: answer });
    const best = answer === undefined ? stale.get(query.key) : answer;
    if (best !== undefined) state.people.set(query.key, best);
  }
  const resolved = state.directoryFailed ? [] : [FAILED_KEY];
  if (Object.keys(meta).length > 0) await ledger.commit({ meta, resolved });
}

async function find(
  dependencies: EngineDependencies,
  state: RunState,
  queries: readonly PersonQuery[],
  options: CallOptions,
): Promise<KnownPeople> {
  try {
    return (await dependencies.directory?.find(queries, options)) ?? new Map();
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    state.directoryFailed = true;
    await sayFailed(dependencies, state, error);
    return new Map();
  }
}

async function sayFailed(
  { ledger, logger, now }: EngineDependencies,
  state: RunState,
  error: RemoteError,
): Promise<void> {
  logger.warn({ runId: state.runId, code: error.code, status: error.status }, 'The directory did not answer');
  const finding: Finding = {
    key: FAILED_KEY,
    kind: 'notice',
    code: 'directory-unavailable',
    opportunityId: null,
    referralId: null,
    fields: ['team'],
    message: `The directory could not be asked for missing phones and e-mails: ${error.message} Everything else goes on; records that need it wait.`,
    values: [],
  };
  const before = (await ledger.attentionByKeys([FAILED_KEY])).get(FAILED_KEY);
  await ledger.commit({
    attention: [toItem(finding, now().toISOString(), before?.state === 'open' ? before : undefined)],
  });
  state.raised.set(FAILED_KEY, 'notice');
}
