/** The real adapters on a sandbox of their own, as a connection would build them. */

import { createDynamics } from '../../src/adapters/dynamics/index.ts';
import { createPartnerTokens } from '../../src/adapters/entra/index.ts';
import { createHttpClient, type RequestCounters } from '../../src/adapters/http/index.ts';
import { createPartnerCenter } from '../../src/adapters/partner-center/index.ts';
import { createSalesforce } from '../../src/adapters/salesforce/index.ts';
import { selectionFor } from '../../src/config/selection.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type { Crm, PartnerCenter } from '../../src/core/ports.ts';
import { SANDBOX_CREDENTIALS, type Sandbox } from '../../src/sandbox/sandbox.ts';

export const quietLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function memoryCredentials() {
  const values = new Map<string, string>();
  return {
    load: async (name: string) => values.get(name) ?? null,
    save: async (name: string, value: string) => void values.set(name, value),
    remove: async (name: string) => void values.delete(name),
  };
}

/** The Dynamics 365 adapter on the sandbox's Dataverse, on the sandbox's clock. */
export function connectDynamics(sandbox: Sandbox, mapping: Mapping): Crm {
  const { dynamics: url } = sandbox.urls;
  if (url === undefined) throw new TypeError('The sandbox was started without Dynamics 365.');
  const authority = sandbox.urls.entra;
  const clock = {
    now: () => sandbox.clock.now().getTime(),
    random: () => 0.5,
    sleep: async (milliseconds: number) => sandbox.clock.advance(milliseconds),
  };
  return createDynamics({
    config: {
      kind: 'dynamics',
      url,
      apiVersion: '9.2',
      auth: {
        flow: 'clientCredentials',
        authority,
        certificateFile: null,
        ...SANDBOX_CREDENTIALS.dynamics,
      },
    },
    selection: selectionFor(mapping),
    stages: mapping.stages,
    http: (baseUrl) => createHttpClient({ baseUrl, system: baseUrl === authority ? 'entra' : 'crm', clock }),
    logger: quietLogger,
    setup: { mapping, place: { publisherPrefix: 'cosell', solutionName: 'CosellSync' } },
    clock,
  });
}

export interface SandboxRemotes {
  readonly crm: Crm;
  readonly partnerCenter: PartnerCenter;
  readonly counters: { readonly crm: RequestCounters; readonly partnerCenter: RequestCounters };
}

export interface SandboxAccess {
  /** Where tokens are kept; gone with the adapters unless given. */
  readonly credentials?: ReturnType<typeof memoryCredentials>;
  /** Whether waiting for Partner Center moves the sandbox's clock too, instead of taking its time. */
  readonly waitsOnSandboxClock?: boolean;
}

export function connectSandbox(
  sandbox: Sandbox,
  mapping: Mapping,
  { credentials = memoryCredentials(), waitsOnSandboxClock = false }: SandboxAccess = {},
): SandboxRemotes {
  // The client lives on the sandbox's clock, so that a simulated month is a month for it too; waiting moves it.
  const clock = {
    now: () => sandbox.clock.now().getTime(),
    random: () => 0.5,
    sleep: async (milliseconds: number) => sandbox.clock.advance(milliseconds),
  };
  const counters = { crm: { requests: 0, retries: 0 }, partnerCenter: { requests: 0, retries: 0 } };
  const { partnerCenter: partner, salesforce } = SANDBOX_CREDENTIALS;
  const tokens = createPartnerTokens({
    authority: sandbox.urls.entra,
    tenantId: partner.tenantId,
    clientId: partner.clientId,
    clientSecret: partner.clientSecret,
    configuredRefreshToken: partner.refreshToken,
    credentials,
    connection: 'contoso',
    clock,
    http: createHttpClient({ baseUrl: sandbox.urls.entra, system: 'entra', clock }),
  });
  return {
    counters,
    crm: createSalesforce({
      config: {
        kind: 'salesforce',
        loginUrl: sandbox.urls.salesforce,
        apiVersion: '66.0',
        auth: { flow: 'clientCredentials', ...salesforce },
      },
      selection: selectionFor(mapping),
      http: (baseUrl) => createHttpClient({ baseUrl, system: 'crm', counters: counters.crm, clock }),
      logger: quietLogger,
      clock,
      limits: { shareOfDailyQuota: 1 },
    }),
    partnerCenter: createPartnerCenter({
      http: createHttpClient({
        baseUrl: sandbox.urls.partnerCenter,
        system: 'partnerCenter',
        counters: counters.partnerCenter,
        ...(waitsOnSandboxClock ? { clock } : {}),
      }),
      accessToken: (request) => tokens.getToken('referrals', request),
      connection: 'contoso',
      timeZone: 'UTC',
      clock,
    }),
  };
}
