/** When a deal may be closed: a stage that ends it must have held, and one to be registered must have been open. */
import type { Deal } from './deal.ts';
import { parseFlag } from './lenses/flag.ts';
import { hasEnded } from './lifecycle.ts';
import type { MappedOpportunity } from './mapping.ts';
import type { Mapping } from './mapping-types.ts';
import type { OpportunityRecord, Referral } from './ports.ts';
import { MIN_OPEN_HOURS } from './registration-rules.ts';
import type { Link } from './store-port.ts';
import { addSeconds, heldAt, type Timing } from './timing.ts';

/** The states that we can close a deal in. */
export const CLOSING: ReadonlySet<Deal['state']> = new Set(['Won', 'Lost', 'Declined', 'Error']);

export interface ClosingInput {
  readonly opportunity: OpportunityRecord;
  readonly mapped: MappedOpportunity;
  readonly referral: Referral;
  readonly link: Link;
  readonly mapping: Mapping;
  readonly timing: Timing;
}

/** The code of the notice about a deal that would be won too early to be registered. */
export const WIN_TOO_EARLY = 'win-too-early';

/** A close that waits. */
export interface ClosingHold {
  /** UTC text. */
  readonly until: string;
  /** What to tell a person; null for the ordinary wait. */
  readonly why: string | null;
}

/** Until when a close the CRM asks for must wait; null: it need not, or none is asked for. */
export function closingHold(input: ClosingInput, { state }: Deal): ClosingHold | null {
  const { opportunity, mapped, referral, link, timing } = input;
  if (!CLOSING.has(state) || hasEnded(referral.deal)) return null;
  const registrable = state === 'Won' ? registrableAt(input) : null;
  if (registrable !== null) {
    const why = `is to be registered, and Microsoft may refuse what was won less than ${MIN_OPEN_HOURS} hours after it was created: it is marked as won after ${registrable.slice(0, 16).replace('T', ' ')} UTC`;
    return { until: registrable, why };
  }
  const seen = link.stageSeen?.value === mapped.stage ? link.stageSeen.at : null;
  const until = heldAt(opportunity.stageChangedAt ?? seen ?? opportunity.modifiedAt, timing);
  return until === null ? null : { until, why: null };
}

/** When a deal that the CRM wants registered has been open long enough to be won; null: it has, or is not wanted. */
function registrableAt({ mapping, opportunity, referral, timing }: ClosingInput): string | null {
  const { registration } = mapping;
  if (registration === undefined || parseFlag(opportunity.values[registration.wanted]) !== true) return null;
  if (Number.isNaN(Date.parse(referral.createdAt))) return null;
  const at = addSeconds(referral.createdAt, MIN_OPEN_HOURS * 3600);
  return Date.parse(at) > Date.parse(timing.now) ? at : null;
}
