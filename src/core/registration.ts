/**
 * Deal registration after a win: whether a deal qualifies, rule by rule, and what is to be done about it.
 * The rules are Microsoft's published ones for Azure IP co-sell; what only Microsoft knows is said and not judged.
 */
import { Decimal } from 'decimal.js';
import { kindOf } from './deal.ts';
import { daysBetween, millisecondsBetween } from './lenses/calendar.ts';
import { canonicalJson } from './lenses/canonical-json.ts';
import { isTerminal } from './lifecycle.ts';
import type { MappedOpportunity } from './mapping.ts';
import type { Mapping, RegistrationMapping } from './mapping-types.ts';
import type { OpportunityRecord, Referral } from './ports.ts';
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
import type { Link } from './store-port.ts';

/** A rule as it stands for one deal. */
export interface EligibilityLine {
  readonly rule: string;
  /** Null: cannot be judged here. */
  readonly ok: boolean | null;
  /** Whether a deal that breaks the rule is not registered; else it is a warning. */
  readonly required: boolean;
  /** How it stands, in words that begin with a small letter. */
  readonly text: string;
}

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

export interface RegistrationInput {
  readonly link: Pick<Link, 'siblings' | 'written'>;
  readonly opportunity: OpportunityRecord;
  readonly mapped: Pick<MappedOpportunity, 'deal'>;
  readonly referral: Referral;
  readonly mapping: Mapping;
  /** UTC text. */
  readonly now: string;
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
const MICROSOFT = 'msft';
const MIN_VALUE_USD = 25_000;
const MAX_SIGN_AGE_DAYS = 60;
const MAX_START_AGE_DAYS = 90;
/** A contract without an end is spread over this many years. */
const PERPETUAL_YEARS = 6;
const DAYS_A_YEAR = 365;
const MIN_OPEN_HOURS = 72;
const HOUR_MS = 3_600_000;

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
  const { state } = referral.deal;
  if (state === undefined || state === null || !isTerminal(state))
    return { type: 'waiting', text: 'the deal is registered once it is won' };
  // A deal that the CRM has reopened is not reported twice: the reopening is.
  if (state === 'Won' && mapped.deal.state !== 'Won')
    return { type: 'waiting', text: "the opportunity's stage does not mean won" };
  if (lines.some(({ rule, ok }) => rule === 'marketplace' && ok === false)) return { type: 'not-needed' };
  if (broken.length > 0 || values === null)
    return { type: 'not-eligible', reasons: broken.map(({ text }) => text) };
  return { type: 'register', values };
}

/** Rules about the deal itself, which a correction cannot change any more and Microsoft has let pass. */
const ABOUT_THE_DEAL: ReadonlySet<string> = new Set(['won', 'kind', 'solution', 'value']);

