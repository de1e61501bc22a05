/** Control routes to the tenant: referrals as portal users, Microsoft and partners handle them. */
import { z } from 'zod';
import type { ControlRoute } from '../control.ts';
import type { Json, JsonObject } from './json.ts';
import { MICROSOFT_ANSWERS } from './microsoft.ts';
import { REGISTRATION_STATUSES } from './registration.ts';
import { applySwitches, PartnerCenterSwitchesPatch } from './switches.ts';
import type { Tenant } from './tenant.ts';
import { PORTAL_ROLES } from './users.ts';
import { REFERRAL_EVENTS, WEBHOOK_EVENTS } from './webhooks.ts';

const JsonValue: z.ZodType<Json> = z.json() as z.ZodType<Json>;
const Body: z.ZodType<JsonObject> = z.record(z.string(), JsonValue);
const Inbound = z
  .object({
    from: z.object({ organizationId: z.string(), organizationName: z.string() }).strict().optional(),
    kind: z.enum(['deal', 'lead', 'marketplaceLead']).optional(),
    referral: Body.optional(),
    expiresInDays: z.number().optional(),
    sibling: z.boolean().optional(),
  })
  .strict();
const Answer = z
  .object({ answer: z.enum(MICROSOFT_ANSWERS), reason: z.string().optional(), msxId: z.string().optional() })
  .strict();
const Reason = z.object({ reason: z.string().optional() }).strict();
const Close = z.object({ outcome: z.enum(['Won', 'Lost', 'Error']), reason: z.string().optional() }).strict();
const Favorite = z.object({ favorite: z.boolean().default(true) }).strict();
const Review = z.object({ status: z.enum(REGISTRATION_STATUSES), reason: z.string().optional() }).strict();
const Hide = z.object({ from: z.enum(['lists', 'everything']).nullable() }).strict();
const OtherRegistration = z
  .object({ url: z.url(), events: z.array(z.enum(WEBHOOK_EVENTS)).default([...REFERRAL_EVENTS]) })
  .strict();
const Role = z.object({ role: z.enum(PORTAL_ROLES), locations: z.array(z.string()).optional() }).strict();

/** An object without the keys whose value is undefined. */
function given<T extends object>(input: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}

function since<T extends { readonly n: number }>(
  entries: readonly T[],
  query: URLSearchParams,
): readonly T[] {
  const mark = z.coerce
    .number()
    .int()
    .min(0)
    .parse(query.get('since') ?? '0');
  return entries.filter(({ n }) => n > mark);
}

