import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toReferral } from '../../../src/adapters/partner-center/mapping.ts';
import { toRegistrationPatch } from '../../../src/adapters/partner-center/registration.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import type { RegistrationValues } from '../../../src/core/registration-values.ts';
import {
  BASE,
  failure,
  finishNock,
  idOf,
  json,
  LIST,
  options,
  payload,
  setup,
  startNock,
} from './support.ts';

const VALUES: RegistrationValues = {
  contractValue: '91000.5',
  contractCurrency: 'EUR',
  signDate: '2026-02-20',
  startDate: '2026-02-25',
  endDate: '2027-02-24',
  term: 'Finite',
  solutionId: 'SOL-10001-ABC',
  solutionValue: '91000',
  solutionCurrency: 'EUR',
  deployedOnAzure: true,
  primaryDeploymentOn: 'Customer',
  pricingModel: 'Other',
  marketplaceTransacted: false,
  marketplaceTransactionDate: null,
};
const WIRE = {
  type: 'AzureIPCoSell',
  contract: {
    currency: 'EUR',
    value: 91000.5,
    signDateTime: '2026-02-20T00:00:00Z',
    startDateTime: '2026-02-25T00:00:00Z',
    endDateTime: '2027-02-24T00:00:00Z',
    term: 'Finite',
  },
  solutionDetails: [
    {
      id: 'SOL-10001-ABC',
      currency: 'EUR',
      value: 91000,
      isDeployedOnAzure: true,
      primaryDeploymentOn: 'Customer',
      pricingModel: 'Other',
      marketplaceTransactionDetails: { isMarketplaceTransacted: false },
    },
  ],
};
const won = (changes: object = {}) =>
  payload(1, {
    status: 'Closed',
    substatus: 'Won',
    closedDateTime: '2026-02-28T10:00:00Z',
    eTag: '"1-2"',
    ...changes,
  });
const registeredRow = (changes: object = {}) =>
  won({
    registrationStatus: 'ReviewPending',
    registrations: [{ id: 'r', status: 'ReviewPending', statusReason: null, ...WIRE, ...changes }],
  });
const readBack = (row: unknown) =>
  toReferral(row, null, { timeZone: 'America/New_York', organizationId: null });

describe('a registration on the wire', () => {
  it('is one entry at the end of the list', () => {
    expect(toRegistrationPatch({ type: 'register', values: VALUES })).toEqual([
      { op: 'add', path: '/registrations/-', value: WIRE },
    ]);
  });

  it('leaves out the end of a perpetual contract, and names the day of a marketplace transaction', () => {
    const [operation] = toRegistrationPatch({
      type: 'register',
      values: {
        ...VALUES,
        term: 'Perpetual',
        endDate: null,
        marketplaceTransacted: true,
        marketplaceTransactionDate: '2026-02-21',
      },
    });

    expect(operation?.value).toMatchObject({
      contract: { term: 'Perpetual' },
      solutionDetails: [
        {
          marketplaceTransactionDetails: {
            isMarketplaceTransacted: true,
            marketplaceTransactionDateTime: '2026-02-21T00:00:00Z',
          },
        },
      ],
    });
    expect(operation?.value).not.toHaveProperty('contract.endDateTime');
  });

  it('is corrected path by path: what was there is replaced, what was empty is added', () => {
    const operations = toRegistrationPatch({
      type: 'correct',
      changes: {
        signDate: '2026-02-19',
        solutionValue: '100.25',
        endDate: null,
        marketplaceTransacted: true,
      },
      before: { signDate: '2026-02-20', solutionValue: null, endDate: '2027-02-24' },
    });

    expect(operations).toEqual([
      { op: 'replace', path: '/registrations/0/contract/signDateTime', value: '2026-02-19T00:00:00Z' },
      { op: 'add', path: '/registrations/0/solutionDetails/0/value', value: 100.25 },
      { op: 'replace', path: '/registrations/0/contract/endDateTime', value: null },
      {
        op: 'add',
        path: '/registrations/0/solutionDetails/0/marketplaceTransactionDetails/isMarketplaceTransacted',
        value: true,
      },
    ]);
  });

  it('refuses an amount that a JSON number cannot hold', () => {
    const write = { type: 'register', values: { ...VALUES, contractValue: '90071992547409931' } } as const;

    expect(() => toRegistrationPatch(write)).toThrow(RemoteError);
  });
});

