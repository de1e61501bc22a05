/** The Partner Center stand-in: a tenant in memory and the referrals API over it. */
export { createPartnerCenterStandIn, REFERRALS_AUDIENCE } from './api.ts';
export { ApiError } from './api-error.ts';
export { partnerCenterRoutes } from './control.ts';
export type { Json, JsonObject } from './json.ts';
export { type AnswerOptions, MICROSOFT_ANSWERS, type MicrosoftAnswer } from './microsoft.ts';
export type { Organization } from './parts.ts';
export type { InboundOptions, Portal } from './portal.ts';
export { REGISTRATION_STATUSES, type RegistrationStatus } from './registration.ts';
export type { HiddenFrom, WriteLogEntry, Writer } from './store.ts';
export { applySwitches, PartnerCenterSwitches, PartnerCenterSwitchesPatch } from './switches.ts';
export { createTenant, DEFAULT_ORGANIZATION, type IllegalCall, type Tenant } from './tenant.ts';
export type { VerifiedToken, VerifyToken } from './token.ts';
export { PORTAL_ROLES, type PortalRole, type PortalUser } from './users.ts';
export { WEBHOOKS_AUDIENCE } from './webhook-api.ts';
export type { WebhookDelivery, WebhookRegistration, Webhooks } from './webhooks.ts';
