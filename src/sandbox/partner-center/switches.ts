/**
 * What the service leaves open, or is known to do on some days: every behaviour a client has to survive, each with
 * the default that is best supported. Tests and the control API change them while the sandbox runs.
 */
import { z } from 'zod';

const FractionDigitsSwitch = z.union([z.literal('trimmed'), z.literal([0, 1, 2, 3, 4, 5, 6, 7])]);

const Quirks = z.object({
  /** Empty values come as null, `""`, `{}` or a missing key, by turns. */
  emptyMix: z.boolean(),
  /** The state is in `region`, and `state` is null, as in deals made in the portal. */
  stateInRegion: z.boolean(),
  /** `&`, `<` and `>` in names come HTML-encoded. */
  htmlEntities: z.boolean(),
  /** Names end in a blank. */
  trailingSpaces: z.boolean(),
  /** Members of enumerations that no document lists. */
  unknownEnums: z.boolean(),
  /** Keys that no document lists. */
  extraFields: z.boolean(),
  /** `dealValue` is text. */
  dealValueAsText: z.boolean(),
  /** An empty `customerProfile.ids` is `{}`. */
  idsAsObject: z.boolean(),
  /** Solutions have type `None`. */
  solutionTypeNone: z.boolean(),
});

export const PartnerCenterSwitches = z.object({
  // Lists
  pageSize: z.int().min(1).max(1000),
  /** `$top` beyond a page: pages as usual, or one long page. */
  longTop: z.enum(['paged', 'honoured']),
  unsupportedFilter: z.enum(['reject', 'ignore']),
  /** Ranges over `updatedDateTime` and `createdDateTime`. */
  dateFilter: z.enum(['supported', 'unsupported']),
  dateLiteral: z.enum(['unquoted', 'quoted', 'both']),
  guidLiteral: z.enum(['both', 'quoted', 'unquoted']),
  listETag: z.enum(['present', 'missing', 'headerOnly']),
  count: z.enum(['page', 'total', 'absent']),
  nextLink: z.enum(['normal', 'http', 'withoutEngagements', 'documented', 'foreignHost']),
  /** Whether nextLink repeats the query's options beside `$skiptoken`. */
  nextLinkCarriesQuery: z.boolean(),
  /** Another write happens between two pages and moves rows across the border. */
  shiftRows: z.boolean(),
  /** The last row of a page comes again on the next one. */
  duplicateRows: z.boolean(),
  /** A new or changed row shows in lists only after this time; reading by id sees it at once. */
  listLagMs: z.number().min(0),
  siblings: z.enum(['everywhere', 'engagementOnly', 'hidden']),
  // Writes
  postStatus: z.literal([200, 201, 202]),
  /** With 202: how long the new referral stays invisible. */
  postVisibleAfterMs: z.number().min(0),
  keepNewPending: z.boolean(),
  missingFieldStatus: z.literal([400, 422]),
  /** `documented`: the mandatory fields; `product`: also what the portal asks for. */
  mandatory: z.enum(['documented', 'product']),
  illegalTransitionStatus: z.literal([409, 400, 422]),
  /** New may be closed as won or lost without accepting first. */
  closeFromNew: z.boolean(),
  /** The CRM id may be written while the deal is not answered yet. */
  tagWhileNew: z.boolean(),
  patchName: z.enum(['reject', 'accept']),
  /** Which reasons a refusal, a loss or an error may have: the portal's, or any text. */
  reasons: z.enum(['catalogue', 'any']),
  numericStrings: z.enum(['accept', 'reject']),
  /** Roles, areas and plays that were valid in an earlier fiscal year: a create that names one is refused. */
  retiredTaxonomy: z.array(z.string()),
  patchIfMatch: z.enum(['optional', 'required']),
  putWithoutIfMatch: z.literal([412, 400, 428]),
  mismatchStatus: z.literal([412, 409]),
  mismatchCode: z.enum(['preconditionFailed', 'resourceModified']),
  repeatedInvite: z.enum(['create', 'reject']),
  salesStage: z.enum(['percentage', 'label', 'asWritten']),
  // Casing and times
  inputCasing: z.enum(['any', 'camelOnly']),
  outputCasing: z.enum(['camel', 'pascal']),
  fractionDigits: FractionDigitsSwitch,
  // What others do
  /** How Microsoft answers invitations by itself. */
  answer: z.enum(['silence', 'accept', 'engaged', 'decline']),
  answerAfterMs: z.number().min(0),
  /** Where Microsoft's CRM id shows. */
  msxIdOn: z.enum(['both', 'own', 'sibling']),
  microsoftTeamOn: z.enum(['sibling', 'own', 'both']),
  directionOfOwn: z.enum(['Incoming', 'Outgoing']),
  /** The service registers an eligible won deal by itself, moments after the close. */
  autoRegistration: z.boolean(),
  invisibleStatus: z.literal([404, 403]),
  // Webhooks
  /** Whether deliveries go out with each write, or wait until they are asked for. */
  webhookDelivery: z.enum(['immediate', 'manual']),
  /** How often each delivery is sent. */
  webhookCopies: z.int().min(1).max(10),
  webhookOrder: z.enum(['kept', 'reversed']),
  webhookCasing: z.enum(['pascal', 'camel']),
  /**
   * How deliveries are signed: as they should be, over other bytes than those sent, or with a certificate that a
   * stranger issued in Microsoft's name, or that has run out.
   */
  webhookSignature: z.enum(['valid', 'altered', 'untrusted', 'expired']),
  quirks: Quirks,
});
export type PartnerCenterSwitches = z.infer<typeof PartnerCenterSwitches>;