describe('reading registrations', () => {
  it('gives back what was written, in every zone', () => {
    const referral = readBack(registeredRow());

    expect(referral?.registrations).toEqual([
      { status: 'ReviewPending', statusReason: null, values: VALUES_READ },
    ]);
  });
  const { marketplaceTransactionDate: _never, ...VALUES_READ } = VALUES;

  it('reads the days of the portal in the zone of the partner', () => {
    const referral = readBack(
      registeredRow({ contract: { ...WIRE.contract, signDateTime: '2026-02-20T05:00:00.0000000Z' } }),
    );

    expect(referral?.registrations?.[0]?.values.signDate).toBe('2026-02-20');
  });

  it.each([undefined, null, [], {}, 'none'])('takes %j for an answer that does not say', (registrations) => {
    const referral = readBack(won({ registrations }));

    expect(referral?.registrations).toBeUndefined();
    expect(referral?.malformed).toEqual([]);
  });

  it('does not set a deal aside for a slip in its registration', () => {
    const referral = readBack(
      registeredRow({
        contract: { value: 'much', signDateTime: 'yesterday', term: 'Finite' },
        solutionDetails: 7,
      }),
    );

    expect(referral?.malformed).toEqual([]);
    expect(referral?.registrations?.[0]?.values).toEqual({ term: 'Finite' });
  });

  it('keeps the words of the review', () => {
    const referral = readBack(
      registeredRow({ status: 'ActionRequired', statusReason: ' Wrong date &amp; value. ' }),
    );

    expect(referral?.registrations?.[0]).toMatchObject({
      status: 'ActionRequired',
      statusReason: 'Wrong date & value.',
    });
  });
});

describe('sending a registration', () => {
  beforeEach(startNock);
  afterEach(finishNock);

  const register = (partnerCenter = setup().partnerCenter) =>
    partnerCenter.register(idOf(1), '"1-2"', { type: 'register', values: VALUES }, 'request-1', options);

  it('names the version it was decided on, asks for the result and returns it', async () => {
    nock(BASE, {
      reqheaders: { 'if-match': '"1-2"', prefer: 'return=representation', 'ms-requestid': 'request-1' },
    })
      .patch(`${LIST}/${idOf(1)}`, JSON.stringify([{ op: 'add', path: '/registrations/-', value: WIRE }]))
      .reply(200, registeredRow(), { ...json, etag: '"1-3"' });

    const referral = await register();

    expect(referral).toMatchObject({
      version: '"1-3"',
      registrationStatus: 'ReviewPending',
      registrations: [{ status: 'ReviewPending' }],
    });
  });

  it('reads the deal when the answer is empty', async () => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(204);
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, registeredRow(), { ...json, etag: '"1-3"' });

    expect((await register()).registrations).toHaveLength(1);
  });

  it('reports a version that has moved', async () => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(412, { error: { code: 'preconditionFailed', message: 'Moved.' } }, json);

    expect(await failure(register())).toMatchObject({ code: 'version-conflict' });
  });

  it('reports a refusal with what it is about', async () => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(
        400,
        {
          error: {
            code: 'invalidRequest',
            message: 'Too old.',
            target: 'registrations/contract/signDateTime',
          },
        },
        json,
      );

    const refusal = await failure(register());

    expect(refusal).toMatchObject({ code: 'rejected', fields: ['registrations/contract/signDateTime'] });
    expect(refusal.message).toContain(`Register referral ${idOf(1)} failed`);
  });
});
