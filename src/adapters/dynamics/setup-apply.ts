/** Creates what a plan found missing, in a solution of the partner's own publisher. Safe to run again. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RemoteError } from '../../core/errors.ts';
import { type Clock, systemClock } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import { unreadable } from './errors.ts';
import { nameText, queryText, quote } from './odata.ts';
import { RowPage } from './schema.ts';
import type { SetupOptions, SetupPlan, SetupStep } from './setup.ts';
import { columnBody, keyBody, keyName, relationshipBody, tableBody } from './setup-definitions.ts';
import { segmentsOf } from './shape.ts';

/** Made since the plan, by somebody or by a run that was cut off, which is as good: key, column, relationship, table. */
const ALREADY_THERE = new Set([
  '0x80060893',
  '0x80060894',
  '0x80047013',
  '0x80060304',
  '0x80044363',
  '0x8004432b',
  '0x8004700b',
]);
const KEY_POLLS = 24;
const KEY_POLL_MS = 5_000;

export interface SetupResult {
  /** Paths of columns that are there now and were not. */
  readonly created: readonly string[];
  /** What was left undone, and why, in words for the operator. */
  readonly problems: readonly string[];
}

/**
 * Creates every `missing` step of a plan. Columns may take the server half a minute to show, and every stored link of
 * the change feed dies, which the next run mends by reading everything once.
 * @throws RemoteError at the first step that is refused; what came before it stays
 */
export async function applySetup(
  options: SetupOptions & { readonly clock?: Clock },
  plan: SetupPlan,
): Promise<SetupResult> {
  const { client, setup, signal, clock = systemClock } = options;
  const missing = plan.steps.filter(({ state }) => state === 'missing');
  if (missing.length === 0) return { created: [], problems: [] };
  const prefix = setup.publisherPrefix.toLowerCase();
  const optionPrefix = await ensureSolution(client, prefix, setup.solutionName, signal);
  const send = (operation: string, path: string, body: object): Promise<void> =>
    create(client, { operation, path, body, solution: setup.solutionName, signal });
  const created: string[] = [];
  const problems: string[] = [];
  for (const step of missing.filter(({ kind }) => kind === 'table')) {
    const column = segmentsOf(step.path).second ?? `${prefix}_name`;
    await send(`Create table ${step.table}`, 'EntityDefinitions', tableBody(step.table, column));
    await send(`Join table ${step.table}`, 'RelationshipDefinitions', relationshipBody(step.table, prefix));
    created.push(step.path);
  }
  for (const step of missing.filter(({ kind }) => kind === 'column')) {
    const { first, second } = segmentsOf(step.path);
    const column = second ?? first;
    if (step.need === null) continue;
    const path = `EntityDefinitions(LogicalName=${quote(nameText(step.table))})/Attributes`;
    await send(`Create column ${column}`, path, columnBody(column, step.need, optionPrefix * 10_000));
    created.push(step.path);
  }
  for (const step of missing.filter(({ kind }) => kind === 'key'))
    problems.push(...(await createKey({ client, signal, clock, prefix }, step, send)));
  if (missing.some(({ kind }) => kind === 'tracking')) await trackChanges(client, plan, signal);
  return { created, problems };
}

interface Creation {
  readonly operation: string;
  readonly path: string;
  readonly body: object;
  readonly solution?: string;
  readonly signal: AbortSignal;
}

async function create(
  client: DynamicsClient,
  { operation, path, body, solution, signal }: Creation,
): Promise<void> {
  try {
    await client.call({
      operation,
      method: 'POST',
      path,
      body,
      headers: {
        Consistency: 'Strong',
        ...(solution === undefined ? {} : { 'MSCRM.SolutionUniqueName': solution }),
      },
      isWrite: true,
      signal,
    });
  } catch (error) {
    if (!(error instanceof RemoteError) || !ALREADY_THERE.has(error.remoteCode ?? '')) throw error;
  }
}

async function rowsOf(client: DynamicsClient, path: string, signal: AbortSignal): Promise<RowPage['rows']> {
  const operation = 'Read solutions';
  const answer = await client.call({ operation, method: 'GET', path, isWrite: false, signal });
  const page = RowPage.safeParse(answer.body);
  if (!page.success) throw unreadable(operation, answer.requestId, false);
  return page.data.rows;
}

