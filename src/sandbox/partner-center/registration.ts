/** Deal registration after a win: the two kinds of PATCH operation, the rules of the contract data, the reviews. */
import { ApiError, invalidRequest } from './api-error.ts';
import { isObject, type Json, type JsonObject, setAt, textAt, valueAt } from './json.ts';
import { stampMs, toStamp } from './stamps.ts';
import type { PartnerCenterSwitches } from './switches.ts';
import { toDealValue, toTime } from './values.ts';

export const REGISTRATION_STATUSES = [
  'ReviewPending',
  'ActionRequired',
  'Approved',
  'Passed',
  'Failed',
  'Closed',
] as const;
export type RegistrationStatus = (typeof REGISTRATION_STATUSES)[number];

const DAY_MS = 86_400_000;
const MIN_VALUE = 25_000;
const MAX_SIGN_AGE_DAYS = 60;
const MAX_START_AGE_DAYS = 90;
/** A perpetual contract is spread over this many years. */
const PERPETUAL_YEARS = 6;

const UPDATABLE = new Set([
  'contract/startDateTime',
  'contract/endDateTime',
  'contract/signDateTime',
  'contract/term',
  'contract/value',
  'solutionDetails/0/value',
  'solutionDetails/0/currency',
  'solutionDetails/0/isDeployedOnAzure',
  'solutionDetails/0/primaryDeploymentOn',
  'solutionDetails/0/pricingModel',
  'solutionDetails/0/marketplaceTransactionDetails/isMarketplaceTransacted',
  'solutionDetails/0/marketplaceTransactionDetails/marketplaceTransactionDateTime',
]);

const HISTORY_KEY: Readonly<Record<RegistrationStatus, string | null>> = {
  ReviewPending: 'reviewPendingDateTime',
  ActionRequired: 'actionRequiredDateTime',
  Approved: 'approvedDateTime',
  Passed: 'passedDateTime',
  Failed: 'failedDateTime',
  Closed: null,
};

/** Whether a deal may be registered at all. */
export function isEligible(referral: JsonObject): boolean {
  const value = valueAt(referral, 'details/dealValue');
  return (
    referral.substatus === 'Won' &&
    valueAt(referral, 'consent/consentToShareReferralWithMicrosoftSellers') === true &&
    typeof value === 'number' &&
    value >= MIN_VALUE
  );
}

function timeMs(registration: JsonObject, path: string): number | null {
  const text = textAt(registration, path);
  const stamp = text === null ? null : toStamp(text);
  if (text !== null && stamp === null)
    throw invalidRequest('A date and time in ISO 8601 form was expected.', `registrations/${path}`);
  return stamp === null ? null : stampMs(stamp);
}

function requireMs(registration: JsonObject, path: string): number {
  const found = timeMs(registration, path);
  if (found === null)
    throw invalidRequest(`The field '${path}' is required.`, `registrations/${path}`, 'requiredFieldMissing');
  return found;
}

function checkContract(
  registration: JsonObject,
  createdMs: number,
  nowMs: number,
  switches: PartnerCenterSwitches,
): void {
  const fail = (message: string, path: string): never => {
    throw invalidRequest(message, `registrations/${path}`, 'registrationRule');
  };
  const signMs = requireMs(registration, 'contract/signDateTime');
  const startMs = requireMs(registration, 'contract/startDateTime');
  const endMs = timeMs(registration, 'contract/endDateTime');
  const term = textAt(registration, 'contract/term');
  const value = toDealValue(
    valueAt(registration, 'contract/value') ?? null,
    'registrations/contract/value',
    switches,
  );
  if (term !== 'Perpetual' && term !== 'Finite') fail('The term is Perpetual or Finite.', 'contract/term');
  if (signMs > nowMs) fail('The sign date must not lie in the future.', 'contract/signDateTime');
  if (signMs < nowMs - MAX_SIGN_AGE_DAYS * DAY_MS)
    fail(`The sign date must not be older than ${MAX_SIGN_AGE_DAYS} days.`, 'contract/signDateTime');
  // A date without a time means the whole day.
  if (signMs + DAY_MS <= createdMs)
    fail('The sign date must not precede the referral.', 'contract/signDateTime');
  if (startMs < nowMs - MAX_START_AGE_DAYS * DAY_MS)
    fail(`The start date must not be older than ${MAX_START_AGE_DAYS} days.`, 'contract/startDateTime');
  if (endMs === null && term === 'Finite')
    fail('A finite contract needs an end date.', 'contract/endDateTime');
  if (endMs !== null && endMs < startMs) fail('The end must not precede the start.', 'contract/endDateTime');
  const years =
    term === 'Perpetual' || endMs === null
      ? PERPETUAL_YEARS
      : Math.max(1, (endMs - startMs) / (365 * DAY_MS));
  if (value / years <= MIN_VALUE) fail('The annualised value must exceed 25,000 USD.', 'contract/value');

  const solutions = valueAt(registration, 'solutionDetails');
  if (!Array.isArray(solutions) || solutions.length === 0)
    throw invalidRequest(
      'At least one solution is needed.',
      'registrations/solutionDetails',
      'requiredFieldMissing',
    );
  for (const solution of solutions) {
    const solutionValue = toDealValue(
      valueAt(solution, 'value') ?? null,
      'registrations/solutionDetails/value',
      switches,
    );
    if (solutionValue > value)
      fail('A solution cannot be worth more than the contract.', 'solutionDetails/value');
  }
}

