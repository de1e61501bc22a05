/** New opportunities, and the accounts that some of them need first. */
import { RemoteError } from '../../core/errors.ts';
import { canonicalGuid, type OpportunityId } from '../../core/ids.ts';
import type { CallOptions, OpportunityDraft, OpportunityRecord, WriteOutcome } from '../../core/ports.ts';
import { parseJsonText } from '../http/index.ts';
import { accountOf, guidFor, operationFor, type Ready } from './drafts.ts';
import { asDuplicate, nameDuplicates } from './duplicates.ts';
import { KEY_NOT_DEFINED } from './errors.ts';
import type { ItemAnswer } from './multipart.ts';
import { chunksOf } from './odata.ts';
import { MAX_OPERATIONS, notSentOutcome, type Sent, sendOperations } from './operations.ts';
import { queryPart, rowsOfPart } from './queries.ts';
import { opportunityIdOf, toRecord } from './records.ts';
import { emptyRelated } from './related.ts';
import { rowsPath } from './rows.ts';
import { Row } from './schema.ts';
import type { WriteOptions } from './update.ts';
import type { View } from './view.ts';

/** Creates opportunities; see `Crm.create`. Outcomes are in the order of the drafts. */
export async function createOpportunities(
  options: WriteOptions,
  drafts: readonly OpportunityDraft[],
  { signal }: CallOptions,
): Promise<readonly WriteOutcome[]> {
  const { org, lookups, customers } = options;
  const resolved = await lookups.resolve(
    drafts.map(({ values }) => values),
    signal,
  );
  const view = await org.view(signal);
  const outcomes: (WriteOutcome | undefined)[] = drafts.map(() => undefined);
  let waiting: Ready[] = [];
  const people = await customers.peopleAmong(drafts.flatMap(existingCustomer), signal);
  drafts.forEach((draft, index) => {
    const { customer, referralId } = draft;
    const entry = resolved[index];
    if (entry?.ok !== true) {
      if (entry !== undefined) outcomes[index] = { ok: false, error: entry.error };
      return;
    }
    const [customerId = null] = existingCustomer(draft);
    const isPerson = customerId !== null && people.has(customerId);
    const account = customer !== null && 'create' in customer ? accountOf(customer.create, view) : null;
    waiting.push({ index, referralId, columns: entry.columns, customerId, isPerson, account });
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
      const customerId = content === null ? null : (made.get(content) ?? null);
      if (customerId !== null) round.push({ ...draft, customerId, account: null });
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
        if (account !== null && outcomes[index]?.ok === true)
          made.set(account.content, guidFor('account', referralId));
    }
    waiting = later;
  }
  if (outcomes.some((outcome) => outcome?.ok === false && outcome.error.code === 'rejected'))
    lookups.forget();
  await nameDuplicates(options, view, drafts, outcomes, signal);
  return outcomes.map((outcome) => outcome ?? { ok: false, error: neverSent() });
}

/** The customer that a draft names, as a list of at most one. */
function existingCustomer({ customer }: OpportunityDraft): string[] {
  return customer !== null && 'existingId' in customer ? [customer.existingId] : [];
}

function neverSent(): RemoteError {
  return new RemoteError('The opportunity was not sent.', { code: 'unavailable', system: 'crm' });
}

function failed(sent: Sent): WriteOutcome {
  return sent.ok ? { ok: false, error: neverSent() } : sent;
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
  const id =
    (row.success ? opportunityIdOf(row.data) : null) ?? (canonicalGuid(location) as OpportunityId | null);
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
