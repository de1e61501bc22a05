/** A referral's payload in the core's terms. */
import type { Address, Customer, Deal, Person } from '../../core/deal.ts';
import { canonicalGuid, parseReferralId, parseTag } from '../../core/ids.ts';
import { isMicrosoftAddress } from '../../core/microsoft-team.ts';
import type { Referral } from '../../core/ports.ts';
import { readRegistrations } from './registration.ts';
import { type ReferralPayload, readPayload } from './schema.ts';
import { type Reading, readHelp, readSalesStage, readState } from './states.ts';
import { canonicalText, canonicalTextOf } from './text.ts';
import { calendarDay } from './timestamps.ts';

/** Microsoft's organisation id. */
const MICROSOFT = 'msft';
const KNOWN_TYPES = new Set(['independent', 'shared']);
const KNOWN_QUALIFICATIONS = new Set(['none', 'direct', 'marketingqualified', 'salesqualified']);

export interface MappingOptions {
  /** The zone in which a day of Partner Center's instants is read. */
  readonly timeZone: string;
  /** Our organisation's id, where it is configured. */
  readonly organizationId: string | null;
}

/** What we note while reading a record: unknown words by field, and values that cannot be right. */
interface Notes {
  readonly unknown: Record<string, string>;
  readonly malformed: string[];
}

/**
 * The referral that a row or a single answer describes; null when it carries no id, so that nothing can be done with it.
 * @param etag the answer's ETag header, which is preferred to the field in the body
 */
export function toReferral(row: unknown, etag: string | null, options: MappingOptions): Referral | null {
  const { payload, malformed } = readPayload(row);
  const id = parseReferralId(payload.id ?? '');
  if (id === null) return null;
  const notes: Notes = { unknown: {}, malformed: [...malformed] };
  const engagementId = canonicalGuid(payload.engagementId ?? '') ?? payload.engagementId ?? '';
  if (engagementId === '') notes.malformed.push('engagementId: is missing');
  const createdAt = payload.createdDateTime ?? payload.updatedDateTime ?? '';
  const organizationId = payload.organizationId ?? null;
  const invitedBy = payload.inviteContext?.invitedBy?.organizationId ?? null;
  noteUnknownWord(notes, 'type', payload.type, KNOWN_TYPES);
  noteUnknownWord(notes, 'qualification', payload.qualification, KNOWN_QUALIFICATIONS);
  const deal = toDeal(payload, options, notes);
  const registrations = readRegistrations(payload.registrations, options.timeZone);
  return {
    id,
    engagementId,
    organizationId,
    organizationName: canonicalText(payload.organizationName ?? ''),
    version: etag ?? payload.eTag ?? null,
    createdAt,
    updatedAt: payload.updatedDateTime ?? createdAt,
    expiresAt: payload.expirationDateTime ?? null,
    acceptedAt: payload.acceptedDateTime ?? null,
    closedAt: payload.closedDateTime ?? null,
    tag: parseTag(payload.externalReferenceId),
    origin: originOf(payload),
    category: categoryOf(payload),
    isMicrosofts: belongsToAnother(payload, options.organizationId),
    invitedByOrganizationId: invitedBy,
    status: payload.status ?? '',
    substatus: payload.substatus ?? '',
    type: payload.type ?? '',
    favorite: payload.favorite === true,
    registrationStatus: payload.registrationStatus ?? null,
    ...(payload.team === undefined ? {} : { microsoftTeam: (payload.team ?? []).flatMap(toMicrosoftMember) }),
    ...(registrations === undefined ? {} : { registrations }),
    deal,
    unknown: notes.unknown,
    malformed: notes.malformed,
  };
}

function sameWord(left: string | null | undefined, right: string | null | undefined): boolean {
  return (left ?? '').trim().toLowerCase() === (right ?? '').trim().toLowerCase();
}

