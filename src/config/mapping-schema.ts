/** The mapping file's format. */
import { z } from 'zod';
import { DEAL_STATES, SALES_STAGES } from '../core/deal.ts';
import { crmColumn as column, crmPath } from './crm-path.ts';
import { section } from './issues.ts';
import { RegistrationSchema } from './mapping-registration.ts';
import { email, text } from './scalars.ts';

/** A column, or one of the rows that point to the opportunity, such as its business process. */
const STAGE_COLUMN = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?$/;

const value = z.union([z.string(), z.number(), z.boolean()], 'must be text, a number, true or false');

const DIRECTIONS = ['toPartnerCenter', 'toCrm', 'both'] as const;
const WINNERS = ['crm', 'partnerCenter', 'ask'] as const;

const sync = z.enum(DIRECTIONS).optional().describe('Which way an edit may travel.');
const conflict = z.enum(WINNERS).optional().describe('Who wins when both sides changed it differently.');

const fieldRule = section({
  crm: crmPath.optional().describe('The CRM column, or Lookup.Column.'),
  sync,
  conflict,
  default: value.optional().describe('Used where the CRM has no value; every use is recorded.'),
  map: z.record(z.string(), value).optional().describe('CRM value: deal value.'),
  strict: z.boolean().optional().describe('Values that the map does not name are an error.'),
});
export type FieldRule = z.output<typeof fieldRule>;

const reasonRule = section({
  crm: crmPath.describe('The CRM column that holds the reason.'),
  sync: sync.describe('A reason travels with the stage; see fields.stage.'),
});
const stageRule = section({ sync, conflict }).describe('Who may change the stage and its reason.');

/** Fields that are one column each. */
export const COLUMN_FIELDS = [
  'name',
  'amount',
  'currency',
  'closeDate',
  'notes',
  'campaignId',
  'help',
  'visibleToMicrosoft',
  'consentToShareContact',
  'microsoftCrmId',
  'microsoftTeam',
  'referralProgram',
  'favorite',
  'marketplaceIntent',
  'partnerRole',
  'solutionArea',
  'solutionPlay',
] as const;
export type ColumnField = (typeof COLUMN_FIELDS)[number];

const columnFields = Object.fromEntries(COLUMN_FIELDS.map((name) => [name, fieldRule.optional()])) as Record<
  ColumnField,
  z.ZodOptional<typeof fieldRule>
>;

export const FieldsSchema = section(
  {
    ...columnFields,
    reason: reasonRule.optional().describe('Reason of every lost, declined or erroneous deal.'),
    lossReason: reasonRule.optional().describe('Reason of lost deals.'),
    declineReason: reasonRule.optional().describe('Reason of declined deals.'),
    stage: stageRule.optional(),
  },
  {
    customer: 'has a section of its own: customer, beside fields',
    contacts: 'belongs under customer: customer.contacts',
    team: 'has a section of its own: team, beside fields',
    solutions: 'has a section of its own: solutions, beside fields',
    state: 'is mapped by the rows of stages; who may change it is set at fields.stage',
    salesStage: 'is set on the rows of stages',
  },
);

export const SourcesSchema = z
  .union([text, z.array(text).min(1)], 'must be a source or a list of sources')
  .describe('Where the list comes from; several sources in order.');

export const CUSTOMER_KEYS = [
  'name',
  'addressLine1',
  'addressLine2',
  'city',
  'state',
  'postalCode',
  'country',
  'size',
  'duns',
] as const;

export const CustomerSchema = section({
  name: crmPath,
  addressLine1: crmPath.optional(),
  addressLine2: crmPath.optional(),
  city: crmPath.optional(),
  state: crmPath.optional(),
  postalCode: crmPath.optional(),
  country: crmPath.describe('A name or a two-letter code; sent as the code.'),
  size: crmPath.optional().describe("Number of employees, or Partner Center's size bucket."),
  duns: crmPath.optional().describe('D-U-N-S number.'),
  contacts: SourcesSchema.optional().describe(
    'contactRoles, primaryContact, connections, or a column with an e-mail.',
  ),
});

export const TeamSchema = section({
  from: SourcesSchema.optional().describe('owner, opportunityTeam, connections, or a column with an e-mail.'),
  fallback: section({ firstName: text, lastName: text, email, phone: text })
    .optional()
    .describe('Who stands in where no member has name, phone and e-mail.'),
});

export const SolutionsSchema = section({
  from: SourcesSchema.optional().describe('products, a column, or childTable.column.'),
  catalogue: z
    .record(z.string(), text.regex(/^\S+$/, 'must be a solution id, without blanks'))
    .optional()
    .describe('Product in the CRM: solution id.'),
  default: text.regex(/^\S+$/, 'must be a solution id, without blanks').optional(),
});

/** Names of the sales stages as Partner Center's pages and its API spell them. */
export const SALES_STAGE_NAMES = [...SALES_STAGES, 'Negotiate'] as const;

const stageName = z.union([text, z.int()]);
export const StageSchema = section({
  crm: z
    .union(
      [
        stageName,
        z
          .record(z.string().regex(STAGE_COLUMN), stageName)
          .refine((columns) => Object.keys(columns).length > 0, 'must name at least one column'),
      ],
      'must be a stage name (text), or choice columns with their values',
    )
    .describe("The CRM's stage, or columns that must all match."),
  deal: z.enum(DEAL_STATES).describe('The deal state that it means.'),
  salesStage: z.enum(SALES_STAGE_NAMES).optional().describe('How far an accepted deal is.'),
  reason: crmPath.optional().describe('The column of the reason, for Lost, Declined and Error.'),
});
export type StageEntry = z.output<typeof StageSchema>;

export const TagSchema = section({
  referralId: column.describe('Holds the id of the referral; this is what joins the two.'),
  referralLink: column.optional(),
  status: column.optional().describe('Gets the state of the deal in words.'),
  audit: column.optional().describe('Gets the last result in words.'),
});

const ReasonsSchema = section({
  map: z
    .record(z.string(), z.union([z.string(), z.int()]).transform(String))
    .default({})
    .describe('CRM value: a reason of the catalogue, by label or number.'),
  accept: z
    .enum(['catalogue', 'any'])
    .default('catalogue')
    .describe('any: also send reasons that the catalogue does not hold.'),
});

export const MappingSchema = section({
  include: text.describe('Which opportunities are shared, such as "Sync_with_Partner_Center__c = true".'),
  tag: TagSchema.describe('Columns that only this product writes.'),
  fields: FieldsSchema.describe('Canonical field: CRM column and rules.'),
  customer: CustomerSchema,
  team: TeamSchema.optional(),
  solutions: SolutionsSchema.optional(),
  stageField: column
    .optional()
    .describe('The column of the stage where rows name it by text; StageName if left out.'),
  stages: z
    .array(StageSchema)
    .min(1)
    .describe('The first row that names a deal state is used towards the CRM.'),
  reasons: ReasonsSchema.optional().describe("The CRM's reasons in Partner Center's words."),
  registration: RegistrationSchema.optional().describe(
    'Registers won deals with Microsoft, where the CRM asks for it.',
  ),
});
