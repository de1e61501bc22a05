/** The two remote systems with everything that is known about them from outside the daemon. */
import type { Deal } from '../../src/core/deal.ts';
import type { OpportunityId, ReferralId } from '../../src/core/ids.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type {
  CrmValue,
  OpportunityRecord,
  OpportunityUpdate,
  Referral,
  ReferralChanges,
  ReferralDraft,
} from '../../src/core/ports.ts';
import { createFakeCrm, type FakeCrm } from '../support/fake-crm.ts';
import { createFakePartnerCenter, type FakePartnerCenter } from '../support/fake-partner-center.ts';
import { inspectSecrecy } from './checks/secrecy.ts';
import { inspectCreate, inspectUpdate } from './checks/sending.ts';
import type { OpenState } from './disk.ts';
import { createFaultDesk, type FaultDesk } from './fault-desk.ts';
import type { Clock, Trace } from './gate.ts';
import { createHistory, type History, type Write } from './history.ts';
import { drawOf } from './random.ts';
import type { Circumstances } from './scenario.ts';

/** A referral as lists show it, which may be a version behind. */
export interface Listed {
  readonly sequence: number;
  readonly record: Referral;
}

export interface Server {
  readonly circumstances: Circumstances;
  readonly mapping: Mapping;
  readonly crm: FakeCrm;
  readonly partnerCenter: FakePartnerCenter;
  readonly history: History;
  readonly faults: FaultDesk;
  readonly marks: Set<string>;
  readonly violations: string[];
  /** What the daemon was last told of each record, and in which run. */
  readonly delivered: {
    readonly opportunities: Map<OpportunityId, { readonly record: OpportunityRecord; readonly run: number }>;
    readonly referrals: Map<ReferralId, Referral>;
  };
  /** When the run began, in the order of everything. */
  readonly runBegan: Map<number, number>;
  /** Columns that only the daemon writes, by row. */
  readonly bookkeeping: Map<OpportunityId, Record<string, CrmValue>>;
  readonly requests: { crm: number; partnerCenter: number };
  readonly refused412: Set<string>;
  /** Deals at which Partner Center fails for now; an even value: writes take effect all the same. */
  readonly broken: Map<ReferralId, { readonly engagementId: string; readonly value: number }>;
  writeCalls: number;
  now(): Date;
  /** What lists show now, and up to which version nothing is missing. */
  listing(): { readonly through: number; readonly listed: readonly Listed[] };
  /** The newest version of each referral up to a version of the list. */
  versionsThrough(through: number): ReadonlyMap<ReferralId, Referral>;
  /** Records that were out of sight at any time. */
  readonly everHidden: Set<ReferralId | OpportunityId>;
  /** The state of another connection in the same store, where there is one. */
  neighbour: OpenState | null;
  /** The role that shows referrals is taken away, and given back. */
  loseRole(): void;
  lacksRole(): boolean;
  regainRole(): void;
  /** Time goes by within a call. */
  passSeconds(seconds: number): void;
  log(run: number, what: Write['what'], id: string, deal: Deal): Write;
  keepBookkeeping(update: OpportunityUpdate): void;
  portalMeddles(id: ReferralId, value: number): void;
  inspectCreate(draft: ReferralDraft, run: number): void;
  inspectUpdate(id: ReferralId, ifMatch: string, changes: ReferralChanges, run: number): void;
  /** From now on lists show every version at once, and nothing more is hidden than single records. */
  calmDown(): void;
}

export interface ServerOptions {
  readonly seed: string;
  readonly circumstances: Circumstances;
  readonly mapping: Mapping;
  readonly clock: Clock;
  readonly trace: Trace;
}

/** What the CRM's trigger makes of an amount. */
export function rounded(amount: number): number {
  return Math.round(amount / 1000) * 1000;
}

