/** Deal registration after a win: whether a deal qualifies, and what is to be done about it. */
import { canonicalJson } from './lenses/canonical-json.ts';
import { hasEnded } from './lifecycle.ts';
import type { RegistrationMapping } from './mapping-types.ts';
import type { Referral } from './ports.ts';
import { type EligibilityLine, eligibility, type RegistrationInput } from './registration-rules.ts';
import {
  CORRECTABLE,
  type HeldRegistration,
  type ReadRegistration,
  type RegistrationField,
  type RegistrationValues,
  readRegistration,
  registrationDifferences,
  wordOf,
} from './registration-values.ts';

/** What is to be done about a deal's registration now. */
export type RegistrationStep =
  /** The CRM does not ask for it. */
  | { readonly type: 'none' }
  | { readonly type: 'register'; readonly values: RegistrationValues }
  | {
      readonly type: 'correct';
      readonly values: RegistrationValues;
      readonly changes: HeldRegistration;
      readonly before: HeldRegistration;
    }
  /** Somebody else is next: the seller wins the deal, or Microsoft reviews. */
  | { readonly type: 'waiting'; readonly text: string }
  /** Microsoft wants a correction that the CRM does not hold. */
  | { readonly type: 'action-required'; readonly text: string }
  | { readonly type: 'not-eligible'; readonly reasons: readonly string[] }
  /** Transacted through the marketplace: Microsoft needs no registration. */
  | { readonly type: 'not-needed' }
  | { readonly type: 'done'; readonly status: string };

export interface RegistrationAssessment {
  readonly wanted: boolean;
  /** The review's state as Partner Center spells it; null while nothing is registered. */
  readonly status: string | null;
  readonly lines: readonly EligibilityLine[];
  /** Values that came from the mapping's defaults. */
  readonly defaulted: readonly RegistrationField[];
  readonly step: RegistrationStep;
}

const STATUSES = [
  'None',
  'ReviewPending',
  'ActionRequired',
  'Approved',
  'Passed',
  'Failed',
  'Closed',
] as const;
const FINAL: ReadonlySet<string> = new Set(['Approved', 'Passed', 'Failed', 'Closed']);
/** Where the ledger keeps, on the link, what was last sent: the same correction is never sent twice. */
export const SENT_KEY = 'registrationSent';

/** The review's state as Partner Center spells it; null while nothing is registered. A newer word passes as it is. */
export function registrationStatusOf({ registrationStatus, registrations }: Referral): string | null {
  const word = registrations?.[0]?.status ?? registrationStatus;
  if (word === null || word.trim() === '') return null;
  const status = wordOf(STATUSES)(word) ?? word;
  if (status !== 'None') return status;
  // A registration without a state of its own has at least been handed in.
  return (registrations?.length ?? 0) > 0 ? 'ReviewPending' : null;
}

/** Judges a linked pair; null when the mapping registers nothing. Never throws on any record. */
export function assessRegistration(input: RegistrationInput): RegistrationAssessment | null {
  const { mapping, referral, opportunity, mapped } = input;
  const { registration } = mapping;
  if (registration === undefined) return null;
  const status = registrationStatusOf(referral);
  const solutionId = solutionFor(input, registration);
  const read = readRegistration(opportunity, mapped, registration, solutionId);
  const lines = eligibility(input, read, solutionId);
  const { wanted, defaulted } = read;
  return { wanted, status, lines, defaulted, step: stepFor(input, read, status, lines) };
}

/** The solution to register: the one that is registered already, else the first of the deal's that qualifies. */
function solutionFor({ referral, mapped }: RegistrationInput, mapping: RegistrationMapping): string | null {
  const held = referral.registrations?.[0]?.values.solutionId;
  if (typeof held === 'string') return held;
  const eligible = new Set(mapping.eligibleSolutions.map((id) => id.toLowerCase()));
  const solutions = referral.deal.solutions ?? mapped.deal.solutions ?? [];
  return solutions.find(({ id }) => eligible.has(id.toLowerCase()))?.id ?? null;
}

function stepFor(
  { link, referral, mapped }: RegistrationInput,
  { wanted, values }: ReadRegistration,
  status: string | null,
  lines: readonly EligibilityLine[],
): RegistrationStep {
  const broken = lines.filter(({ ok, required }) => required && ok === false);
  if (status !== null) {
    if (FINAL.has(status)) return { type: 'done', status };
    if (status !== 'ActionRequired') return { type: 'waiting', text: `Microsoft has it (${status})` };
    return wanted
      ? correction(link, referral, values, broken)
      : { type: 'action-required', text: 'the CRM does not ask for a registration any more' };
  }
  if (!wanted) return { type: 'none' };
  if (!hasEnded(referral.deal)) return { type: 'waiting', text: 'the deal is registered once it is won' };
  // A deal that the CRM has reopened is not reported twice: the reopening is.
  if (referral.deal.state === 'Won' && mapped.deal.state !== 'Won')
    return { type: 'waiting', text: "the opportunity's stage does not mean won" };
  if (lines.some(({ rule, ok }) => rule === 'marketplace' && ok === false)) return { type: 'not-needed' };
  if (broken.length > 0 || values === null)
    return { type: 'not-eligible', reasons: broken.map(({ text }) => text) };
  return { type: 'register', values };
}

/** Rules about the deal itself, which a correction cannot change any more and Microsoft has let pass. */
const ABOUT_THE_DEAL: ReadonlySet<string> = new Set(['won', 'kind', 'value']);

function correction(
  link: RegistrationInput['link'],
  referral: Referral,
  values: RegistrationValues | null,
  broken: readonly EligibilityLine[],
): RegistrationStep {
  const reasons = broken.filter(({ rule }) => !ABOUT_THE_DEAL.has(rule)).map(({ text }) => text);
  if (values === null || reasons.length > 0) return { type: 'not-eligible', reasons };
  const before = referral.registrations?.[0]?.values;
  const isSent = link.written[SENT_KEY] === canonicalJson(values);
  const fields = before === undefined ? REGISTRABLE : registrationDifferences(values, before);
  const correctable = fields.filter((field) => CORRECTABLE.has(field));
  if (correctable.length > 0 && !isSent)
    return {
      type: 'correct',
      values,
      before: before ?? {},
      changes: Object.fromEntries(correctable.map((field) => [field, values[field]])),
    };
  const fixed = fields.filter((field) => !CORRECTABLE.has(field));
  if (fixed.length > 0)
    return {
      type: 'action-required',
      text: `the CRM holds another ${fixed.join(', ')}, which cannot be changed after registration`,
    };
  return {
    type: 'action-required',
    text:
      before !== undefined && correctable.length > 0
        ? `the CRM's ${correctable.join(', ')} was sent, but Partner Center holds another`
        : 'the CRM holds what was sent',
  };
}

const REGISTRABLE: readonly RegistrationField[] = [...CORRECTABLE];

/** What a correction changes, once the registration has been read anew. */
export function correctionsTo(values: RegistrationValues, before: HeldRegistration): HeldRegistration {
  return Object.fromEntries(
    registrationDifferences(values, before)
      .filter((field) => CORRECTABLE.has(field))
      .map((field) => [field, values[field]]),
  );
}
