/** The configuration file's format. What the file may leave out has its default here. */
import { z } from 'zod';
import { graph, notify } from './config-notices.ts';
import { certificateFile, dynamicsAuth, publicAuthority } from './config-sign-in.ts';
import { section } from './issues.ts';
import {
  apiVersion,
  baseUrl,
  clientId,
  count,
  duration,
  optionalSecret,
  path,
  postgresUrl,
  schedule,
  secret,
  tenantId,
  text,
  timeZone,
  totpSecret,
} from './scalars.ts';
import { webhooks } from './webhook-schema.ts';

/** Types of actions that a policy can hold back for a person. */
export const APPROVABLE = [
  'create',
  'invite',
  'close',
  'share',
  'accept',
  'decline',
  'unlink',
  'register',
] as const;
const state = z.discriminatedUnion('kind', [
  section({
    kind: z
      .literal('embedded')
      .optional()
      .transform(() => 'embedded' as const)
      .describe('Files in a folder; needs nothing installed.'),
    dir: path.default('./state').describe('Folder of the state files, relative to this file.'),
  }),
  section({
    kind: z.literal('postgres').describe('A PostgreSQL database, for several machines.'),
    url: postgresUrl.describe('Address of the database; keep its password in the environment.'),
  }),
]);

const server = section({
  host: text.default('127.0.0.1').describe('Address to listen on.'),
  port: z.int().min(0).max(65_535).default(8787).describe('Port to listen on; 0 takes any free one.'),
  publicUrl: baseUrl({
    pattern: /\/webhooks(?:\/|$)/,
    text: 'must not contain /webhooks; the path is added',
  })
    .optional()
    .describe(
      'Where the internet reaches this server, such as https://sync.contoso.com; for webhooks, and for links in messages.',
    ),
  token: optionalSecret.describe(
    'What the console and /metrics ask for; needed unless only this machine can connect.',
  ),
  totpSecret: totpSecret
    .optional()
    .describe(
      "Secret of the console's second factor, made by cosell-sync console-secret; the console then asks for a code besides. /metrics does not.",
    ),
  allowedHosts: z
    .array(text)
    .default([])
    .describe('Names besides the host by which browsers address the console, such as sync.contoso.com.'),
  sessions: section({
    idleMinutes: z
      .int()
      .min(1)
      .max(1_440)
      .default(60)
      .describe('Minutes without anything done after which the console asks to sign in again.'),
    maxHours: z
      .int()
      .min(1)
      .max(168)
      .default(12)
      .describe('Hours after signing in at which a session ends in any case.'),
  }).prefault({}),
});

const credentials = section({
  keyFile: path
    .optional()
    .describe(
      'Key that stored sign-ins are encrypted with, unless COSELL_SECRET_KEY gives it; else secret.key in the state folder.',
    ),
  warnDays: z
    .array(z.int().min(1).max(89))
    .default([14, 7, 1])
    .describe('Days before a sign-in or a certificate ends at which to warn.'),
});

const WHEN = {
  sync: 'When to synchronise what changed (cron, UTC; six fields begin with seconds).',
  audit: 'When to compare both sides completely (cron, UTC).',
  related: 'When to follow related rows where every run would cost a request more (cron, UTC).',
} as const;

const schedules = section({
  sync: schedule.default('*/5 * * * *').describe(WHEN.sync),
  audit: schedule.default('17 3 * * *').describe(WHEN.audit),
  related: schedule.default('0 * * * *').describe(WHEN.related),
});

/** A connection's own times; what it leaves out is as for all. */
const ownSchedule = section({
  sync: schedule.optional().describe(WHEN.sync),
  audit: schedule.optional().describe(WHEN.audit),
  related: schedule.optional().describe(WHEN.related),
});

const salesforceAuth = z.discriminatedUnion('flow', [
  section({
    flow: z.literal('clientCredentials'),
    clientId: clientId.describe('Consumer key of the external client app.'),
    clientSecret: secret.describe('Consumer secret.'),
  }),
  section({
    flow: z.literal('jwtBearer'),
    clientId: clientId.describe('Consumer key of the external client app.'),
    username: text.describe('The user to act as; authorised for the app beforehand.'),
    privateKeyFile: path.describe('RSA private key in PEM form, relative to this file.'),
    audience: baseUrl().optional().describe('Only where the login host does not tell it.'),
  }),
]);

const salesforce = section({
  kind: z.literal('salesforce'),
  loginUrl: baseUrl({
    pattern: /\/services(?:\/|$)/,
    text: 'must not contain /services; the path is added',
  }).describe("The org's own address, such as https://contoso.my.salesforce.com."),
  apiVersion: apiVersion.default('66.0'),
  auth: salesforceAuth,
  changeEvents: z
    .boolean()
    .default(false)
    .describe('Listen to Change Data Capture of opportunities, to look sooner.'),
});

const dynamics = section({
  kind: z.literal('dynamics'),
  url: baseUrl({
    pattern: /\/api(?:\/|$)/,
    text: 'must not contain /api/data; the path is added',
  }).describe("The environment's address, such as https://contoso.crm.dynamics.com."),
  apiVersion: apiVersion.default('9.2'),
  auth: dynamicsAuth,
});

