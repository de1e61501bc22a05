/**
 * What differs from org to org, what the API's documents leave open, and what happens on bad days. Tests and the
 * control API change these while the sandbox runs.
 */
import { z } from 'zod';

export const SalesforceSwitches = z.object({
  // The org's features
  teamSelling: z.boolean(),
  multiCurrency: z.boolean(),
  personAccounts: z.boolean(),
  /** Whether accounts have a D-U-N-S number (Data.com fields). */
  dunsNumber: z.boolean(),
  /** Whether opportunities and accounts have record types; their rows are those of RecordType. */
  recordTypes: z.boolean(),
  /** Whether opportunities are selected for Change Data Capture. */
  changeEvents: z.boolean(),
  /** Whether the API user may see all data, without which nobody listens to change events. */
  viewAllData: z.boolean(),
  /** Whether the API refuses stage names that the org does not have. Real orgs take any text. */
  stagesRestricted: z.boolean(),
  /** Columns hidden from API users by field-level security, as `Opportunity.Amount`. */
  fieldsHidden: z.array(z.string()),
  // Reading
  /** People's writes become visible this long after their stamp, as those of long transactions do. */
  lateCommitSeconds: z.number().min(0),
  /** Pages of queries hold at most this many rows, whatever was asked; 0 for no such limit. */
  pageShrink: z.int().min(0),
  locatorLifetimeMs: z.number().min(0),
  maxOpenLocators: z.int().min(1),
  // Writing
  ifUnmodifiedSinceInComposite: z.boolean(),
  /** The body of a 412 is not documented. */
  preconditionBody: z.enum(['array', 'object', 'empty']),
  /** Status of a locked row in a single-record answer; sources differ. */
  lockStatus: z.literal([400, 500]),
  /** Some versions spell the member of a duplicate's answer `duplicateResut`. */
  duplicateResultSpelling: z.enum(['duplicateResult', 'duplicateResut']),
  /** Line breaks in people's edits are stored as CR LF, as the user interface does. */
  uiNewlines: z.boolean(),
  // Sessions and limits
  sessionLifetimeMs: z.number().min(0),
  /** Every session is refused, also fresh ones. */
  refuseSessions: z.boolean(),
  passwordFlow: z.boolean(),
  /** What `instance_url` says, when that is not the host that was asked. */
  instanceUrl: z.string().nullable(),
  dailyLimit: z.int().min(0),
  /** How far the Date header is ahead of the sandbox's clock. */
  clockSkewMs: z.number(),
});
export type SalesforceSwitches = z.infer<typeof SalesforceSwitches>;

export const SalesforceSwitchesPatch = SalesforceSwitches.partial().strict();
export type SalesforceSwitchesPatch = z.infer<typeof SalesforceSwitchesPatch>;

/** All switches at their defaults. */
export function defaultSwitches(): SalesforceSwitches {
  return {
    teamSelling: true,
    multiCurrency: false,
    personAccounts: false,
    dunsNumber: true,
    recordTypes: false,
    changeEvents: true,
    viewAllData: true,
    stagesRestricted: false,
    fieldsHidden: [],
    lateCommitSeconds: 0,
    pageShrink: 0,
    locatorLifetimeMs: 15 * 60_000,
    maxOpenLocators: 10,
    ifUnmodifiedSinceInComposite: true,
    preconditionBody: 'array',
    lockStatus: 400,
    duplicateResultSpelling: 'duplicateResult',
    uiNewlines: false,
    sessionLifetimeMs: 2 * 60 * 60_000,
    refuseSessions: false,
    passwordFlow: false,
    instanceUrl: null,
    dailyLimit: 100_000,
    clockSkewMs: 0,
  };
}
