/**
 * What Microsoft keeps once it has it: the help that was asked for, and contact details that were shared. Neither is a
 * value that two sides agree on, so the merge leaves them alone; but a seller who takes one back must be told that
 * nothing comes of it.
 */
import type { FieldName } from './deal.ts';
import { isInvited } from './decide-invite.ts';
import type { MappedOpportunity } from './mapping.ts';
import type { Referral } from './ports.ts';
import type { FieldNotice, ReconcileInput, Reconciliation } from './reconciliation.ts';
import type { Link } from './store-port.ts';

export interface KeptInput {
  readonly link: Link;
  readonly mapped: Pick<MappedOpportunity, 'deal'>;
  readonly referral: Referral;
  readonly baseline: ReconcileInput['baseline'];
}

export interface Kept {
  readonly notices: readonly FieldNotice[];
  /** What the CRM says now, so that each change is told once. */
  readonly baselineChanges: Reconciliation['baselineChanges'];
}

/** Tells of a wish for help or a consent that changed after Microsoft had it. Pure. */
export function keptByMicrosoft({ link, mapped, referral, baseline }: KeptInput): Kept {
  if (referral.origin !== 'own') return { notices: [], baselineChanges: {} };
  const { help, consentToShareContact: consent } = mapped.deal;
  const notices: FieldNotice[] = [];
  const changed: FieldName[] = [];
  if (help !== undefined && isInvited(link)) {
    const asked = baseline.help?.opportunity ?? null;
    if (asked !== help) changed.push('help');
    if (asked !== null && asked !== help)
      notices.push({
        field: 'help',
        code: 'one-way',
        text: `was ${help === null ? 'cleared' : 'changed'} in the CRM, but Microsoft has been asked for help already and nothing takes that back; tell Microsoft's seller, or close the deal in Partner Center`,
      });
  }
  const shared = baseline.contacts?.referral;
  const hasContacts = Array.isArray(shared) && shared.length > 0;
  if (consent !== undefined && hasContacts) {
    const before = baseline.consentToShareContact?.opportunity === true;
    if (before !== (consent === true)) changed.push('consentToShareContact');
    if (before && consent !== true)
      notices.push({
        field: 'consentToShareContact',
        code: 'one-way',
        text: 'was withdrawn in the CRM, but the contact details were shared and Microsoft keeps what it has; no later change of them is sent',
      });
  }
  const pairs = changed.map((field) => [
    field,
    { opportunity: mapped.deal[field], referral: referral.deal[field] ?? null },
  ]);
  return { notices, baselineChanges: Object.fromEntries(pairs) };
}