/** Makes sure of publisher and solution; resolves with the publisher's range of option numbers. */
async function ensureSolution(
  client: DynamicsClient,
  prefix: string,
  solutionName: string,
  signal: AbortSignal,
): Promise<number> {
  const publisherPath = `publishers${queryText({
    $select: 'publisherid,customizationoptionvalueprefix',
    $filter: `customizationprefix eq ${quote(prefix)}`,
  })}`;
  let [publisher] = await rowsOf(client, publisherPath, signal);
  if (publisher === undefined) {
    await create(client, {
      operation: `Create publisher ${prefix}`,
      path: 'publishers',
      body: {
        uniquename: `${prefix}publisher`,
        friendlyname: prefix,
        customizationprefix: prefix,
        customizationoptionvalueprefix: optionPrefixFor(prefix),
      },
      signal,
    });
    [publisher] = await rowsOf(client, publisherPath, signal);
  }
  const publisherId = publisher?.publisherid;
  if (publisher === undefined || typeof publisherId !== 'string')
    throw unreadable(`Find publisher ${prefix}`, null, false);
  const solutions = await rowsOf(
    client,
    `solutions${queryText({ $select: 'solutionid', $filter: `uniquename eq ${quote(solutionName)}` })}`,
    signal,
  );
  if (solutions.length === 0) {
    await create(client, {
      operation: `Create solution ${solutionName}`,
      path: 'solutions',
      body: {
        uniquename: solutionName,
        friendlyname: solutionName,
        version: '1.0.0.0',
        'publisherid@odata.bind': `/publishers(${publisherId})`,
      },
      signal,
    });
  }
  const range = publisher.customizationoptionvalueprefix;
  return typeof range === 'number' ? range : optionPrefixFor(prefix);
}

/** A range of option numbers of a publisher's own, 10,000 to 99,999, that follows from its prefix. */
function optionPrefixFor(prefix: string): number {
  return 10_000 + (createHash('sha256').update(prefix).digest().readUInt32BE(0) % 90_000);
}

/** Creates the alternate key and waits for its index. Returns what is in the way. */
async function createKey(
  {
    client,
    signal,
    clock,
    prefix,
  }: {
    readonly client: DynamicsClient;
    readonly signal: AbortSignal;
    readonly clock: Clock;
    readonly prefix: string;
  },
  { path }: SetupStep,
  send: (operation: string, path: string, body: object) => Promise<void>,
): Promise<string[]> {
  const column = nameText(segmentsOf(path).first);
  const doubles = (
    await rowsOf(
      client,
      `opportunities${queryText({
        $apply: `filter(${column} ne null)/groupby((${column}),aggregate($count as count))`,
      })}`,
      signal,
    )
  ).filter((row) => typeof row.count === 'number' && row.count > 1);
  if (doubles.length > 0) {
    return [
      `${doubles.length} referral ids stand on more than one opportunity, so ${column} cannot be an alternate key yet. Correct them, then run setup again.`,
    ];
  }
  const entity = "EntityDefinitions(LogicalName='opportunity')";
  await send(`Create the alternate key on ${column}`, `${entity}/Keys`, keyBody(column, prefix));
  for (let poll = 0; poll < KEY_POLLS; poll += 1) {
    const status = await keyStatus(client, `${entity}/Keys(LogicalName=${quote(keyName(prefix))})`, signal);
    if (status === 'Active') return [];
    if (status === 'Failed')
      return [
        `The index of the alternate key on ${column} could not be built. Look for duplicates in ${column}.`,
      ];
    await clock.sleep(KEY_POLL_MS, signal);
  }
  return [
    `The index of the alternate key on ${column} is still being built; doctor tells when it is active.`,
  ];
}

const KeyAnswer = z.object({ EntityKeyIndexStatus: z.string().nullish() });

async function keyStatus(client: DynamicsClient, path: string, signal: AbortSignal): Promise<string | null> {
  const answer = await client.call({
    operation: "Read the alternate key's state",
    method: 'GET',
    path: `${path}${queryText({ $select: 'EntityKeyIndexStatus' })}`,
    isWrite: false,
    signal,
  });
  const parsed = KeyAnswer.safeParse(answer.body);
  return parsed.success ? (parsed.data.EntityKeyIndexStatus ?? null) : null;
}

/** A definition can only be replaced as a whole. */
async function trackChanges(client: DynamicsClient, plan: SetupPlan, signal: AbortSignal): Promise<void> {
  const operation = 'Switch on change tracking of opportunities';
  const path = `EntityDefinitions(${plan.opportunityMetadataId ?? "LogicalName='opportunity'"})`;
  const answer = await client.call({ operation, method: 'GET', path, isWrite: false, signal });
  if (typeof answer.body !== 'object' || answer.body === null)
    throw unreadable(operation, answer.requestId, false);
  await client.call({
    operation,
    method: 'PUT',
    path,
    body: { ...answer.body, ChangeTrackingEnabled: true },
    headers: { 'MSCRM.MergeLabels': 'true' },
    isWrite: true,
    signal,
  });
}
