/** Attention items as the page shows them, grouped by cause. */
import { createHash } from 'node:crypto';
import { specOf } from '../../core/fields.ts';
import { canonicalJson } from '../../core/lenses/canonical-json.ts';
import { withoutContacts } from '../../core/operator-message.ts';
import { shown } from '../../core/plan.ts';
import type { AttentionItem, FittingAccount, Ledger } from '../../core/store-port.ts';
import { accountAnswer } from '../../engine/account-choice.ts';
import { causeOf, groupByCause } from '../../views/causes.ts';
import { nameOf } from '../../views/pair-view.ts';
import type { ConsoleConnection } from './dependencies.ts';

/** An item as it goes to the page. Contact details are masked. */
export interface ShownItem
  extends Pick<
    AttentionItem,
    | 'id'
    | 'kind'
    | 'code'
    | 'opportunityId'
    | 'referralId'
    | 'message'
    | 'since'
    | 'lastSeenAt'
    | 'count'
    | 'state'
    | 'why'
  > {
  readonly connection: string;
  /** The deal's name; null where the item is about none. */
  readonly name: string | null;
  /** What the item looked like: a decision says on which version it was made. */
  readonly version: string;
  readonly fields: readonly {
    readonly field: string;
    /** Fields that are decided together. */
    readonly group: string;
    readonly baseline: unknown;
    readonly opportunity: unknown;
    readonly referral: unknown;
    readonly applied: 'crm' | 'partnerCenter' | null;
    readonly decided: 'crm' | 'partnerCenter' | null;
  }[];
  /** Where several accounts fit a received deal: those. */
  readonly accounts: readonly FittingAccount[];
  /** Whose deal it is, as answered and not yet carried out: an account's id, or `new`. */
  readonly answer: string | null;
}

export interface ShownGroup {
  readonly kind: AttentionItem['kind'];
  readonly code: string;
  /** The cause in words. */
  readonly cause: string;
  readonly total: number;
  readonly items: readonly ShownItem[];
}

/** Items of one cause that go to the page at once; the rest is fetched when asked for. */
export const GROUP_LIMIT = 50;

/**
 * Changes whenever something changes that a decision would have to know.
 * @param answer what was answered to the question whose deal it is
 */
export function versionOf(item: AttentionItem, answer: string | null): string {
  const { state, decisions, values, covers, since, accounts = [] } = item;
  return createHash('sha256')
    .update(canonicalJson({ state, decisions, values, covers, since, accounts, answer }))
    .digest('base64url')
    .slice(0, 16);
}

export interface ItemSurroundings {
  readonly connection: string;
  readonly ledger: Ledger;
  /** The deal's name, where the page does not say it anyway. */
  readonly name?: string | null;
}

export async function toShownItem(
  { connection, ledger, name = null }: ItemSurroundings,
  item: AttentionItem,
): Promise<ShownItem> {
  const { id, kind, code, opportunityId, referralId, since, lastSeenAt, count, state, why, values } = item;
  const { accounts = [] } = item;
  const answer = await accountAnswer(ledger, item);
  return {
    connection,
    name,
    id,
    kind,
    code,
    opportunityId,
    referralId,
    message: withoutContacts(item.message),
    since,
    lastSeenAt,
    count,
    state,
    why,
    version: versionOf(item, answer),
    fields: values.map(({ field, baseline, opportunity, referral, applied }) => ({
      field,
      group: specOf(field).group,
      baseline: shown(field, baseline),
      opportunity: shown(field, opportunity),
      referral: shown(field, referral),
      applied,
      decided: item.decisions[specOf(field).group] ?? null,
    })),
    accounts: accounts.map(maskAccount),
    answer,
  };
}

/** What people wrote into an address may be a way to reach them. */
function maskAccount({ id, duns, ...address }: FittingAccount): FittingAccount {
  const masked = (part: string | null): string | null => (part === null ? null : withoutContacts(part));
  return {
    id,
    duns,
    postalCode: masked(address.postalCode),
    city: masked(address.city),
    country: masked(address.country),
  };
}

export interface GroupsFilter {
  readonly connection: string | null;
  /** Only this cause, in full up to `limit` from `offset`. */
  readonly code: string | null;
  readonly offset: number;
  readonly limit: number;
}

/** All open items by cause, over the connections; what waits for a decision first. */
export async function attentionGroups(
  connections: readonly ConsoleConnection[],
  { connection: only, code, offset, limit }: GroupsFilter,
): Promise<readonly ShownGroup[]> {
  const owners = new Map<AttentionItem, ConsoleConnection>();
  for (const connection of connections) {
    if (only !== null && connection.config.name !== only) continue;
    const ledger = await connection.ledger();
    const items = await ledger.attention({ state: 'open', ...(code === null ? {} : { code }) });
    for (const item of items) owners.set(item, connection);
  }
  const groups = groupByCause([...owners.keys()]).map((group) => ({
    ...group,
    shown: group.items.slice(offset, offset + limit),
  }));
  const names = await namesOf(
    groups.flatMap(({ shown: items }) => items),
    owners,
  );
  const toShown = async (item: AttentionItem): Promise<readonly ShownItem[]> => {
    const owner = owners.get(item);
    if (owner === undefined) return [];
    const surroundings = { connection: owner.config.name, ledger: await owner.ledger() };
    return [await toShownItem({ ...surroundings, name: names.get(item) ?? null }, item)];
  };
  return Promise.all(
    groups.map(async ({ kind, code: cause, items, shown: some }) => ({
      kind,
      code: cause,
      cause: causeOf(cause),
      total: items.length,
      items: (await Promise.all(some.map(toShown))).flat(),
    })),
  );
}

/** The names of the deals that items are about. */
async function namesOf(
  items: readonly AttentionItem[],
  owners: ReadonlyMap<AttentionItem, ConsoleConnection>,
): Promise<ReadonlyMap<AttentionItem, string>> {
  const names = new Map<AttentionItem, string>();
  for (const connection of new Set(owners.values())) {
    const own = items.filter((item) => owners.get(item) === connection);
    if (own.length === 0) continue;
    const ledger = await connection.ledger();
    const [opportunities, referrals] = await Promise.all([
      ledger.opportunities(own.flatMap(({ opportunityId }) => opportunityId ?? [])),
      ledger.referrals(own.flatMap(({ referralId }) => referralId ?? [])),
    ]);
    for (const item of own) {
      const { opportunityId, referralId } = item;
      const opportunity = opportunityId === null ? undefined : opportunities.get(opportunityId)?.record;
      const referral = referralId === null ? undefined : referrals.get(referralId)?.record;
      const name =
        (opportunity === undefined ? null : nameOf(opportunity, connection.config.mapping)) ??
        referral?.deal.name;
      if (name) names.set(item, name);
    }
  }
  return names;
}
