/**
 * The canonical deal: what an opportunity and our own referral both describe. The core knows only this.
 *
 * A key that is absent is *unknown* (a column hidden by permissions, a key missing in an answer) and decides
 * nothing; `null` is *empty*. Empty text, `[]` and `{}` are read as null by the lenses.
 */

/** Where a deal stands, whatever words each side uses. */
export type DealState = 'Received' | 'Accepted' | 'Won' | 'Lost' | 'Declined' | 'Expired' | 'Error';
export const DEAL_STATES = ['Received', 'Accepted', 'Won', 'Lost', 'Declined', 'Expired', 'Error'] as const;

/** The buckets that every spelling of a sales stage falls into (20, 40, 60, 80 percent and above). */
export type SalesStage = 'Qualify' | 'Develop' | 'Propose' | 'Close';
export const SALES_STAGES = ['Qualify', 'Develop', 'Propose', 'Close'] as const;

/** The kinds of help that can be asked of Microsoft, by the code on the wire. */
export const HELP_CODES = [
  'WorkloadSpecificValueProposition',
  'CustomerTechnicalArchitecture',
  'ProofOfConceptOrDemo',
  'QuotesOrLicensing',
  'PostSalesCustomerSuccess',
  'GeneralOrOther',
] as const;
export type HelpCode = (typeof HELP_CODES)[number];

/** A member of the sales team, or a contact at the customer. Identity is the e-mail, in lower case. */
export interface Person {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  /** E.164 when it could be read as a number of the expected country, else the text as found. */
  readonly phone: string | null;
}

/** A solution of ours (`SOL-…`), of Microsoft's (GUID) or a third party's. Identity is the id. */
export interface Solution {
  readonly id: string;
  readonly name: string | null;
}

export interface Address {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postalCode: string | null;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string | null;
}

export interface Customer {
  readonly name: string | null;
  readonly address: Address;
  /** Nine digits. */
  readonly duns: string | null;
  /** Partner Center's size bucket, such as `51to250employees`. */
  readonly size: string | null;
}

/** Every field of the deal, each optional because each may be unknown. */
export interface Deal {
  readonly name?: string | null;
  /** Decimal text without exponent or trailing zeros: `"1234.5"`. */
  readonly amount?: string | null;
  /** ISO 4217, upper case. */
  readonly currency?: string | null;
  /** Calendar day, `YYYY-MM-DD`. */
  readonly closeDate?: string | null;
  readonly notes?: string | null;
  readonly campaignId?: string | null;
  readonly customer?: Customer | null;
  readonly contacts?: readonly Person[];
  readonly team?: readonly Person[];
  readonly solutions?: readonly Solution[];
  readonly state?: DealState | null;
  readonly salesStage?: SalesStage | null;
  /** Why the deal was lost, declined or closed as an error. */
  readonly reason?: string | null;
  readonly help?: HelpCode | null;
  readonly visibleToMicrosoft?: boolean | null;
  readonly consentToShareContact?: boolean | null;
  readonly microsoftCrmId?: string | null;
  /** Microsoft's people on the deal, in one text; see `microsoftTeamText`. */
  readonly microsoftTeam?: string | null;
  readonly referralProgram?: string | null;
  readonly favorite?: boolean | null;
  readonly marketplaceIntent?: string | null;
  readonly partnerRole?: string | null;
  readonly solutionArea?: string | null;
  readonly solutionPlay?: string | null;
}

export type FieldName = keyof Deal;
export type FieldValue = Deal[FieldName];

/** The deal's kind, by what Microsoft can see and was asked. */
export type DealKind = 'private' | 'partner-led' | 'co-sell';

/** What a deal with these values is. Asking for help implies that Microsoft sees it. */
export function kindOf(deal: Deal): DealKind {
  if (deal.help !== undefined && deal.help !== null) return 'co-sell';
  return deal.visibleToMicrosoft === true ? 'partner-led' : 'private';
}
