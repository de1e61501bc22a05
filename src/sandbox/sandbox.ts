/**
 * The whole sandbox: stand-ins for Salesforce, Partner Center and Microsoft's sign-in service on loopback ports, one
 * clock, one journal and one fault switchboard under them, and the control API beside them.
 */
import { kernelRoutes, startControl } from './control.ts';
import type { DataverseOrg } from './dataverse/index.ts';
import { dataverseRoutes } from './dataverse-control.ts';
import { createDynamicsSide, type DynamicsOptions } from './dataverse-side.ts';
import { createDirectory, createEntraStandIn, type EntraDirectory, entraRoutes } from './entra/index.ts';
import { createGraphTenant, type GraphTenant, graphRoutes, type NewPerson } from './graph/index.ts';
import { createGraphSide } from './graph-side.ts';
import { createClock, type SandboxClock } from './kernel/clock.ts';
import { createFaults, type Faults } from './kernel/faults.ts';
import { createJournal, type Journal, type SandboxSystem } from './kernel/journal.ts';
import { type SandboxHooks, type StandIn, startSandboxServer } from './kernel/server.ts';
import {
  createPartnerCenterStandIn,
  createTenant,
  partnerCenterRoutes,
  type Tenant,
} from './partner-center/index.ts';
import {
  createOrg,
  createSalesforceStandIn,
  createSampleOrg,
  flagForSync,
  loadExport,
  type SalesforceOrg,
  type SalesforceStandIn,
} from './salesforce/index.ts';
import { salesforceRoutes } from './salesforce-control.ts';

