/** What the configuration says of messages to people: Graph, the webhook, and when something may be sent. */
import { z } from 'zod';
import { OCCASIONS, type Occasion } from '../core/occasions.ts';
import { authority, certificateFile, graphAuth } from './config-sign-in.ts';
import { section } from './issues.ts';
import {
  baseUrl,
  clientId,
  clockTime,
  email,
  optionalSecret,
  tenantId,
  timeZone,
  webhookUrl,
} from './scalars.ts';

const DEFAULT_OCCASIONS: Occasion[] = OCCASIONS.filter((occasion) => occasion !== 'notice');
const occasions = z
  .array(z.enum(OCCASIONS))
  .min(1)
  .default(DEFAULT_OCCASIONS)
  .describe('What to tell of, once for each new item.');

const quietHours = section({
  from: clockTime.describe('When they begin, such as "19:00".'),
  to: clockTime.describe('When they end, such as "07:00"; before from, it is the next day.'),
  weekends: z.boolean().default(false).describe('Whether Saturday and Sunday are quiet all day.'),
}).refine(({ from, to }) => from !== to, {
  path: ['to'],
  message: 'is the same as from; leave quietHours out, or give them a length',
});

export const notify = section({
  timeZone: timeZone
    .optional()
    .describe("The zone of quietHours and digest; else partnerCenter's, such as Europe/Berlin."),
  quietHours: quietHours.optional().describe('When nothing is sent but what is urgent; the rest follows.'),
  digest: clockTime
    .optional()
    .describe('One message a day at this time, such as "08:00", instead of one after each run.'),
  urgent: z
    .array(z.enum(OCCASIONS))
    .default(['halted', 'credentials'])
    .describe('What waits neither for the digest nor for the end of quietHours.'),
  webhook: section({
    url: webhookUrl.describe('Where messages are posted as JSON text; the address is a secret.'),
    on: occasions,
  }).optional(),
});

const OTHER_APP = "Only for an app other than Partner Center's.";

export const graph = section({
  baseUrl: baseUrl({
    pattern: /\/(?:v1\.0|beta)(?:\/|$)/,
    text: 'must not contain a version; it is added',
  }).default('https://graph.microsoft.com'),
  directory: z.boolean().default(false).describe('Look up missing phones and e-mails of team members.'),
  notify: section({
    from: email.describe('The mailbox that sends.'),
    to: z.array(email).min(1),
    on: occasions,
  }).optional(),
  reminders: section({
    from: email.describe('The mailbox that sends.'),
  })
    .optional()
    .describe('Mail to the owner of an opportunity 7, 3 and 1 days before its unanswered deal expires.'),
  authority: authority.optional().describe(OTHER_APP),
  tenantId: tenantId.optional().describe(OTHER_APP),
  clientId: clientId.optional().describe(OTHER_APP),
  clientSecret: optionalSecret.describe(OTHER_APP),
  certificateFile,
  auth: graphAuth.optional().describe('An identity of Azure instead of an app with a secret or certificate.'),
});
