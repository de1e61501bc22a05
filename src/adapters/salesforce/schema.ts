/** What Salesforce answers, reduced to what is read. Unknown keys pass unseen. */
import { z } from 'zod';

/** A token answer. There is no lifetime in it: the org's session policy decides. */
export const TokenAnswer = z.object({
  access_token: z.string().min(1),
  instance_url: z.string().min(1),
  /** Identity URL; its last two parts are the org's and the user's id. */
  id: z.string().min(1),
});
export type TokenAnswer = z.infer<typeof TokenAnswer>;

/** A row of a query answer: `attributes`, then the selected columns; parents are objects, children envelopes. */
export const Row = z.record(z.string(), z.unknown());
export type Row = z.infer<typeof Row>;

/** A query answer, also as the envelope of child rows inside a row. */
export const QueryAnswer = z.object({
  totalSize: z.number(),
  done: z.boolean(),
  nextRecordsUrl: z.string().nullish(),
  records: z.array(Row),
});
export type QueryAnswer = z.infer<typeof QueryAnswer>;

export const CompositeAnswer = z.object({
  compositeResponse: z.array(
    z.object({ body: z.unknown(), httpStatusCode: z.number(), referenceId: z.string() }),
  ),
});
export type CompositePart = z.infer<typeof CompositeAnswer>['compositeResponse'][number];

/** `id` of a duplicate rule's match, wherever it sits in the result. */
const DuplicateResult = z.object({
  matchResults: z
    .array(z.object({ matchRecords: z.array(z.object({ record: Row.nullish() })).nullish() }))
    .nullish(),
});

/**
 * One error. Whole requests name it `errorCode`, records of a collection `statusCode`; some versions spell the
 * duplicate rule's result `duplicateResut`.
 */
export const ErrorItem = z
  .object({
    errorCode: z.string().nullish(),
    statusCode: z.string().nullish(),
    message: z.string().nullish(),
    fields: z.array(z.string()).nullish(),
    duplicateResult: DuplicateResult.nullish(),
    duplicateResut: DuplicateResult.nullish(),
  })
  .transform((item) => ({
    code: item.statusCode ?? item.errorCode ?? null,
    message: item.message ?? '',
    fields: item.fields ?? [],
    duplicateIds: [item.duplicateResult, item.duplicateResut].flatMap((result) =>
      (result?.matchResults ?? []).flatMap((match) =>
        (match.matchRecords ?? []).flatMap(({ record }) =>
          typeof record?.Id === 'string' ? [record.Id] : [],
        ),
      ),
    ),
  }));
export type ErrorItem = z.infer<typeof ErrorItem>;
export const ErrorList = z.array(ErrorItem);

/** One record's outcome in a collection; a failed one carries no id. */
export const SaveResult = z.object({
  id: z.string().nullish(),
  success: z.boolean(),
  errors: ErrorList.default([]),
});
export type SaveResult = z.infer<typeof SaveResult>;
export const SaveResults = z.array(SaveResult);

export const VersionList = z.array(z.object({ version: z.string() }));

/** A describe answer. Columns that field-level security hides from the user are absent. */
export const DescribeAnswer = z.object({
  name: z.string(),
  createable: z.boolean().default(true),
  updateable: z.boolean().default(true),
  fields: z.array(
    z.object({
      name: z.string(),
      /** What people see. */
      label: z.string().default(''),
      type: z.string().default('string'),
      updateable: z.boolean().default(true),
      relationshipName: z.string().nullish(),
      referenceTo: z.array(z.string()).nullish(),
    }),
  ),
  childRelationships: z.array(z.object({ relationshipName: z.string().nullish() })).default([]),
});
export type DescribeAnswer = z.infer<typeof DescribeAnswer>;