/** Ids and secrets of the sandbox, the same every time: all made up, all public. */
export const SANDBOX_CREDENTIALS = {
  partnerCenter: {
    tenantId: '11111111-1111-4111-8111-111111111111',
    clientId: '22222222-2222-4222-8222-222222222222',
    clientSecret: 'sandbox-client-secret',
    refreshToken: 'sandbox-refresh-token',
    userId: '44444444-4444-4444-8444-444444444444',
    userName: 'sync@partner.example',
  },
  salesforce: { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
  dynamics: {
    tenantId: '11111111-1111-4111-8111-111111111111',
    clientId: '33333333-3333-4333-8333-333333333333',
    clientSecret: 'sandbox-dynamics-secret',
  },
} as const;

export interface SandboxOptions {
  /** 0, or a key left out, takes a free port. */
  readonly ports?: {
    readonly control?: number;
    readonly salesforce?: number;
    readonly partnerCenter?: number;
    readonly entra?: number;
    readonly dynamics?: number;
    readonly graph?: number;
  };
  /** The clock stands still from here and moves only when told; else real time runs. */
  readonly frozenAt?: Date;
  readonly salesforce?: {
    /** Folder of a Salesforce data export to load. */
    readonly exportDir?: string;
    /** How many of the newest open opportunities are marked to be synchronised, beside the sample's own. */
    readonly flag?: number;
    /** Made-up records. */
    readonly sample?: { readonly seed: number; readonly opportunities: number };
  };
  /** A Dynamics 365 organization beside Salesforce; left out, there is none. */
  readonly dynamics?: DynamicsOptions;
  /** Microsoft Graph with these people; left out, there is none. */
  readonly graph?: { readonly people: readonly NewPerson[] };
  /** Partner Center's tenant. */
  readonly partnerCenter?: {
    /** Another one gives its deals other ids. */
    readonly seed?: string;
  };
  readonly hooks?: SandboxHooks;
}

export interface SandboxUrls {
  readonly control: string;
  readonly salesforce: string;
  readonly partnerCenter: string;
  readonly entra: string;
  /** Only with a Dynamics 365 organization. */
  readonly dynamics?: string;
  /** Only with Microsoft Graph. */
  readonly graph?: string;
}

export interface Sandbox {
  readonly urls: SandboxUrls;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly faults: Faults;
  /** May be changed while the sandbox runs. */
  readonly hooks: SandboxHooks;
  readonly salesforce: SalesforceOrg;
  /** Salesforce's sessions, usage meter and query locators. */
  readonly salesforceApi: SalesforceStandIn;
  /** Ids of the opportunities that were marked to be synchronised at the start. */
  readonly flagged: readonly string[];
  /** null without one. */
  readonly dynamics: DataverseOrg | null;
  /** Ids of the opportunities in Dynamics 365 that were marked to be synchronised at the start. */
  readonly dynamicsFlagged: readonly string[];
  /** null without one. */
  readonly graph: GraphTenant | null;
  readonly partnerCenter: Tenant;
  readonly entra: EntraDirectory;
  readonly credentials: typeof SANDBOX_CREDENTIALS;
  /** Requests to data routes since the start; sign-in and version lists are not among them. */
  requestCounts(): {
    readonly salesforce: number;
    readonly partnerCenter: number;
    readonly dynamics?: number;
    readonly graph?: number;
  };
  close(): Promise<void>;
}

/** A journal that also counts data requests; clearing the entries keeps the counts. */
function createCountingJournal(): { journal: Journal; count(system: SandboxSystem): number } {
  const inner = createJournal();
  const counts = new Map<SandboxSystem, number>();
  return {
    count: (system) => counts.get(system) ?? 0,
    journal: {
      get entries() {
        return inner.entries;
      },
      add(entry) {
        if (entry.data) counts.set(entry.system, (counts.get(entry.system) ?? 0) + 1);
        return inner.add(entry);
      },
      clear: inner.clear,
      since: inner.since,
    },
  };
}

function createPartnerSide(
  clock: SandboxClock,
  options: NonNullable<SandboxOptions['partnerCenter']>,
): {
  tenant: Tenant;
  directory: EntraDirectory;
  standIn: StandIn;
} {
  const { tenantId, clientId, clientSecret, refreshToken, userId, userName } =
    SANDBOX_CREDENTIALS.partnerCenter;
  const directory = createDirectory({
    clock,
    tenantId,
    applications: [{ clientId, secret: clientSecret, allowsPublicFlows: true }],
    users: [{ id: userId, userName, displayName: 'Synchronisation' }],
    firstRefreshToken: { token: refreshToken, userId, clientId },
  });
  const tenant = createTenant({
    clock,
    users: [{ id: userId, email: userName, role: 'referralsAdmin', locations: [] }],
    ...options,
  });
  const standIn = createPartnerCenterStandIn({
    clock,
    tenant,
    verifyToken(token) {
      const claims = directory.verify(token);
      return claims && { audience: claims.aud, userId: claims.idtyp === 'app' ? null : claims.oid };
    },
  });
  return { tenant, directory, standIn };
}

function createCrmSide(
  clock: SandboxClock,
  options: NonNullable<SandboxOptions['salesforce']>,
): { org: SalesforceOrg; standIn: SalesforceStandIn; flagged: readonly string[] } {
  const org = createOrg({ clock });
  const flagged: string[] = [];
  if (options.exportDir !== undefined) loadExport(org, options.exportDir);
  if (options.sample !== undefined) flagged.push(...createSampleOrg(org, options.sample).flagged);
  if (options.flag !== undefined) flagged.push(...flagForSync(org, { count: options.flag }));
  const { clientId, clientSecret } = SANDBOX_CREDENTIALS.salesforce;
  const apps = [{ clientId, clientSecret, runAs: org.integrationUserId }];
  return { org, standIn: createSalesforceStandIn({ clock, org, apps }), flagged };
}

/**
 * Starts everything.
 * @throws ExportError when the export cannot be loaded, and the system's error when a port is taken; nothing is left
 *   running then.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { ports = {}, hooks = {} } = options;
  const clock = createClock(options.frozenAt);
  const faults = createFaults();
  const { journal, count } = createCountingJournal();
  const { tenant, directory, standIn } = createPartnerSide(clock, options.partnerCenter ?? {});
  const crm = createCrmSide(clock, options.salesforce ?? {});
  const sales =
    options.dynamics === undefined
      ? null
      : createDynamicsSide({ clock, directory, app: SANDBOX_CREDENTIALS.dynamics }, options.dynamics);
  const people = options.graph === undefined ? null : createGraphTenant(options.graph.people);
  const requestCounts = () => ({
    salesforce: count('salesforce'),
    partnerCenter: count('partner-center'),
    ...(sales === null ? {} : { dynamics: count('dataverse') }),
    ...(people === null ? {} : { graph: count('graph') }),
  });

  const running: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.splice(0).map((server) => server.close()));
  };
  async function serve(served: StandIn, port = 0): Promise<string> {
    const server = await startSandboxServer({ standIn: served, clock, journal, faults, hooks, port });
    running.push(server);
    return server.url;
  }

  try {
    const salesforce = await serve(crm.standIn, ports.salesforce);
    const partnerCenter = await serve(standIn, ports.partnerCenter);
    const entra = await serve(createEntraStandIn({ clock, directory }), ports.entra);
    const dynamics = sales === null ? {} : { dynamics: await serve(sales.standIn, ports.dynamics) };
    const graph =
      people === null ? {} : { graph: await serve(createGraphSide(clock, directory, people), ports.graph) };
    const control = await startControl(
      [
        ...kernelRoutes({ clock, journal, faults, requestCounts }),
        ...salesforceRoutes(crm.org, crm.standIn),
        ...(sales === null ? [] : dataverseRoutes(sales.org)),
        ...(people === null ? [] : graphRoutes(people)),
        ...partnerCenterRoutes(tenant),
        ...entraRoutes(directory, SANDBOX_CREDENTIALS.partnerCenter.clientId),
      ],
      ports.control ?? 0,
    );
    running.push(control);
    return {
      urls: { control: control.url, salesforce, partnerCenter, entra, ...dynamics, ...graph },
      clock,
      journal,
      faults,
      hooks,
      salesforce: crm.org,
      salesforceApi: crm.standIn,
      flagged: crm.flagged,
      dynamics: sales?.org ?? null,
      dynamicsFlagged: sales?.flagged ?? [],
      graph: people,
      partnerCenter: tenant,
      entra: directory,
      credentials: SANDBOX_CREDENTIALS,
      requestCounts,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
