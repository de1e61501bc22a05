/** Which state changes and edits a partner may make, by the deal's state. Pure. */
import { ApiError, invalidRequest } from './api-error.ts';
import { type JsonObject, textAt, valueAt } from './json.ts';
import type { PartnerCenterSwitches } from './switches.ts';

export const SHARE_CONSENT = 'consent/consentToShareReferralWithMicrosoftSellers';
export const CUSTOMER_TEAM = 'customerProfile/team';

/** Rules whose breach goes to the tenant's list of illegal calls. */
export const ILLEGAL_RULES: ReadonlySet<string> = new Set([
  'illegalTransition',
  'closed',
  'frozenField',
  'consentOneWay',
  'unsupportedOperation',
  'unsupportedPath',
  'notOwner',
  'linksNotAllowed',
  'unknownReason',
]);

/** Status with the substatuses that go with it; `Engaged` is Microsoft's to set. */
const SUBSTATUSES: Readonly<Record<string, readonly string[]>> = {
  None: ['None'],
  New: ['Pending', 'Received'],
  Active: ['Accepted', 'Engaged'],
  Closed: ['Won', 'Lost', 'Declined', 'Expired', 'Error'],
};
const KNOWN_SUBSTATUSES: ReadonlySet<string> = new Set(Object.values(SUBSTATUSES).flat());

const MOVES: Readonly<Record<string, readonly string[]>> = {
  'New/Pending': ['New/Received', 'Active/Accepted', 'Closed/Declined'],
  'New/Received': ['Active/Accepted', 'Closed/Declined'],
  'Active/Accepted': ['Closed/Won', 'Closed/Lost', 'Closed/Error'],
  'Active/Engaged': ['Closed/Won', 'Closed/Lost', 'Closed/Error'],
};
const CLOSES = ['Closed/Won', 'Closed/Lost', 'Closed/Error'];

/** `status/substatus` in one text. */
export function stateOf(referral: JsonObject): string {
  return `${textAt(referral, 'status')}/${textAt(referral, 'substatus')}`;
}

/** Whether a referral takes no more edits. */
export function isClosed(referral: JsonObject): boolean {
  return referral.status === 'Closed';
}

/** A refusal of a state change or of an edit to a closed deal. */
export function illegal(
  message: string,
  target: string,
  rule: 'illegalTransition' | 'closed',
  switches: PartnerCenterSwitches,
): ApiError {
  return new ApiError(message, {
    status: switches.illegalTransitionStatus,
    code: 'invalidRequest',
    target,
    rule,
  });
}

/**
 * Checks the state a partner's write would lead to.
 * @throws ApiError when the state does not exist (400) or cannot be reached from here.
 */
export function checkTransition(
  before: JsonObject,
  after: JsonObject,
  switches: PartnerCenterSwitches,
): void {
  const status = textAt(after, 'status') ?? '';
  const substatus = textAt(after, 'substatus') ?? '';
  if (SUBSTATUSES[status] === undefined)
    throw invalidRequest('There is no such status.', 'status', 'invalidEnumValue');
  if (!KNOWN_SUBSTATUSES.has(substatus))
    throw invalidRequest('There is no such substatus.', 'substatus', 'invalidEnumValue');
  const from = stateOf(before);
  const to = stateOf(after);
  if (from === to) return;
  if (MOVES[from]?.includes(to) === true) return;
  if (switches.closeFromNew && before.status === 'New' && CLOSES.includes(to)) return;
  throw illegal(`A referral cannot go from ${from} to ${to}.`, 'status', 'illegalTransition', switches);
}

const ANSWER_PATHS: ReadonlySet<string> = new Set(['status', 'substatus', 'statusReason']);
/** What may be sent along while an inbound deal is accepted. */
const ACCEPT_PATHS: ReadonlySet<string> = new Set([
  'name',
  'details/dealValue',
  'details/currency',
  'details/closingDateTime',
  'details/notes',
  'externalReferenceId',
  'campaignId',
  'team',
]);

export interface EditContext {
  readonly switches: PartnerCenterSwitches;
  /** Microsoft has been invited to the engagement. */
  readonly sharedWithMicrosoft: boolean;
}

/**
 * Checks that the touched fields (paths without leading slash or array position) may change in this state.
 * @throws ApiError 400 for a frozen field or a consent taken back.
 */
export function checkEdits(
  before: JsonObject,
  after: JsonObject,
  touched: ReadonlySet<string>,
  context: EditContext,
): void {
  if (before.status === 'New') {
    const accepting = after.status === 'Active';
    for (const path of touched) {
      if (ANSWER_PATHS.has(path)) continue;
      if (accepting && ACCEPT_PATHS.has(path)) continue;
      if (path === 'externalReferenceId' && context.switches.tagWhileNew) continue;
      throw invalidRequest(
        `The field '${path}' cannot change before the deal is accepted.`,
        path,
        'frozenField',
      );
    }
  }
  if (touched.has(CUSTOMER_TEAM) && context.sharedWithMicrosoft)
    throw invalidRequest(
      'Customer contacts cannot change after the deal was shared with Microsoft.',
      CUSTOMER_TEAM,
      'frozenField',
    );
  if (valueAt(before, SHARE_CONSENT) === true && valueAt(after, SHARE_CONSENT) !== true)
    throw invalidRequest(
      'A deal that is visible to Microsoft cannot become private.',
      SHARE_CONSENT,
      'consentOneWay',
    );
}
