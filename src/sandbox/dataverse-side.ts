/** The Dynamics 365 side of the sandbox: an organization, filled as asked, and the stand-in before it. */
import {
  createDataverseStandIn,
  createOrg,
  createSampleOrg,
  type DataverseOrg,
  type DataverseStandIn,
  flagForSync,
  loadExport,
} from './dataverse/index.ts';
import type { EntraDirectory } from './entra/index.ts';
import type { SandboxClock } from './kernel/clock.ts';

export interface DynamicsOptions {
  /** Folder of a Salesforce data export to load. */
  readonly exportDir?: string;
  /** How many of the newest open opportunities are marked to be synchronised, beside the sample's own. */
  readonly flag?: number;
  /** Made-up records. */
  readonly sample?: { readonly seed: number; readonly opportunities: number };
}

export interface DynamicsSide {
  readonly org: DataverseOrg;
  readonly standIn: DataverseStandIn;
  /** Ids of the opportunities that were marked to be synchronised. */
  readonly flagged: readonly string[];
}

export interface DynamicsSurroundings {
  readonly clock: SandboxClock;
  readonly directory: EntraDirectory;
  /** The app that may sign in. */
  readonly app: { readonly clientId: string; readonly clientSecret: string };
}

/** @throws ExportError when the export cannot be loaded */
export function createDynamicsSide(
  { clock, directory, app }: DynamicsSurroundings,
  options: DynamicsOptions,
): DynamicsSide {
  directory.addApplication({ clientId: app.clientId, secret: app.clientSecret, allowsPublicFlows: false });
  const org = createOrg({ clock, applicationId: app.clientId });
  const flagged: string[] = [];
  if (options.exportDir !== undefined) loadExport(org, options.exportDir);
  if (options.sample !== undefined) flagged.push(...createSampleOrg(org, options.sample).flagged);
  if (options.flag !== undefined) flagged.push(...flagForSync(org, { count: options.flag }));
  const standIn = createDataverseStandIn({
    clock,
    org,
    verifyToken(token) {
      const claims = directory.verify(token);
      if (claims === null) return null;
      const isApp = claims.idtyp === 'app';
      return { audience: claims.aud, applicationId: String(claims.appid), userId: isApp ? null : claims.oid };
    },
  });
  return { org, standIn, flagged };
}
