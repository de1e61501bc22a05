/** What the demonstration plays on: the product over the sandbox, and the pairs it picks for its edits. */
import { ConfigurationError } from '../core/errors.ts';
import { type OpportunityId, parseReferralId, type ReferralId } from '../core/ids.ts';
import type { AttentionItem, RunReport } from '../core/store-port.ts';
import { resolveConflict } from '../engine/operator.ts';
import { viewPairs } from '../views/pair-view.ts';
import type { SandboxPeople, Services } from './services.ts';
import { runConnection } from './sync.ts';

export interface Demo {
  readonly connection: string;
  readonly people: SandboxPeople;
  sync(): Promise<RunReport>;
  openItems(): Promise<readonly AttentionItem[]>;
  /** Pairs that agree and are open, in a fixed order. */
  quietPairs(): Promise<readonly Pair[]>;
  /** The opportunity linked with a referral, or null. */
  opportunityOf(referralId: string): Promise<OpportunityId | null>;
  takeCrm(item: AttentionItem): Promise<void>;
  close(): Promise<void>;
}

export interface Pair {
  readonly opportunityId: OpportunityId;
  readonly referralId: ReferralId;
  readonly name: string;
}

/** Opens the product over the sandbox's configuration. */
export async function openDemo(services: Services, people: SandboxPeople): Promise<Demo> {
  const config = await services.loadConfig();
  const [connection] = config.connections;
  if (connection === undefined)
    throw new ConfigurationError(['The sandbox configuration has no connection.']);
  const state = await services.openState(config, 'write');
  const { hashOf } = await services.mappingHashes(connection);
  return {
    connection: connection.name,
    people,
    sync: () => runConnection(services, config, state, connection, { full: false, only: null }),
    async openItems() {
      return (await state.ledger(connection.name)).attention({ state: 'open' });
    },
    async quietPairs() {
      const ledger = await state.ledger(connection.name);
      const links = await ledger.links({ status: 'active', limit: 1000 });
      const views = await viewPairs(ledger, links, connection.mapping, hashOf);
      return views.flatMap(({ link, items, referral, mapped, opportunity }) => {
        const isOpen = referral?.deal.state === 'Accepted' && items.length === 0;
        const customer = mapped?.deal.customer;
        const isComplete =
          opportunity !== null &&
          customer?.address.country != null &&
          customer.address.postalCode !== null &&
          mapped?.deal.amount != null;
        return isOpen && isComplete
          ? [
              {
                opportunityId: link.opportunityId,
                referralId: link.referralId,
                name: mapped?.deal.name ?? '',
              },
            ]
          : [];
      });
    },
    async opportunityOf(referralId) {
      const id = parseReferralId(referralId);
      if (id === null) return null;
      const links = await (await state.ledger(connection.name)).linksByReferral([id]);
      return links.get(id)?.opportunityId ?? null;
    },
    async takeCrm(item) {
      await resolveConflict(
        { ledger: await state.ledger(connection.name), now: services.now },
        item,
        null,
        'crm',
      );
    },
    close: () => state.close(),
  };
}

/** The pairs that are edited, each in its own way. */
export interface Cast {
  readonly amount: Pair;
  readonly notes: Pair;
  readonly conflict: Pair;
}

/** Picks three quiet pairs. */
export async function chooseCast(stage: Demo): Promise<Cast> {
  const [amount, notes, conflict] = await stage.quietPairs();
  if (amount === undefined || notes === undefined || conflict === undefined) {
    throw new Error('The first run left fewer than three deals in agreement; the demonstration needs three.');
  }
  return { amount, notes, conflict };
}
