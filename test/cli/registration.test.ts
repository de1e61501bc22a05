import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { createWorkplace, type Workplace } from './command-line.ts';

const STATUS = 'Registration_Status__c';
const SECTION = {
  wanted: 'Register_Deal__c',
  contract: {
    value: 'Amount',
    signDate: 'Contract_Signed__c',
    startDate: 'Contract_Start__c',
    endDate: 'Contract_End__c',
    term: { crm: 'Contract_Term__c', default: 'Finite' },
  },
  solution: {
    deployedOnAzure: 'Deployed_on_Azure__c',
    primaryDeploymentOn: { crm: 'Primary_Deployment_on__c', default: 'Customer' },
    pricingModel: 'Pricing_Model__c',
    marketplaceTransacted: 'Marketplace_Transacted__c',
    marketplaceTransactionDate: 'Marketplace_Transaction_Date__c',
  },
  status: STATUS,
  eligibleSolutions: [1, 2, 3, 4, 5, 6].map((number) => `SOL-1000${number}-AAA`),
};

const Pairs = z.object({
  deals: z.array(
    z.object({
      opportunityId: z.string(),
      referralId: z.string(),
      kind: z.string(),
      inStep: z.boolean(),
    }),
  ),
});
const Explained = z.object({
  registration: z.object({
    wanted: z.boolean(),
    status: z.string().nullable(),
    next: z.string(),
    lines: z.array(z.looseObject({ rule: z.string(), ok: z.boolean().nullable() })),
    history: z.array(z.looseObject({ field: z.string() })),
  }),
});
const Patch = z.array(z.object({ path: z.string() }));
const Plans = z.object({
  plans: z.array(
    z.object({ actions: z.array(z.looseObject({ type: z.string(), irreversible: z.boolean() })) }),
  ),
});

