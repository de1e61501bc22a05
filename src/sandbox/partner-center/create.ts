/** POST: which fields are mandatory, and the referral that comes of a valid body. */
import { ApiError, invalidRequest } from './api-error.ts';
import { isObject, type Json, type JsonObject, listAt, setAt, textAt, valueAt } from './json.ts';
import { ASSISTANCE_CODES, fillReferral, QUALIFICATIONS, REFERRAL_TYPES, TARGET_TYPES } from './model.ts';
import type { PartnerCenterSwitches } from './switches.ts';
import {
  checkCountry,
  checkMember,
  toContacts,
  toCurrency,
  toDealValue,
  toSalesStage,
  toSolutions,
  toTeam,
  toTime,
} from './values.ts';

/** The objects that the operation's own page marks as required. */
const REQUIRED_OBJECTS = ['customerProfile', 'consent', 'details'] as const;
const REQUIRED_TEXTS = ['type', 'name', 'customerProfile/name'] as const;
const SOLUTIONS = 'details/requirements/solutions';

function missing(target: string, switches: PartnerCenterSwitches): ApiError {
  return new ApiError(`The field '${target}' is required.`, {
    status: switches.missingFieldStatus,
    code: 'invalidRequest',
    target,
    rule: 'requiredFieldMissing',
  });
}

function isBlank(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '';
}

function checkProductRules(body: JsonObject, switches: PartnerCenterSwitches, nowMs: number): void {
  for (const target of [
    'customerProfile/address/addressLine1',
    'customerProfile/address/city',
    'details/notes',
  ])
    if (isBlank(valueAt(body, target))) throw missing(target, switches);
  for (const member of listAt(body, 'team'))
    if (isBlank(valueAt(member, 'email'))) throw missing('team/email', switches);
  const attributes = listAt(body, 'details/requirements/additionalRequirements/attributes');
  if (!attributes.some((item) => textAt(item, 'type') === 'CustomerMarketplaceIntent'))
    throw missing('details/requirements/additionalRequirements/attributes', switches);
  if (Date.parse(textAt(body, 'details/closingDateTime') ?? '') <= nowMs)
    throw invalidRequest('The estimated close date must lie in the future.', 'details/closingDateTime');
}

const ATTRIBUTES = 'details/requirements/additionalRequirements/attributes';
const CLASSIFICATIONS: Readonly<Record<string, string>> = {
  PartnerRole: 'partner role',
  SolutionArea: 'solution area',
  SolutionPlay: 'solution play',
};

/** Roles, areas and plays change with each fiscal year. */
function checkTaxonomy(body: JsonObject, { retiredTaxonomy }: PartnerCenterSwitches): void {
  for (const attribute of listAt(body, ATTRIBUTES)) {
    const id = textAt(attribute, 'id') ?? '';
    const label = CLASSIFICATIONS[textAt(attribute, 'type') ?? ''];
    if (label !== undefined && retiredTaxonomy.includes(id))
      throw invalidRequest(
        `The ${label} '${id}' is not part of the current taxonomy.`,
        ATTRIBUTES,
        'invalidEnumValue',
      );
  }
}

/**
 * Checks a create body and fills it. Keys are expected in their documented casing.
 * @throws ApiError naming the field.
 */
export function toNewReferral(body: Json, switches: PartnerCenterSwitches, nowMs: number): JsonObject {
  if (!isObject(body)) throw invalidRequest('The body must be a JSON object.', 'referral', 'malformed');
  for (const target of REQUIRED_TEXTS) if (isBlank(valueAt(body, target))) throw missing(target, switches);
  for (const target of REQUIRED_OBJECTS) if (!isObject(body[target])) throw missing(target, switches);
  for (const target of [
    'details/dealValue',
    'details/currency',
    'details/closingDateTime',
    SOLUTIONS,
    'team',
  ])
    if (isBlank(valueAt(body, target))) throw missing(target, switches);
  if (listAt(body, 'team').length === 0) throw missing('team', switches);

  checkMember(body.type, REFERRAL_TYPES, 'type');
  if (!isBlank(body.qualification)) checkMember(body.qualification, QUALIFICATIONS, 'qualification');
  for (const target of listAt(body, 'target'))
    checkMember(valueAt(target, 'type'), TARGET_TYPES, 'target/type');
  const code = valueAt(body, 'inviteContext/assistanceRequestCode');
  if (!isBlank(code)) checkMember(code, ASSISTANCE_CODES, 'inviteContext/assistanceRequestCode');
  checkCountry(valueAt(body, 'customerProfile/address/country'), 'customerProfile/address/country');

  checkTaxonomy(body, switches);

  const filled = fillReferral(body);
  const put = (path: string, value: Json): void => setAt(filled, path, value);
  put(
    'details/dealValue',
    toDealValue(valueAt(body, 'details/dealValue') ?? null, 'details/dealValue', switches),
  );
  put('details/currency', toCurrency(valueAt(body, 'details/currency') ?? null, 'details/currency'));
  put(
    'details/closingDateTime',
    toTime(valueAt(body, 'details/closingDateTime') ?? null, 'details/closingDateTime'),
  );
  put(SOLUTIONS, toSolutions(valueAt(body, SOLUTIONS), SOLUTIONS));
  put('team', toTeam(body.team, 'team'));
  const contacts = valueAt(body, 'customerProfile/team');
  if (!isBlank(contacts)) put('customerProfile/team', toContacts(contacts, 'customerProfile/team'));
  put('salesStage', toSalesStage(body.salesStage ?? null, 'salesStage', switches));
  if (switches.mandatory === 'product') checkProductRules(body, switches, nowMs);
  return filled;
}

/** What an invitation to Microsoft needs beyond a valid body. */
export function checkInvitation(referral: JsonObject): void {
  if (valueAt(referral, 'consent/consentToShareReferralWithMicrosoftSellers') !== true)
    throw invalidRequest(
      'A deal that asks Microsoft for help must be visible to Microsoft.',
      'consent/consentToShareReferralWithMicrosoftSellers',
      'consentRequired',
    );
  if (listAt(referral, 'customerProfile/team').length === 0)
    throw invalidRequest(
      'A customer contact is required when Microsoft is asked for help.',
      'customerProfile/team',
      'requiredFieldMissing',
    );
}
