/** What Dataverse answers, reduced to what is read. Unknown keys pass unseen. */
import { z } from 'zod';

/** A row: selected columns, `_column_value` for lookups, expanded rows as objects, annotations behind an `@`. */
export const Row = z.record(z.string(), z.unknown());
export type Row = z.infer<typeof Row>;

export const RowPage = z
  .object({
    value: z.array(Row),
    '@odata.nextLink': z.string().nullish(),
    '@odata.deltaLink': z.string().nullish(),
  })
  .transform((page) => ({
    rows: page.value,
    nextLink: page['@odata.nextLink'] ?? null,
    deltaLink: page['@odata.deltaLink'] ?? null,
  }));
export type RowPage = z.infer<typeof RowPage>;

/** `code` is hex text, `"0x0"` or empty; gateways and old servers send other shapes altogether. */
export const ErrorAnswer = z
  .object({ error: z.object({ code: z.string().nullish(), message: z.string().nullish() }) })
  .transform(({ error }) => ({ code: error.code ?? '', message: error.message ?? '' }));

export const WhoAmIAnswer = z.object({ UserId: z.string(), OrganizationId: z.string().nullish() });

const Label = z
  .object({
    UserLocalizedLabel: z.object({ Label: z.string() }).nullish(),
    LocalizedLabels: z.array(z.object({ Label: z.string() })).nullish(),
  })
  .nullish()
  .transform((label) => label?.UserLocalizedLabel?.Label ?? label?.LocalizedLabels?.[0]?.Label ?? null);

export const EntityAnswer = z.object({
  MetadataId: z.string().nullish(),
  EntitySetName: z.string().nullish(),
  PrimaryIdAttribute: z.string().nullish(),
  PrimaryNameAttribute: z.string().nullish(),
  ChangeTrackingEnabled: z.boolean().nullish(),
  IsOptimisticConcurrencyEnabled: z.boolean().nullish(),
  Keys: z
    .array(
      z.object({
        LogicalName: z.string().nullish(),
        KeyAttributes: z.array(z.string()),
        EntityKeyIndexStatus: z.string().nullish(),
      }),
    )
    .nullish(),
});
export type EntityAnswer = z.infer<typeof EntityAnswer>;

export const AttributeList = z.object({
  value: z.array(
    z.object({
      LogicalName: z.string(),
      SchemaName: z.string().nullish(),
      AttributeType: z.string().nullish(),
      IsCustomAttribute: z.boolean().nullish(),
      DisplayName: Label,
    }),
  ),
});

const OptionSet = z
  .object({
    Options: z.array(
      z.object({
        Value: z.number(),
        Label,
        /** Of a status reason: the state it belongs to. */
        State: z.number().nullish(),
        /** Of a state: the status reason that it begins with. */
        DefaultStatus: z.number().nullish(),
      }),
    ),
  })
  .nullish();

export const ChoiceList = z.object({
  value: z.array(z.object({ LogicalName: z.string(), OptionSet, GlobalOptionSet: OptionSet })),
});
export const LookupList = z.object({
  value: z.array(z.object({ LogicalName: z.string(), Targets: z.array(z.string()).nullish() })),
});
export const DateTimeList = z.object({
  value: z.array(
    z.object({
      LogicalName: z.string(),
      DateTimeBehavior: z.object({ Value: z.string().nullish() }).nullish(),
    }),
  ),
});

/** Newer environments name the privileges, older ones give ids only. */
export const PrivilegesAnswer = z.object({
  RolePrivileges: z.array(z.object({ PrivilegeName: z.string().nullish(), Depth: z.string().nullish() })),
});
