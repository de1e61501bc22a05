/** How a pair stands to its registration: the rules line by line, where the review stands, what is sent next. */
import { toDeal } from '../core/mapping.ts';
import type { Mapping } from '../core/mapping-types.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';
import { assessRegistration, type RegistrationStep } from '../core/registration.ts';
import type { EligibilityLine } from '../core/registration-rules.ts';
import type { HistoryEntry, Link } from '../core/store-port.ts';

export interface ExplainedRegistration {
  readonly wanted: boolean;
  /** The state of Microsoft's review; null while nothing is registered. */
  readonly status: string | null;
  readonly statusReason: string | null;
  readonly lines: readonly EligibilityLine[];
  readonly next: RegistrationStep['type'];
  readonly history: readonly HistoryEntry[];
}

/** How a pair stands to its registration; null when the mapping registers nothing or a side is not to be seen. */
export function explainRegistration(input: {
  readonly link: Link | null;
  readonly opportunity: OpportunityRecord | null;
  readonly referral: Referral | null;
  readonly mapping: Mapping;
  readonly now: string;
  readonly history: readonly HistoryEntry[];
}): ExplainedRegistration | null {
  const { link, opportunity, referral, mapping, now, history } = input;
  if (link === null || opportunity === null || referral === null) return null;
  const mapped = toDeal(opportunity, mapping);
  const assessment = assessRegistration({ link, opportunity, mapped, referral, mapping, now });
  if (assessment === null) return null;
  const { wanted, status, lines, step } = assessment;
  return {
    wanted,
    status,
    statusReason: referral.registrations?.[0]?.statusReason ?? null,
    lines,
    next: step.type,
    history: history.filter(({ field }) => field.startsWith('registration.')),
  };
}

/** What happens next, in words. */
export const REGISTRATION_NEXT: Readonly<Record<RegistrationStep['type'], string>> = {
  none: 'nothing, for the CRM does not ask for it',
  register: 'the next run registers the deal',
  correct: 'the next run sends the corrections',
  waiting: 'nothing until the deal or its review moves on',
  'action-required': 'a person has to correct it',
  'not-eligible': 'nothing while a rule is broken',
  'not-needed': 'nothing, for Microsoft needs no registration',
  done: 'nothing, for the review is over',
};
