/**
 * One partner's sandbox and the real command, with a mapping that feeds every field of a deal. `describeLife` runs its
 * tests with every CRM; what they do in the CRM they do at `life.crm`, in words that hold for all.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { type Document, parseDocument } from 'yaml';
import { z } from 'zod';
import type { JsonObject } from '../../../src/sandbox/partner-center/index.ts';
import { createWorkplace, type Workplace } from '../../cli/command-line.ts';
import { type Cells, CRMS, type CrmDesk, type CrmKind, createDesk } from '../../support/crm-desk/index.ts';

const Runs = z.object({
  runs: z
    .array(
      z.looseObject({
        outcome: z.string(),
        wrote: z.record(z.string(), z.number()),
        attention: z.record(z.string(), z.number()),
      }),
    )
    .length(1),
});
const Items = z.object({
  items: z.array(
    z.looseObject({
      id: z.string(),
      kind: z.string(),
      opportunityId: z.string().nullable(),
      referralId: z.string().nullable(),
      fields: z.array(z.string()),
      message: z.string(),
    }),
  ),
});
const Deals = z.object({
  deals: z.array(
    z.looseObject({
      opportunityId: z.string(),
      referralId: z.string(),
      state: z.string().nullable(),
      kind: z.string(),
      origin: z.string().nullable(),
      favorite: z.boolean(),
    }),
  ),
});
const Patch = z.array(z.object({ op: z.string(), path: z.string(), value: z.unknown() }));

export type Item = z.infer<typeof Items>['items'][number];
export type DealRow = z.infer<typeof Deals>['deals'][number];

const CONTACT = {
  FirstName: 'Mia',
  LastName: 'Kunde',
  Email: 'mia@fabrikam.example',
  Phone: '+49 201 5550100',
};
const COLUMNS = [
  'Marketplace_Intent__c',
  'Partner_Role__c',
  'Solution_Area__c',
  'Solution_Play__c',
  'Referral_Program__c',
] as const;

export interface DealLife {
  readonly place: Workplace;
  readonly crm: CrmDesk;
  readonly accountId: string;
  /** Id of the seller who owns the deals. */
  readonly sellerId: string;
  /** Creates an opportunity that is to be shared; values over those of a complete private deal. */
  share(values?: Cells, options?: { readonly contact?: boolean }): string;
  edit(opportunityId: string, values: Cells): void;
  column(opportunityId: string, name: string): unknown;
  /** Creates any row as the seller. */
  add(object: string, values: Cells): string;
  /** One run; throws away nothing: the exit code and what the run reports. */
  sync(...words: string[]): Promise<{
    readonly code: number | null;
    readonly outcome: string;
    readonly wrote: Readonly<Record<string, number>>;
    readonly attention: Readonly<Record<string, number>>;
  }>;
  items(): Promise<readonly Item[]>;
  /** Messages of the open items about a record, in one text. */
  said(id: string): Promise<string>;
  deals(...words: string[]): Promise<readonly DealRow[]>;
  /** Our own referral of an opportunity. @throws TypeError when there is none */
  referral(opportunityId: string): JsonObject;
  referralId(opportunityId: string): string;
  engagementId(opportunityId: string): string;
  /** Microsoft's referrals in an opportunity's engagement. */
  siblings(opportunityId: string): readonly JsonObject[];
  /** The JSON Patch documents sent for an opportunity's referral since the last call of `forget`. */
  patches(opportunityId: string): readonly (readonly {
    readonly op: string;
    readonly path: string;
    readonly value?: unknown;
  }[])[];
  /** Bodies of the referrals created since then. */
  posts(): readonly JsonObject[];
  forget(): void;
  day(offset: number): string;
}

export interface LifeOptions {
  /** Salesforce unless given; `describeLife` gives it. */
  readonly crm?: CrmKind;
  readonly policy?: Readonly<Record<string, unknown>>;
  /** Changes the mapping file. @param path the name that a column of the opportunity has there */
  readonly mapping?: (file: Document, path: (column: string) => string) => void;
}

/** Tests of a deal's life with each CRM in turn. @param body opens what it needs with the `open` it is given */
export function describeLife(
  title: string,
  options: { readonly timeout: number },
  body: (open: (options?: LifeOptions) => Promise<DealLife>, crm: CrmKind) => void,
): void {
  describe.each(CRMS)(`${title} (%s)`, options, (crm) =>
    body((more = {}) => openLife({ crm, ...more }), crm),
  );
}

