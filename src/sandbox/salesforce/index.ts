/** The Salesforce stand-in: an org in memory and the REST API over it. */
export {
  createSalesforceStandIn,
  type SalesforceStandIn,
  type SalesforceStandInOptions,
} from './api.ts';
export { HELP_LABELS } from './connector-fields.ts';
export { ExportError, type ExportProblem } from './export-error.ts';
export { type Field, type FieldOptions, type FieldType, field } from './field.ts';
export type { DuplicateRule, ValidationRule } from './guards.ts';
export { createIdSource, toId18, withChecksum } from './ids.ts';
export { flagForSync, loadExport } from './load-export.ts';
export { createOrg, type OrgOptions, type OrgUser, type SalesforceOrg } from './org.ts';
export { SalesforceError } from './salesforce-error.ts';
export { createSampleOrg, type SampleOptions, type SampleOrg } from './sample-org.ts';
export type { ConnectedApp, SignIn } from './sign-in.ts';
export { DEFAULT_STAGES, type StageDefinition } from './stages.ts';
export type { DeletedEntry, WriteLogEntry } from './store.ts';
export { SalesforceSwitches, SalesforceSwitchesPatch } from './switches.ts';
export type { FieldValue, JsonRecord, Values } from './values.ts';
