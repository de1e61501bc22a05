/** G1 on the wire: both servers say the same of every deal, and nobody is left behind, unless an item says why. */
import { groupOf } from '../../../../src/core/fields.ts';
import type { AttentionItem } from '../../../../src/core/store-port.ts';
import type { JsonObject } from '../../../../src/sandbox/partner-center/index.ts';
import { type DealState, FIELDS, type Place } from '../place.ts';
import type { WireHistory } from '../simulate.ts';

const CLOSED: ReadonlySet<DealState> = new Set(['Won', 'Lost', 'Declined', 'Expired', 'Error']);
/** Endings for which Dynamics 365 has one status reason. */
const UNWON: ReadonlySet<DealState> = new Set(['Lost', 'Declined', 'Expired', 'Error']);
/** Notices that a closed deal takes no edit any more. */
const CLOSED_CODES: ReadonlySet<string> = new Set(['frozen', 'differs-at-adoption']);
/** What the CRM cannot hold, told when the opportunity was created. */
const LEFT_OUT = 'cannot-hold';

function explains(item: AttentionItem, field: (typeof FIELDS)[number] | 'state'): boolean {
  const names = groupOf(field).some((member) => item.fields.includes(member));
  if (item.kind === 'approval') return true;
  if (item.kind === 'conflict') return names && item.values.some(({ applied }) => applied === null);
  if (item.kind === 'notice') return names && (CLOSED_CODES.has(item.code) || item.code === LEFT_OUT);
  // An update that was refused was refused as a whole.
  return item.fields.length === 0 || item.code === 'rejected' || names;
}

function sameState(here: DealState, there: DealState): boolean {
  return here === there || (UNWON.has(here) && UNWON.has(there));
}

/** Whether a deal was closed without a CRM id, and not by the daemon. */
function closedUntagged({ sandbox, opportunityOf }: Place, referral: JsonObject): boolean {
  const writes = sandbox.partnerCenter.writeLog.filter(({ id }) => id === String(referral.id));
  const closing = writes.find(({ after }) => after.status === 'Closed');
  return closing !== undefined && closing.by !== 'api' && opportunityOf(closing.after) === '';
}

export async function checkAgreement({ place, belongings, violations }: WireHistory): Promise<void> {
  const items = await belongings.state.ledger.attention({ state: 'open' });
  const about = (...ids: string[]): readonly AttentionItem[] =>
    items.filter(({ opportunityId, referralId }) =>
      ids.some((id) => id === opportunityId || id === referralId),
    );
  const byTag = pairsOf(place, violations);
  for (const referral of place.referrals()) {
    const id = String(referral.id);
    const there = place.atPartner(referral);
    const opportunityId = byTag.get(id);
    if (opportunityId === undefined) {
      if (!CLOSED.has(there.state) && about(id).length === 0)
        violations.push(`G1 the open referral ${id} has no opportunity, and nothing says why`);
      continue;
    }
    const here = place.atCrm(opportunityId);
    const reasons = about(id, opportunityId);
    const differ = (field: (typeof FIELDS)[number] | 'state' | 'tag', text: string): void => {
      if (reasons.some((item) => (field === 'tag' ? item.kind === 'parked' : explains(item, field)))) return;
      const keys = reasons.map(({ key }) => key).join(', ');
      violations.push(`G1 ${opportunityId} / ${id} differ in ${field}: ${text} (${keys})`);
    };
    // A deal that waits for its answer takes the tag only with it; one that people closed before, none any more.
    const takesTag = there.state !== 'Received' && !closedUntagged(place, referral);
    if (takesTag && place.opportunityOf(referral) !== opportunityId)
      differ('tag', `the referral names ${place.opportunityOf(referral) || 'nobody'}`);
    if (!sameState(here.state, there.state)) differ('state', `${here.state} and ${there.state}`);
    if (there.state === 'Received') continue;
    for (const field of FIELDS)
      if (here[field] !== there[field]) differ(field, `${here[field]} and ${there[field]}`);
  }
  for (const id of place.opportunities())
    if (place.isShared(id) && place.referralOf(id) === '' && about(id).length === 0)
      violations.push(`G1 opportunity ${id} was never shared, and nothing says why`);
}

/** Opportunities by the referral that they name; G3: at most one each, and one referral an opportunity. */
function pairsOf(place: Place, violations: string[]): ReadonlyMap<string, string> {
  const byReferral = new Map<string, string>();
  for (const id of place.opportunities()) {
    const referralId = place.referralOf(id);
    if (referralId === '') continue;
    const other = byReferral.get(referralId);
    if (other !== undefined) violations.push(`G3 ${other} and ${id} both carry referral ${referralId}`);
    byReferral.set(referralId, id);
  }
  const tagged = new Map<string, string>();
  for (const referral of place.referrals()) {
    const [tag, id] = [place.opportunityOf(referral), String(referral.id)];
    if (tag === '') continue;
    const other = tagged.get(tag);
    if (other !== undefined) violations.push(`G3 referrals ${other} and ${id} both carry ${tag}`);
    tagged.set(tag, id);
  }
  return byReferral;
}