/** Opens an org with one account, one contact and one seller, all complete. */
export async function openLife({
  crm: kind = 'salesforce',
  policy = {},
  mapping = () => {},
}: LifeOptions = {}): Promise<DealLife> {
  const place = await createWorkplace({
    opportunities: 0,
    crms: [kind],
    policy: { inbound: { create: true, accounts: 'create' }, ...policy },
  });
  const { sandbox } = place;
  const { partnerCenter } = sandbox;
  const crm = createDesk(kind, sandbox);
  for (const name of COLUMNS) crm.addColumn('Opportunity', name, 'string');
  crm.addColumn('Opportunity', 'Favorite__c', 'boolean');
  if (kind === 'salesforce')
    sandbox.salesforce.addStage({
      name: 'Closed as Error',
      probability: 0,
      forecastCategoryName: 'Omitted',
      isClosed: true,
    });
  await writeMapping(place, crm, mapping);
  const sellerId = crm.add('User', {
    FirstName: 'Kim',
    LastName: 'Seller',
    Email: 'kim@partner.example',
    Username: 'kim@partner.example',
    Phone: '+1 415 555 0123',
    IsActive: true,
  });
  const accountId = crm.add(
    'Account',
    {
      Name: 'Fabrikam GmbH',
      BillingStreet: 'Musterweg 5',
      BillingCity: 'Essen',
      BillingState: 'NW',
      BillingPostalCode: '45127',
      BillingCountry: 'Germany',
    },
    sellerId,
  );
  const contactId = crm.add('Contact', { ...CONTACT, AccountId: accountId }, sellerId);
  let mark = 0;
  let deals = 0;
  const day = (offset: number): string =>
    new Date(sandbox.clock.now().getTime() + offset * 86_400_000).toISOString().slice(0, 10);
  const own = (opportunityId: string): JsonObject => {
    const found = partnerCenter
      .referrals()
      .find(
        ({ externalReferenceId, organizationId }) =>
          externalReferenceId === opportunityId && organizationId !== 'msft',
      );
    if (found === undefined) throw new TypeError(`Opportunity ${opportunityId} has no referral.`);
    return found;
  };
  const sent = (method: string) =>
    sandbox.journal
      .since(mark, 'partner-center')
      .filter((entry) => entry.method === method && entry.path.includes('/engagements/referrals'));
  // Looking changes nothing, so what was seen holds until the next run.
  const seen = new Map<string, Promise<unknown>>();
  const look = (...words: string[]): Promise<unknown> => {
    const key = words.join(' ');
    const found = seen.get(key) ?? place.json(...words).then(({ document }) => document);
    seen.set(key, found);
    return found;
  };
  const items = async (): Promise<readonly Item[]> => Items.parse(await look('attention', 'list')).items;

  return {
    place,
    crm,
    accountId,
    sellerId,
    share(values = {}, { contact = true } = {}) {
      deals += 1;
      const complete: Cells = {
        Name: `Deal ${deals}`,
        AccountId: accountId,
        StageName: 'Prospecting',
        CloseDate: day(60),
        Amount: 30_000,
        Description: `Scope of deal ${deals}.`,
        Product__c: 'GTX Pro',
        Sync_with_Partner_Center__c: true,
      };
      const id = crm.add('Opportunity', { ...complete, ...values }, sellerId);
      if (contact)
        crm.add(
          'OpportunityContactRole',
          { OpportunityId: id, ContactId: contactId, IsPrimary: true },
          sellerId,
        );
      return id;
    },
    edit: (id, values) => crm.edit('Opportunity', id, values, sellerId),
    column: (id, name) => crm.row('Opportunity', id)?.[name],
    add: (object, values) => crm.add(object, values, sellerId),
    async sync(...words) {
      seen.clear();
      const { code, document } = await place.json('sync', ...words);
      const [run] = Runs.parse(document).runs;
      if (run === undefined) throw new TypeError('The run reported nothing.');
      return { code, outcome: run.outcome, wrote: run.wrote, attention: run.attention };
    },
    items,
    async said(id) {
      const about = (await items()).filter(
        ({ opportunityId, referralId }) => opportunityId === id || referralId === id,
      );
      return about.map(({ message }) => message).join('\n');
    },
    deals: async (...words) => Deals.parse(await look('deals', ...words)).deals,
    referral: own,
    referralId: (id) => String(own(id).id),
    engagementId: (id) => String(own(id).engagementId),
    siblings: (id) =>
      partnerCenter
        .engagement(String(own(id).engagementId))
        .filter(({ organizationId }) => organizationId === 'msft'),
    patches: (id) =>
      sent('PATCH')
        .filter(({ path }) => path.endsWith(String(own(id).id)))
        .map(({ body }) => Patch.parse(JSON.parse(body))),
    posts: () => sent('POST').map(({ body }) => JSON.parse(body)),
    forget() {
      mark = sandbox.journal.entries.at(-1)?.n ?? 0;
    },
    day,
  };
}

/** Gives the workplace a mapping of its own: the sandbox's, with the columns added here. */
async function writeMapping(
  { configFile, folder }: Workplace,
  { kind, pathOf }: CrmDesk,
  change: NonNullable<LifeOptions['mapping']>,
): Promise<void> {
  const config = parseDocument(await readFile(configFile, 'utf8'));
  const path = ['connections', 0, 'mapping'];
  const mapping = parseDocument(await readFile(String(config.getIn(path)), 'utf8'));
  for (const [field, column] of [
    ['marketplaceIntent', 'Marketplace_Intent__c'],
    ['partnerRole', 'Partner_Role__c'],
    ['solutionArea', 'Solution_Area__c'],
    ['solutionPlay', 'Solution_Play__c'],
    ['referralProgram', 'Referral_Program__c'],
    ['favorite', 'Favorite__c'],
  ] as const)
    mapping.setIn(['fields', field], { crm: pathOf(column) });
  mapping.setIn(['team', 'from'], ['owner', 'opportunityTeam']);
  const asError = { deal: 'Error', reason: pathOf('Loss_Reason__c') };
  if (kind === 'dynamics') {
    mapping.setIn(['customer', 'duns'], 'customerid.new_duns');
    mapping.addIn(['stages'], { crm: { statecode: 'Lost', statuscode: 'Closed as Error' }, ...asError });
  } else mapping.addIn(['stages'], { crm: 'Closed as Error', ...asError });
  change(mapping, pathOf);
  const file = join(folder, 'mapping.yaml');
  await writeFile(file, mapping.toString());
  config.setIn(path, file);
  await writeFile(configFile, config.toString());
}

/** Values that make a shared opportunity a co-sell deal. */
export const CO_SELL = {
  How_can_Microsoft_help__c: 'Proof Of Concept or Demo',
  Customer_Consent__c: true,
} as const;
