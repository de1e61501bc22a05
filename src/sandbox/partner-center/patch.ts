/** PATCH and PUT bodies: what they ask for, and the referral they lead to. All or nothing; the input is untouched. */
import { ApiError, invalidRequest } from './api-error.ts';
import { toNewReferral } from './create.ts';
import { isObject, type Json, type JsonObject, listAt, setAt, textAt, valueAt } from './json.ts';
import { MAX_LIST_ITEMS } from './model.ts';
import { checkReason } from './reasons.ts';
import {
  addRegistration,
  type RegistrationContext,
  resubmitRegistration,
  updateRegistration,
} from './registration.ts';
import {
  CUSTOMER_TEAM,
  checkEdits,
  checkTransition,
  type EditContext,
  illegal,
  isClosed,
  SHARE_CONSENT,
} from './rules.ts';
import type { PartnerCenterSwitches } from './switches.ts';
import {
  toContacts,
  toCurrency,
  toDealValue,
  toSalesStage,
  toSolutions,
  toTeam,
  toTextOrNull,
  toTime,
} from './values.ts';

const SOLUTIONS = 'details/requirements/solutions';

/** The paths that the published connector lists, without the leading slash. */
const PATHS: ReadonlySet<string> = new Set([
  'campaignId',
  SHARE_CONSENT,
  CUSTOMER_TEAM,
  `${CUSTOMER_TEAM}/-`,
  'details/closingDateTime',
  'details/currency',
  'details/dealValue',
  'details/notes',
  SOLUTIONS,
  `${SOLUTIONS}/-`,
  'externalReferenceId',
  'referralProgram',
  'salesStage',
  'status',
  'substatus',
  'statusReason',
  'team',
  'team/-',
]);

export interface PatchOperation {
  readonly op: 'add' | 'replace';
  /** Without the leading slash. */
  readonly path: string;
  readonly value: Json;
}

/**
 * Reads a JSON Patch document.
 * @throws ApiError 400 for anything but `add` and `replace` on a path that can be patched.
 */
export function parsePatch(body: Json, switches: PartnerCenterSwitches): readonly PatchOperation[] {
  if (!Array.isArray(body) || body.length === 0)
    throw invalidRequest(
      'The body must be a JSON Patch array with at least one operation.',
      'referral',
      'malformed',
    );
  return body.map((item) => {
    const op = textAt(item, 'op');
    const pointer = textAt(item, 'path');
    if (!isObject(item) || op === null || pointer === null || !pointer.startsWith('/'))
      throw invalidRequest('A patch operation has op, path and value.', 'referral', 'malformed');
    if (op !== 'add' && op !== 'replace')
      throw invalidRequest(`The operation '${op}' is not supported.`, pointer, 'unsupportedOperation');
    const path = pointer.slice(1);
    const isRegistration = path === 'registrations/-' || path.startsWith('registrations/0/');
    const isName = path === 'name' && switches.patchName === 'accept';
    if (!isRegistration && !isName && !PATHS.has(path))
      throw invalidRequest(`The path '${pointer}' cannot be patched.`, pointer, 'unsupportedPath');
    if (path.endsWith('/-') && op === 'replace')
      throw invalidRequest('The end of a list can only be added to.', pointer, 'unsupportedOperation');
    if (item.value === undefined)
      throw invalidRequest('The operation lacks its value.', pointer, 'malformed');
    return { op, path, value: item.value };
  });
}

function toValue(path: string, value: Json, switches: PartnerCenterSwitches): Json {
  switch (path) {
    case 'details/dealValue':
      return toDealValue(value, path, switches);
    case 'details/currency':
      return toCurrency(value, path);
    case 'details/closingDateTime':
      return toTime(value, path);
    case SOLUTIONS:
      return toSolutions(value, path);
    case 'team':
      return toTeam(value, path);
    case CUSTOMER_TEAM:
      return toContacts(value, path);
    case 'salesStage':
      return toSalesStage(value, path, switches);
    case SHARE_CONSENT:
      if (typeof value !== 'boolean')
        throw invalidRequest('true or false was expected.', path, 'invalidType');
      return value;
    case 'name':
      if (typeof value !== 'string' || value === '')
        throw invalidRequest('A deal has a name.', path, 'requiredFieldMissing');
      return value;
    default:
      return toTextOrNull(value, path);
  }
}