const partnerCenter = section({
  baseUrl: baseUrl({
    pattern: /\/(?:v1\.0|engagements)(?:\/|$)/,
    text: 'must not contain /v1.0/engagements; the path is added',
  })
    .default('https://api.partner.microsoft.com')
    .describe('Host of the referrals API.'),
  webhookBaseUrl: baseUrl()
    .default('https://api.partnercenter.microsoft.com')
    .describe('Host of the webhook registration API.'),
  authority: publicAuthority,
  tenantId: tenantId.describe("The partner's tenant."),
  clientId,
  clientSecret: optionalSecret.describe('Left out for public clients, and where a certificate is given.'),
  certificateFile,
  refreshToken: optionalSecret.describe('A first refresh token; else run "cosell-sync auth login".'),
  organizationId: text.optional().describe('Where several organisations share a view; else it is learnt.'),
  timeZone: timeZone
    .default('UTC')
    .describe('The zone in which close dates count, such as America/New_York.'),
});

const concurrency = z
  .union([z.literal('auto'), z.int().min(1).max(100)], 'must be "auto" or a whole number from 1 to 100')
  .default('auto')
  .describe('auto starts at 2, rises while latency stays flat, and halves when the host asks for a pause.');
const rate = z.number().gt(0).describe('Requests a second at most.');

const limits = section({
  partnerCenter: section({ concurrency, requestsPerSecond: rate.default(10) }).prefault({}),
  crm: section({
    concurrency,
    requestsPerSecond: rate.optional(),
    shareOfDailyQuota: z
      .number()
      .gt(0)
      .max(1)
      .default(0.2)
      .describe("How much of the org's daily API quota may be used."),
  }).prefault({}),
});

const policy = section({
  settleSeconds: duration.default(60).describe('Leave a CRM record alone until it has been quiet this long.'),
  closeHoldMinutes: duration.default(15).describe('A won or lost stage must have held this long.'),
  maxWritesPerRun: count
    .default(500)
    .describe('Remote records written in one run; the rest waits for the next.'),
  maxClosesPerRun: count.default(20).describe('Deals closed or unlinked in one run; more wait for approval.'),
  createGraceMinutes: duration
    .default(15)
    .describe('How long an unanswered create is looked for by its tag before it may be sent again.'),
  pastCloseDate: z
    .enum(['park', 'send'])
    .default('park')
    .describe('What to do with a close date in the past.'),
  inbound: section({
    create: z.boolean().default(true).describe('Create opportunities for deals that arrive.'),
    accounts: z
      .enum(['match', 'create'])
      .default('match')
      .describe('Whether a customer that the CRM lacks is created.'),
    existing: z
      .enum(['leave', 'create'])
      .default('leave')
      .describe('What to do with open deals from before the first run that carry no CRM id.'),
    contacts: z
      .enum(['none', 'match', 'create'])
      .default('none')
      .describe('Customer contacts of new opportunities: none, those that the account has, or created.'),
    solutions: z
      .enum(['add', 'leave'])
      .default('add')
      .describe('Whether solutions become products or rows where the mapping reads them from there.'),
    leads: z
      .boolean()
      .default(false)
      .describe("Treat Microsoft's leads as deals that arrive; else they are left alone."),
    marketplaceLeads: z.boolean().default(false).describe('The same for leads of the marketplace.'),
  }).prefault({}),
  approvals: z.array(z.enum(APPROVABLE)).default([]).describe('Types of actions that wait for a person.'),
  runMinutes: duration.default(55).describe('How long a run may take before it stops cleanly.'),
});

const setup = section({
  publisherPrefix: text
    .regex(/^(?!mscrm)[a-z][a-z0-9]{1,7}$/, 'must be 2 to 8 lower-case letters or digits, a letter first')
    .default('cosell'),
  solutionName: text.regex(/^[A-Za-z_]\w*$/, 'must be letters, digits and _').default('CosellSync'),
});

const connection = section({
  name: text
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens, such as "contoso"')
    .describe('Names the connection in commands and state; do not change it later.'),
  crm: z.discriminatedUnion('kind', [salesforce, dynamics]),
  partnerCenter,
  limits: limits.prefault({}),
  graph: graph.optional(),
  notify: notify.optional().describe('When operators are told, and ways to tell them besides mail.'),
  webhooks: webhooks.optional().describe('Events that make the daemon look sooner.'),
  schedule: ownSchedule.optional().describe("Instead of the configuration's own schedule, key by key."),
  mapping: path.describe('The mapping file, relative to this file.'),
  policy: policy.prefault({}),
  setup: setup.prefault({}).describe('Where new columns go (Dynamics).'),
});

export const ConfigSchema = section({
  state: state.prefault({}),
  server: server.prefault({}),
  credentials: credentials.prefault({}).describe('How sign-ins are kept, and when to warn of their end.'),
  schedule: schedules.prefault({}),
  connections: z.array(connection).min(1).describe('One for each CRM and Partner Center tenant.'),
});

export type ParsedConfig = z.output<typeof ConfigSchema>;
export type ParsedConnection = ParsedConfig['connections'][number];
