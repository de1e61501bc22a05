/** An in-memory CRM behind the port: rows by mapping path, a change feed by counter, users who edit. */
import type { Person } from '../../src/core/deal.ts';
import { RemoteError } from '../../src/core/errors.ts';
import { evaluateFilter } from '../../src/core/filter.ts';
import { type OpportunityId, type ReferralId, salesforceChecksum } from '../../src/core/ids.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type {
  AccountCandidate,
  Crm,
  CrmValue,
  OpportunityDraft,
  OpportunityPage,
  OpportunityRecord,
  OpportunityUpdate,
  RelatedOutcome,
  RelatedRows,
  WriteOutcome,
} from '../../src/core/ports.ts';
import { opportunity, opportunityId } from './builders.ts';

export interface FakeCrm extends Crm {
  /** Adds an opportunity as a user would. */
  add(values?: Readonly<Record<string, CrmValue>>, overrides?: Partial<OpportunityRecord>): OpportunityId;
  /** An edit by a user; `stampedAt` dates it back, as a long transaction does. */
  edit(
    id: OpportunityId,
    values: Readonly<Record<string, CrmValue>>,
    overrides?: Partial<OpportunityRecord>,
    stampedAt?: string,
  ): void;
  remove(id: OpportunityId): void;
  restore(id: OpportunityId): void;
  row(id: OpportunityId): OpportunityRecord;
  readonly rows: ReadonlyMap<OpportunityId, OpportunityRecord>;
  readonly accounts: AccountCandidate[];
  /** Rows that a sharing rule keeps from the daemon: neither listed nor read nor written, and not deleted either. */
  readonly hidden: Set<OpportunityId>;
  /** Calls of each kind so far: reads and writes as a server would count them. */
  readonly calls: { reads: number; writes: number };
  /** Runs before a write takes effect; throwing fails the call without effect. */
  onWrite: ((what: 'create' | 'update') => void) | null;
  /** Runs after a write took effect; throwing loses the answer. */
  afterWrite: ((what: 'create' | 'update') => void) | null;
  /** Told of every version of every row, by whomever it was made. */
  onSave: ((record: OpportunityRecord) => void) | null;
  /** Changes what is saved, as a trigger would. */
  trigger: ((values: Record<string, CrmValue>) => Record<string, CrmValue>) | null;
}