export function createServer({ seed, circumstances, mapping, clock, trace }: ServerOptions): Server {
  const history = createHistory(mapping);
  const crm = createFakeCrm(mapping, clock.now);
  const partnerCenter = createFakePartnerCenter(clock.now);
  const versions: (Listed & { readonly showsAt: number })[] = [];
  let lags = circumstances.listLagMinutes > 0;
  let hiddenWithRole: readonly ReferralId[] = [];

  if (circumstances.trigger === 'rounds')
    crm.trigger = (values) => {
      if (typeof values.Amount !== 'number' || rounded(values.Amount) === values.Amount) return values;
      server.marks.add('trigger-rounded');
      return { ...values, Amount: rounded(values.Amount) };
    };
  crm.onSave = (record) => {
    trace.line(`crm saves ${JSON.stringify(record)}`);
    history.savedOpportunity(record);
  };
  partnerCenter.onSave = (record, byUs) => {
    trace.line(`pc saves ${JSON.stringify(record)}`);
    history.savedReferral(record, byUs);
    const sequence = versions.length + 1;
    const share = lags ? drawOf(seed, 'lag', sequence) : 0;
    const lagSeconds =
      share < 0.25 ? 0 : Math.floor(((share - 0.25) / 0.75) * circumstances.listLagMinutes * 60);
    versions.push({ sequence, record, showsAt: clock.now().getTime() + lagSeconds * 1000 });
  };

  const server: Server = {
    circumstances,
    mapping,
    crm,
    partnerCenter,
    history,
    faults: createFaultDesk(clock.now),
    marks: new Set(),
    violations: [],
    delivered: { opportunities: new Map(), referrals: new Map() },
    runBegan: new Map(),
    bookkeeping: new Map(),
    requests: { crm: 0, partnerCenter: 0 },
    refused412: new Set(),
    broken: new Map(),
    writeCalls: 0,
    now: clock.now,
    listing() {
      const now = clock.now().getTime();
      const shown = versions.filter(({ showsAt }) => showsAt <= now);
      const missing = versions.find(({ showsAt }) => showsAt > now);
      if (missing !== undefined) server.marks.add('list-lag');
      const newest = new Map(shown.map((listed) => [listed.record.id, listed]));
      return {
        through: missing === undefined ? versions.length : missing.sequence - 1,
        listed: [...newest.values()],
      };
    },
    versionsThrough: (through) =>
      new Map(
        versions.filter(({ sequence }) => sequence <= through).map(({ record }) => [record.id, record]),
      ),
    everHidden: new Set(),
    log(run, what, id, deal) {
      const write: Write = {
        sequence: history.tick(),
        run,
        what,
        id,
        deal,
        effective: false,
        acknowledged: false,
      };
      history.writes.push(write);
      inspectSecrecy(server, what, deal);
      trace.line(`sends ${what} ${id} ${JSON.stringify(deal)}`);
      return write;
    },
    keepBookkeeping({ id, values }) {
      const known = crm.rows.get(id)?.values ?? {};
      const held = server.bookkeeping.get(id) ?? {};
      for (const [path, value] of Object.entries(values)) if (!Object.hasOwn(known, path)) held[path] = value;
      server.bookkeeping.set(id, held);
    },
    portalMeddles(id, value) {
      const { deal } = partnerCenter.one(id);
      if (deal.state !== 'Received' && deal.state !== 'Accepted') return;
      const turn = history.now();
      if (value % 3 === 0) partnerCenter.edit(id, { notes: `meddled ${turn}` });
      else if (value % 3 === 1) partnerCenter.edit(id, { amount: String(40_000 + turn) });
      else partnerCenter.edit(id, {}, { favorite: turn % 2 === 0 });
    },
    inspectCreate: (draft, run) => inspectCreate(server, draft, run),
    inspectUpdate: (id, ifMatch, changes, run) => inspectUpdate(server, id, ifMatch, changes, run),
    neighbour: null,
    loseRole() {
      if (hiddenWithRole.length > 0) return;
      hiddenWithRole = [...partnerCenter.referrals.keys()].filter((id) => !partnerCenter.hidden.has(id));
      for (const id of hiddenWithRole) {
        partnerCenter.hidden.add(id);
        server.everHidden.add(id);
      }
      if (hiddenWithRole.length > 0) server.marks.add('role-lost');
    },
    regainRole() {
      for (const id of hiddenWithRole) partnerCenter.hidden.delete(id);
      hiddenWithRole = [];
    },
    lacksRole: () => hiddenWithRole.length > 0,
    passSeconds: clock.passSeconds,
    calmDown() {
      lags = false;
      server.regainRole();
    },
  };
  return server;
}