/** A change of some switches; quirks are changed one by one too. */
export const PartnerCenterSwitchesPatch = PartnerCenterSwitches.omit({ quirks: true })
  .partial()
  .extend({ quirks: Quirks.partial().optional() })
  .strict();
export type PartnerCenterSwitchesPatch = z.infer<typeof PartnerCenterSwitchesPatch>;

/** All switches at their defaults. */
export function defaultSwitches(): PartnerCenterSwitches {
  return {
    pageSize: 100,
    longTop: 'paged',
    unsupportedFilter: 'reject',
    dateFilter: 'supported',
    dateLiteral: 'unquoted',
    guidLiteral: 'both',
    listETag: 'present',
    count: 'page',
    nextLink: 'normal',
    nextLinkCarriesQuery: false,
    shiftRows: false,
    duplicateRows: false,
    listLagMs: 0,
    siblings: 'everywhere',
    postStatus: 200,
    postVisibleAfterMs: 0,
    keepNewPending: false,
    missingFieldStatus: 400,
    mandatory: 'documented',
    illegalTransitionStatus: 409,
    closeFromNew: false,
    tagWhileNew: true,
    patchName: 'reject',
    reasons: 'catalogue',
    numericStrings: 'accept',
    retiredTaxonomy: [],
    patchIfMatch: 'optional',
    putWithoutIfMatch: 412,
    mismatchStatus: 412,
    mismatchCode: 'preconditionFailed',
    repeatedInvite: 'create',
    salesStage: 'percentage',
    inputCasing: 'any',
    outputCasing: 'camel',
    fractionDigits: 'trimmed',
    answer: 'silence',
    answerAfterMs: 0,
    msxIdOn: 'both',
    microsoftTeamOn: 'sibling',
    directionOfOwn: 'Incoming',
    autoRegistration: false,
    invisibleStatus: 404,
    webhookDelivery: 'immediate',
    webhookCopies: 1,
    webhookOrder: 'kept',
    webhookCasing: 'pascal',
    webhookSignature: 'valid',
    quirks: {
      emptyMix: false,
      stateInRegion: false,
      htmlEntities: false,
      trailingSpaces: false,
      unknownEnums: false,
      extraFields: false,
      dealValueAsText: false,
      idsAsObject: false,
      solutionTypeNone: false,
    },
  };
}

/** Changes switches in place. */
export function applySwitches(switches: PartnerCenterSwitches, patch: PartnerCenterSwitchesPatch): void {
  const { quirks, ...rest } = patch;
  Object.assign(switches, rest);
  if (quirks !== undefined) Object.assign(switches.quirks, quirks);
}