/** Who invited decides: the direction field reads "Incoming" on deals of one's own, too. */
function originOf({ inviteContext, organizationId, direction }: ReferralPayload): Referral['origin'] {
  const inviter = inviteContext?.invitedBy?.organizationId ?? null;
  if (inviter !== null) return sameWord(inviter, organizationId) ? 'own' : 'inbound';
  return sameWord(direction, 'outgoing') ? 'own' : 'inbound';
}

/** Leads are told from deals by type, qualification and inviter together; the source fields alone mislead. */
function categoryOf({ type, qualification, inviteContext }: ReferralPayload): Referral['category'] {
  if (!sameWord(type, 'independent')) return 'deal';
  const inviter = inviteContext?.invitedBy?.organizationId ?? null;
  const isMicrosofts = sameWord(inviter, MICROSOFT);
  if (sameWord(qualification, 'direct') && (inviter === null || isMicrosofts)) return 'marketplace';
  const isQualified =
    sameWord(qualification, 'salesqualified') || sameWord(qualification, 'marketingqualified');
  return isQualified && isMicrosofts ? 'lead' : 'deal';
}

function belongsToAnother({ organizationId, target }: ReferralPayload, ours: string | null): boolean {
  if (sameWord(organizationId, MICROSOFT)) return true;
  if ((target ?? []).some(({ id }) => sameWord(id, MICROSOFT))) return true;
  return ours !== null && (organizationId ?? null) !== null && !sameWord(organizationId, ours);
}

function noteUnknownWord(
  notes: Notes,
  field: string,
  word: string | null | undefined,
  known: ReadonlySet<string>,
): void {
  if (word !== null && word !== undefined && !known.has(word.trim().toLowerCase()))
    notes.unknown[field] = word;
}

/** A value as read; undefined (not known) when the word is foreign or contradicts another. */
function settle<T>(reading: Reading<T>, field: string, notes: Notes): T | null | undefined {
  if (reading.kind === 'value') return reading.value;
  if (reading.kind === 'unknown') notes.unknown[field] = reading.word;
  else notes.malformed.push(`${field}: ${reading.words} contradicts itself`);
  return undefined;
}

/** What lies under a parent: unknown when the parent is missing, empty when the parent is empty. */
function under<Parent, Value>(
  parent: Parent | null | undefined,
  read: (parent: Parent) => Value,
): Value | null | undefined {
  return parent === null || parent === undefined ? (parent as null | undefined) : read(parent);
}

function toDeal(payload: ReferralPayload, { timeZone }: MappingOptions, notes: Notes): Deal {
  const { details, customerProfile, consent, inviteContext } = payload;
  const says = payload.status !== undefined || payload.substatus !== undefined;
  const state = says
    ? settle(readState(payload.status ?? '', payload.substatus ?? ''), 'state', notes)
    : undefined;
  const attributes = under(
    under(details, ({ requirements }) => requirements),
    ({ additionalRequirements }) => under(additionalRequirements, (additional) => additional.attributes),
  );
  const attribute = (type: string): string | null | undefined =>
    under(attributes, (list) => canonicalText(list.find((entry) => sameWord(entry.type, type))?.id ?? ''));
  const solutions = under(
    under(details, ({ requirements }) => requirements),
    (requirements) => requirements.solutions,
  );
  const contacts = under(customerProfile, ({ team }) => team);
  const closeDate = under(details, ({ closingDateTime }) => closingDateTime);
  return known({
    name: canonicalTextOf(payload.name),
    amount: under(details, ({ dealValue }) => dealValue),
    currency: under(details, ({ currency }) =>
      under(currency, (code) => canonicalText(code)?.toUpperCase() ?? null),
    ),
    closeDate: under(closeDate, (raw) => calendarDay(raw, timeZone)),
    notes: under(details, (known) => canonicalTextOf(known.notes)),
    campaignId: canonicalTextOf(payload.campaignId),
    customer: under(customerProfile, toCustomer),
    // Partner Center hides the contacts of expired leads: what is hidden is not known, and not deleted.
    contacts: state === 'Expired' ? undefined : toPeople(contacts),
    team: toPeople(payload.team),
    solutions: solutions === undefined ? undefined : (solutions ?? []).flatMap(toSolution),
    state,
    salesStage: under(payload.salesStage, (word) => settle(readSalesStage(word), 'salesStage', notes)),
    reason: canonicalTextOf(payload.statusReason),
    help: under(inviteContext, (context) =>
      under(context.assistanceRequestCode, (word) => settle(readHelp(word), 'help', notes)),
    ),
    visibleToMicrosoft: under(consent, (given) => given.consentToShareReferralWithMicrosoftSellers),
    consentToShareContact: under(
      consent,
      ({ consentToToShareInfoWithOthers: share, consentToContact: contact }) =>
        share === undefined && contact === undefined ? undefined : share === true && contact === true,
    ),
    microsoftCrmId: under(payload.trackingInfo, (tracking) => canonicalTextOf(tracking.microsoftMsxId)),
    referralProgram: canonicalTextOf(payload.referralProgram),
    favorite: payload.favorite,
    marketplaceIntent: attribute('CustomerMarketplaceIntent'),
    partnerRole: attribute('PartnerRole'),
    solutionArea: attribute('SolutionArea'),
    solutionPlay: attribute('SolutionPlay'),
  });
}