export function createFakeCrm(mapping: Mapping, now: () => Date): FakeCrm {
  const rows = new Map<OpportunityId, OpportunityRecord>();
  const changes: OpportunityId[] = [];
  const accounts: AccountCandidate[] = [];
  let created = 0;
  let version = 0;
  const tagPath = mapping.tag.referralId;

  function put(
    record: OpportunityRecord,
    byUs: boolean,
    at: string = now().toISOString(),
  ): OpportunityRecord {
    version += 1;
    const before = rows.get(record.id);
    const stageMoved = before?.values[mapping.stageField] !== record.values[mapping.stageField];
    const saved: OpportunityRecord = {
      ...record,
      version: `v${version}`,
      modifiedAt: at,
      modifiedByUs: byUs,
      stageChangedAt: before === undefined || stageMoved ? at : before.stageChangedAt,
    };
    rows.set(record.id, saved);
    changes.push(record.id);
    crm.onSave?.(saved);
    return saved;
  }

  function nextId(): OpportunityId {
    created += 1;
    const base = `006550000${String(created).padStart(6, '0')}`;
    return opportunityId(base + salesforceChecksum(base));
  }

  const unique = (value: CrmValue | undefined, except: OpportunityId | null): boolean =>
    value === null ||
    value === undefined ||
    ![...rows.values()].some(({ id, values }) => id !== except && values[tagPath] === value);

  const crm: FakeCrm = {
    kind: 'salesforce',
    feedIdentity: 'fake-crm',
    rows,
    hidden: new Set(),
    accounts,
    calls: { reads: 0, writes: 0 },
    onWrite: null,
    afterWrite: null,
    onSave: null,
    trigger: null,
    add(values = {}, overrides = {}) {
      const id = overrides.id ?? nextId();
      put({ ...opportunity(values), ...overrides, id, createdAt: now().toISOString() }, false);
      return id;
    },
    edit(id, values, overrides = {}, stampedAt = undefined) {
      const row = crm.row(id);
      put({ ...row, ...overrides, values: { ...row.values, ...values } }, false, stampedAt);
    },
    remove(id) {
      put({ ...crm.row(id), deleted: true }, false);
    },
    restore(id) {
      put({ ...crm.row(id), deleted: false }, false);
    },
    row(id) {
      const row = rows.get(id);
      if (row === undefined) throw new TypeError(`The fake CRM has no opportunity ${id}.`);
      return row;
    },
    async *changes(cursor): AsyncGenerator<OpportunityPage> {
      crm.calls.reads += 1;
      const from = cursor === null ? 0 : Number(cursor);
      const ids = [...new Set(changes.slice(from))];
      const records = ids
        .map((id) => crm.row(id))
        .filter((record) => !crm.hidden.has(record.id))
        .filter((record) =>
          cursor === null && record.deleted
            ? false
            : evaluateFilter(mapping.include, (column) => record.values[column]) ||
              record.values[tagPath] !== null,
        );
      yield { records, next: String(changes.length), serverTime: now().toISOString(), last: true };
    },
    async read(ids) {
      crm.calls.reads += 1;
      return new Map(
        ids.map((id) => [id, rows.get(id)?.deleted === false && !crm.hidden.has(id) ? crm.row(id) : null]),
      );
    },
    async findByReferralIds(ids) {
      crm.calls.reads += 1;
      const wanted = new Set<CrmValue>(ids);
      return [...rows.values()].filter(
        ({ id, values, deleted }) => !deleted && !crm.hidden.has(id) && wanted.has(values[tagPath] ?? null),
      );
    },
    async create(drafts) {
      crm.calls.writes += 1;
      crm.onWrite?.('create');
      const outcomes = drafts.map((draft) => createOne(draft));
      crm.afterWrite?.('create');
      return outcomes;
    },
    async addRelated(wanted) {
      crm.calls.writes += 1;
      crm.onWrite?.('create');
      const outcomes = wanted.map((entry) => addOne(entry));
      crm.afterWrite?.('create');
      return outcomes;
    },
    async update(updates) {
      crm.calls.writes += 1;
      crm.onWrite?.('update');
      const outcomes = updates.map((update) => updateOne(update));
      crm.afterWrite?.('update');
      return outcomes;
    },
    async findAccounts({ duns, name }) {
      crm.calls.reads += 1;
      return accounts.filter((account) => (duns !== null && account.duns === duns) || account.name === name);
    },
    async listStages() {
      return [];
    },
    async check() {
      return [];
    },
  };

  function createOne(draft: OpportunityDraft): WriteOutcome {
    if (!unique(draft.referralId, null)) return refused('duplicate', 'The referral id is taken.');
    const id = nextId();
    const blank = Object.fromEntries(Object.keys(opportunity().values).map((path) => [path, null]));
    const values = { ...blank, ...draft.values, [tagPath]: draft.referralId as CrmValue };
    const record = put(
      {
        ...opportunity(),
        id,
        createdAt: now().toISOString(),
        people: { owner: [], contactRoles: [] },
        values: crm.trigger?.(values) ?? values,
      },
      true,
    );
    return { ok: true, id, record, requestId: null };
  }

  /** Contacts belong to the account, so that a second deal of the customer finds them. */
  const contactsOf = new Map<string, Person[]>();

  function addOne({
    opportunityId,
    accountId,
    contacts,
    createContacts,
    solutions,
  }: RelatedRows): RelatedOutcome {
    const row = crm.row(opportunityId);
    const account = contactsOf.get(accountId ?? '') ?? [];
    const omitted: string[] = [];
    const roles = [...(row.people.contactRoles ?? [])];
    let added = 0;
    for (const person of contacts) {
      const known = account.find(({ email }) => email === person.email);
      if (known === undefined && !createContacts) omitted.push('a contact that the account does not have');
      else {
        if (known === undefined) account.push(person);
        if (!roles.some(({ email }) => email === person.email)) {
          roles.push(known ?? person);
          added += 1;
        }
      }
    }
    contactsOf.set(accountId ?? '', account);
    const products = row.products ?? [];
    const fresh = products.length > 0 ? [] : solutions.map(([name = '']) => ({ id: name, name }));
    if (added + fresh.length > 0)
      put(
        {
          ...row,
          people: { ...row.people, contactRoles: roles },
          ...(row.products === undefined ? {} : { products: [...products, ...fresh] }),
        },
        true,
      );
    return { ok: true, added: added + fresh.length, omitted };
  }

  function updateOne({ id, values, ifVersion }: OpportunityUpdate): WriteOutcome {
    const row = rows.get(id);
    if (row === undefined || row.deleted || crm.hidden.has(id))
      return refused('not-visible', `Opportunity ${id} is not there.`);
    if (ifVersion !== undefined && ifVersion !== row.version)
      return refused('version-conflict', `Opportunity ${id} has moved.`);
    if (!unique(values[tagPath], id)) return refused('duplicate', 'The referral id is taken.');
    const known = Object.fromEntries(
      Object.entries(values).filter(([path]) => Object.hasOwn(row.values, path)),
    );
    const merged = { ...row.values, ...known };
    return {
      ok: true,
      id,
      record: put({ ...row, values: crm.trigger?.(merged) ?? merged }, true),
      requestId: null,
    };
  }

  return crm;
}

function refused(code: 'duplicate' | 'not-visible' | 'version-conflict', message: string): WriteOutcome {
  return { ok: false, error: new RemoteError(message, { code, system: 'crm' }) };
}

/** The id that the fake holds in its tag column. */
export function tagOf(crm: FakeCrm, mapping: Mapping, id: OpportunityId): ReferralId | null {
  const value = crm.row(id).values[mapping.tag.referralId];
  return typeof value === 'string' ? (value as ReferralId) : null;
}