export interface RegistrationContext {
  readonly switches: PartnerCenterSwitches;
  readonly stamp: string;
  readonly newId: () => string;
}

function setStatus(registration: JsonObject, status: RegistrationStatus, stamp: string): void {
  registration.status = status;
  const key = HISTORY_KEY[status];
  if (key !== null) setAt(registration, `statusHistory/${key}`, stamp);
}

function conflict(message: string, switches: PartnerCenterSwitches): ApiError {
  return new ApiError(message, {
    status: switches.illegalTransitionStatus,
    code: 'invalidRequest',
    target: 'registrations',
    rule: 'illegalTransition',
  });
}

/**
 * `add /registrations/-`: registers the deal, in place.
 * @throws ApiError when the deal is not eligible or the data break a rule.
 */
export function addRegistration(referral: JsonObject, value: Json, context: RegistrationContext): void {
  if (!isEligible(referral))
    throw conflict(
      'Only a won deal of 25,000 USD or more that Microsoft can see may be registered.',
      context.switches,
    );
  if (!isObject(value) || value.type !== 'AzureIPCoSell')
    throw invalidRequest('The registration type is AzureIPCoSell.', 'registrations/type');
  const registrations = Array.isArray(referral.registrations) ? referral.registrations : [];
  if (registrations.length > 0) throw conflict('The deal is registered already.', context.switches);
  const created = toStamp(textAt(referral, 'createdDateTime') ?? '') ?? context.stamp;
  checkContract(value, stampMs(created), stampMs(context.stamp), context.switches);
  const registration: JsonObject = {
    id: context.newId(),
    registrationDateTime: context.stamp,
    ...value,
    statusReason: null,
    statusHistory: {
      reviewPendingDateTime: null,
      actionRequiredDateTime: null,
      passedDateTime: null,
      failedDateTime: null,
      approvedDateTime: null,
    },
  };
  setStatus(registration, 'ReviewPending', context.stamp);
  referral.registrations = [registration];
  referral.registrationStatus = 'ReviewPending';
}

/**
 * `replace /registrations/0/…`: mends a registration that the review sent back, in place.
 * @throws ApiError when it is not the partner's turn or the path cannot be changed.
 */
export function updateRegistration(
  referral: JsonObject,
  path: string,
  value: Json,
  context: RegistrationContext,
): void {
  const registration = valueAt(referral, 'registrations/0');
  if (!isObject(registration)) throw conflict('The deal is not registered.', context.switches);
  if (!UPDATABLE.has(path))
    throw invalidRequest('The path cannot be changed.', `registrations/0/${path}`, 'unsupportedPath');
  if (registration.status !== 'ActionRequired')
    throw conflict('A registration can be changed only when action is required.', context.switches);
  const at = path.replace('solutionDetails/0/', '');
  const solution = valueAt(registration, 'solutionDetails/0');
  const checked =
    path.endsWith('DateTime') && value !== null ? toTime(value, `registrations/0/${path}`) : value;
  if (at !== path && isObject(solution)) setAt(solution, at, checked);
  else setAt(registration, path, checked);
}

/** Ends an update: checks the whole again and sends it back to review. */
export function resubmitRegistration(referral: JsonObject, context: RegistrationContext): void {
  const registration = valueAt(referral, 'registrations/0');
  if (!isObject(registration)) return;
  const created = toStamp(textAt(referral, 'createdDateTime') ?? '') ?? context.stamp;
  checkContract(registration, stampMs(created), stampMs(context.stamp), context.switches);
  setStatus(registration, 'ReviewPending', context.stamp);
  referral.registrationStatus = 'ReviewPending';
}

/** Microsoft's review, in place; a deal that the service registered by itself has only the status. */
export function reviewRegistration(
  referral: JsonObject,
  status: RegistrationStatus,
  reason: string | null,
  stamp: string,
): void {
  const registration = valueAt(referral, 'registrations/0');
  referral.registrationStatus = status;
  if (!isObject(registration)) return;
  registration.statusReason = reason;
  setStatus(registration, status, stamp);
}
