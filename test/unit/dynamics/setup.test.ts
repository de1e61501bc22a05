import nock from 'nock';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDynamicsClient } from '../../../src/adapters/dynamics/client.ts';
import { applySetup, planSetup } from '../../../src/adapters/dynamics/index.ts';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import type { Mapping } from '../../../src/core/mapping-types.ts';
import {
  call,
  createTestClock,
  expectGet,
  expectMetadata,
  failure,
  HOST,
  OPPORTUNITY,
  ROOT,
  rows,
  TABLES,
  unsentRequests,
} from './support.ts';

beforeAll(() => nock.disableNetConnect());
afterEach(() => expect(unsentRequests()).toEqual([]));

const SETUP = { publisherPrefix: 'cosell', solutionName: 'CosellSync' };
const field = { sync: 'both', conflict: 'ask', default: null, map: null, strict: false } as const;
const MAPPING: Mapping = {
  include: { type: 'compare', column: 'cosell_sync', operator: '=', value: true },
  includeText: 'cosell_sync = true',
  tag: {
    referralId: 'cosell_referralid',
    referralLink: 'cosell_link',
    status: 'cosell_status',
    audit: 'cosell_audit',
  },
  fields: [
    { ...field, field: 'name', crm: 'name' },
    { ...field, field: 'help', crm: 'cosell_help' },
    { ...field, field: 'visibleToMicrosoft', crm: 'msft_visibility' },
  ],
  customer: { name: 'customerid.name', duns: 'customerid.cosell_number' },
  contacts: [],
  team: { from: [], fallback: null },
  solutions: { from: [{ path: 'cosell_solution.cosell_code' }], catalogue: {}, default: null },
  stageField: 'StageName',
  stages: [],
};

function createClient() {
  const clock = createTestClock();
  const client = createDynamicsClient({
    config: {
      kind: 'dynamics',
      url: HOST,
      apiVersion: '9.2',
      auth: {
        flow: 'clientCredentials',
        authority: 'https://login.example',
        tenantId: 't',
        clientId: 'c',
        clientSecret: 's',
        certificateFile: null,
      },
    },
    http: (baseUrl) => createHttpClient({ baseUrl, system: 'crm', clock, attempts: 1 }),
    tokens: { getToken: async () => 'token' },
    clock,
    timeoutMs: 1_000,
    maxConcurrentRequests: 1,
  });
  return { client, clock };
}

const WITH_MICROSOFTS = {
  ...TABLES,
  opportunity: {
    ...OPPORTUNITY,
    tracksChanges: false,
    columns: [
      ...OPPORTUNITY.columns.filter(({ name }) => name !== 'cosell_referralid'),
      { name: 'msft_referrallink', type: 'String', label: 'Referral Link' },
    ],
  },
};

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Expects a write; its answer is empty unless given. */
function expectWrite(
  method: 'POST' | 'PUT',
  sent: Sent[],
  answer: { status: number; body?: unknown } = { status: 204 },
): void {
  const scope = nock(HOST);
  const path = (uri: string): boolean => uri.startsWith(`${ROOT}/`) && !uri.endsWith('$batch');
  (method === 'POST' ? scope.post(path) : scope.put(path)).reply(async (request: Request) => {
    sent.push({
      method,
      path: decodeURIComponent(request.url.replace(`${HOST}${ROOT}/`, '')),
      body: (await request.json()) as Record<string, unknown>,
      headers: Object.fromEntries(request.headers),
    });
    return [answer.status, answer.body === undefined ? '' : JSON.stringify(answer.body)];
  });
}

async function planned() {
  const { client, clock } = createClient();
  expectMetadata(WITH_MICROSOFTS);
  expectMetadata({});
  const options = { client, clock, mapping: MAPPING, setup: SETUP, ...call() };
  return { options, clock, plan: await planSetup(options) };
}

describe('the plan of a setup', () => {
  it('tells what is there, what Microsoft’s connector has, what is to be made and what is somebody else’s', async () => {
    const { plan } = await planned();

    expect(plan.steps.map(({ kind, path, state, adopt }) => [kind, path, adopt ?? state])).toEqual([
      ['column', 'cosell_referralid', 'missing'],
      ['column', 'cosell_link', 'msft_referrallink'],
      ['column', 'cosell_status', 'there'],
      ['column', 'cosell_audit', 'there'],
      ['column', 'name', 'there'],
      ['column', 'cosell_help', 'missing'],
      ['column', 'msft_visibility', 'foreign'],
      ['column', 'cosell_sync', 'there'],
      ['table', 'cosell_solution.cosell_code', 'missing'],
      ['column', 'customerid.name', 'there'],
      ['column', 'customerid.cosell_number', 'missing'],
      ['key', 'cosell_referralid', 'missing'],
      ['tracking', 'opportunity', 'missing'],
    ]);
  });
});