type Unsettled = { readonly [Key in keyof Deal]: Deal[Key] | undefined };

/** Leaves out what is not known: an absent key decides nothing. */
function known(values: Unsettled): Deal {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

type Members = NonNullable<ReferralPayload['team']>;

/** No list is an empty list; a missing key is an unknown one. */
function toPeople(members: Members | null | undefined): readonly Person[] | undefined {
  return members === undefined ? undefined : (members ?? []).map(toPerson);
}

function toPerson({ firstName, lastName, phoneNumber, email }: Members[number]): Person {
  return {
    firstName: canonicalText(firstName ?? ''),
    lastName: canonicalText(lastName ?? ''),
    email: canonicalText(email ?? '')?.toLowerCase() ?? null,
    phone: canonicalText(phoneNumber ?? ''),
  };
}

function toMicrosoftMember({ firstName, lastName, email, title }: Members[number]) {
  if (!isMicrosoftAddress(email)) return [];
  const name = [firstName, lastName].map((part) => canonicalText(part ?? '')).filter((part) => part !== null);
  return [
    {
      name: name.length === 0 ? null : name.join(' '),
      role: canonicalText(title ?? ''),
      email: email.trim().toLowerCase(),
    },
  ];
}

function toSolution({ id, name }: { id?: string | null | undefined; name?: string | null | undefined }) {
  const canonicalId = canonicalText(id ?? '');
  return canonicalId === null ? [] : [{ id: canonicalId, name: canonicalText(name ?? '') }];
}

function toCustomer({
  name,
  address,
  size,
  ids,
}: NonNullable<ReferralPayload['customerProfile']>): Customer | null {
  const duns = (ids ?? []).find(({ profileType }) => sameWord(profileType, 'duns'))?.id ?? '';
  const digits = duns.replace(/\D/g, '');
  const canonicalAddress: Address = {
    line1: canonicalText(address?.addressLine1 ?? ''),
    line2: canonicalText(address?.addressLine2 ?? ''),
    city: canonicalText(address?.city ?? ''),
    // Deals made on the web site carry the state in `region` and leave `state` empty.
    state: canonicalText(address?.state ?? '') ?? canonicalText(address?.region ?? ''),
    postalCode: canonicalText(address?.postalCode ?? ''),
    country: canonicalText(address?.country ?? '')?.toUpperCase() ?? null,
  };
  return {
    name: canonicalText(name ?? ''),
    address: canonicalAddress,
    duns: digits.length === 9 ? digits : null,
    size: canonicalText(size ?? ''),
  };
}
