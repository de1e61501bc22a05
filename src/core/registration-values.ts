/** What a deal registration says: its values, and how an opportunity's columns are read as them. */

import { parseDay } from './lenses/calendar.ts';
import { parseFlag } from './lenses/flag.ts';
import { parseAmount, parseCurrency, sameAmount } from './lenses/money.ts';
import type { MappedOpportunity } from './mapping.ts';
import { isEmpty } from './mapping-reader.ts';
import type { RegistrationColumn, RegistrationMapping, RegistrationSource } from './mapping-types.ts';
import type { CrmValue, OpportunityRecord } from './ports.ts';

export const TERMS = ['Perpetual', 'Finite'] as const;
export const DEPLOYMENTS = ['Customer', 'Partner'] as const;
export const PRICING_MODELS = ['PayAsYouGo', 'Other'] as const;

/** A registration as it is sent: the contract, and the one solution that qualifies. */
export interface RegistrationValues {
  /** Decimal text, as in a deal. */
  readonly contractValue: string;
  readonly contractCurrency: string;
  /** Calendar days, `YYYY-MM-DD`. */
  readonly signDate: string;
  readonly startDate: string;
  readonly endDate: string | null;
  readonly term: (typeof TERMS)[number];
  readonly solutionId: string;
  readonly solutionValue: string;
  readonly solutionCurrency: string;
  readonly deployedOnAzure: boolean;
  readonly primaryDeploymentOn: (typeof DEPLOYMENTS)[number];
  readonly pricingModel: (typeof PRICING_MODELS)[number];
  readonly marketplaceTransacted: boolean;
  readonly marketplaceTransactionDate: string | null;
}
export type RegistrationField = keyof RegistrationValues;

/** Every value, in the order in which a person reads them. */
export const REGISTRATION_FIELDS = [
  'contractValue',
  'contractCurrency',
  'signDate',
  'startDate',
  'endDate',
  'term',
  'solutionId',
  'solutionValue',
  'solutionCurrency',
  'deployedOnAzure',
  'primaryDeploymentOn',
  'pricingModel',
  'marketplaceTransacted',
  'marketplaceTransactionDate',
] as const satisfies readonly RegistrationField[];

/** Values of a registration as Partner Center shows them; an absent key is unknown, null is empty. */
export type HeldRegistration = Readonly<Partial<Record<RegistrationField, string | boolean | null>>>;

/** A registration as read. */
export interface Registration {
  /** As sent: `ReviewPending`, `ActionRequired`, …; null when the answer does not say. */
  readonly status: string | null;
  /** Microsoft's words on the status. */
  readonly statusReason: string | null;
  readonly values: HeldRegistration;
}

/** A registration to send: a new one, or the corrections of one that Microsoft sent back. */
export type RegistrationWrite =
  | { readonly type: 'register'; readonly values: RegistrationValues }
  | {
      readonly type: 'correct';
      /** Only what differs. */
      readonly changes: HeldRegistration;
      /** What Partner Center holds, as far as it is known. */
      readonly before: HeldRegistration;
    };

/** What a registration that was sent back lets us change; the contract's currency and the solution stay as they are. */
export const CORRECTABLE: ReadonlySet<RegistrationField> = new Set([
  'contractValue',
  'signDate',
  'startDate',
  'endDate',
  'term',
  'solutionValue',
  'solutionCurrency',
  'deployedOnAzure',
  'primaryDeploymentOn',
  'pricingModel',
  'marketplaceTransacted',
  'marketplaceTransactionDate',
]);

/** The values that differ from what Partner Center is known to hold. */
export function registrationDifferences(
  wanted: RegistrationValues,
  held: HeldRegistration,
): readonly RegistrationField[] {
  return REGISTRATION_FIELDS.filter(
    (field) => Object.hasOwn(held, field) && !sameRegistrationValue(field, wanted[field], held[field]),
  );
}

function sameRegistrationValue(field: RegistrationField, wanted: unknown, held: unknown): boolean {
  const isMoney = field === 'contractValue' || field === 'solutionValue';
  if (typeof wanted === 'string' && typeof held === 'string')
    return isMoney ? sameAmount(wanted, held) : wanted.toLowerCase() === held.toLowerCase();
  // What was never said about the marketplace means that nothing was transacted there.
  if (field === 'marketplaceTransacted') return wanted === (held ?? false);
  return wanted === (held ?? null);
}

export interface ReadRegistration {
  /** Whether the CRM explicitly asks for the registration. */
  readonly wanted: boolean;
  /** Null while something that must be said is missing or cannot be read. */
  readonly values: RegistrationValues | null;
  /** What is missing or unreadable, each in words with its column. */
  readonly problems: readonly string[];
  /** Values that came from the mapping's defaults. */
  readonly defaulted: readonly RegistrationField[];
}

