/**
 * A pair that was one before this ledger knew it (Microsoft's connector made it, or a ledger that is lost): what stands
 * on the opportunity counts as told, so that taking over writes nothing, and what differs waits for a person.
 */
import { disagreements, isUnsynced, withHeldGroups } from '../core/adoption.ts';
import { type Deal, type FieldName, kindOf } from '../core/deal.ts';
import { isInvited } from '../core/decide-invite.ts';
import { withImpliedVisibility } from '../core/decide-linked.ts';
import type { MappedOpportunity } from '../core/mapping.ts';
import type { Mapping } from '../core/mapping-types.ts';
import type { MicrosoftAnswer } from '../core/microsoft-answer.ts';
import { namedReferral } from '../core/pairing.ts';
import type { Finding } from '../core/plan.ts';
import { policiesOf } from '../core/policies.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';
import type { Link } from '../core/store-port.ts';
import { settledAt, type Timing } from '../core/timing.ts';
import { wantedTexts } from './bookkeeping.ts';

export interface AdoptedPair {
  readonly link: Link;
  readonly opportunity: OpportunityRecord;
  readonly mapped: MappedOpportunity;
  readonly referral: Referral;
  readonly mapping: Mapping;
  /** What Microsoft said to an invitation, where there was one. */
  readonly said?: MicrosoftAnswer | null;
}

/** The groups of a pair that was never synced on which it disagrees, help that nobody answered included. */
export function differing({ link, mapped, referral, mapping }: AdoptedPair): readonly FieldName[] {
  const deal: Deal = withImpliedVisibility(mapped.deal);
  const groups = disagreements(deal, referral.deal, policiesOf(mapping, referral, mapped.deal));
  const asksAlone = kindOf(deal) === 'co-sell' && !isInvited(link) && referral.origin === 'own';
  return asksAlone ? [...groups, 'help'] : groups;
}

/**
 * Whether a link that was one before this ledger knew it is decided on for the first time now; while its opportunity is
 * still being edited it is not. A referral that carries our tag although its opportunity does not name it is no such
 * pair: it is a create of our own that was cut off, and goes on where it stood.
 */
export function isAdoptedNow({ link, opportunity, mapping }: AdoptedPair, timing: Timing): boolean {
  const wasPair = namedReferral(opportunity, mapping.tag.referralId) === link.referralId;
  return wasPair && isUnsynced(link) && settledAt(opportunity, timing) === null;
}

/** The link as it is to be decided on: with what waits for a person, when it is decided on for the first time. */
export function asAdopted(pair: AdoptedPair, timing: Timing): Link {
  const { link } = pair;
  if (!isAdoptedNow(pair, timing)) return link;
  const written = withHeldGroups(link.written, differing(pair));
  return written === link.written ? link : { ...link, written };
}

/**
 * `Link.written` of a pair whose opportunity named its referral before: its status and last result stand as they are,
 * and its link if it leads to the referral or cannot be seen. Only what changes later is written.
 */
export function takenOver(
  { link, opportunity, referral, mapping, said = null }: AdoptedPair,
  findings: readonly Finding[],
) {
  if (namedReferral(opportunity, mapping.tag.referralId) !== link.referralId) return link.written;
  const told = { ...link.written, ...wantedTexts(link, referral, findings, said) };
  const path = mapping.tag.referralLink;
  const shown = path === null ? undefined : opportunity.values[path];
  if (shown === undefined || String(shown).toLowerCase().includes(link.referralId)) return told;
  const { referralLink: _wrong, ...rest } = told;
  return rest;
}

/**
 * Whether an opportunity stands as it did before this ledger was made: what is doubtful about its id is asked in the
 * attention list, not written over what another connector left in its columns.
 */
export function isLeftBehind({ modifiedAt }: OpportunityRecord, stateCreatedAt: string): boolean {
  return Date.parse(modifiedAt) <= Date.parse(stateCreatedAt);
}
