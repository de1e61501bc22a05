/**
 * Identifiers of both sides in their one canonical form, and the tag that each side carries of the other.
 *
 * Canonical: 18-character Salesforce ids (15 characters plus checksum), lower-case GUIDs without braces.
 */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A CRM opportunity: an 18-character Salesforce id or a lower-case GUID. */
export type OpportunityId = Brand<string, 'OpportunityId'>;
/** A Partner Center referral (one party's record of a deal): a lower-case GUID. */
export type ReferralId = Brand<string, 'ReferralId'>;

/** The alphabet that Salesforce indexes with each group's case bits to make the checksum. */
const CHECKSUM_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const BASE_LENGTH = 15;
/** Without anchors: it is held against a text that is no longer than that. */
const SALESFORCE_BASE = /[a-zA-Z0-9]{15}/;
const GUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;
/** An opportunity's key prefix: an id of another object is not an opportunity, however well-formed. */
const OPPORTUNITY_PREFIX = '006';

/** The three characters that make a case-sensitive 15-character id safe in case-insensitive places. */
export function salesforceChecksum(id15: string): string {
  let checksum = '';
  for (let group = 0; group < 3; group += 1) {
    let bits = 0;
    for (let index = 0; index < 5; index += 1) {
      const character = id15.charAt(group * 5 + index);
      if (character >= 'A' && character <= 'Z') bits |= 1 << index;
    }
    checksum += CHECKSUM_ALPHABET.charAt(bits);
  }
  return checksum;
}

/** The 18-character form of a Salesforce id, or null when it is none or its checksum is wrong. */
export function canonicalSalesforceId(text: string): string | null {
  const id = text.trim();
  const base = id.slice(0, BASE_LENGTH);
  if (!SALESFORCE_BASE.test(base)) return null;
  const full = base + salesforceChecksum(base);
  return id === base || id === full ? full : null;
}

/** The lower-case form of a GUID without braces, or null when the text is none. */
export function canonicalGuid(text: string): string | null {
  return GUID.exec(text.trim())?.[1]?.toLowerCase() ?? null;
}

/** The canonical opportunity id in either CRM's form, or null. A Salesforce id must be one of an opportunity. */
export function parseOpportunityId(text: string): OpportunityId | null {
  const salesforce = canonicalSalesforceId(text);
  if (salesforce !== null)
    return salesforce.startsWith(OPPORTUNITY_PREFIX) ? (salesforce as OpportunityId) : null;
  return canonicalGuid(text) as OpportunityId | null;
}

/** Which kind of CRM gives its opportunities such an id. */
export function crmKindOf(id: OpportunityId): 'salesforce' | 'dynamics' {
  return canonicalGuid(id) === null ? 'salesforce' : 'dynamics';
}

/** The canonical referral id, or null when the text is not a GUID. */
export function parseReferralId(text: string): ReferralId | null {
  return canonicalGuid(text) as ReferralId | null;
}

/** What a referral's `externalReferenceId` says: nothing, one of our opportunities, or somebody else's text. */
export type Tag =
  | { readonly kind: 'none' }
  | { readonly kind: 'opportunity'; readonly id: OpportunityId }
  | { readonly kind: 'foreign'; readonly text: string };

const TAG_PREFIX = /^(?:sf|d365):/i;

/** Reads a tag; a `sf:` or `d365:` prefix is recognised, anything else around the id makes the tag foreign. */
export function parseTag(text: string | null | undefined): Tag {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return { kind: 'none' };
  const id = parseOpportunityId(trimmed.replace(TAG_PREFIX, ''));
  return id === null ? { kind: 'foreign', text: trimmed } : { kind: 'opportunity', id };
}