const NAMES: Readonly<Record<RegistrationColumn, string>> = {
  contractValue: "the contract's value",
  contractCurrency: "the contract's currency",
  signDate: 'the date of signature',
  startDate: "the contract's start",
  endDate: "the contract's end",
  term: "the contract's term",
  solutionValue: "the solution's value",
  deployedOnAzure: 'whether the solution is deployed on Azure',
  primaryDeploymentOn: 'on whose subscription the solution is deployed',
  pricingModel: 'the pricing model',
  marketplaceTransacted: 'whether it was transacted in the marketplace',
  marketplaceTransactionDate: 'the date of the marketplace transaction',
};

/** Reads what an opportunity says of its registration. Never throws: what cannot be read is listed. */
export function readRegistration(
  record: OpportunityRecord,
  { deal }: Pick<MappedOpportunity, 'deal'>,
  mapping: RegistrationMapping,
  solutionId: string | null,
): ReadRegistration {
  const problems: string[] = [];
  const defaulted: RegistrationField[] = [];
  const unreadable = new Set<RegistrationColumn>();

  function read<T>(column: RegistrationColumn, parse: (raw: CrmValue) => T | null | undefined): T | null {
    const source = mapping.values[column];
    if (source === undefined) return null;
    const { raw, isDefault } = rawValue(record, source);
    if (raw === null) return null;
    const value = parse(raw);
    if (value === undefined) {
      unreadable.add(column);
      problems.push(`${NAMES[column]} cannot be read${placeOf(source)}`);
      return null;
    }
    if (isDefault && value !== null) defaulted.push(column);
    return value;
  }
  function need<T>(column: RegistrationColumn, value: T | null): T | null {
    if (value === null && !unreadable.has(column))
      problems.push(`${NAMES[column]} is missing${placeOf(mapping.values[column])}`);
    return value;
  }

  const contractValue = need('contractValue', read('contractValue', parseAmount));
  const contractCurrency = need(
    'contractCurrency',
    mapping.values.contractCurrency === undefined
      ? (deal.currency ?? null)
      : read('contractCurrency', parseCurrency),
  );
  const signDate = need('signDate', read('signDate', parseDate));
  const startDate = need('startDate', read('startDate', parseDate));
  const term = need('term', read('term', wordOf(TERMS)));
  const endDate = read('endDate', parseDate);
  if (term === 'Finite') need('endDate', endDate);
  const solutionValue =
    mapping.values.solutionValue === undefined
      ? contractValue
      : need('solutionValue', read('solutionValue', parseAmount));
  const deployedOnAzure = need('deployedOnAzure', read('deployedOnAzure', parseFlag));
  const primaryDeploymentOn = need('primaryDeploymentOn', read('primaryDeploymentOn', wordOf(DEPLOYMENTS)));
  const pricingModel = need('pricingModel', read('pricingModel', wordOf(PRICING_MODELS)));
  const marketplaceTransacted = read('marketplaceTransacted', parseFlag) ?? false;
  const marketplaceTransactionDate = read('marketplaceTransactionDate', parseDate);
  const values = {
    contractValue,
    contractCurrency,
    signDate,
    startDate,
    endDate,
    term,
    solutionId,
    solutionValue,
    solutionCurrency: contractCurrency,
    deployedOnAzure,
    primaryDeploymentOn,
    pricingModel,
    marketplaceTransacted,
    marketplaceTransactionDate,
  };
  return {
    wanted: parseFlag(record.values[mapping.wanted]) === true,
    values: problems.length === 0 && isComplete(values) ? values : null,
    problems,
    defaulted,
  };
}

/** Values that a registration may leave empty. */
const OPTIONAL: ReadonlySet<RegistrationField> = new Set(['endDate', 'marketplaceTransactionDate']);

function isComplete(
  values: {
    readonly [Field in RegistrationField]: RegistrationValues[Field] | null;
  },
): values is RegistrationValues {
  return REGISTRATION_FIELDS.every((field) => values[field] !== null || OPTIONAL.has(field));
}

function rawValue(
  { values }: OpportunityRecord,
  { crm, default: fallback }: RegistrationSource,
): { readonly raw: CrmValue; readonly isDefault: boolean } {
  const found = crm === null ? null : (values[crm] ?? null);
  return isEmpty(found) ? { raw: fallback, isDefault: true } : { raw: found, isDefault: false };
}

/** The column in brackets, where there is one. */
function placeOf(source: RegistrationSource | undefined): string {
  const crm = source?.crm ?? null;
  return crm === null ? '' : ` (${crm})`;
}

/** A date column, or the day in front of a time. */
function parseDate(raw: CrmValue): string | undefined {
  return parseDay(String(raw).trim().slice(0, 10)) ?? undefined;
}

/** Reads one of some words, however blanks, hyphens and capitals are set (`Pay as you go`). */
export function wordOf<Word extends string>(words: readonly Word[]): (raw: unknown) => Word | undefined {
  return (raw) => {
    const plain = String(raw)
      .toLowerCase()
      .replace(/[\s_-]/g, '');
    return words.find((word) => word.toLowerCase() === plain);
  };
}
