/**
 * What differs from organization to organization, what the documents leave open, and what happens on bad days. Tests
 * and the control API change these while the sandbox runs.
 */
import { z } from 'zod';

export const THROTTLE_KINDS = ['requests', 'time', 'concurrency'] as const;
export type ThrottleKind = (typeof THROTTLE_KINDS)[number];

export const DataverseSwitches = z.object({
  // Reading
  /** Tables without change tracking, whatever their metadata said before; logical names. */
  changeTrackingOff: z.array(z.string()),
  /** What a tracked read of such a table gets: an answer without delta link, or an error. */
  untrackedAnswer: z.enum(['omit', 'refuse']),
  /** Status of the answer to an expired delta link; not documented. */
  expiredTokenStatus: z.literal([400, 410]),
  /** A change of a table's columns or keys makes its delta links useless. */
  metadataExpiresTokens: z.boolean(),
  /** Whether tracked reads carry annotations when asked; not documented. */
  annotationsWithTracking: z.boolean(),
  /** The API user's read privilege reaches the whole organization; without it change tracking is refused. */
  organizationRead: z.boolean(),
  /** Columns that API users cannot see, as `opportunity.new_product`. */
  columnsHidden: z.array(z.string()),
  /** Pages hold at most this many rows, whatever was asked. */
  maxPageSize: z.int().min(1),
  /** Expanded collections in lists: with their rows, or empty with a link to them, as older servers answer. */
  collectionExpand: z.enum(['inline', 'deferred']),
  // Writing
  /** Whether a closed opportunity can be edited; sources differ. */
  closedOpportunities: z.enum(['editable', 'readOnly']),
  /** Whether reopening empties the actual close date and value; not documented. */
  reopenClearsActuals: z.boolean(),
  /** Status of a violated key; sources differ. */
  duplicateKeyStatus: z.literal([412, 409, 400]),
  /** Status when a duplicate rule matches; sources differ. */
  duplicateDetectionStatus: z.literal([500, 412]),
  /** Privileges that the API user lacks, as `prvWriteOpportunity`. */
  privilegesMissing: z.array(z.string()),
  /** Whether the API user may change tables and columns. */
  customizer: z.boolean(),
  // Metadata
  /** How long the index of a new key takes. */
  keyIndexSeconds: z.number().min(0),
  /** How long reads without `Consistency: Strong` miss a new column; the platform caches up to 30 seconds. */
  metadataCacheSeconds: z.number().min(0),
  // Errors and limits
  /** Servers of old leave the code of many errors empty. */
  errorCodes: z.enum(['hex', 'empty']),
  /** Requests of one user within the window. */
  requestLimit: z.int().min(0),
  /** Execution time of one user within the window. */
  executionLimitMs: z.number().min(0),
  limitWindowSeconds: z.number().min(1),
  concurrentLimit: z.int().min(0),
  /** What one request costs in execution time. */
  executionMs: z.number().min(0),
  /** Whether the parts of a batch count one by one toward the request limit; not documented. */
  batchPartsCount: z.boolean(),
  /** So many of the next requests are answered 429. */
  throttleNext: z.int().min(0),
  throttleKind: z.enum(THROTTLE_KINDS),
  throttleRetryAfterSeconds: z.int().min(0),
  /** How long every answer takes. */
  latencyMs: z.number().min(0),
});
export type DataverseSwitches = z.infer<typeof DataverseSwitches>;

export const DataverseSwitchesPatch = DataverseSwitches.partial().strict();
export type DataverseSwitchesPatch = z.infer<typeof DataverseSwitchesPatch>;

/** All switches at their defaults. */
export function defaultSwitches(): DataverseSwitches {
  return {
    changeTrackingOff: [],
    untrackedAnswer: 'omit',
    expiredTokenStatus: 400,
    metadataExpiresTokens: true,
    annotationsWithTracking: false,
    organizationRead: true,
    columnsHidden: [],
    maxPageSize: 5000,
    collectionExpand: 'inline',
    closedOpportunities: 'editable',
    reopenClearsActuals: true,
    duplicateKeyStatus: 412,
    duplicateDetectionStatus: 500,
    privilegesMissing: [],
    customizer: true,
    keyIndexSeconds: 1,
    metadataCacheSeconds: 0,
    errorCodes: 'hex',
    requestLimit: 6000,
    executionLimitMs: 1_200_000,
    limitWindowSeconds: 300,
    concurrentLimit: 52,
    executionMs: 20,
    batchPartsCount: false,
    throttleNext: 0,
    throttleKind: 'requests',
    throttleRetryAfterSeconds: 1,
    latencyMs: 0,
  };
}
