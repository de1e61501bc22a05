/** What really happened at the two servers, kept apart from anything the daemon says: versions, edits and writes. */
import type { Deal, FieldName, FieldValue } from '../../src/core/deal.ts';
import type { OpportunityId, ReferralId } from '../../src/core/ids.ts';
import { sameValue } from '../../src/core/lenses/equality.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type { OpportunityRecord, Referral } from '../../src/core/ports.ts';
import type { AttentionItem, Intent, Link } from '../../src/core/store-port.ts';
import { dealOf } from './deals.ts';

/** A version of a record, in the order of everything that happened. */
export interface Version<T> {
  readonly sequence: number;
  readonly record: T;
  readonly byUs: boolean;
}

/** A field that a person changed. */
export interface UserEdit {
  readonly sequence: number;
  readonly side: 'crm' | 'partnerCenter';
  readonly id: string;
  readonly field: FieldName;
  readonly value: FieldValue;
}

/** A write of the daemon that reached a server. */
export interface Write {
  readonly sequence: number;
  /** The daemon's life and run within the simulation. */
  readonly run: number;
  readonly what:
    | 'create-referral'
    | 'invite-microsoft'
    | 'update-referral'
    | 'create-opportunity'
    | 'update-opportunity'
    | 'bookkeeping';
  /** The record written, or the one that a create belongs to. */
  readonly id: string;
  readonly deal: Deal;
  /** Whether the server did it. */
  effective: boolean;
  /** Whether the daemon was told that the server did it. */
  acknowledged: boolean;
}

export interface History {
  /** Numbers everything that happens. */
  tick(): number;
  now(): number;
  readonly opportunities: Map<OpportunityId, Version<OpportunityRecord>[]>;
  readonly referrals: Map<ReferralId, Version<Referral>[]>;
  readonly edits: UserEdit[];
  readonly writes: Write[];
  /** What the daemon was told of a record, and when. */
  readonly told: Map<string, { readonly sequence: number; readonly record: OpportunityRecord | Referral }[]>;
  tell(record: OpportunityRecord | Referral): void;
  /** Every attention item the daemon ever committed, with when. */
  readonly named: { readonly sequence: number; readonly run: number; readonly item: AttentionItem }[];
  /** Everything the daemon wrote down before it sent it, by id, with when it let go of it. */
  readonly intents: Map<
    string,
    { readonly sequence: number; readonly intent: Intent; settled: number | null }
  >;
  /** Every link the daemon ever committed, with when: what it took both sides to agree on. */
  readonly links: { readonly sequence: number; readonly link: Link }[];
  /** When the daemon last lost its state; 0: never. */
  lostAt: number;
  /** Whether the daemon knows by now that these two belong together: what it knew before it lost its state does not count. */
  isLinked(id: string): boolean;
  savedOpportunity(record: OpportunityRecord): void;
  savedReferral(record: Referral, byUs: boolean): void;
}

/** Fields whose edits are followed. */
export const FOLLOWED = ['notes', 'amount', 'closeDate', 'state'] as const satisfies readonly FieldName[];

export function createHistory(mapping: Mapping): History {
  let sequence = 0;
  const history: History = {
    tick: () => {
      sequence += 1;
      return sequence;
    },
    now: () => sequence,
    opportunities: new Map(),
    referrals: new Map(),
    edits: [],
    writes: [],
    named: [],
    links: [],
    intents: new Map(),
    told: new Map(),
    lostAt: 0,
    isLinked: (id) =>
      history.links.some(
        ({ sequence: at, link }) =>
          at > history.lostAt && (link.opportunityId === id || link.referralId === id),
      ),
    tell(record) {
      const before = history.told.get(record.id) ?? [];
      if (before.at(-1)?.record !== record) before.push({ sequence: history.tick(), record });
      history.told.set(record.id, before);
    },
    savedOpportunity(record) {
      const at = history.tick();
      const versions = history.opportunities.get(record.id) ?? [];
      const before = versions.at(-1)?.record;
      history.opportunities.set(record.id, [
        ...versions,
        { sequence: at, record, byUs: record.modifiedByUs },
      ]);
      if (record.modifiedByUs) return;
      note(
        at,
        'crm',
        record.id,
        before === undefined ? null : dealOf(before, mapping).deal,
        dealOf(record, mapping).deal,
      );
    },
    savedReferral(record, byUs) {
      const at = history.tick();
      const versions = history.referrals.get(record.id) ?? [];
      const before = versions.at(-1)?.record;
      history.referrals.set(record.id, [...versions, { sequence: at, record, byUs }]);
      if (!byUs) note(at, 'partnerCenter', record.id, before?.deal ?? null, record.deal);
    },
  };
  function note(at: number, side: UserEdit['side'], id: string, before: Deal | null, after: Deal): void {
    for (const field of FOLLOWED) {
      if (!Object.hasOwn(after, field)) continue;
      // The state in which a record begins is nobody's decision.
      if (field === 'state' && before === null) continue;
      if (before !== null && Object.hasOwn(before, field) && sameValue(field, before[field], after[field]))
        continue;
      history.edits.push({ sequence: at, side, id, field, value: after[field] });
    }
  }
  return history;
}

/** The newest version that was there at a moment. */
export function versionAt<T>(
  versions: readonly Version<T>[] | undefined,
  sequence: number,
): Version<T> | null {
  let found: Version<T> | null = null;
  for (const version of versions ?? []) if (version.sequence <= sequence) found = version;
  return found;
}

/** What a record said before it was last changed in this respect, by whomever; null where it never was. */
export function beforeLastChange<T, V extends readonly unknown[]>(
  versions: readonly Version<T>[],
  look: (record: T) => V,
): V | null {
  const seen = versions.map(({ record }) => look(record));
  const last = seen.at(-1);
  return seen.findLast((values) => JSON.stringify(values) !== JSON.stringify(last)) ?? null;
}
