/**
 * The rules of deal registration, one by one. They are Microsoft's published ones for Azure IP co-sell; what only
 * Microsoft knows is said and not judged. Days are judged in UTC, for a day is sent as midnight there.
 */
import { Decimal } from 'decimal.js';
import { kindOf } from './deal.ts';
import { daysBetween, millisecondsBetween } from './lenses/calendar.ts';
import type { MappedOpportunity } from './mapping.ts';
import type { Mapping } from './mapping-types.ts';
import type { OpportunityRecord, Referral } from './ports.ts';
import type { ReadRegistration, RegistrationValues } from './registration-values.ts';
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

export interface RegistrationInput {
  readonly link: Pick<Link, 'siblings' | 'written'>;
  readonly opportunity: OpportunityRecord;
  readonly mapped: Pick<MappedOpportunity, 'deal'>;
  readonly referral: Referral;
  readonly mapping: Mapping;
  /** UTC text. */
  readonly now: string;
}

const MICROSOFT = 'msft';
const MIN_VALUE_USD = 25_000;
const MAX_SIGN_AGE_DAYS = 60;
const MAX_START_AGE_DAYS = 90;
/** A contract without an end is spread over this many years. */
const PERPETUAL_YEARS = 6;
const DAYS_A_YEAR = 365;
/** How long a deal must have been open before it is won, or its registration may be refused. */
export const MIN_OPEN_HOURS = 72;
const HOUR_MS = 3_600_000;

function line(rule: string, ok: boolean | null, text: string, required = true): EligibilityLine {
  return { rule, ok, required, text };
}

/** How a deal stands to every rule, in the order in which a person reads them. */
export function eligibility(
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

/** States of Microsoft's record of a deal that it has taken up. */
const TAKEN_UP: ReadonlySet<string> = new Set(['Accepted', 'Engaged', 'Won']);

/** Microsoft's record of the deal; of several invitations the one that was taken up. */
function microsofts({ link }: RegistrationInput): Link['siblings'][number] | undefined {
  const all = link.siblings.filter(({ organizationId }) => organizationId?.toLowerCase() === MICROSOFT);
  return all.find(({ state }) => TAKEN_UP.has(state)) ?? all.at(-1);
}

function kindLine(input: RegistrationInput): EligibilityLine {
  const { referral } = input;
  const sibling = microsofts(input);
  if (sibling !== undefined) {
    const accepted = TAKEN_UP.has(sibling.state);
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

/** Nothing is no equivalent of an amount in any currency; of more, only Microsoft knows the rate. */
const inOtherCurrency = (amount: Decimal): false | null => (amount.gt(0) ? null : false);

function valueLine({ referral: { deal } }: RegistrationInput): EligibilityLine {
  const { amount, currency } = deal;
  if (amount === undefined || amount === null)
    return line('value', false, `the deal has no value; at least ${MIN_VALUE_USD} USD are needed`);
  if (currency !== 'USD')
    return line(
      'value',
      inOtherCurrency(new Decimal(amount)),
      `the deal is worth ${amount} ${currency ?? '(currency unknown)'}; Microsoft asks for the equivalent of ${MIN_VALUE_USD} USD`,
    );
  return line(
    'value',
    new Decimal(amount).gte(MIN_VALUE_USD),
    `the deal is worth ${amount} USD; at least ${MIN_VALUE_USD} are needed`,
  );
}

function contractLines(input: RegistrationInput, values: RegistrationValues): readonly EligibilityLine[] {
  const { signDate, startDate, endDate, contractValue, contractCurrency, solutionValue } = values;
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
    // Only a perpetual contract gets here without an end: the values of another are incomplete.
    endDate === null
      ? line('end-date', true, 'the contract has no end')
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
        inOtherCurrency(annual),
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