describe('a setup', () => {
  it('creates what is missing in a solution of the publisher’s own, and waits for the key', async () => {
    const sent: Sent[] = [];
    const { options, clock, plan } = await planned();
    expectGet(rows([]));
    expectWrite('POST', sent);
    expectGet(rows([{ publisherid: 'p1', customizationoptionvalueprefix: 28310 }]));
    expectGet(rows([]));
    for (let write = 0; write < 6; write += 1) expectWrite('POST', sent);
    expectGet(rows([{ cosell_referralid: 'a', count: 1 }]));
    expectWrite('POST', sent);
    expectGet({ body: { EntityKeyIndexStatus: 'Pending' } });
    expectGet({ body: { EntityKeyIndexStatus: 'Active' } });
    expectGet({ body: { LogicalName: 'opportunity', ChangeTrackingEnabled: false, Kept: 1 } });
    expectWrite('PUT', sent);

    const result = await applySetup(options, plan);

    expect(sent.map(({ method, path }) => [method, path])).toEqual([
      ['POST', 'publishers'],
      ['POST', 'solutions'],
      ['POST', 'EntityDefinitions'],
      ['POST', 'RelationshipDefinitions'],
      ['POST', "EntityDefinitions(LogicalName='opportunity')/Attributes"],
      ['POST', "EntityDefinitions(LogicalName='opportunity')/Attributes"],
      ['POST', "EntityDefinitions(LogicalName='account')/Attributes"],
      ['POST', "EntityDefinitions(LogicalName='opportunity')/Keys"],
      ['PUT', 'EntityDefinitions(70816501-edb9-4740-a16c-6a5efbc05d84)'],
    ]);
    expect(sent[0]?.body).toMatchObject({ customizationprefix: 'cosell' });
    expect(sent[1]?.body).toMatchObject({
      uniquename: 'CosellSync',
      'publisherid@odata.bind': '/publishers(p1)',
    });
    expect(sent[4]?.headers['mscrm.solutionuniquename']).toBe('CosellSync');
    expect(sent[4]?.body).toMatchObject({
      '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
      SchemaName: 'cosell_referralid',
      MaxLength: 100,
    });
    expect(sent[5]?.body).toMatchObject({
      OptionSet: { Options: expect.arrayContaining([expect.objectContaining({ Value: 283100000 })]) },
    });
    expect(sent[7]?.body).toMatchObject({ KeyAttributes: ['cosell_referralid'] });
    expect(sent[8]?.body).toEqual({ LogicalName: 'opportunity', ChangeTrackingEnabled: true, Kept: 1 });
    expect(result).toEqual({
      created: [
        'cosell_solution.cosell_code',
        'cosell_referralid',
        'cosell_help',
        'customerid.cosell_number',
      ],
      problems: [],
    });
    expect(clock.waited).toEqual([5_000]);
  });

  it('makes no key over referral ids that stand twice, and takes for done what is there by now', async () => {
    const sent: Sent[] = [];
    const { options, plan } = await planned();
    const steps = plan.steps.filter(({ kind, path }) => kind === 'key' || path === 'cosell_help');
    expectGet(rows([{ publisherid: 'p1', customizationoptionvalueprefix: 28310 }]));
    expectGet(rows([{ solutionid: 's1' }]));
    expectWrite('POST', sent, { status: 400, body: failure(400, '0x80047013').body });
    expectGet(rows([{ cosell_referralid: 'a', count: 2 }]));

    const result = await applySetup(options, { ...plan, steps });

    expect(result.created).toEqual(['cosell_help']);
    expect(result.problems).toEqual([
      expect.stringContaining('1 referral ids stand on more than one opportunity'),
    ]);
  });

  it('sends nothing when nothing is missing', async () => {
    const { options, plan } = await planned();

    const result = await applySetup(options, {
      ...plan,
      steps: plan.steps.filter(({ state }) => state !== 'missing'),
    });

    expect(result).toEqual({ created: [], problems: [] });
  });
});
