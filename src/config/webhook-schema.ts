/** What the configuration says of events that others send. */
import { z } from 'zod';
import { REFERRAL_EVENTS, TEST_EVENT } from '../core/webhook-event.ts';
import { DEFAULT_CERTIFICATE_HOSTS } from '../core/webhook-registration.ts';
import { section } from './issues.ts';
import { path, text } from './scalars.ts';

const KEY_LENGTH = 16;

const certificateHost = text
  .regex(
    /^(?!-)[A-Za-z0-9.-]+(?::\d{1,5})?$|^\[::1\](?::\d{1,5})?$/,
    'must be the name of one host, such as "3psostorageacct.blob.core.windows.net"; patterns would let strangers sign events',
  )
  .transform((host) => host.toLowerCase());

const partnerCenter = section({
  register: z
    .boolean()
    .default(true)
    .describe('Register for the events, and mend the registration when it lost some.'),
  events: z
    .array(z.enum([...REFERRAL_EVENTS, TEST_EVENT]))
    .min(1)
    .default([...REFERRAL_EVENTS, TEST_EVENT])
    .describe('Which events to register for.'),
  certificateHosts: z
    .array(certificateHost)
    .min(1)
    .default([...DEFAULT_CERTIFICATE_HOSTS])
    .describe('The only hosts from which the certificate of a signature is fetched.'),
  trustFile: path
    .optional()
    .describe('Further root and intermediate certificates in PEM form, relative to this file.'),
});

const dynamics = section({
  header: text
    .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header, such as x-cosell-key')
    .default('x-cosell-key')
    .describe('The header that carries the key.'),
  key: z
    .string()
    .refine((key) => key.length >= KEY_LENGTH, `must have at least ${KEY_LENGTH} characters`)
    .describe('The key that Dynamics 365 sends with each event; keep it in the environment.'),
});

export const webhooks = section({
  partnerCenter: partnerCenter.optional().describe('Events of Partner Center; needs server.publicUrl.'),
  dynamics: dynamics.optional().describe('Events of a webhook that is registered in Dynamics 365.'),
});

export type ParsedWebhooks = z.output<typeof webhooks>;
