/** An in-memory Partner Center behind the port: referrals with ETags, an illegal-write check, and people at a portal. */
import type { Deal } from '../../src/core/deal.ts';
import { RemoteError } from '../../src/core/errors.ts';
import type { OpportunityId, ReferralId } from '../../src/core/ids.ts';
import { isLegal, isTerminal } from '../../src/core/lifecycle.ts';
import type { PartnerCenter, Referral, ReferralChanges, ReferralDraft } from '../../src/core/ports.ts';
import { referral, referralDeal, referralId } from './builders.ts';
import { registered, registrationProblem, reviewed } from './fake-registration.ts';

export interface FakePartnerCenter extends PartnerCenter {
  readonly referrals: ReadonlyMap<ReferralId, Referral>;
  readonly calls: { reads: number; writes: number };
  /** Writes that the rules of a deal's life forbid: must stay empty. */
  readonly illegal: string[];
  one(id: ReferralId): Referral;
  /** All of our own referrals that carry a tag. */
  tagged(id: OpportunityId): readonly Referral[];
  /** A deal that comes in from outside. */
  receive(values?: Deal, overrides?: Partial<Referral>): ReferralId;
  /** An edit at the portal. */
  edit(id: ReferralId, values: Deal, overrides?: Partial<Referral>): void;
  /** Microsoft's review of a registration. */
  review(id: ReferralId, status: string, statusReason?: string): void;
  onWrite: ((what: 'create' | 'update', subject: string) => void) | null;
  afterWrite: ((what: 'create' | 'update', subject: string) => void) | null;
  /** Told of every version of every referral, and whether the daemon made it. */
  onSave: ((record: Referral, byUs: boolean) => void) | null;
  /** Hides a referral from lists and reads, as a lost role would. */
  readonly hidden: Set<ReferralId>;
  /** Leaves other parties' referrals out of the change feed, as some tenants do. */
  feedHidesSiblings: boolean;
  /** How often engagements were listed. */
  engagementLooks: number;
}

const OURS = '33333333-0000-4000-8000-000000000001';

function moved(id: ReferralId): RemoteError {
  return new RemoteError(`Referral ${id} has changed since it was read.`, {
    code: 'version-conflict',
    system: 'partnerCenter',
    status: 412,
  });
}

