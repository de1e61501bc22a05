/**
 * The resource's shape: key names, enumerations, and how the service fills what a client leaves out. The order of
 * keys and the defaults follow records as they come back from the service, not the documents.
 */
import { isObject, type Json, type JsonObject } from './json.ts';

export const QUALIFICATIONS = ['None', 'Direct', 'MarketingQualified', 'SalesQualified'] as const;
export const REFERRAL_TYPES = ['Independent', 'Shared'] as const;
export const TARGET_TYPES = ['None', 'BusinessProfileLocation', 'SolutionProfile'] as const;
export const SOLUTION_TYPES = ['None', 'Category', 'Name'] as const;
export const ASSISTANCE_CODES = [
  'Unknown',
  'GeneralOrOther',
  'CustomerTechnicalArchitecture',
  'ProofOfConceptOrDemo',
  'QuotesOrLicensing',
  'PostSalesCustomerSuccess',
  'WorkloadSpecificValueProposition',
] as const;

/** Microsoft's own organisation id in engagements. */
export const MICROSOFT = 'msft';
/** Largest team and largest list of solutions. */
export const MAX_LIST_ITEMS = 50;

const KEYS = [
  'id engagementId name organizationId organizationName lastModifiedVia lastRunId externalReferenceId',
  'createdDateTime updatedDateTime expirationDateTime status substatus statusReason qualification type',
  'referralSource eTag favorite campaignId salesStage quality isSpam direction mpnId referralProgram',
  'dealSensitivity createdVia tags acceptedDateTime closedDateTime callToAction registrationStatus target',
  'customerProfile size isMatchingComplete address addressLine1 addressLine2 city state postalCode country region',
  'team firstName lastName phoneNumber email title contactPreference locale disableNotifications ids profileType',
  'consent consentToToShareInfoWithOthers consentToContact consentToShareReferralWithMicrosoftSellers',
  'consentToMicrosoftToContactSpecificPartners details notes dealValue currency closingDateTime',
  'customerRequestedContact customerAction incentiveLevel requirements industries products services solutions',
  'offers salesPlays additionalRequirements iot attributes price quantity publisherName solutionType',
  'customerLicenseAgreementNumber deviceCategory siliconType azureCertifiedDevice attachServices inviteContext',
  'assistanceRequestCode invitedMpnId invitedBy links self relatedReferrals uri method trackingInfo registrations',
  'contract term signDateTime startDateTime endDateTime value solutionDetails isDeployedOnAzure',
  'primaryDeploymentOn pricingModel marketplaceTransactionDetails isMarketplaceTransacted',
  'marketplaceTransactionDateTime op path',
]
  .join(' ')
  .split(' ');

const CANONICAL: ReadonlyMap<string, string> = new Map(KEYS.map((key) => [key.toLowerCase(), key]));

/** The documented spelling of a key that came in another casing; other keys stay as they are. */
export function canonicalKey(key: string): string {
  return CANONICAL.get(key.toLowerCase()) ?? key;
}

/** A value or null, for keys that come back even when they were not sent. */
function orNull(value: Json | undefined): Json {
  return value ?? null;
}

/** A person as the service gives it back. */
export function fillMember(input: JsonObject): JsonObject {
  const preference = isObject(input.contactPreference) ? input.contactPreference : {};
  return {
    firstName: orNull(input.firstName),
    lastName: orNull(input.lastName),
    phoneNumber: orNull(input.phoneNumber),
    email: orNull(input.email),
    title: orNull(input.title),
    contactPreference: {
      locale: orNull(preference.locale),
      disableNotifications: orNull(preference.disableNotifications),
    },
  };
}

/** A solution as the service gives it back. */
export function fillSolution(input: JsonObject): JsonObject {
  return {
    id: orNull(input.id),
    name: orNull(input.name),
    type: input.type ?? 'Name',
    price: orNull(input.price),
    quantity: orNull(input.quantity),
    currency: orNull(input.currency),
    publisherName: orNull(input.publisherName),
    solutionType: orNull(input.solutionType),
    closingDateTime: orNull(input.closingDateTime),
  };
}

function fillEach(value: Json | undefined, fill: (item: JsonObject) => JsonObject): Json[] {
  return Array.isArray(value) ? value.filter(isObject).map(fill) : [];
}

/** A list of people. */
export function fillTeam(value: Json | undefined): Json[] {
  return fillEach(value, fillMember);
}

/** A list of solutions. */
export function fillSolutions(value: Json | undefined): Json[] {
  return fillEach(value, fillSolution);
}

