/** What we send: bodies of creates and JSON Patch documents. Pure. */
import { Decimal } from 'decimal.js';
import type { Customer, Deal, FieldName, Person, Solution } from '../../core/deal.ts';
import { RemoteError } from '../../core/errors.ts';
import type { ReferralChanges, ReferralDraft } from '../../core/ports.ts';
import { mergeMembers, mergeSolutions, type RawLists } from './raw-lists.ts';
import { type SalesStageStyle, writeSalesStage, writeState } from './states.ts';
import { closingDateTime } from './timestamps.ts';

/** Only `replace` and `add` exist: removing an entry means sending the whole list again. */
export interface PatchOperation {
  readonly op: 'replace' | 'add';
  readonly path: string;
  readonly value: unknown;
}

export interface WritingOptions {
  readonly salesStageStyle: SalesStageStyle;
  /** The lists as last read, so that what we do not know of an entry is sent back unchanged. */
  readonly raw: RawLists | null;
}

const CLOSED_STATES = new Set(['Won', 'Lost', 'Declined', 'Error']);
const SOLUTION_LIST = '/details/requirements/solutions';

/** The fields that a PATCH can carry, and how. Every other field in a change is a bug of the caller. */
const PATCHES: Readonly<
  Partial<Record<FieldName, (deal: Deal, options: WritingOptions) => readonly PatchOperation[]>>
> = {
  amount: ({ amount }) => [replace('/details/dealValue', toNumber(amount ?? null))],
  currency: ({ currency }) => [replace('/details/currency', currency)],
  closeDate: ({ closeDate }) => [replace('/details/closingDateTime', toClosing(closeDate))],
  notes: ({ notes }) => [replace('/details/notes', notes)],
  campaignId: ({ campaignId }) => [replace('/campaignId', campaignId)],
  contacts: ({ contacts = [] }, { raw }) => [
    replace('/customerProfile/team', mergeMembers(contacts, raw?.contacts)),
  ],
  team: ({ team = [] }, { raw }) => [replace('/team', mergeMembers(team, raw?.team))],
  solutions: ({ solutions = [] }, { raw }) => [
    replace(SOLUTION_LIST, mergeSolutions(solutions, raw?.solutions)),
  ],
  salesStage: ({ salesStage = null }, { salesStageStyle }) => [
    replace('/salesStage', salesStage === null ? null : writeSalesStage(salesStage, salesStageStyle)),
  ],
  reason: ({ reason }) => [replace('/statusReason', reason)],
  referralProgram: ({ referralProgram }) => [replace('/referralProgram', referralProgram)],
  visibleToMicrosoft: ({ visibleToMicrosoft }) => {
    if (visibleToMicrosoft !== true)
      throw new TypeError('Visibility to Microsoft can only be given, never taken back.');
    return [replace('/consent/consentToShareReferralWithMicrosoftSellers', true)];
  },
  state: ({ state = null }) => {
    if (state === null) throw new TypeError('A referral cannot be left without a state.');
    // Status and substatus only ever travel together.
    const { status, substatus } = writeState(state);
    return [replace('/status', status), replace('/substatus', substatus)];
  },
};

/**
 * The JSON Patch for the changes, in an order that is legal if the remote applies it step by step: a deal is accepted
 * before it is edited, and edited before it is closed.
 *
 * @throws RemoteError `rejected` for an amount that cannot be sent
 * @throws TypeError for a field that no PATCH can carry, and when there is nothing to change
 */
export function toPatch({ deal, tag }: ReferralChanges, options: WritingOptions): readonly PatchOperation[] {
  const operations = (field: FieldName): readonly PatchOperation[] => {
    if (deal[field] === undefined) return [];
    const patch = PATCHES[field];
    if (patch === undefined)
      throw new TypeError(`The field "${field}" of an existing referral cannot be changed.`);
    return patch(deal, options);
  };
  const stateOperations = [...operations('state'), ...operations('reason')];
  const contentFields = (Object.keys(deal) as FieldName[]).filter(
    (field) => field !== 'state' && field !== 'reason',
  );
  const contentOperations = contentFields.flatMap(operations);
  if (tag !== undefined) contentOperations.push(replace('/externalReferenceId', tag));
  if (stateOperations.length + contentOperations.length === 0) {
    throw new TypeError('There is nothing to change in the referral.');
  }
  const closes = typeof deal.state === 'string' && CLOSED_STATES.has(deal.state);
  return closes ? [...contentOperations, ...stateOperations] : [...stateOperations, ...contentOperations];
}

