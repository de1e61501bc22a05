/**
 * A referral on the wire. Empty values come as null, "", [] and {}, and mean the same; a missing key means that the
 * answer does not say. Unknown keys are ignored, unknown enumeration members pass as text.
 */
import { Decimal } from 'decimal.js';
import { z } from 'zod';
import { sortableTimestamp } from './timestamps.ts';

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (value === null || (typeof value === 'string' && value.trim() === '')) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

/** A leaf: null when empty in any of the ways, undefined when the key is missing. */
function leaf<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (isEmpty(value) ? null : value), schema.nullable()).optional();
}

const text = leaf(z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]));

const flag = leaf(
  z.union([
    z.boolean(),
    z.string().transform((value, context) => {
      const word = value.trim().toLowerCase();
      if (word === 'true' || word === 'false') return word === 'true';
      context.addIssue('is neither true nor false');
      return z.NEVER;
    }),
  ]),
);

/** Decimal text without exponent or trailing zeros. Numbers come as JSON numbers and as text. */
const decimal = leaf(
  z.union([z.number(), z.string()]).transform((value, context) => {
    try {
      const number = new Decimal(typeof value === 'string' ? value.trim() : value);
      if (number.isFinite()) return number.toFixed();
    } catch {
      // Reported below.
    }
    context.addIssue('is not a number');
    return z.NEVER;
  }),
);

/** An instant as it was sent. The year 1 is how .NET spells "none". */
const timestamp = leaf(
  z
    .string()
    .refine((value) => sortableTimestamp(value) !== null, 'is not a date and time')
    .transform((value) => (value.startsWith('0001-') ? null : value)),
);

/** A list; a lone object stands for a list of one, and entries that are no objects are left out. */
function list<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const toArray = (value: unknown): unknown => {
    if (isEmpty(value)) return [];
    if (Array.isArray(value)) return value.filter(isRecord);
    return isRecord(value) ? [value] : value;
  };
  return z.preprocess(toArray, z.array(z.object(shape))).optional();
}

function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return leaf(z.object(shape));
}

/** A value that is left out when it is of the wrong kind: a slip in an old registration must not set its deal aside. */
function lenient<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().catch(undefined);
}

const registration = {
  status: lenient(text),
  statusReason: lenient(text),
  contract: lenient(
    object({
      currency: lenient(text),
      value: lenient(decimal),
      signDateTime: lenient(timestamp),
      startDateTime: lenient(timestamp),
      endDateTime: lenient(timestamp),
      term: lenient(text),
    }),
  ),
  solutionDetails: lenient(
    list({
      id: lenient(text),
      currency: lenient(text),
      value: lenient(decimal),
      isDeployedOnAzure: lenient(flag),
      primaryDeploymentOn: lenient(text),
      pricingModel: lenient(text),
      marketplaceTransactionDetails: lenient(
        object({
          isMarketplaceTransacted: lenient(flag),
          marketplaceTransactionDateTime: lenient(timestamp),
        }),
      ),
    }),
  ),
};

const member = { firstName: text, lastName: text, phoneNumber: text, email: text, title: text };

const ReferralPayload = z.object({
  id: text,
  engagementId: text,
  organizationId: text,
  organizationName: text,
  name: text,
  externalReferenceId: text,
  createdDateTime: timestamp,
  updatedDateTime: timestamp,
  expirationDateTime: timestamp,
  acceptedDateTime: timestamp,
  closedDateTime: timestamp,
  status: text,
  substatus: text,
  statusReason: text,
  type: text,
  qualification: text,
  direction: text,
  eTag: text,
  campaignId: text,
  salesStage: text,
  referralProgram: text,
  favorite: flag,
  registrationStatus: text,
  registrations: lenient(list(registration)),
  customerProfile: object({
    name: text,
    size: text,
    address: object({
      addressLine1: text,
      addressLine2: text,
      city: text,
      state: text,
      region: text,
      postalCode: text,
      country: text,
    }),
    team: list(member),
    ids: list({ profileType: text, id: text }),
  }),
  consent: object({
    consentToToShareInfoWithOthers: flag,
    consentToContact: flag,
    consentToShareReferralWithMicrosoftSellers: flag,
  }),
  details: object({
    notes: text,
    dealValue: decimal,
    currency: text,
    closingDateTime: timestamp,
    requirements: object({
      solutions: list({ id: text, name: text }),
      additionalRequirements: object({ attributes: list({ type: text, id: text }) }),
    }),
  }),
  team: list(member),
  inviteContext: object({
    assistanceRequestCode: text,
    invitedBy: object({ organizationId: text }),
  }),
  target: list({ type: text, id: text }),
  trackingInfo: object({ microsoftMsxId: text }),
});
export type ReferralPayload = z.infer<typeof ReferralPayload>;

/** A page of the referral list. */
export const ListPayload = z.looseObject({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.string().nullish(),
});

/**
 * Reads a referral as far as it can be read: a value of the wrong kind is left out, as if its key were missing, and
 * named in `malformed`. So one odd value does not hide the rest of the record.
 */
export function readPayload(row: unknown): {
  readonly payload: ReferralPayload;
  readonly malformed: readonly string[];
} {
  const malformed: string[] = [];
  let value = row;
  for (;;) {
    const result = ReferralPayload.safeParse(value);
    if (result.success) return { payload: result.data, malformed };
    if (value === row) value = structuredClone(row);
    for (const { path, message } of result.error.issues) {
      malformed.push(`${path.join('.') || 'row'}: ${message}`);
      value = without(value, path);
    }
  }
}

/** Removes what a path leads to; an empty path leaves an empty record. */
function without(value: unknown, path: readonly PropertyKey[]): unknown {
  const last = path.at(-1);
  if (last === undefined) return {};
  let parent = value;
  for (const key of path.slice(0, -1)) parent = Reflect.get(Object(parent), key);
  Reflect.deleteProperty(Object(parent), last);
  return value;
}
