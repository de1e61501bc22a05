/** A public client library of Dataverse, signed in to a stand-in of its own as any app signs in. */
import { DynamicsWebApi } from 'dynamics-web-api';
import type { DataverseOrg } from '../../src/sandbox/dataverse/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

export interface OpportunityRow {
  readonly opportunityid: string;
  readonly name: string;
  readonly estimatedvalue: number | null;
  readonly statecode: number;
  readonly '@odata.etag': string;
  readonly customerid_account?: { readonly name: string };
}

export interface PublicClient {
  readonly sandbox: Sandbox;
  readonly org: DataverseOrg;
  readonly client: DynamicsWebApi;
  readonly accountId: string;
  /** Removes every opportunity. */
  clear(): void;
  /** Opportunities `Deal 1` … `Deal n` of the account, each worth a hundred more than the one before. @returns their ids */
  seed(count: number): readonly string[];
}

/** Starts an organization with one account and a key on the referral id, and the library in front of it. */
export async function openPublicClient(): Promise<PublicClient> {
  const sandbox = await startSandbox({ frozenAt: new Date('2026-03-02T09:00:00Z'), dynamics: {} });
  const { dynamics: org, urls, credentials } = sandbox;
  if (org === null) throw new TypeError('The sandbox has no Dynamics 365.');
  org.addKey('opportunity', 'msft_ReferralIdentifierKey', ['msft_referralidentifier']);
  const accountId = org.load('account', { name: "O'Neil & Söhne" });
  const client = new DynamicsWebApi({
    serverUrl: String(urls.dynamics),
    dataApi: { version: '9.2' },
    async onTokenRefresh() {
      const answer = await fetch(`${urls.entra}/${credentials.dynamics.tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: credentials.dynamics.clientId,
          client_secret: credentials.dynamics.clientSecret,
          scope: `${urls.dynamics}/.default`,
        }),
      });
      const { access_token: token }: { access_token?: unknown } = JSON.parse(await answer.text());
      return String(token);
    },
  });
  return {
    sandbox,
    org,
    client,
    accountId,
    clear() {
      for (const { opportunityid } of org.list('opportunity'))
        org.as(org.adminUserId).delete('opportunity', String(opportunityid));
    },
    seed: (count) =>
      Array.from({ length: count }, (_, index) =>
        org.load('opportunity', {
          name: `Deal ${index + 1}`,
          customerid: { table: 'account', id: accountId },
          estimatedvalue: (index + 1) * 100,
          description: index % 2 === 0 ? 'even' : null,
        }),
      ),
  };
}
