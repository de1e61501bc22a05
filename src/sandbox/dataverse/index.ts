/** The Dataverse stand-in: an organization in memory and the Web API over it. */
export { createDataverseStandIn, type DataverseStandIn, type DataverseStandInOptions } from './api.ts';
export { type Column, type ColumnOptions, type ColumnType, column } from './column.ts';
export { DataverseError } from './dataverse-error.ts';
export { ExportError, type ExportProblem, flagForSync, importedId, loadExport } from './load-export.ts';
export { createOrg, type DataverseOrg, type OrgOptions, type OrgUser } from './org.ts';
export type { DuplicateRule, Plugin } from './parts.ts';
export { createSampleOrg, type SampleOptions, type SampleOrg } from './sample-org.ts';
export type { VerifiedToken, VerifyToken } from './sign-in.ts';
export type { WriteLogEntry } from './store.ts';
export { DataverseSwitches, DataverseSwitchesPatch } from './switches.ts';
export { HELP_LABELS } from './tables-connector.ts';
export { guidOf, type Reference, type Value, type Values } from './values.ts';
export type { WebhookDelivery, Webhooks } from './webhooks.ts';
