/** Users who go on working on both sides while the command is killed; every edit is written down. */
import type { Random } from '../../src/sandbox/salesforce/random.ts';
import { type CampaignPlace, type EditedField, editReferral, referralValue, type Scalar } from './sides.ts';

/** One edit: where, what it wrote, and what stood there before, which it thereby superseded. */
export interface Edit {
  readonly opportunityId: string;
  readonly referralId: string;
  readonly side: 'crm' | 'portal';
  readonly field: EditedField;
  readonly value: Scalar;
  readonly replaced: Scalar;
}

export interface Users {
  /** Somebody does something, somewhere. */
  act(): void;
  readonly edits: readonly Edit[];
  /** Opportunities that a user won. */
  readonly won: ReadonlySet<string>;
  readonly inbound: readonly string[];
}

const FIELDS = ['amount', 'notes', 'closeDate'] as const;
const DAY_MS = 86_400_000;
const MAX_CLOSE_DAYS = 900;

/** Makes the users of a place. No two edits write the same value, so that each can be looked for. */
export function createUsers({ place, crm }: CampaignPlace, random: Random): Users {
  const edits: Edit[] = [];
  const won = new Set<string>();
  const inbound: string[] = [];
  let serial = 0;

  function fresh(field: EditedField): Scalar {
    serial += 1;
    if (field === 'amount') return 20_000 + serial;
    if (field === 'notes') return `Remark ${serial} of the campaign.`;
    const now = place.sandbox.clock.now().getTime();
    return new Date(now + (30 + (serial % MAX_CLOSE_DAYS)) * DAY_MS).toISOString().slice(0, 10);
  }

  function edit(opportunityId: string, referralId: string): void {
    const field = random.pick(FIELDS);
    const value = fresh(field);
    const atCrm = random.below(2) === 0;
    const replaced = atCrm ? crm.get(opportunityId, field) : referralValue(place, referralId, field);
    if (atCrm) crm.set(opportunityId, field, value);
    else editReferral(place, referralId, field, value);
    edits.push({ opportunityId, referralId, side: atCrm ? 'crm' : 'portal', field, value, replaced });
  }

  /** Pairs that both sides know, whose deal runs. */
  function running(): readonly (readonly [string, string])[] {
    return crm.shared().flatMap((id) => {
      const referralId = crm.referralOf(id);
      if (referralId === '') return [];
      return place.sandbox.partnerCenter.referral(referralId).status === 'Active'
        ? [[id, referralId] as const]
        : [];
    });
  }

  return {
    edits,
    won,
    inbound,
    act() {
      const pairs = running();
      const roll = random.below(100);
      const closable = pairs.filter(([id]) => !won.has(id));
      if (roll < 8) {
        const waiting = crm.unshared();
        if (waiting.length > 0) return crm.share(random.pick(waiting));
      }
      if (roll < 12) return void inbound.push(String(place.sandbox.partnerCenter.createInbound().id));
      if (roll < 14 && closable.length > 8) {
        const [id] = random.pick(closable);
        crm.win(id);
        return void won.add(id);
      }
      if (pairs.length > 0) edit(...random.pick(pairs));
    },
  };
}