/** Routes under `/partner-center`. */
export function partnerCenterRoutes(tenant: Tenant): readonly ControlRoute[] {
  const referral = (action: string): string => `/partner-center/referrals/:id${action}`;
  const idOf = (params: Readonly<Record<string, string>>): string =>
    tenant.referral(params.id ?? '').id as string;
  return [
    {
      method: 'GET',
      path: '/partner-center/switches',
      does: 'Behaviour of the referrals API',
      run: () => tenant.switches,
    },
    {
      method: 'PATCH',
      path: '/partner-center/switches',
      does: 'Changes some switches: {name: value, …}',
      run({ body }) {
        applySwitches(tenant.switches, PartnerCenterSwitchesPatch.parse(body));
        return tenant.switches;
      },
    },
    {
      method: 'GET',
      path: '/partner-center/referrals',
      does: 'All referrals; ?engagementId=… those of one deal',
      run({ query }) {
        const engagementId = query.get('engagementId');
        return { value: engagementId === null ? tenant.referrals() : tenant.engagement(engagementId) };
      },
    },
    {
      method: 'GET',
      path: referral(''),
      does: 'One referral',
      run: ({ params }) => tenant.referral(params.id ?? ''),
    },
    {
      method: 'PATCH',
      path: referral(''),
      does: 'An edit in the portal, merged over the referral; also name and marketplaceIntent',
      run: ({ params, body }) => tenant.edit(idOf(params), Body.parse(body)),
    },
    {
      method: 'POST',
      path: '/partner-center/referrals',
      does: 'A deal typed into the portal by the partner; the body is laid over a made-up one',
      run: ({ body }) => tenant.createOwn(Body.parse(body)),
    },
    {
      method: 'POST',
      path: '/partner-center/referrals/inbound',
      does: 'A deal received: {from?, kind?: deal|lead|marketplaceLead, referral?, expiresInDays?, sibling?}',
      run: ({ body }) => tenant.createInbound(given(Inbound.parse(body))),
    },
    {
      method: 'POST',
      path: '/partner-center/engagements/:id/answer',
      does: `Microsoft's answer: {answer: ${MICROSOFT_ANSWERS.join('|')}, reason?, msxId?}`,
      run({ params, body }) {
        const { answer, ...options } = Answer.parse(body);
        return tenant.answerInvitation(params.id ?? '', answer, given(options));
      },
    },
    {
      method: 'POST',
      path: referral('/receive'),
      does: 'New/Received in the portal',
      run: ({ params }) => tenant.receive(idOf(params)),
    },
    {
      method: 'POST',
      path: referral('/accept'),
      does: 'Accepts in the portal; the body is merged over the referral',
      run: ({ params, body }) => tenant.accept(idOf(params), Body.parse(body)),
    },
    {
      method: 'POST',
      path: referral('/decline'),
      does: 'Declines in the portal: {reason?}',
      run: ({ params, body }) => tenant.decline(idOf(params), Reason.parse(body).reason),
    },
    {
      method: 'POST',
      path: referral('/close'),
      does: 'Closes in the portal: {outcome: Won|Lost|Error, reason?}',
      run({ params, body }) {
        const { outcome, reason } = Close.parse(body);
        return tenant.close(idOf(params), outcome, reason);
      },
    },
    {
      method: 'POST',
      path: referral('/favorite'),
      does: 'Marks or unmarks: {favorite?}',
      run: ({ params, body }) => tenant.favorite(idOf(params), Favorite.parse(body).favorite),
    },
    {
      method: 'POST',
      path: referral('/review'),
      does: `Review of a registration: {status: ${REGISTRATION_STATUSES.join('|')}, reason?}`,
      run({ params, body }) {
        const { status, reason } = Review.parse(body);
        return tenant.reviewRegistration(idOf(params), status, reason);
      },
    },
    {
      method: 'POST',
      path: referral('/override'),
      does: 'A change by the service itself, without rules; the body is merged over the referral',
      run: ({ params, body }) => tenant.override(idOf(params), Body.parse(body)),
    },
    {
      method: 'POST',
      path: referral('/hide'),
      does: 'Takes it out of sight: {from: lists|everything|null}',
      run: ({ params, body }) => tenant.store.hide(idOf(params), Hide.parse(body).from),
    },
    {
      method: 'GET',
      path: '/partner-center/users',
      does: 'Users with their roles',
      run: () => ({ value: tenant.users }),
    },
    {
      method: 'PATCH',
      path: '/partner-center/users/:id',
      does: `Changes a role: {role: ${PORTAL_ROLES.join('|')}, locations?}`,
      run({ params, body }) {
        const { role, locations } = Role.parse(body);
        tenant.setRole(params.id ?? '', role, locations);
        return tenant.user(params.id ?? '');
      },
    },
    {
      method: 'GET',
      path: '/partner-center/webhooks',
      does: 'The registration, the deliveries, and the root certificate that signs them',
      run: () => ({
        registration: tenant.webhooks.registration,
        deliveries: tenant.webhooks.deliveries,
        rootCertificate: tenant.webhooks.rootCertificate,
      }),
    },
    {
      method: 'POST',
      path: '/partner-center/webhooks/deliver',
      does: 'Sends what waits, once each',
      async run() {
        await tenant.webhooks.deliver();
        return { deliveries: tenant.webhooks.deliveries };
      },
    },
    {
      method: 'PATCH',
      path: '/partner-center/webhooks',
      does: 'Registers another application, which takes the events: {url, events?}',
      run({ body }) {
        const { url, events } = OtherRegistration.parse(body);
        tenant.webhooks.register({
          subscriberId: 'another-application',
          url,
          events,
          signatureInOwnHeader: false,
          certificateUrl: new URL('/webhooks/certificate.cer', url).href,
        });
        return tenant.webhooks.registration;
      },
    },
    {
      method: 'DELETE',
      path: '/partner-center/webhooks',
      does: 'Forgets the registration, as another application could replace it',
      run: () => tenant.webhooks.register(null),
    },
    {
      method: 'GET',
      path: '/partner-center/writes',
      does: 'Accepted mutations with before and after; ?since=N those after entry N',
      run: ({ query }) => ({ entries: since(tenant.writeLog, query) }),
    },
    {
      method: 'GET',
      path: '/partner-center/illegal-calls',
      does: 'Calls refused because they may never be made; ?since=N those after entry N',
      run: ({ query }) => ({ entries: since(tenant.illegalCalls, query) }),
    },
  ];
}
