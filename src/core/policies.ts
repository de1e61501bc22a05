/** A mapping's rules in the form the merge takes them: by group, with what this referral does not take any more. */
import type { Deal, FieldName } from './deal.ts';
import { isInvited } from './decide-invite.ts';
import { GROUPS, specOf } from './fields.ts';
import { hasEnded } from './lifecycle.ts';
import type { Mapping } from './mapping-types.ts';
import type { Referral } from './ports.ts';
import type { FieldPolicy } from './reconciliation.ts';
import type { Link } from './store-port.ts';

/** Decided elsewhere: help and consent steer the invitation, they are not values that two sides agree on. */
const NOT_MERGED: ReadonlySet<FieldName> = new Set(['help', 'consentToShareContact']);

/** The groups a mapping touches, with direction and winner. */
export function policiesOf(
  mapping: Mapping,
  referral: Referral,
  opportunity: Deal,
): ReadonlyMap<FieldName, FieldPolicy> {
  const policies = new Map<FieldName, FieldPolicy>();
  for (const { field, sync, conflict } of mapping.fields) {
    if (!NOT_MERGED.has(field)) policies.set(field, { sync, conflict });
  }
  const oneWay = { sync: 'toPartnerCenter', conflict: 'crm' } as const;
  policies.set('customer', oneWay);
  if (mapping.team.from.length > 0) policies.set('team', oneWay);
  // Without recorded consent contact details are nobody's business but the CRM's.
  if (mapping.contacts.length > 0 && opportunity.consentToShareContact === true)
    policies.set('contacts', oneWay);
  if (mapping.solutions.from.length > 0) policies.set('solutions', oneWay);
  const helpMapped = mapping.fields.some(({ field }) => field === 'help');
  if (helpMapped && !policies.has('visibleToMicrosoft')) policies.set('visibleToMicrosoft', oneWay);
  const state = policies.get('state') ?? { sync: 'both', conflict: 'ask' };
  // Nothing reopens a closed deal, so where both sides moved the stage, the closed one is the truth.
  policies.set('state', hasEnded(referral.deal) ? { ...state, conflict: 'partnerCenter' } : state);
  return new Map(
    GROUPS.flatMap((group) => {
      const policy = policies.get(group);
      return policy === undefined ? [] : [[group, policy] as const];
    }),
  );
}

/** Whether Microsoft has its own record of the deal: it was invited, or it brought the deal. */
function isSharedWithMicrosoft(referral: Referral, link: Link): boolean {
  return isInvited(link) || referral.invitedByOrganizationId?.toLowerCase() === 'msft';
}

/** What Partner Center does not take on this referral any more, with the reason in words. */
export function frozenOn(referral: Referral, link: Link): ReadonlyMap<FieldName, string> {
  const frozen = new Map<FieldName, string>();
  for (const spec of GROUPS.map(specOf)) {
    if (hasEnded(referral.deal))
      frozen.set(
        spec.name,
        `was changed in the CRM, but the deal is closed (${referral.deal.state}) and Microsoft allows no further edit`,
      );
    else if (spec.name === 'contacts' && isSharedWithMicrosoft(referral, link))
      frozen.set(
        spec.name,
        "was changed in the CRM, but customer contacts stay as they were when the deal was shared with Microsoft; tell Microsoft's seller of the deal",
      );
    else if (spec.referral === 'create')
      frozen.set(
        spec.name,
        'was changed in the CRM, but Partner Center takes it only when a deal is created; change it there by hand where the page allows it',
      );
    else if (spec.referral === 'never')
      frozen.set(spec.name, 'was changed in the CRM, but only Microsoft writes it in Partner Center');
  }
  return frozen;
}