/** Whether the changes replace a list, for which the list as it is now must be known. */
export function replacesLists({ deal }: ReferralChanges): boolean {
  return deal.team !== undefined || deal.contacts !== undefined || deal.solutions !== undefined;
}

/**
 * The body that creates a referral, or with `invite` the second one that asks Microsoft to join the engagement.
 * Consents are only ever true when the deal says so; contacts go out only with consent to share them. Status and
 * substatus are left to Partner Center.
 *
 * @throws RemoteError `rejected` for an amount that cannot be sent
 */
export function toCreateBody(
  { deal, opportunityId, type, invite }: ReferralDraft,
  { salesStageStyle }: Pick<WritingOptions, 'salesStageStyle'>,
): Readonly<Record<string, unknown>> {
  const { solutions = [], help = null, closeDate = null, salesStage = null } = deal;
  const sharesContact = deal.consentToShareContact === true;
  return compact({
    name: deal.name,
    externalReferenceId: opportunityId,
    engagementId: invite?.engagementId,
    type,
    qualification: 'SalesQualified',
    campaignId: deal.campaignId,
    salesStage: salesStage === null ? null : writeSalesStage(salesStage, salesStageStyle),
    referralProgram: deal.referralProgram,
    customerProfile: toCustomerProfile(deal.customer ?? null, sharesContact ? (deal.contacts ?? []) : []),
    consent: {
      consentToToShareInfoWithOthers: sharesContact,
      consentToContact: sharesContact,
      // Asking for help implies being seen, as on the web site.
      consentToShareReferralWithMicrosoftSellers: deal.visibleToMicrosoft === true || help !== null,
    },
    details: compact({
      notes: deal.notes,
      dealValue: deal.amount === undefined || deal.amount === null ? null : toNumber(deal.amount),
      currency: deal.currency,
      closingDateTime: closeDate === null ? null : closingDateTime(closeDate),
      requirements: {
        solutions: solutions.map(({ id, name }) => compact({ id, name, type: 'Name' })),
        additionalRequirements: { attributes: toAttributes(deal) },
      },
    }),
    team: mergeMembers(deal.team ?? [], undefined),
    target: toTarget(type, solutions, invite !== undefined),
    inviteContext: help === null ? null : compact({ assistanceRequestCode: help, notes: invite?.notes }),
  });
}

function toTarget(type: ReferralDraft['type'], [first]: readonly Solution[], isInvitation: boolean) {
  if (isInvitation) return [{ type: 'BusinessProfileLocation', id: 'msft' }];
  return type === 'Shared' && first !== undefined ? [{ type: 'SolutionProfile', id: first.id }] : [];
}

function toAttributes(deal: Deal): readonly { readonly type: string; readonly id: string }[] {
  const attributes = [
    ['CustomerMarketplaceIntent', deal.marketplaceIntent],
    ['PartnerRole', deal.partnerRole],
    ['SolutionArea', deal.solutionArea],
    ['SolutionPlay', deal.solutionPlay],
  ] as const;
  return attributes.flatMap(([type, id]) => (id === undefined || id === null ? [] : [{ type, id }]));
}

function toCustomerProfile(
  customer: Customer | null,
  contacts: readonly Person[],
): Readonly<Record<string, unknown>> {
  const address = customer?.address;
  return compact({
    name: customer?.name,
    address: compact({
      addressLine1: address?.line1,
      addressLine2: address?.line2,
      city: address?.city,
      state: address?.state,
      postalCode: address?.postalCode,
      country: address?.country,
    }),
    size: customer?.size,
    team: mergeMembers(contacts, undefined),
    ids: customer === null || customer.duns === null ? [] : [{ profileType: 'Duns', id: customer.duns }],
  });
}

function replace(path: string, value: unknown): PatchOperation {
  return { op: 'replace', path, value: value ?? null };
}

function toClosing(day: string | null | undefined): string {
  if (day !== null && day !== undefined) return closingDateTime(day);
  throw new RemoteError('The close date cannot be emptied in Partner Center. Enter one in the CRM.', {
    code: 'rejected',
    system: 'partnerCenter',
    fields: ['closeDate'],
  });
}

/** The amount as a JSON number, exactly. Partner Center must not be sent an empty value. */
function toNumber(amount: string | null): number {
  const number = Number(amount);
  if (amount !== null && Number.isFinite(number) && new Decimal(number).equals(amount)) return number;
  const why = amount === null ? 'it is empty' : 'it has more digits than a JSON number holds';
  throw new RemoteError(
    `The deal value cannot be sent to Partner Center: ${why}. Correct the amount in the CRM.`,
    {
      code: 'rejected',
      system: 'partnerCenter',
      fields: ['amount'],
    },
  );
}

function compact(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  );
}