describe('registering a won deal against the stand-ins', { timeout: 120_000 }, () => {
  let place: Workplace;
  let pair: { readonly opportunityId: string; readonly referralId: string };

  beforeAll(async () => {
    place = await createWorkplace();
    await mapRegistration(place);
    await place.cli('sync');
    const { deals } = Pairs.parse((await place.json('deals', '--state', 'Accepted')).document);
    const found = deals.find(({ kind, inStep }) => kind !== 'co-sell' && inStep);
    if (found === undefined) throw new TypeError('The sample holds no open deal without Microsoft.');
    pair = found;
  });
  afterAll(() => place.close());

  const day = (offset: number): string =>
    new Date(place.sandbox.clock.now().getTime() + offset * 86_400_000).toISOString().slice(0, 10);
  const edit = (values: Readonly<Record<string, string | number | boolean | null>>): void => {
    const { salesforce } = place.sandbox;
    salesforce.as(salesforce.adminUserId).update('Opportunity', pair.opportunityId, { ...values });
  };
  const column = (name: string): unknown =>
    place.sandbox.salesforce.find('Opportunity', pair.opportunityId)?.[name];
  const referral = () => place.sandbox.partnerCenter.referral(pair.referralId);
  const explained = async () => {
    const { document } = await place.json('explain', pair.opportunityId);
    return Explained.parse(document).registration;
  };
  /** The paths of every registration and correction that was sent, with the version it was decided on. */
  const sent = () =>
    place.sandbox.journal.entries
      .filter(({ method, body }) => method === 'PATCH' && body.includes('"/registrations/'))
      .map(({ body, headers }) => ({
        paths: Patch.parse(JSON.parse(body)).map(({ path }) => path),
        ifMatch: headers['if-match'],
      }));

  it('does nothing for a won deal whose seller did not ask for it', async () => {
    edit({
      StageName: 'Closed Won',
      Amount: 200_000,
      CloseDate: day(30),
      Visible_to_Microsoft__c: true,
      Contract_Start__c: day(0),
      Contract_End__c: day(364),
      Deployed_on_Azure__c: true,
      Pricing_Model__c: 'Other',
    });

    await place.cli('sync');

    expect(referral()).toMatchObject({ substatus: 'Won', registrationStatus: 'None' });
    expect(await explained()).toMatchObject({ wanted: false, status: null, next: 'none' });
    expect(column(STATUS) ?? null).toBeNull();
  });

  it('names everything that stands in the way, and sends nothing', async () => {
    edit({ Register_Deal__c: true, Pricing_Model__c: null });

    const { code } = await place.cli('sync');

    const { stdout } = await place.cli('attention', 'list', '--json');
    expect(code).toBe(3);
    expect(stdout).toContain('Contract_Signed__c');
    expect(stdout).toContain('Pricing_Model__c');
    expect(referral()).toMatchObject({ registrationStatus: 'None' });
    expect((await explained()).lines.filter(({ ok }) => ok === false).map(({ rule }) => rule)).toEqual([
      'values',
      'open-time',
    ]);
  });

  it('plans the registration as irreversible, sends it once, and shows where it stands', async () => {
    edit({ Contract_Signed__c: day(0), Pricing_Model__c: 'Pay as you go' });

    const planned = await place.json('plan');
    const printed = await place.cli('plan');
    await place.cli('sync');
    await place.cli('sync');

    expect(Plans.parse(planned.document).plans[0]?.actions).toMatchObject([
      { type: 'register-deal', irreversible: true, opportunityId: pair.opportunityId },
    ]);
    expect(printed.stdout).toContain('1 deal to register with Microsoft');
    expect(referral()).toMatchObject({
      registrationStatus: 'ReviewPending',
      registrations: [
        {
          type: 'AzureIPCoSell',
          contract: { value: 200_000, term: 'Finite' },
          solutionDetails: [{ value: 200_000, pricingModel: 'PayAsYouGo', isDeployedOnAzure: true }],
        },
      ],
    });
    expect(column(STATUS)).toBe('ReviewPending');
    expect(sent()).toEqual([{ paths: ['/registrations/-'], ifMatch: expect.stringMatching(/^".+"$/) }]);
    const { status, next, history } = await explained();
    expect([status, next]).toEqual(['ReviewPending', 'waiting']);
    expect(history.map(({ field }) => field)).toContain('registration.signDate');
  });

  it('asks for the correction that Microsoft wants', async () => {
    place.sandbox.partnerCenter.reviewRegistration(
      pair.referralId,
      'ActionRequired',
      'Name the pricing model of the contract.',
    );

    const { code } = await place.cli('sync');

    const { stdout } = await place.cli('attention', 'list', '--json');
    expect(code).toBe(3);
    expect(stdout).toContain('Name the pricing model of the contract');
    expect(column(STATUS)).toBe('ActionRequired');
    expect(sent()).toHaveLength(1);
  });

  it('sends only what was corrected', async () => {
    edit({ Pricing_Model__c: 'Other', Contract_End__c: day(400) });

    await place.cli('sync');

    expect(referral()).toMatchObject({
      registrationStatus: 'ReviewPending',
      registrations: [
        { contract: { endDateTime: `${day(400)}T00:00:00Z` }, solutionDetails: [{ pricingModel: 'Other' }] },
      ],
    });
    expect(column(STATUS)).toBe('ReviewPending');
    expect(sent().slice(1)).toEqual([
      {
        paths: ['/registrations/0/contract/endDateTime', '/registrations/0/solutionDetails/0/pricingModel'],
        ifMatch: expect.stringMatching(/^".+"$/),
      },
    ]);
  });

  it('ends with the approval, and is silent from then on', async () => {
    place.sandbox.partnerCenter.reviewRegistration(pair.referralId, 'Approved');
    await place.cli('sync');
    const writes = place.sandbox.partnerCenter.writeLog.length + place.sandbox.salesforce.writeLog.length;

    const { stdout } = await place.cli('explain', pair.opportunityId);
    await place.cli('sync');

    expect(column(STATUS)).toBe('Approved');
    expect(stdout).toMatch(/registration\n\s+review\s+Approved/);
    expect(place.sandbox.partnerCenter.writeLog.length + place.sandbox.salesforce.writeLog.length).toBe(
      writes,
    );
    expect(JSON.stringify((await place.json('attention', 'list')).document)).not.toContain('registration-');
  });
});

/** Gives the workplace a mapping of its own that registers deals. */
async function mapRegistration({ configFile, folder }: Workplace): Promise<void> {
  const config = parseDocument(await readFile(configFile, 'utf8'));
  const path = ['connections', 0, 'mapping'];
  const mapping = parseDocument(await readFile(String(config.getIn(path)), 'utf8'));
  mapping.set('registration', SECTION);
  const file = join(folder, 'mapping.yaml');
  await writeFile(file, mapping.toString());
  config.setIn(path, file);
  await writeFile(configFile, config.toString());
}
