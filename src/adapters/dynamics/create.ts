/** New opportunities, and the accounts that some of them need first. */
import { createHash } from 'node:crypto';
import { RemoteError } from '../../core/errors.ts';
import { canonicalGuid, type OpportunityId, type ReferralId } from '../../core/ids.ts';
import type {
  AccountDraft,
  CallOptions,
  CrmValue,
  OpportunityDraft,
  OpportunityRecord,
  WriteOutcome,
} from '../../core/ports.ts';
import { parseJsonText } from '../http/index.ts';
import { queryPart, readQueries, rowsOfPart } from './client.ts';
import { OPEN } from './closing.ts';
import type { Columns } from './columns.ts';
import { KEY_NOT_DEFINED } from './errors.ts';
import type { BatchItem, BatchPart, ItemAnswer } from './multipart.ts';
import { chunksOf, inOptions, nameText, queryText, quote } from './odata.ts';
import { MAX_OPERATIONS, type Operation, notSentOutcome, type Sent, sendOperations } from './operations.ts';
import { opportunityIdOf, toRecord } from './records.ts';
import { emptyRelated } from './related.ts';
import { rowsPath } from './rows.ts';
import { Row } from './schema.ts';
import { segmentsOf, type Target } from './shape.ts';
import type { WriteOptions } from './update.ts';
import type { View } from './view.ts';

interface Ready {
  readonly index: number;
  readonly referralId: ReferralId;
  readonly columns: Columns;
  readonly accountId: string | null;
  /** The account to create in the same breath; what identifies its content. */
  readonly account: { readonly content: string; readonly body: Readonly<Record<string, CrmValue>> } | null;
}

/** Creates opportunities; see `Crm.create`. Outcomes are in the order of the drafts. */
export async function createOpportunities(
  options: WriteOptions,
  drafts: readonly OpportunityDraft[],
  { signal }: CallOptions,
): Promise<readonly WriteOutcome[]> {
  const { org, lookups } = options;
  const resolved = await lookups.resolve(
    drafts.map(({ values }) => values),
    signal,
  );
  const view = await org.view(signal);
  const outcomes: (WriteOutcome | undefined)[] = drafts.map(() => undefined);
  let waiting: Ready[] = [];
  drafts.forEach(({ customer, referralId }, index) => {
    const entry = resolved[index];
    if (entry?.ok !== true) {
      if (entry !== undefined) outcomes[index] = { ok: false, error: entry.error };
      return;
    }
    const accountId = customer !== null && 'existingId' in customer ? customer.existingId : null;
    const account = customer !== null && 'create' in customer ? accountOf(customer.create, view) : null;
    waiting.push({ index, referralId, columns: entry.columns, accountId, account });
  });

  // Two deals of one new customer must not make two customers: the second waits for the first one's account.
  const made = new Map<string, string>();
  let halted: RemoteError | null = null;
  while (waiting.length > 0) {
    const round: Ready[] = [];
    const later: Ready[] = [];
    const claimed = new Set<string>();
    for (const draft of waiting) {
      const content = draft.account?.content ?? null;
      const accountId = content === null ? null : (made.get(content) ?? null);
      if (accountId !== null) round.push({ ...draft, accountId, account: null });
      else if (content !== null && claimed.has(content)) later.push(draft);
      else {
        if (content !== null) claimed.add(content);
        round.push(draft);
      }
    }
    for (const chunk of chunksOf(round, MAX_OPERATIONS)) {
      if (halted === null) halted = await createChunk(options, chunk, outcomes, signal);
      else for (const { index } of chunk) outcomes[index] = failed(notSentOutcome(halted));
      for (const { index, account, referralId } of chunk)
        if (account !== null && outcomes[index]?.ok === true) made.set(account.content, guidFor('account', referralId));
    }
    waiting = later;
  }
  if (outcomes.some((outcome) => outcome?.ok === false && outcome.error.code === 'rejected')) lookups.forget();
  await nameDuplicates(options, view, drafts, outcomes, signal);
  return outcomes.map((outcome) => outcome ?? { ok: false, error: neverSent() });
}