function correction(
  link: RegistrationInput['link'],
  referral: Referral,
  values: RegistrationValues | null,
  broken: readonly EligibilityLine[],
): RegistrationStep {
  const ofData = broken.filter(({ rule }) => !ABOUT_THE_DEAL.has(rule)).map(({ text }) => text);
  if (values === null || ofData.length > 0) return { type: 'not-eligible', reasons: ofData };
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
  const fixed = before === undefined ? [] : fields.filter((field) => !CORRECTABLE.has(field));
  return {
    type: 'action-required',
    text:
      fixed.length > 0
        ? `the CRM holds another ${fixed.join(', ')}, which cannot be changed after registration`
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

// ── The rules ──────────────────────────────────────────────────────────────────────────────────────────────

function line(rule: string, ok: boolean | null, text: string, required = true): EligibilityLine {
  return { rule, ok, required, text };
}

function eligibility(
  input: RegistrationInput,
  read: ReadRegistration,
  solutionId: string | null,
): readonly EligibilityLine[] {
  const { values, problems, wanted } = read;
  return [
    line(
      'wanted',
      wanted,
      wanted ? 'the CRM asks for the registration' : 'the CRM does not ask for the registration',
      false,
    ),
    wonLine(input),
    kindLine(input),
    line(
      'solution',
      solutionId !== null,
      solutionId === null
        ? 'none of its solutions is listed as eligible for Azure IP co-sell (registration.eligibleSolutions)'
        : `solution ${solutionId} is eligible for Azure IP co-sell`,
    ),
    valueLine(input),
    line(
      'values',
      problems.length === 0,
      problems.length === 0 ? 'everything that a registration says is there' : problems.join(', '),
    ),
    ...(values === null ? [] : contractLines(input, values)),
    openLine(input),
    line('managed', null, 'whether Microsoft manages the customer is known to Microsoft alone', false),
  ];
}

function wonLine({ referral }: RegistrationInput): EligibilityLine {
  const { state } = referral.deal;
  return line(
    'won',
    state === 'Won',
    state === 'Won' ? 'the deal is won' : `the deal is ${state ?? 'unknown'}, not won`,
  );
}

function microsofts({ link }: RegistrationInput): Link['siblings'][number] | undefined {
  return link.siblings.find(({ organizationId }) => organizationId?.toLowerCase() === MICROSOFT);
}

function kindLine(input: RegistrationInput): EligibilityLine {
  const { referral } = input;
  const sibling = microsofts(input);
  if (sibling !== undefined) {
    const accepted = sibling.state === 'Accepted' || sibling.state === 'Won';
    return line(
      'kind',
      accepted,
      `it is a co-sell deal that Microsoft ${accepted ? 'accepted' : `has not accepted (${sibling.state})`}`,
    );
  }
  if (referral.invitedByOrganizationId?.toLowerCase() === MICROSOFT)
    return line('kind', true, 'it is a co-sell deal that Microsoft brought');
  switch (kindOf(referral.deal)) {
    case 'co-sell':
      return line(
        'kind',
        false,
        "it asks Microsoft for help, but Microsoft's record of the deal is not to be seen",
      );
    case 'partner-led':
      return line('kind', true, 'it is a partner-led deal that Microsoft can see');
    default:
      return line('kind', false, 'it is a private deal, which can never be registered');
  }
}

function valueLine({ referral: { deal } }: RegistrationInput): EligibilityLine {
  const { amount, currency } = deal;
  if (amount === undefined || amount === null)
    return line('value', false, `the deal has no value; at least ${MIN_VALUE_USD} USD are needed`);
  if (currency !== 'USD')
    return line(
      'value',
      null,
      `the deal is worth ${amount} ${currency ?? '(currency unknown)'}; Microsoft asks for the equivalent of ${MIN_VALUE_USD} USD`,
    );
  return line(
    'value',
    new Decimal(amount).gte(MIN_VALUE_USD),
    `the deal is worth ${amount} USD; at least ${MIN_VALUE_USD} are needed`,
  );
}

function contractLines(input: RegistrationInput, values: RegistrationValues): readonly EligibilityLine[] {
  const { signDate, startDate, endDate, term, contractValue, contractCurrency, solutionValue } = values;
  const today = input.now.slice(0, 10);
  const earliest = earliestSignature(input);
  const signAge = daysBetween(signDate, today);
  const startAge = daysBetween(startDate, today);
  const signed = (ok: boolean, why: string): EligibilityLine =>
    line('sign-date', ok, `the contract was signed on ${signDate}${why}`);
  return [
    annualisedLine(values, contractCurrency),
    signAge < 0
      ? line(
          'sign-date',
          false,
          `the contract's signature lies in the future (${signDate}, today is ${today} in UTC)`,
        )
      : signAge > MAX_SIGN_AGE_DAYS
        ? signed(false, `, more than ${MAX_SIGN_AGE_DAYS} days ago`)
        : signDate < earliest.day
          ? signed(false, `, before ${earliest.what} (${earliest.day})`)
          : signed(true, ''),
    line(
      'start-date',
      startAge <= MAX_START_AGE_DAYS,
      `the contract starts on ${startDate}${startAge > MAX_START_AGE_DAYS ? `, more than ${MAX_START_AGE_DAYS} days ago` : ''}`,
    ),
    endDate === null
      ? line(
          'end-date',
          term === 'Perpetual',
          term === 'Perpetual'
            ? 'the contract has no end'
            : 'the contract ends, but the CRM does not say when',
        )
      : line(
          'end-date',
          endDate >= startDate,
          `the contract ends on ${endDate}${endDate < startDate ? ', before it starts' : ''}`,
        ),
    line(
      'solution-value',
      new Decimal(solutionValue).lte(contractValue),
      `the solution is worth ${solutionValue} of the contract's ${contractValue} ${contractCurrency}`,
    ),
    values.marketplaceTransacted
      ? line(
          'marketplace',
          false,
          'the deal was transacted through the marketplace, for which Microsoft needs no registration',
          false,
        )
      : line('marketplace', true, 'the deal was not transacted through the marketplace', false),
  ];
}

/** A signature may not be older than our referral, nor than Microsoft's invitation. */
function earliestSignature(input: RegistrationInput): { readonly day: string; readonly what: string } {
  const created = input.referral.createdAt.slice(0, 10);
  const invited = microsofts(input)?.createdAt?.slice(0, 10) ?? '';
  return invited > created
    ? { day: invited, what: 'Microsoft was invited' }
    : { day: created, what: 'the deal was created' };
}

function annualisedLine(
  { contractValue, term, startDate, endDate }: RegistrationValues,
  currency: string,
): EligibilityLine {
  const years =
    term === 'Perpetual' || endDate === null
      ? PERPETUAL_YEARS
      : Math.max(1, daysBetween(startDate, endDate) / DAYS_A_YEAR);
  const annual = new Decimal(contractValue).div(years).toDecimalPlaces(2);
  const text = `the contract is worth ${annual.toFixed()} ${currency} a year`;
  return currency === 'USD'
    ? line('annual-value', annual.gt(MIN_VALUE_USD), `${text}; more than ${MIN_VALUE_USD} are needed`)
    : line(
        'annual-value',
        null,
        `${text}; Microsoft asks for more than the equivalent of ${MIN_VALUE_USD} USD`,
      );
}

/** Microsoft may refuse a deal that was won within three days of its creation. */
function openLine({ referral, now }: RegistrationInput): EligibilityLine {
  const openMs = millisecondsBetween(referral.createdAt, referral.closedAt ?? now);
  if (openMs === null) return line('open-time', null, 'how long the deal was open is not known', false);
  const hours = Math.floor(openMs / HOUR_MS);
  const ok = openMs >= MIN_OPEN_HOURS * HOUR_MS;
  const won = referral.closedAt !== null;
  const text = won
    ? `the deal was won ${hours} hours after it was created`
    : `the deal has been open for ${hours} hours`;
  return line(
    'open-time',
    ok,
    ok ? text : `${text}; with less than ${MIN_OPEN_HOURS} Microsoft may refuse the registration`,
    false,
  );
}