export function createFakePartnerCenter(now: () => Date): FakePartnerCenter {
  const referrals = new Map<ReferralId, Referral>();
  const changes: ReferralId[] = [];
  let serial = 0;

  function put(record: Referral, byUs = false): Referral {
    serial += 1;
    const at = `${now().toISOString().slice(0, 19)}.${String(serial).padStart(7, '0')}Z`;
    const saved = {
      ...record,
      version: `"00000000-0000-0100-0000-${serial.toString(16).padStart(12, '0')}"`,
      updatedAt: at,
    };
    referrals.set(saved.id, saved);
    changes.push(saved.id);
    fake.onSave?.(saved, byUs);
    return saved;
  }
  const nextId = (): ReferralId =>
    referralId(`aaaaaaaa-0000-4000-8000-${String(referrals.size + 1).padStart(12, '0')}`);
  const visible = (): Referral[] => [...referrals.values()].filter(({ id }) => !fake.hidden.has(id));

  const fake: FakePartnerCenter = {
    feedIdentity: 'fake-partner-center',
    referrals,
    calls: { reads: 0, writes: 0 },
    illegal: [],
    hidden: new Set(),
    feedHidesSiblings: false,
    engagementLooks: 0,
    onWrite: null,
    afterWrite: null,
    onSave: null,
    one(id) {
      const found = referrals.get(id);
      if (found === undefined) throw new TypeError(`The fake Partner Center has no referral ${id}.`);
      return found;
    },
    tagged: (id) =>
      [...referrals.values()].filter(
        ({ tag, isMicrosofts }) => !isMicrosofts && tag.kind === 'opportunity' && tag.id === id,
      ),
    receive(values = {}, overrides = {}) {
      const id = overrides.id ?? nextId();
      const received: Partial<Referral> = {
        status: 'New',
        substatus: 'Pending',
        origin: 'inbound',
        tag: { kind: 'none' },
        invitedByOrganizationId: 'msft',
        createdAt: now().toISOString(),
      };
      put({
        ...referral(),
        ...received,
        engagementId: `eeeeeeee${id.slice(8)}`,
        ...overrides,
        id,
        deal: referralDeal({ state: 'Received', salesStage: null, ...values }),
      });
      return id;
    },
    edit(id, values, overrides = {}) {
      const found = fake.one(id);
      put({ ...found, ...overrides, deal: { ...found.deal, ...values } });
    },
    review(id, status, statusReason) {
      const found = fake.one(id);
      put({ ...found, ...reviewed(found, status, statusReason ?? null) });
    },
    async changes(cursor, isKnown) {
      fake.calls.reads += 1;
      const ids = [...new Set(changes.slice(cursor === null ? 0 : Number(cursor)))].filter(
        (id) => !fake.hidden.has(id) && !(fake.feedHidesSiblings && fake.one(id).isMicrosofts),
      );
      const found = ids.map((id) => fake.one(id)).filter(({ id, version }) => !isKnown(id, version));
      return {
        referrals: found,
        next: String(changes.length),
        serverTime: now().toISOString(),
        complete: true,
      };
    },
    async find(id) {
      fake.calls.reads += 1;
      return fake.hidden.has(id) ? null : (referrals.get(id) ?? null);
    },
    async listEngagement(engagementId) {
      fake.calls.reads += 1;
      fake.engagementLooks += 1;
      return visible().filter((record) => record.engagementId === engagementId);
    },
    async findByTags(tags) {
      fake.calls.reads += 1;
      return visible().filter(({ tag }) => tag.kind === 'opportunity' && tags.has(tag.id));
    },
    async create(draft) {
      fake.calls.writes += 1;
      fake.onWrite?.('create', draft.opportunityId);
      const saved = put(fromDraft(draft), true);
      fake.afterWrite?.('create', draft.opportunityId);
      return saved;
    },
    async update(id, ifMatch, change) {
      fake.calls.writes += 1;
      fake.onWrite?.('update', id);
      const found = fake.one(id);
      if (ifMatch !== found.version) throw moved(id);
      const saved = put(changed(found, change), true);
      fake.afterWrite?.('update', id);
      return saved;
    },
    async register(id, ifMatch, registration) {
      fake.calls.writes += 1;
      fake.onWrite?.('update', id);
      const found = fake.one(id);
      if (ifMatch !== found.version) throw moved(id);
      const broken = registrationProblem(found, registration);
      if (broken !== null) illegal(broken);
      const saved = put(registered(found, registration), true);
      fake.afterWrite?.('update', id);
      return saved;
    },
    async check() {
      return [];
    },
  };

  function fromDraft(draft: ReferralDraft): Referral {
    const id = nextId();
    const base = {
      ...referral(),
      id,
      createdAt: now().toISOString(),
      tag: { kind: 'opportunity' as const, id: draft.opportunityId },
      type: draft.type,
    };
    const deal = {
      ...referralDeal(),
      contacts: [],
      help: null,
      visibleToMicrosoft: false,
      ...draft.deal,
      reason: null,
    };
    if (draft.invite === undefined)
      return {
        ...base,
        engagementId: `eeeeeeee${id.slice(8)}`,
        deal: { ...deal, state: 'Accepted', salesStage: draft.deal.salesStage ?? null },
      };
    return {
      ...base,
      engagementId: draft.invite.engagementId,
      organizationId: 'msft',
      isMicrosofts: true,
      status: 'New',
      substatus: 'Pending',
      deal: { ...deal, state: 'Received', salesStage: null },
    };
  }

  function changed(found: Referral, { deal, tag }: ReferralChanges): Referral {
    const from = found.deal.state ?? null;
    const to = deal.state ?? from;
    if (from !== null && isTerminal(from)) illegal(`edit of ${found.id}, which is ${from}`);
    if (from !== null && to !== null && !isLegal(from, to)) illegal(`${from} to ${to} on ${found.id}`);
    if (found.deal.visibleToMicrosoft === true && deal.visibleToMicrosoft === false)
      illegal(`visibility of ${found.id} taken back`);
    return {
      ...found,
      ...(tag === undefined ? {} : { tag: { kind: 'opportunity', id: tag } }),
      deal: { ...found.deal, ...deal },
    };
  }

  function illegal(what: string): never {
    fake.illegal.push(what);
    throw new RemoteError(`Partner Center does not allow the ${what}.`, {
      code: 'rejected',
      system: 'partnerCenter',
      status: 409,
    });
  }

  return Object.assign(fake, { organizationId: OURS });
}
