/** Registering won deals: the one write that is left after a deal is closed. */

import { type Action, type Finding, type PlannedChange, recordLabel, sentences } from './plan.ts';
import { assessRegistration } from './registration.ts';
import type { RegistrationInput } from './registration-rules.ts';
import { type HeldRegistration, REGISTRATION_FIELDS, type RegistrationWrite } from './registration-values.ts';
import type { Link } from './store-port.ts';
import type { Timing } from './timing.ts';

export interface DecideRegistrationInput extends Omit<RegistrationInput, 'now' | 'link'> {
  readonly link: Link;
  readonly timing: Pick<Timing, 'now'>;
}

interface Decided {
  readonly actions: readonly Action[];
  readonly findings: readonly Finding[];
}

/** What to send for a pair's registration, and what a person must be told instead. Pure; never throws. */
export function decideRegistration(input: DecideRegistrationInput): Decided {
  const { link, opportunity, referral, timing } = input;
  const assessment = assessRegistration({ ...input, now: timing.now });
  if (assessment === null) return { actions: [], findings: [] };
  const { step } = assessment;
  const label = recordLabel(link.opportunityId, link.referralId);
  const finding = (kind: Finding['kind'], code: string, message: string): Decided => ({
    actions: [],
    findings: [
      {
        key: `${kind}:${code}:${link.opportunityId}`,
        kind,
        code,
        opportunityId: link.opportunityId,
        referralId: link.referralId,
        fields: ['registration'],
        message,
        values: [],
      },
    ],
  });
  const base = {
    type: 'register-deal',
    opportunityId: link.opportunityId,
    referralId: link.referralId,
    irreversible: ['register'],
    order: `${opportunity.modifiedAt} ${opportunity.id}`,
  } as const;
  const said = microsoftsWords(referral.registrations?.[0]?.statusReason ?? '');
  switch (step.type) {
    case 'register': {
      const warnings = assessment.lines.filter(({ ok, required }) => !required && ok === false);
      const defaults =
        assessment.defaulted.length === 0
          ? ''
          : `; ${assessment.defaulted.join(', ')} from the mapping's defaults`;
      const doubts = warnings.map(({ text }) => `; ${text}`).join('');
      const registration = { type: 'register', values: step.values } as const;
      return {
        findings: [],
        actions: [
          {
            ...base,
            values: step.values,
            registration,
            changes: registrationChanges(registration),
            reason: `${label}: the deal is won and the CRM asks for its registration${defaults}${doubts}`,
          },
        ],
      };
    }
    case 'correct': {
      const registration = { type: 'correct', changes: step.changes, before: step.before } as const;
      return {
        findings: [],
        actions: [
          {
            ...base,
            values: step.values,
            registration,
            changes: registrationChanges(registration),
            reason: `${label}: Microsoft wants the registration corrected, and the CRM holds other values${said}`,
          },
        ],
      };
    }
    case 'not-eligible':
      return finding(
        'parked',
        'registration-not-eligible',
        `Opportunity ${link.opportunityId} asks for a registration that Microsoft would not take. ${sentences(step.reasons)} Correct the opportunity, or take the wish back.`,
      );
    case 'action-required':
      return finding(
        'parked',
        'registration-action-required',
        `Microsoft wants the registration of ${label} corrected${said}. Nothing is sent: ${step.text}. Correct the opportunity's registration columns, or the registration in Partner Center.`,
      );
    case 'not-needed':
      return finding(
        'notice',
        'registration-not-needed',
        `Opportunity ${link.opportunityId} asks for a registration, but was transacted through the marketplace, for which Microsoft needs none. Nothing is sent.`,
      );
    case 'done':
      if (step.status === 'Failed')
        return finding(
          'notice',
          'registration-failed',
          `Microsoft refused the registration of ${label}${said}.`,
        );
      return { actions: [], findings: [] };
    default:
      return { actions: [], findings: [] };
  }
}

const REASON_LIMIT = 200;

function microsoftsWords(reason: string): string {
  const words = reason.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return words === '' ? '' : ` ("${words.slice(0, REASON_LIMIT)}")`;
}

/** What a registration or a correction changes, as plans and the audit trail print it. */
export function registrationChanges(write: RegistrationWrite): PlannedChange[] {
  const before: HeldRegistration = write.type === 'register' ? {} : write.before;
  const after: HeldRegistration = write.type === 'register' ? { ...write.values } : write.changes;
  return REGISTRATION_FIELDS.filter((field) => Object.hasOwn(after, field)).map((field) => ({
    field: `registration.${field}` as const,
    from: before[field] ?? null,
    to: after[field] ?? null,
  }));
}