function applyOne(after: JsonObject, operation: PatchOperation, switches: PartnerCenterSwitches): string {
  const { path, value } = operation;
  if (!path.endsWith('/-')) {
    setAt(after, path, toValue(path, value, switches));
    return path;
  }
  const list = path.slice(0, -2);
  const added = toValue(list, [value], switches);
  const joined = [...listAt(after, list), ...(Array.isArray(added) ? added : [])];
  if (joined.length > MAX_LIST_ITEMS)
    throw invalidRequest(`No more than ${MAX_LIST_ITEMS} entries are taken.`, list, 'tooMany');
  setAt(after, list, joined);
  return list;
}

/** Sets the times that go with a change of status, in place. */
export function stampTransition(before: JsonObject, after: JsonObject, stamp: string): void {
  if (before.status === after.status) return;
  if (after.status === 'Active') after.acceptedDateTime = stamp;
  if (after.status !== 'Closed') return;
  after.closedDateTime = stamp;
  if (after.substatus === 'Won') after.salesStage = '100';
}

/**
 * The referral after a PATCH.
 * @throws ApiError when any operation is refused; then none takes effect.
 */
export function applyPatch(
  before: JsonObject,
  operations: readonly PatchOperation[],
  context: EditContext & RegistrationContext,
): JsonObject {
  const { switches, stamp } = context;
  const after = structuredClone(before);
  const registrations = operations.filter(({ path }) => path.startsWith('registrations/'));
  const edits = operations.filter((operation) => !registrations.includes(operation));
  if (edits.length > 0) {
    if (isClosed(before)) throw illegal('A closed referral cannot be edited.', 'status', 'closed', switches);
    const touched = new Set(edits.map((operation) => applyOne(after, operation, switches)));
    checkTransition(before, after, switches);
    checkReason(before, after, switches);
    checkEdits(before, after, touched, context);
    stampTransition(before, after, stamp);
  }
  let updated = false;
  for (const { path, value } of registrations) {
    // The deal must have been won before this request, not by it.
    if (!isClosed(before))
      throw illegal('Only a won deal can be registered.', 'registrations', 'illegalTransition', switches);
    if (path === 'registrations/-') addRegistration(after, value, context);
    else {
      updateRegistration(after, path.slice('registrations/0/'.length), value, context);
      updated = true;
    }
  }
  if (updated) resubmitRegistration(after, context);
  return after;
}

/** What a PUT cannot touch: the service's own fields are carried over whatever the body says. */
const SERVICE_FIELDS = [
  'id',
  'engagementId',
  'organizationId',
  'organizationName',
  'mpnId',
  'createdDateTime',
  'acceptedDateTime',
  'closedDateTime',
  'expirationDateTime',
  'direction',
  'quality',
  'isSpam',
  'registrationStatus',
  'registrations',
  'trackingInfo',
  'type',
] as const;
/** Customer data are frozen from creation on. */
const FROZEN = ['customerProfile/name', 'customerProfile/address'] as const;

/**
 * The referral after a PUT, which replaces everything: what the body leaves out is lost.
 * @throws ApiError for a body with `links`, an invalid body or an illegal change.
 */
export function applyPut(
  before: JsonObject,
  body: Json,
  context: EditContext & { readonly stamp: string },
): JsonObject {
  const { switches, stamp } = context;
  if (isObject(body) && body.links !== undefined)
    throw new ApiError('The links object must not be sent.', {
      status: 400,
      code: 'invalidRequest',
      target: 'links',
      rule: 'linksNotAllowed',
    });
  if (isClosed(before)) throw illegal('A closed referral cannot be edited.', 'status', 'closed', switches);
  const after = toNewReferral(body, switches, 0);
  const input = isObject(body) ? body : {};
  after.status = input.status ?? before.status ?? null;
  after.substatus = input.substatus ?? before.substatus ?? null;
  for (const field of SERVICE_FIELDS) after[field] = structuredClone(before[field] ?? null);
  setAt(
    after,
    'inviteContext/invitedBy',
    structuredClone(valueAt(before, 'inviteContext/invitedBy') ?? null),
  );
  for (const path of FROZEN) setAt(after, path, structuredClone(valueAt(before, path) ?? null));
  checkTransition(before, after, switches);
  checkEdits(before, after, new Set(), context);
  stampTransition(before, after, stamp);
  return after;
}
