/**
 * The field catalogue: what every canonical field is, which way it may travel, and what Partner Center allows.
 * Sources: the JSON Patch paths that Microsoft's connector publishes, and the product's rules for each state.
 */
import type { FieldName } from './deal.ts';

/** Which way an edit may travel. */
export type Direction = 'toPartnerCenter' | 'toCrm' | 'both';
/** Who wins when both sides changed the same field differently. */
export type Winner = 'crm' | 'partnerCenter' | 'ask';

export interface FieldSpec {
  readonly name: FieldName;
  /** Fields of one group are decided together: an amount never travels without its currency. */
  readonly group: FieldName;
  readonly kind:
    | 'text'
    | 'money'
    | 'currency'
    | 'date'
    | 'choice'
    | 'flag'
    | 'customer'
    | 'people'
    | 'solutions';
  /** The widest direction a mapping may ask for; also the default. */
  readonly direction: Direction;
  /** How Partner Center takes the field on a referral that exists: by PATCH, only when it is created, or never. */
  readonly referral: 'patch' | 'create' | 'never';
  /** The field only ever moves from empty or false to set, on the referral. */
  readonly oneWay: boolean;
  /** Sending it cannot be undone at Microsoft. */
  readonly irreversible: boolean;
  /** May be sent in the same PATCH that accepts an inbound deal. */
  readonly whileAccepting: boolean;
  /** Contact details: shown only masked, wherever the product shows values. */
  readonly personal: boolean;
}

type Override = Partial<Omit<FieldSpec, 'name' | 'kind'>>;

function field(name: FieldName, kind: FieldSpec['kind'], override: Override = {}): FieldSpec {
  return {
    name,
    kind,
    group: name,
    direction: 'both',
    referral: 'patch',
    oneWay: false,
    irreversible: false,
    whileAccepting: false,
    personal: false,
    ...override,
  };
}

const accepting = { whileAccepting: true } as const;

export const FIELDS = [
  field('name', 'text', { direction: 'toPartnerCenter', referral: 'create' }),
  field('amount', 'money', accepting),
  field('currency', 'currency', { ...accepting, group: 'amount' }),
  field('closeDate', 'date', accepting),
  field('notes', 'text', accepting),
  field('campaignId', 'text', accepting),
  field('customer', 'customer', { direction: 'toPartnerCenter', referral: 'create' }),
  field('contacts', 'people', { direction: 'toPartnerCenter', irreversible: true, personal: true }),
  field('team', 'people', { ...accepting, direction: 'toPartnerCenter', personal: true }),
  field('solutions', 'solutions', { direction: 'toPartnerCenter' }),
  field('state', 'choice'),
  field('salesStage', 'choice', { group: 'state' }),
  field('reason', 'text', { group: 'state' }),
  field('help', 'choice', {
    direction: 'toPartnerCenter',
    referral: 'create',
    oneWay: true,
    irreversible: true,
  }),
  field('visibleToMicrosoft', 'flag', { direction: 'both', oneWay: true, irreversible: true }),
  field('consentToShareContact', 'flag', {
    direction: 'toPartnerCenter',
    referral: 'create',
    oneWay: true,
    irreversible: true,
  }),
  field('microsoftCrmId', 'text', { direction: 'toCrm', referral: 'never' }),
  field('microsoftTeam', 'text', { direction: 'toCrm', referral: 'never', personal: true }),
  field('referralProgram', 'text'),
  field('favorite', 'flag', { direction: 'toCrm', referral: 'never' }),
  field('marketplaceIntent', 'choice', { direction: 'toPartnerCenter', referral: 'create' }),
  field('partnerRole', 'choice', { direction: 'toPartnerCenter', referral: 'create' }),
  field('solutionArea', 'choice', { direction: 'toPartnerCenter', referral: 'create' }),
  field('solutionPlay', 'choice', { direction: 'toPartnerCenter', referral: 'create' }),
] as const satisfies readonly FieldSpec[];

const BY_NAME: ReadonlyMap<FieldName, FieldSpec> = new Map(FIELDS.map((spec) => [spec.name, spec]));

export const FIELD_NAMES: readonly FieldName[] = FIELDS.map((spec) => spec.name);

/** The catalogue's entry for a field. */
export function specOf(name: FieldName): FieldSpec {
  const spec = BY_NAME.get(name);
  if (spec === undefined) throw new TypeError(`There is no field "${name}" in the catalogue.`);
  return spec;
}

/** Whether a text names a canonical field. */
export function isFieldName(text: string): text is FieldName {
  return (BY_NAME as ReadonlyMap<string, FieldSpec>).has(text);
}

/** The members of a field's group, the naming field first. */
export function groupOf(name: FieldName): readonly FieldName[] {
  const { group } = specOf(name);
  return FIELDS.filter((spec) => spec.group === group).map((spec) => spec.name);
}

/** The fields that name a group (each ungrouped field is its own). */
export const GROUPS: readonly FieldName[] = FIELDS.filter((spec) => spec.name === spec.group).map(
  (spec) => spec.name,
);
