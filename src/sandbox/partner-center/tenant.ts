/**
 * A Partner Center tenant in memory: one partner organisation, its people, and the referrals they can see. Clients
 * come in through the API; tests and the control API act here as portal users, as Microsoft or as other partners.
 */
import type { SandboxClock } from '../kernel/clock.ts';
import type { ApiErrorDetails } from './api-error.ts';
import { createIdSource } from './identity.ts';
import type { JsonObject } from './json.ts';
import { type AnswerOptions, createMicrosoft, type MicrosoftAnswer } from './microsoft.ts';
import { createOperations, type Operations } from './operations.ts';
import type { Organization, TenantParts } from './parts.ts';
import { createPortal, type Portal } from './portal.ts';
import { createStampSource } from './stamps.ts';
import { createStore, type ReferralStore, type WriteLogEntry } from './store.ts';
import { defaultSwitches, type PartnerCenterSwitches } from './switches.ts';
import type { PortalRole, PortalUser } from './users.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

/** A call refused because it may never be made: an impossible state change, a frozen field, an unknown path. */
export interface IllegalCall {
  readonly n: number;
  readonly at: string;
  readonly method: string;
  /** Referral id, or null for a create. */
  readonly id: string | null;
  /** Name of the rule it broke. */
  readonly rule: string;
  readonly status: number;
  readonly target: string;
  readonly message: string;
}

export interface Tenant extends Portal {
  readonly organization: Organization;
  readonly switches: PartnerCenterSwitches;
  readonly store: ReferralStore;
  readonly operations: Operations;
  readonly webhooks: Webhooks;
  /** Every accepted mutation, with what was before and after, and who did it. */
  readonly writeLog: readonly WriteLogEntry[];
  readonly illegalCalls: readonly IllegalCall[];
  clearLogs(): void;
  noteIllegalCall(method: string, id: string | null, message: string, details: ApiErrorDetails): void;
  /** Copies of all referrals, in order of creation. */
  referrals(): readonly JsonObject[];
  /** A copy of one. @throws RangeError when there is none. */
  referral(id: string): JsonObject;
  /** Copies of the referrals of one deal, the partner's own first. */
  engagement(engagementId: string): readonly JsonObject[];
  /** Microsoft's answer to an invitation. @throws ApiError when there is none open. */
  answerInvitation(engagementId: string, answer: MicrosoftAnswer, options?: AnswerOptions): JsonObject;
  /** Expires and answers what is due on the clock; each request does so too. */
  settle(): void;
  readonly users: readonly PortalUser[];
  addUser(user: PortalUser): void;
  /** @throws RangeError when there is no such user. */
  setRole(userId: string, role: PortalRole, locations?: readonly string[]): void;
  /** The user with this directory id, if the tenant knows one. */
  user(id: string): PortalUser | undefined;
}

export interface TenantOptions {
  readonly clock: SandboxClock;
  readonly organization?: Organization;
  readonly users?: readonly PortalUser[];
  /** Other seeds give other ids. */
  readonly seed?: string;
}

export const DEFAULT_ORGANIZATION: Organization = {
  id: '33333333-3333-4333-8333-333333333333',
  name: 'Contoso Partner',
  mpnId: '1234567',
};

/** A tenant without referrals. */
export function createTenant(options: TenantOptions): Tenant {
  const { clock } = options;
  const organization = options.organization ?? DEFAULT_ORGANIZATION;
  const switches = defaultSwitches();
  const ids = createIdSource(options.seed ?? organization.id);
  const store = createStore({ clock, ids, switches });
  const parts: TenantParts = { clock, ids, stamps: createStampSource(clock), switches, store, organization };
  const microsoft = createMicrosoft(parts);
  const users = new Map((options.users ?? []).map((user) => [user.id, user]));
  const illegalCalls: IllegalCall[] = [];
  clock.onAdvance(() => microsoft.settle());

  return {
    ...createPortal(parts),
    organization,
    switches,
    store,
    operations: createOperations(parts, microsoft),
    webhooks: createWebhooks(parts),
    writeLog: store.writeLog,
    illegalCalls,
    clearLogs() {
      store.clearLog();
      illegalCalls.length = 0;
    },
    noteIllegalCall(method, id, message, { rule, status, target }) {
      const at = clock.now().toISOString();
      illegalCalls.push({ n: illegalCalls.length + 1, at, method, id, rule, status, target, message });
    },
    referrals: () => [...store.all()].map((referral) => structuredClone(referral)),
    referral(id) {
      const found = store.get(id);
      if (found === undefined) throw new RangeError(`There is no referral ${id} in the sandbox.`);
      return structuredClone(found);
    },
    engagement(engagementId) {
      const members = structuredClone(store.engagement(engagementId));
      const isOwn = (referral: JsonObject): boolean => referral.organizationId === organization.id;
      return [...members.filter(isOwn), ...members.filter((referral) => !isOwn(referral))];
    },
    answerInvitation: (engagementId, answer, details) =>
      structuredClone(microsoft.answer(engagementId, answer, details)),
    settle: microsoft.settle,
    get users() {
      return [...users.values()];
    },
    addUser: (user) => void users.set(user.id, user),
    setRole(userId, role, locations) {
      const user = users.get(userId);
      if (user === undefined) throw new RangeError(`There is no user ${userId} in the sandbox.`);
      users.set(userId, { ...user, role, locations: locations ?? user.locations });
    },
    user: (id) => users.get(id),
  };
}