function fillCustomer(input: JsonObject): JsonObject {
  const address = isObject(input.address) ? input.address : {};
  return {
    name: orNull(input.name),
    size: orNull(input.size),
    isMatchingComplete: false,
    address: {
      addressLine1: orNull(address.addressLine1),
      addressLine2: orNull(address.addressLine2),
      city: orNull(address.city),
      state: orNull(address.state),
      postalCode: orNull(address.postalCode),
      country: orNull(address.country),
      region: orNull(address.region),
    },
    team: fillTeam(input.team),
    ids: fillEach(input.ids, (item) => ({ profileType: orNull(item.profileType), id: orNull(item.id) })),
  };
}

function fillConsent(input: JsonObject): JsonObject {
  const specific = input.consentToMicrosoftToContactSpecificPartners;
  return {
    consentToToShareInfoWithOthers: input.consentToToShareInfoWithOthers === true,
    consentToContact: input.consentToContact === true,
    consentToShareReferralWithMicrosoftSellers: input.consentToShareReferralWithMicrosoftSellers === true,
    ...(specific === undefined ? {} : { consentToMicrosoftToContactSpecificPartners: specific }),
  };
}

function fillDetails(input: JsonObject): JsonObject {
  const requirements = isObject(input.requirements) ? input.requirements : {};
  const additional = isObject(requirements.additionalRequirements) ? requirements.additionalRequirements : {};
  const iot = isObject(additional.iot) ? additional.iot : {};
  return {
    notes: orNull(input.notes),
    dealValue: orNull(input.dealValue),
    currency: orNull(input.currency),
    closingDateTime: orNull(input.closingDateTime),
    customerRequestedContact: orNull(input.customerRequestedContact),
    customerAction: orNull(input.customerAction),
    incentiveLevel: null,
    requirements: {
      industries: fillEach(requirements.industries, (item) => ({ id: orNull(item.id) })),
      products: fillEach(requirements.products, (item) => ({ id: orNull(item.id) })),
      services: fillEach(requirements.services, (item) => ({ id: orNull(item.id) })),
      solutions: fillSolutions(requirements.solutions),
      offers: fillEach(requirements.offers, (item) => ({ id: orNull(item.id) })),
      salesPlays: fillEach(requirements.salesPlays, (item) => ({ id: orNull(item.id) })),
      additionalRequirements: {
        iot: {
          customerLicenseAgreementNumber: orNull(iot.customerLicenseAgreementNumber),
          deviceCategory: orNull(iot.deviceCategory),
          siliconType: orNull(iot.siliconType),
          azureCertifiedDevice: iot.azureCertifiedDevice === true,
          attachServices: iot.attachServices === true,
        },
        attributes: fillEach(additional.attributes, (item) => ({
          id: orNull(item.id),
          type: orNull(item.type),
        })),
      },
    },
  };
}

/**
 * A whole referral from what a client, a portal user or another organisation put in. Ids, times, state and owner
 * are placeholders that the tenant sets.
 */
export function fillReferral(input: JsonObject): JsonObject {
  const invite = isObject(input.inviteContext) ? input.inviteContext : {};
  return {
    id: '',
    engagementId: '',
    name: orNull(input.name),
    organizationId: '',
    organizationName: null,
    lastModifiedVia: orNull(input.lastModifiedVia),
    lastRunId: orNull(input.lastRunId),
    externalReferenceId: orNull(input.externalReferenceId),
    createdDateTime: '',
    updatedDateTime: '',
    expirationDateTime: null,
    status: 'New',
    substatus: 'Pending',
    statusReason: orNull(input.statusReason),
    qualification: input.qualification ?? 'None',
    type: orNull(input.type),
    referralSource: null,
    eTag: '',
    favorite: input.favorite === true,
    campaignId: orNull(input.campaignId),
    salesStage: orNull(input.salesStage),
    quality: 'Unknown',
    isSpam: false,
    direction: 'Incoming',
    mpnId: orNull(input.mpnId),
    referralProgram: orNull(input.referralProgram),
    dealSensitivity: 'None',
    createdVia: null,
    tags: [],
    acceptedDateTime: null,
    closedDateTime: null,
    callToAction: null,
    registrationStatus: 'None',
    target: fillEach(input.target, (item) => ({ type: orNull(item.type), id: orNull(item.id) })),
    customerProfile: fillCustomer(isObject(input.customerProfile) ? input.customerProfile : {}),
    consent: fillConsent(isObject(input.consent) ? input.consent : {}),
    details: fillDetails(isObject(input.details) ? input.details : {}),
    team: fillTeam(input.team),
    inviteContext: {
      notes: orNull(invite.notes),
      assistanceRequestCode: invite.assistanceRequestCode ?? 'Unknown',
      invitedMpnId: orNull(invite.invitedMpnId),
      invitedBy: { organizationId: null, organizationName: null },
    },
    trackingInfo: {
      microsoftMsxId: null,
      microsoftUSFedOpportunityId: null,
      microsoftUSFedLeadId: null,
      migratedPSCDealId: null,
      migratedPSCPartnerDealId: null,
    },
    registrations: [],
  };
}
