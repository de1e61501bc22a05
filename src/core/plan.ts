/** What a run would do: the actions, what cannot be undone about them, and what a person must look at instead. */
import type { Deal, DealKind, DealState, FieldName, FieldValue, Person } from './deal.ts';
import { FIELD_NAMES, specOf } from './fields.ts';
import type { OpportunityId, ReferralId } from './ids.ts';
import { maskEmail, maskName, maskPhone } from './lenses/text.ts';
import { maskedTeamText } from './microsoft-team.ts';
import type { OpportunityDraft, OpportunityUpdate, ReferralChanges, ReferralDraft } from './ports.ts';
import type { RegistrationField, RegistrationValues, RegistrationWrite } from './registration-values.ts';
import type { AttentionKind, Baseline, ConflictValues, FittingAccount, Link } from './store-port.ts';

/** What cannot be undone at Microsoft once it is sent. */
export type Irreversible =
  | 'create'
  | 'make-visible'
  | 'share-contact'
  | 'invite'
  | 'win'
  | 'lose'
  | 'decline'
  | 'close-as-error'
  | 'register';

/** One field's change as a plan prints it. */
export interface PlannedChange {
  readonly field: FieldName | 'tag' | `registration.${RegistrationField}`;
  readonly from: unknown;
  readonly to: unknown;
}

interface ActionBase {
  readonly opportunityId: OpportunityId | null;
  readonly referralId: ReferralId | null;
  readonly irreversible: readonly Irreversible[];
  readonly changes: readonly PlannedChange[];
  /** The rule that asked for it, in words. */
  readonly reason: string;
  /** Oldest first: the time of the edit that asked for it, then the id. */
  readonly order: string;
}

export type Action = ActionBase &
  (
    | {
        readonly type: 'create-referral';
        readonly opportunityId: OpportunityId;
        readonly draft: ReferralDraft;
        readonly kind: DealKind;
      }
    | {
        readonly type: 'update-referral' | 'accept-referral' | 'decline-referral' | 'close-referral';
        readonly referralId: ReferralId;
        readonly opportunityId: OpportunityId;
        readonly write: ReferralChanges;
      }
    | {
        readonly type: 'register-deal';
        readonly referralId: ReferralId;
        readonly opportunityId: OpportunityId;
        readonly registration: RegistrationWrite;
        /** Everything the CRM says of the registration, of which a correction sends what differs. */
        readonly values: RegistrationValues;
      }
    | {
        readonly type: 'invite-microsoft';
        readonly referralId: ReferralId;
        readonly opportunityId: OpportunityId;
        readonly draft: ReferralDraft;
      }
    | {
        readonly type: 'create-opportunity';
        readonly referralId: ReferralId;
        readonly draft: OpportunityDraft;
      }
    | {
        readonly type: 'update-opportunity';
        readonly opportunityId: OpportunityId;
        readonly update: OpportunityUpdate;
        readonly deal: Deal;
      }
    | {
        readonly type: 'link';
        readonly opportunityId: OpportunityId;
        readonly referralId: ReferralId;
        readonly link: Link;
      }
    | {
        readonly type: 'unlink';
        readonly opportunityId: OpportunityId;
        readonly referralId: ReferralId;
        readonly link: Link;
      }
  );

export type ActionType = Action['type'];

/** An attention item before the ledger gives it an id, a date and a count. */
export interface Finding {
  readonly key: string;
  readonly kind: AttentionKind;
  readonly code: string;
  readonly opportunityId: OpportunityId | null;
  readonly referralId: ReferralId | null;
  readonly fields: readonly string[];
  readonly message: string;
  readonly values: readonly ConflictValues[];
  /** Where several accounts fit a received deal: those. */
  readonly accounts?: readonly FittingAccount[];
}

/** What was decided about one pair, or about one record without a partner. */
export interface Decision {
  readonly actions: readonly Action[];
  /** Baselines that can be agreed on without a write. */
  readonly baseline: Baseline;
  readonly findings: readonly Finding[];
  /** When to look again although nothing changes: a hold, a settling edit, a slow retry; null: only when something changes. */
  readonly lookAgainAt: string | null;
  /** The rule by field, for the audit trail. */
  readonly rules: Readonly<Partial<Record<FieldName, string>>>;
}

export const NOTHING: Decision = { actions: [], baseline: {}, findings: [], lookAgainAt: null, rules: {} };

/** The changes that a deal's values mean, against what is there now, in catalogue order. */
export function plannedChanges(from: Deal, to: Deal): PlannedChange[] {
  return FIELD_NAMES.filter((field) => Object.hasOwn(to, field)).map((field) => ({
    field,
    from: shown(field, from[field]),
    to: shown(field, to[field]),
  }));
}

/** A field's value as it may be shown to an operator: contact details only masked. */
export function shown(field: FieldName, value: FieldValue | undefined): unknown {
  if (!specOf(field).personal) return value ?? null;
  if (typeof value === 'string') return maskedTeamText(value);
  return Array.isArray(value) ? (value as readonly Person[]).map(maskedPerson) : null;
}

function maskedPerson({ firstName, lastName, email, phone }: Person): string {
  return `${maskName(`${firstName ?? ''} ${lastName ?? ''}`)} <${maskEmail(email ?? '')}> ${maskPhone(phone ?? '')}`;
}

const MARK_OF_STATE: ReadonlyMap<DealState | null, Irreversible> = new Map([
  ['Won', 'win'],
  ['Lost', 'lose'],
  ['Declined', 'decline'],
  ['Error', 'close-as-error'],
]);

/** What sending these values cannot take back. */
export function irreversibleOf(deal: Deal): Irreversible[] {
  const marks: Irreversible[] = [];
  if (deal.visibleToMicrosoft === true) marks.push('make-visible');
  if ((deal.contacts?.length ?? 0) > 0) marks.push('share-contact');
  const mark = MARK_OF_STATE.get(deal.state ?? null);
  if (mark !== undefined) marks.push(mark);
  return marks;
}

/** Each field that moves with the rule that moves it: "amount changed in the CRM only, notes same on both sides". */
export function rulesInWords(deal: Deal, rules: Decision['rules']): string {
  return FIELD_NAMES.filter((field) => Object.hasOwn(deal, field))
    .map((field) => `${field} ${rules[field] ?? ''}`.trim())
    .join(', ');
}

/** A short label of a record for messages: ids only, names are shown by those who list. */
export function recordLabel(opportunityId: OpportunityId | null, referralId: ReferralId | null): string {
  if (opportunityId !== null && referralId !== null)
    return `opportunity ${opportunityId} / referral ${referralId}`;
  return opportunityId !== null ? `opportunity ${opportunityId}` : `referral ${referralId ?? '?'}`;
}

/** Remarks as sentences in a row, each with its capital and its full stop. */
export function sentences(remarks: readonly string[]): string {
  return remarks
    .map((remark) => `${remark.charAt(0).toUpperCase()}${remark.slice(1).replace(/\.$/, '')}.`)
    .join(' ');
}

/** A text that begins a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
