/** New opportunities, and the accounts that some of them need first. */
import { RemoteError } from '../../core/errors.ts';
import { type OpportunityId, parseOpportunityId, type ReferralId } from '../../core/ids.ts';
import type { CrmSelection } from '../../core/mapping-types.ts';
import type {
  AccountDraft,
  CallOptions,
  CrmValue,
  OpportunityDraft,
  OpportunityRecord,
  WriteOutcome,
} from '../../core/ports.ts';
import { asOneRecords, isLocked, mayTryAgain } from './locks.ts';
import { readBackParts, readBackRecords } from './readback.ts';
import { accountColumn, isAccountPath } from './reads.ts';
import { MAX_COLLECTION, notSent, type Saved, saveItems } from './saves.ts';
import { chunksOf, pathText } from './soql.ts';
import type { WriteOptions } from './update.ts';

export interface CreateOptions extends WriteOptions {
  readonly selection: CrmSelection;
}

interface Ready {
  readonly index: number;
  readonly referralId: ReferralId;
  readonly columns: Readonly<Record<string, CrmValue>>;
}

/** Creates opportunities; see `Crm.create`. Outcomes are in the order of the drafts. */
export async function createOpportunities(
  options: CreateOptions,
  drafts: readonly OpportunityDraft[],
  { signal }: CallOptions,
): Promise<readonly WriteOutcome[]> {
  const { lookups, selection } = options;
  const outcomes: (WriteOutcome | undefined)[] = drafts.map(() => undefined);
  const resolved = await lookups.resolve(
    drafts.map(({ values }) => values),
    signal,
  );
  const wanted = drafts.map(({ customer }, index) =>
    resolved[index]?.ok === true && customer !== null && 'create' in customer ? customer.create : null,
  );
  const accounts = await createAccounts(options, wanted, signal);

  const ready: Ready[] = [];
  drafts.forEach(({ customer, referralId }, index) => {
    const entry = resolved[index];
    const account = accounts[index] ?? null;
    if (entry?.ok === false) outcomes[index] = { ok: false, error: entry.error };
    else if (account?.ok === false) outcomes[index] = account;
    else if (entry?.ok === true) {
      const existingId = customer !== null && 'existingId' in customer ? customer.existingId : null;
      const accountId = account?.id ?? existingId;
      const columns = {
        ...withoutEmpty(entry.columns),
        ...(accountId === null ? {} : { AccountId: accountId }),
        [pathText(selection.referralIdPath)]: referralId,
      };
      ready.push({ index, referralId, columns });
    }
  });

  let halted: RemoteError | null = null;
  for (const chunk of chunksOf(ready, MAX_COLLECTION)) {
    if (halted !== null) {
      for (const { index } of chunk) outcomes[index] = { ok: false, error: notSent(halted) };
      continue;
    }
    let pending = chunk;
    for (let attempt = 1; pending.length > 0; attempt += 1) {
      const { saved, records, failure } = await createChunk(options, pending, signal);
      pending.forEach(({ index }, position) => {
        outcomes[index] = toOutcome(saved[position], records);
      });
      halted = failure;
      pending = pending.filter(({ index }) => isLocked(outcomes[index]));
      if (pending.length === 0 || !(await mayTryAgain(options.clock, attempt, signal))) break;
    }
  }
  return outcomes.map((outcome) => {
    if (outcome === undefined) return { ok: false, error: neverSent() };
    return isLocked(outcome) ? { ok: false, error: asOneRecords(outcome.error, 'rejected') } : outcome;
  });
}

/** One account for each different draft, in the order of the drafts that want it. */
async function createAccounts(
  options: CreateOptions,
  drafts: readonly (AccountDraft | null)[],
  signal: AbortSignal,
): Promise<readonly (Saved | null)[]> {
  const byContent = new Map<string, Record<string, CrmValue>>();
  const keys = drafts.map((draft) => {
    if (draft === null) return null;
    const columns = toAccountColumns(draft, options);
    // Two deals of one new customer must not make two customers.
    const key = JSON.stringify(Object.entries(columns).sort());
    byContent.set(key, columns);
    return key;
  });
  const saved = new Map<string, Saved>();
  let halted: RemoteError | null = null;
  for (const chunk of chunksOf([...byContent], MAX_COLLECTION)) {
    if (halted !== null) {
      for (const [key] of chunk) saved.set(key, { ok: false, error: notSent(halted) });
      continue;
    }
    const answer = await saveItems(
      { client: options.client, operation: 'Create accounts', object: 'Account', method: 'POST', signal },
      chunk.map(([, columns]) => ({ columns })),
    );
    chunk.forEach(([key], index) => {
      const entry = answer.saved[index];
      if (entry !== undefined) saved.set(key, entry);
    });
    halted = answer.failure;
  }
  return keys.map((key) => (key === null ? null : (saved.get(key) ?? { ok: false, error: neverSent() })));
}

/** The draft's keys are customer keys (`city`) or paths (`Account.BillingCity`); the account's own columns are sent. */
function toAccountColumns(draft: AccountDraft, { selection, org }: CreateOptions): Record<string, CrmValue> {
  const customer: Readonly<Record<string, string | undefined>> = selection.customer;
  const dropped = new Set(org.dropped);
  const columns: Record<string, CrmValue> = {};
  for (const [key, value] of Object.entries(draft.values)) {
    const path = customer[key] ?? (key.includes('.') ? key : `Account.${key}`);
    if (isAccountPath(path) && !dropped.has(path.toLowerCase())) columns[accountColumn(path)] = value;
  }
  return withoutEmpty(columns);
}

/** At creation an empty value would only switch off the org's own default. */
function withoutEmpty(columns: Readonly<Record<string, CrmValue>>): Record<string, CrmValue> {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null));
}

/** Creates at most a collection of opportunities and reads them back by their referral ids, in one call. */
async function createChunk(
  options: CreateOptions,
  chunk: readonly Ready[],
  signal: AbortSignal,
): Promise<{
  readonly saved: readonly Saved[];
  readonly records: ReadonlyMap<OpportunityId, OpportunityRecord>;
  readonly failure: RemoteError | null;
}> {
  const { client, selection } = options;
  const operation = 'Create opportunities';
  const referralIds = chunk.map(({ referralId }) => referralId);
  const readBack = readBackParts(options, selection.referralIdPath, referralIds);
  const { saved, result, failure } = await saveItems(
    { client, operation, object: 'Opportunity', method: 'POST', signal },
    chunk.map(({ columns }) => ({ columns })),
    readBack,
  );
  const records = result === null ? new Map() : await readBackRecords(options, result, signal);
  return { saved, records, failure };
}

function toOutcome(
  saved: Saved | undefined,
  records: ReadonlyMap<OpportunityId, OpportunityRecord>,
): WriteOutcome {
  if (saved === undefined) return { ok: false, error: neverSent() };
  if (!saved.ok) return saved;
  const id = parseOpportunityId(saved.id);
  if (id === null) {
    return {
      ok: false,
      error: new RemoteError(
        'Create opportunities failed: the new row is no opportunity. Check the base URL.',
        {
          code: 'unavailable',
          system: 'crm',
          outcomeUnknown: true,
        },
      ),
    };
  }
  return { ok: true, id, record: records.get(id) ?? null, requestId: saved.requestId };
}

function neverSent(): RemoteError {
  return new RemoteError('The opportunity was not sent.', { code: 'unavailable', system: 'crm' });
}
