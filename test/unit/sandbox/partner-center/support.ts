/** A Partner Center stand-in on a frozen clock, with a signed-in client in front of it. */
import { afterEach } from 'vitest';
import { createDirectory, type EntraDirectory } from '../../../../src/sandbox/entra/index.ts';
import { createClock, type SandboxClock } from '../../../../src/sandbox/kernel/clock.ts';
import { createFaults, type Faults } from '../../../../src/sandbox/kernel/faults.ts';
import { createJournal } from '../../../../src/sandbox/kernel/journal.ts';
import { startSandboxServer } from '../../../../src/sandbox/kernel/server.ts';
import {
  createPartnerCenterStandIn,
  createTenant,
  type JsonObject,
  REFERRALS_AUDIENCE,
  type Tenant,
} from '../../../../src/sandbox/partner-center/index.ts';

export const ADMIN = {
  id: '44444444-4444-4444-8444-444444444444',
  email: 'sync@partner.example',
  role: 'referralsAdmin',
  locations: [],
} as const;
export const SELLER = {
  id: '55555555-5555-4555-8555-555555555555',
  email: 'kim@partner.example',
  role: 'referralsUser',
  locations: [],
} as const;
const CLIENT_ID = '22222222-2222-4222-8222-222222222222';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; an empty object when there is none. */
  readonly json: JsonObject;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: { readonly id: string };
  readonly token?: string | null;
}

export interface Fixture {
  readonly url: string;
  readonly clock: SandboxClock;
  readonly faults: Faults;
  readonly tenant: Tenant;
  readonly directory: EntraDirectory;
  /** A call to the referrals API; the path begins after `/v1.0/engagements/referrals`. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The ids that a whole walk of the list sees, in order. */
  walk(query: string, as?: { readonly id: string }): Promise<readonly string[]>;
  token(userId: string | null, audience?: string): string;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Starts a tenant; it is stopped after the test. */
export async function startPartnerCenter(): Promise<Fixture> {
  const clock = createClock(new Date('2026-03-02T09:00:00Z'));
  const faults = createFaults();
  const directory = createDirectory({
    clock,
    tenantId: '11111111-1111-4111-8111-111111111111',
    applications: [{ clientId: CLIENT_ID, secret: 'secret', allowsPublicFlows: true }],
    users: [ADMIN, SELLER].map(({ id, email }) => ({ id, userName: email, displayName: email })),
  });
  const tenant = createTenant({ clock, users: [ADMIN, SELLER] });
  const standIn = createPartnerCenterStandIn({
    clock,
    tenant,
    verifyToken(token) {
      const claims = directory.verify(token);
      return claims && { audience: claims.aud, userId: claims.idtyp === 'app' ? null : claims.oid };
    },
  });
  const server = await startSandboxServer({
    standIn,
    clock,
    faults,
    journal: createJournal(),
    hooks: {},
    port: 0,
  });
  closers.push(server.close);

  const token = (userId: string | null, audience = REFERRALS_AUDIENCE): string =>
    directory.issueAccessToken(
      audience,
      CLIENT_ID,
      directory.users.find((user) => user.id === userId) ?? null,
    );

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const bearer = options.token === undefined ? token(options.as?.id ?? ADMIN.id) : options.token;
    const response = await fetch(`${server.url}/v1.0/engagements/referrals${path}`, {
      method,
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const json: unknown = text === '' ? {} : JSON.parse(text);
    return { status: response.status, headers: response.headers, text, json: isObject(json) ? json : {} };
  }

  async function walk(query: string, as: { readonly id: string } = ADMIN): Promise<readonly string[]> {
    const ids: string[] = [];
    let path = query;
    for (;;) {
      const { json } = await call('GET', path, { as });
      for (const row of rowsOf(json)) ids.push(String(row.id));
      const next = json['@odata.nextLink'];
      if (typeof next !== 'string') return ids;
      path = new URL(next).search;
    }
  }

  return { url: server.url, clock, faults, tenant, directory, call, walk, token };
}

/** The rows of a list answer. */
export function rowsOf(answer: JsonObject): readonly JsonObject[] {
  return Array.isArray(answer.value) ? answer.value.filter(isObject) : [];
}

/** The object under a key of an answer. */
export function part(answer: JsonObject, key: string): JsonObject {
  const value = answer[key];
  if (!isObject(value)) throw new TypeError(`The answer has no object "${key}".`);
  return value;
}

/** The error's code, target and rule, as the envelope gives them. */
export function errorOf(answer: Answer): { code: unknown; target: unknown; rule: unknown } {
  const error = part(answer.json, 'error');
  return { code: error.code, target: error.target, rule: part(error, 'innerError').code };
}

/** A complete create body for a private deal. */
export function privateDeal(changes: JsonObject = {}): JsonObject {
  return {
    name: 'Fabrikam - data platform renewal',
    externalReferenceId: '006000000000001AAA',
    type: 'Independent',
    qualification: 'SalesQualified',
    customerProfile: {
      name: 'Fabrikam GmbH',
      address: {
        addressLine1: 'Musterweg 5',
        city: 'Essen',
        state: 'NW',
        postalCode: '45127',
        country: 'DE',
      },
      size: '251to1000employees',
      team: [
        {
          firstName: 'Mia',
          lastName: 'Kunde',
          phoneNumber: '+49 201 5550100',
          email: 'mia@fabrikam.example',
        },
      ],
      ids: [],
    },
    consent: {
      consentToToShareInfoWithOthers: true,
      consentToContact: true,
      consentToShareReferralWithMicrosoftSellers: false,
    },
    details: {
      notes: 'Renewal with added analytics scope.',
      dealValue: 84000,
      currency: 'EUR',
      closingDateTime: '2026-09-30T12:00:00Z',
      requirements: { solutions: [{ id: 'SOL-10001-ABC', name: 'Partner Analytics', type: 'Name' }] },
    },
    team: [
      { firstName: 'Kim', lastName: 'Seller', phoneNumber: '+49 30 5550101', email: 'kim@partner.example' },
    ],
    target: [],
    ...changes,
  };
}

/** The same deal, shared with Microsoft; the first step of a co-sell. */
export function sharedDeal(changes: JsonObject = {}): JsonObject {
  return privateDeal({
    type: 'Shared',
    consent: {
      consentToToShareInfoWithOthers: true,
      consentToContact: true,
      consentToShareReferralWithMicrosoftSellers: true,
    },
    target: [{ type: 'SolutionProfile', id: 'SOL-10001-ABC' }],
    ...changes,
  });
}

/** The second step: Microsoft's record in the same engagement. */
export function invitation(engagementId: string, changes: JsonObject = {}): JsonObject {
  return sharedDeal({
    engagementId,
    target: [{ type: 'BusinessProfileLocation', id: 'msft' }],
    inviteContext: { assistanceRequestCode: 'ProofOfConceptOrDemo', notes: 'Please help us scope a pilot.' },
    ...changes,
  });
}

/** JSON Patch `replace` operations. */
export function replace(changes: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.entries(changes).map(([path, value]) => ({ op: 'replace', path: `/${path}`, value }));
}