function neverSent(): RemoteError {
  return new RemoteError('The opportunity was not sent.', { code: 'unavailable', system: 'crm' });
}

function failed(sent: Sent): WriteOutcome {
  return sent.ok ? { ok: false, error: neverSent() } : sent;
}

/** An id that follows from the referral's, so that a create sent twice meets itself instead of making a second row. */
export function guidFor(table: 'opportunity' | 'account', referralId: ReferralId): string {
  const hex = createHash('sha256').update(`cosell-sync:${table}:${referralId}`).digest('hex').split('');
  // A GUID of version 8 (made by a rule of our own) and of the usual variant.
  hex[12] = '8';
  hex[16] = 'a';
  const text = hex.slice(0, 32).join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

/** The draft's keys are customer keys (`city`) or paths (`customerid.address1_city`); the account's own columns are sent. */
function accountOf({ values }: AccountDraft, { shape, selection }: View): Ready['account'] {
  const customer: Readonly<Record<string, string | undefined>> = selection.customer;
  const body: Record<string, CrmValue> = {};
  for (const [key, value] of Object.entries(values)) {
    const path = customer[key] ?? key;
    const target = shape.lookups.find((lookup) => lookup.path === path)?.targets.find(isAccount);
    const column = target === undefined ? segmentsOf(path).second : target.column;
    if (column !== null && value !== null && value !== '')
      body[nameText(column)] = target?.kind === 'text' ? String(value) : value;
  }
  return { content: JSON.stringify(Object.entries(body).sort()), body };
}

/** Whether a lookup's target is the account directly behind it. */
export function isAccount({ set, steps }: Target): boolean {
  return set === 'accounts' && steps.length === 1;
}

async function createChunk(
  options: WriteOptions,
  chunk: readonly Ready[],
  outcomes: (WriteOutcome | undefined)[],
  signal: AbortSignal,
): Promise<RemoteError | null> {
  const { client, clock, org } = options;
  const view = await org.view(signal);
  const referralIds = chunk.map(({ referralId }) => referralId);
  const { sent, trailing, failure } = await sendOperations(
    { client, clock, operation: 'Create opportunities', signal },
    chunk.map((draft) => operationFor(client.root, draft, view)),
    [queryPart(client, rowsPath(view, view.referralIdColumn, referralIds))],
  );
  const hasLostKey = sent.some((entry) => !entry.ok && entry.error.remoteCode === KEY_NOT_DEFINED);
  if (hasLostKey && view.shape.isKeyed) {
    // The key was removed since we looked; such a create was certainly not carried out.
    org.forget();
    if (!(await org.view(signal)).shape.isKeyed) return createChunk(options, chunk, outcomes, signal);
  }
  const records = await readBack(options, view, trailing, signal);
  chunk.forEach(({ index }, position) => {
    const result = sent[position];
    if (result !== undefined) outcomes[index] = toOutcome(result, records);
  });
  return failure;
}

function operationFor(root: string, { referralId, columns, accountId, account }: Ready, view: View): Operation {
  const { shape, referralIdColumn } = view;
  const status = shape.statuses.find(({ value }) => value === columns.status);
  const newAccountId = account === null ? null : guidFor('account', referralId);
  const customerId = newAccountId ?? accountId;
  const body: Record<string, unknown> = {
    // At creation an empty value would only switch off the environment's own default.
    ...Object.fromEntries(Object.entries(columns.body).filter(([, value]) => value !== null)),
    // A deal is created open; it is closed by an action.
    ...(status !== undefined && (status.state ?? OPEN) === OPEN ? { statuscode: status.value } : {}),
    ...(customerId === null ? {} : { 'customerid_account@odata.bind': `/accounts(${customerId})` }),
  };
  delete body[referralIdColumn];
  const select = queryText({ $select: 'opportunityid' });
  const create: BatchPart = shape.isKeyed
    ? {
        method: 'PATCH',
        // Columns of the key come from the URL.
        url: `${root}/opportunities(${referralIdColumn}=${quote(referralId)})${select}`,
        headers: { 'If-None-Match': '*', Prefer: 'return=representation' },
        body,
      }
    : {
        method: 'POST',
        url: `${root}/opportunities${select}`,
        headers: { Prefer: 'return=representation' },
        body: { ...body, opportunityid: guidFor('opportunity', referralId), [referralIdColumn]: referralId },
      };
  const item: BatchItem =
    account === null
      ? create
      : {
          changeSet: [
            { method: 'POST', url: `${root}/accounts`, body: { ...account.body, accountid: newAccountId } },
            create,
          ],
        };
  return { operation: `Create the opportunity of referral ${referralId}`, item };
}

/** What was created, by id. A read-back that failed only means that the caller has to look later. */
async function readBack(
  { client }: WriteOptions,
  view: View,
  trailing: readonly ItemAnswer[],
  signal: AbortSignal,
): Promise<ReadonlyMap<OpportunityId, OpportunityRecord>> {
  const records = new Map<OpportunityId, OpportunityRecord>();
  try {
    const operation = 'Read opportunities back';
    const rows = trailing.length === 0 ? [] : await rowsOfPart(client, trailing[0], { operation, signal });
    for (const row of rows) {
      // Nothing can point to a row that is this new.
      const record = toRecord(row, emptyRelated(view), view);
      if (record !== null) records.set(record.id, record);
    }
  } catch (error) {
    if (!(error instanceof RemoteError) && !signal.aborted) throw error;
  }
  return records;
}

function toOutcome(sent: Sent, records: ReadonlyMap<OpportunityId, OpportunityRecord>): WriteOutcome {
  if (!sent.ok) {
    const { error } = sent;
    // There is a row of this key already: the precondition was that there be none.
    return error.code === 'version-conflict' && error.status === 412
      ? { ok: false, error: asDuplicate(error, []) }
      : { ok: false, error };
  }
  const last = sent.answer.at(-1);
  const row = Row.safeParse(parseJsonText(last?.body ?? ''));
  const location = /\(([0-9a-f-]{36})\)\s*$/i.exec(last?.headers['odata-entityid'] ?? '')?.[1] ?? '';
  const id = (row.success ? opportunityIdOf(row.data) : null) ?? (canonicalGuid(location) as OpportunityId | null);
  if (id !== null) return { ok: true, id, record: records.get(id) ?? null, requestId: sent.requestId };
  return {
    ok: false,
    error: new RemoteError('Create opportunities failed: the answer does not name the new row.', {
      code: 'unavailable',
      system: 'crm',
      requestId: sent.requestId,
      outcomeUnknown: true,
    }),
  };
}

function asDuplicate(error: RemoteError, duplicateIds: readonly string[]): RemoteError {
  const { remoteCode, status, requestId } = error;
  return new RemoteError(
    'The opportunity was not created: there is one of this referral already. Look at the records that have the same key.',
    { code: 'duplicate', system: 'crm', remoteCode, status, requestId, duplicateIds },
  );
}

/** Names the rows that a create met, which the server does not. */
async function nameDuplicates(
  { client }: WriteOptions,
  view: View,
  drafts: readonly OpportunityDraft[],
  outcomes: (WriteOutcome | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  const met = outcomes.flatMap((outcome, index) => {
    const draft = drafts[index];
    return outcome?.ok === false && outcome.error.code === 'duplicate' && draft !== undefined
      ? [{ index, referralId: draft.referralId, error: outcome.error }]
      : [];
  });
  if (met.length === 0) return;
  const column = view.referralIdColumn;
  const paths = chunksOf(met, MAX_OPERATIONS).map(
    (chunk) =>
      `opportunities${queryText({
        $select: `opportunityid,${column}`,
        ...inOptions(
          column,
          chunk.map(({ referralId }) => referralId),
        ),
      })}`,
  );
  try {
    const { rows } = await readQueries(client, paths, { operation: 'Find opportunities by referral id', signal });
    for (const { index, referralId, error } of met) {
      const ids = rows
        .flat()
        .filter((row) => String(row[column]).toLowerCase() === referralId)
        .flatMap((row) => opportunityIdOf(row) ?? []);
      if (ids.length > 0) outcomes[index] = { ok: false, error: asDuplicate(error, ids) };
    }
  } catch (error) {
    if (!(error instanceof RemoteError) && !signal.aborted) throw error;
  }
}
