/** The reasons that the portal offers for a refusal, a loss and a close as an error. Pure. */
import { invalidRequest } from './api-error.ts';
import { type JsonObject, textAt } from './json.ts';
import type { PartnerCenterSwitches } from './switches.ts';

const DECLINED_OR_LOST: ReadonlySet<string> = new Set([
  'Budget not adequate',
  'Customer did not respond',
  'Customer chose another vendor',
  'Customer requirement not met',
  'Not a customer',
  'Proposed timeline too short',
  'Abuse, spam or phishing',
  'Others',
]);
const ERROR: ReadonlySet<string> = new Set([
  'Duplicate, created by bulk upload',
  'Duplicate, created in Partner Center',
  'Duplicate, sent by Microsoft',
  'Connector data sync issue',
  'Customer matching issue',
  'Solution issue',
  'Test referral',
  'Data error',
  'Others',
]);
const REASONS: Readonly<Record<string, ReadonlySet<string>>> = {
  Declined: DECLINED_OR_LOST,
  Lost: DECLINED_OR_LOST,
  Error: ERROR,
};

/**
 * Checks the reason of a close: a refusal and an error have one, and it is one of the portal's.
 * @throws ApiError 400
 */
export function checkReason(before: JsonObject, after: JsonObject, switches: PartnerCenterSwitches): void {
  const known = REASONS[textAt(after, 'substatus') ?? ''];
  if (switches.reasons === 'any' || before.status === 'Closed' || known === undefined) return;
  const reason = textAt(after, 'statusReason') ?? '';
  if (reason === '' && after.substatus === 'Lost') return;
  if (reason === '') throw invalidRequest('A reason is needed.', 'statusReason', 'requiredFieldMissing');
  if (!known.has(reason))
    throw invalidRequest(`There is no reason '${reason}'.`, 'statusReason', 'unknownReason');
}
