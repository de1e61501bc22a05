import nock from 'nock';
import { expect } from 'vitest';
import { createHttpClient, type HttpClient, type RequestCounters } from '../../../src/adapters/http/index.ts';
import {
  createPartnerCenter,
  type PartnerCenterOptions,
} from '../../../src/adapters/partner-center/index.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import { type FakeClock, fakeClock } from '../http/fake-clock.ts';

export const BASE = 'https://api.partner.example';
export const LIST = '/v1.0/engagements/referrals';
export const DATE = 'Sun, 01 Mar 2026 10:00:00 GMT';
export const OPPORTUNITY = '006000000000001AAA' as OpportunityId;
export const options = { signal: new AbortController().signal };

/** The nth invented referral id. */
export function idOf(number: number): ReferralId {
  return `11111111-0000-4000-8000-${String(number).padStart(12, '0')}` as ReferralId;
}

/** A referral as the API sends it; keys given replace those of the sample. */
export function payload(number = 1, changes: object = {}): Record<string, unknown> {
  return {
    id: idOf(number),
    engagementId: `22222222-0000-4000-8000-${String(number).padStart(12, '0')}`,
    name: 'Data platform renewal',
    organizationId: '33333333-0000-4000-8000-000000000001',
    organizationName: 'Contoso Services',
    externalReferenceId: OPPORTUNITY,
    createdDateTime: '2026-02-28T09:00:00.1234567Z',
    updatedDateTime: '2026-02-28T09:30:00.12Z',
    expirationDateTime: null,
    acceptedDateTime: '2026-02-28T09:00:00.1234561Z',
    closedDateTime: null,
    status: 'Active',
    substatus: 'Accepted',
    statusReason: null,
    type: 'Shared',
    qualification: 'SalesQualified',
    direction: 'Incoming',
    eTag: `"${number}-1"`,
    favorite: false,
    campaignId: null,
    salesStage: null,
    referralProgram: null,
    registrationStatus: 'None',
    customerProfile: {
      name: 'Fabrikam Oil &amp; Gas ',
      size: '51to250employees',
      address: {
        addressLine1: 'Musterweg 5',
        city: 'Essen',
        state: null,
        region: 'NW',
        postalCode: '45127',
        country: 'de',
      },
      team: [
        { firstName: 'Mia', lastName: 'Kunde', phoneNumber: '+49 201 000000', email: 'Mia@fabrikam.example' },
      ],
      ids: [{ profileType: 'Duns', id: '000000004' }],
    },
    consent: {
      consentToToShareInfoWithOthers: true,
      consentToContact: true,
      consentToShareReferralWithMicrosoftSellers: true,
    },
    details: {
      notes: ' First line\r\nsecond line ',
      dealValue: 84000.5,
      currency: 'eur',
      closingDateTime: '2026-09-29T22:00:00Z',
      requirements: {
        solutions: [{ id: 'SOL-10001-ABC', name: 'Partner Analytics', type: 'Name', price: 12 }],
        additionalRequirements: { attributes: [{ type: 'CustomerMarketplaceIntent', id: 'HaveNotDecided' }] },
      },
    },
    team: [
      {
        firstName: 'Kim',
        lastName: 'Seller',
        phoneNumber: '+49 30 000000',
        email: 'kim@partner.example',
        title: 'Lead',
      },
    ],
    inviteContext: {
      notes: null,
      assistanceRequestCode: 'Unknown',
      invitedBy: {
        organizationId: '33333333-0000-4000-8000-000000000001',
        organizationName: 'Contoso Services',
      },
    },
    target: [{ type: 'SolutionProfile', id: 'SOL-10001-ABC' }],
    trackingInfo: { microsoftMsxId: null },
    links: { self: { uri: 'http://api.partner.example/v1.0/engagments/referrals/1', method: 'GET' } },
    somethingNew: { nested: true },
    ...changes,
  };
}

export interface Setup {
  readonly partnerCenter: ReturnType<typeof createPartnerCenter>;
  readonly http: HttpClient;
  readonly clock: FakeClock;
  readonly counters: RequestCounters;
  /** How the tokens were asked for: `token-1`, or what was refused. */
  readonly tokenRequests: string[];
}

/** The adapter on real HTTP code, with a clock that does not wait and tokens that count up. */
export function setup(overrides: Partial<PartnerCenterOptions> & { attempts?: number } = {}): Setup {
  const clock = fakeClock();
  const counters: RequestCounters = { requests: 0, retries: 0 };
  const { attempts = 5, ...rest } = overrides;
  const http = createHttpClient({ baseUrl: BASE, system: 'partnerCenter', clock, counters, attempts });
  const tokenRequests: string[] = [];
  let issued = 1;
  const partnerCenter = createPartnerCenter({
    http,
    accessToken: async ({ forceRefresh = false, rejectedToken = '' }) => {
      if (forceRefresh) issued += 1;
      tokenRequests.push(forceRefresh ? `refused ${rejectedToken}` : `token-${issued}`);
      return `token-${issued}`;
    },
    connection: 'contoso',
    timeZone: 'Europe/Berlin',
    clock,
    ...rest,
  });
  return { partnerCenter, http, clock, counters, tokenRequests };
}

/** A list answer. */
export function page(rows: readonly unknown[], nextLink?: string): Record<string, unknown> {
  return {
    '@odata.context': 'x',
    value: rows,
    ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
  };
}

export const json = { 'content-type': 'application/json; charset=utf-8', date: DATE };

/** To be called in `beforeEach`. */
export function startNock(): void {
  nock.disableNetConnect();
}

/** To be called in `afterEach`: what was mocked and not asked for fails the test. */
export function finishNock(): void {
  const unused = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  expect(unused).toEqual([]);
}

export async function failure(promise: Promise<unknown>): Promise<RemoteError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}
