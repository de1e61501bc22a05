/** The `registration` section: where the values of a deal registration come from. */
import { z } from 'zod';
import { parseFlag } from '../core/lenses/flag.ts';
import { isCurrency } from '../core/lenses/money.ts';
import type { RegistrationColumn, RegistrationMapping, RegistrationSource } from '../core/mapping-types.ts';
import { DEPLOYMENTS, PRICING_MODELS, TERMS, wordOf } from '../core/registration-values.ts';
import type { Problem } from './config-rules.ts';
import { crmColumn, crmPath } from './crm-path.ts';
import { section } from './issues.ts';
import { text } from './scalars.ts';

const constant = z.union([z.string(), z.number(), z.boolean()], 'must be text, a number, true or false');
/** A column, or a column with what stands in where it is empty, or one value for every deal. */
const source = z.union(
  [crmPath, section({ crm: crmPath.optional(), default: constant.optional() })],
  'must be a column, or { crm: column, default: value }',
);
type Source = z.output<typeof source>;

const RegistrationShape = {
  wanted: crmPath.describe('The column with the explicit yes; without it nothing is ever registered.'),
  contract: section({
    value: crmPath.describe('What the contract is worth.'),
    currency: source.optional().describe("Left out: the deal's own."),
    signDate: crmPath.describe('When it was signed: at most 60 days ago, not in the future.'),
    startDate: crmPath.describe('When it starts: at most 90 days ago.'),
    endDate: crmPath.optional().describe('When it ends; a perpetual contract needs none.'),
    term: source.describe(`${TERMS.join(' or ')}.`),
  }),
  solution: section({
    value: crmPath.optional().describe("What the solution is worth; left out: the contract's value."),
    deployedOnAzure: source.describe('Whether the solution is deployed on Azure.'),
    primaryDeploymentOn: source.describe(
      `Whose subscription it is deployed on: ${DEPLOYMENTS.join(' or ')}.`,
    ),
    pricingModel: source.describe(`${PRICING_MODELS.join(' or ')}; pay as you go is reviewed by hand.`),
    marketplaceTransacted: source.optional().describe('Yes: Microsoft needs no registration.'),
    marketplaceTransactionDate: crmPath.optional(),
  }),
  status: crmColumn.optional().describe("Gets the state of Microsoft's review."),
  eligibleSolutions: z
    .array(text.regex(/^\S+$/, 'must be a solution id, without blanks'))
    .min(1)
    .describe('Solutions that Microsoft lists as eligible for Azure IP co-sell.'),
};
export const RegistrationSchema = section(RegistrationShape);

type Check = (value: unknown) => boolean;

/** What a default may be, for the values that may have one. */
const DEFAULTS: Readonly<Partial<Record<RegistrationColumn, readonly [check: Check, what: string]>>> = {
  contractCurrency: [(value) => typeof value === 'string' && isCurrency(value), 'a currency code'],
  term: [isOneOf(TERMS), TERMS.join(' or ')],
  deployedOnAzure: [isFlag, 'true or false'],
  primaryDeploymentOn: [isOneOf(DEPLOYMENTS), DEPLOYMENTS.join(' or ')],
  pricingModel: [isOneOf(PRICING_MODELS), PRICING_MODELS.join(' or ')],
  marketplaceTransacted: [isFlag, 'true or false'],
};

function isOneOf(words: readonly string[]): Check {
  const read = wordOf(words);
  return (value) => read(value) !== undefined;
}

function isFlag(value: unknown): boolean {
  return typeof parseFlag(value) === 'boolean';
}

/** Reads the section; undefined when there is none, or when the schema has something to say about it. */
export function readRegistrationSection(
  value: unknown,
  problems: Problem[],
): RegistrationMapping | undefined {
  const { data } = RegistrationSchema.safeParse(value);
  if (data === undefined) return undefined;
  const { contract, solution } = data;
  const places: readonly (readonly [RegistrationColumn, string, string, Source | undefined])[] = [
    ['contractValue', 'contract', 'value', contract.value],
    ['contractCurrency', 'contract', 'currency', contract.currency],
    ['signDate', 'contract', 'signDate', contract.signDate],
    ['startDate', 'contract', 'startDate', contract.startDate],
    ['endDate', 'contract', 'endDate', contract.endDate],
    ['term', 'contract', 'term', contract.term],
    ['solutionValue', 'solution', 'value', solution.value],
    ['deployedOnAzure', 'solution', 'deployedOnAzure', solution.deployedOnAzure],
    ['primaryDeploymentOn', 'solution', 'primaryDeploymentOn', solution.primaryDeploymentOn],
    ['pricingModel', 'solution', 'pricingModel', solution.pricingModel],
    ['marketplaceTransacted', 'solution', 'marketplaceTransacted', solution.marketplaceTransacted],
    [
      'marketplaceTransactionDate',
      'solution',
      'marketplaceTransactionDate',
      solution.marketplaceTransactionDate,
    ],
  ];
  const values: Partial<Record<RegistrationColumn, RegistrationSource>> = {};
  for (const [column, group, key, entry] of places) {
    if (entry === undefined) continue;
    const read = toSource(entry);
    values[column] = read;
    const path = ['registration', group, key];
    if (read.crm === null && read.default === null)
      problems.push({ path, text: 'names neither a column (crm) nor a default' });
    const [check, what] = DEFAULTS[column] ?? [];
    if (read.default !== null && check?.(read.default) === false)
      problems.push({ path: [...path, 'default'], text: `${JSON.stringify(read.default)} is not ${what}` });
  }
  return {
    wanted: data.wanted,
    status: data.status ?? null,
    values,
    eligibleSolutions: data.eligibleSolutions,
  };
}

function toSource(entry: Source): RegistrationSource {
  return typeof entry === 'string'
    ? { crm: entry, default: null }
    : { crm: entry.crm ?? null, default: entry.default ?? null };
}

/** The columns that a registration is read from, and the one of its state: what already stands there is not written. */
export function registrationColumns(mapping: RegistrationMapping | undefined): readonly (string | null)[] {
  if (mapping === undefined) return [];
  return [mapping.wanted, ...Object.values(mapping.values).map(({ crm }) => crm), mapping.status];
}
