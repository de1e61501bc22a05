/**
 * A sample organization: a few hundred opportunities as a partner might have them, the same for the same seed and
 * clock, with a realistic minority that lacks something. Everything lies before the sandbox's now.
 */
import { createRandom, type Random } from '../salesforce/random.ts';
import { CAMPAIGNS, DEALS, PRODUCTS } from '../salesforce/sample-data.ts';
import type { DataverseOrg } from './org.ts';
import { createAccounts, createUsers, to } from './sample-people.ts';
import { type Reference, textOf, toStamp, type Values } from './values.ts';

export interface SampleOptions {
  /** Other seeds give other organizations; default 1. */
  readonly seed?: number;
  /** Default 300. */
  readonly opportunities?: number;
}

/** What a sample opportunity lacks. */
export type Defect =
  | 'noAccount'
  | 'noAmount'
  | 'misspeltCountry'
  | 'ownerWithoutPhone'
  | 'unknownProduct'
  | 'pastCloseDate';

export interface SampleOrg {
  readonly accounts: readonly string[];
  readonly users: readonly string[];
  readonly opportunities: readonly string[];
  /** Those marked for synchronization. */
  readonly flagged: readonly string[];
  readonly defects: ReadonlyMap<string, Defect>;
}

/** Beside the base currency: how much of each one unit of it buys. */
const CURRENCIES = [
  ['EUR', 0.9],
  ['GBP', 0.8],
] as const;

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Out of a hundred open opportunities, so many have each defect. */
const DEFECT_PERCENT = 3;
const DEFECTS: readonly Defect[] = [
  'noAccount',
  'noAmount',
  'misspeltCountry',
  'ownerWithoutPhone',
  'unknownProduct',
  'pastCloseDate',
];
const FIRST_HELP_VALUE = 861_980_000;
const HELP_VALUES = 6;
const SOLUTIONS = ['SOL-10001-AAA', 'SOL-10002-BBB', 'SOL-10003-CCC'] as const;

interface Cast {
  readonly accounts: readonly string[];
  /** Contacts of each account. */
  readonly contacts: ReadonlyMap<string, readonly string[]>;
  readonly misspeltAccount: string;
  readonly sellers: readonly string[];
  readonly phonelessSeller: string;
  readonly campaigns: readonly string[];
  readonly stakeholder: Reference | null;
  readonly salesRole: Reference | null;
}

function roleNamed(org: DataverseOrg, name: string): Reference | null {
  const row = org.list('connectionrole').find((values) => values.name === name);
  const id = row === undefined ? null : textOf(row, 'connectionroleid');
  return id === null ? null : to('connectionrole', id);
}

/** Fills an organization. */
export function createSampleOrg(
  org: DataverseOrg,
  { seed = 1, opportunities: count = 300 }: SampleOptions = {},
): SampleOrg {
  const random = createRandom(seed);
  const nowMs = org.parts.clock.now().getTime();
  const started = toStamp(new Date(nowMs - 400 * DAY_MS));
  for (const [isoCode, rate] of CURRENCIES) org.addCurrency(isoCode, { rate });
  const users = createUsers(org, random, started);
  const { accounts, contacts } = createAccounts(org, random, users, started);
  for (const { name, price } of PRODUCTS) {
    org.load('product', {
      name,
      productnumber: name.toUpperCase().replace(/ /g, '-'),
      price,
      createdon: started,
    });
  }
  for (const [index, solution] of SOLUTIONS.entries()) {
    org.load('msft_microsoftsolutiondetail', {
      msft_name: `Solution ${index + 1}`,
      msft_solutionidentifier: solution,
      msft_type: 'IP',
      createdon: started,
    });
  }
  const campaigns = CAMPAIGNS.map((name, index) =>
    org.load('campaign', { name, codename: `CMP-${1000 + index}`, createdon: started }),
  );
  const cast: Cast = {
    accounts: accounts.slice(0, -1),
    contacts,
    misspeltAccount: accounts.at(-1) ?? '',
    sellers: users.slice(0, -1),
    phonelessSeller: users.at(-1) ?? '',
    campaigns,
    stakeholder: roleNamed(org, 'Stakeholder'),
    salesRole: roleNamed(org, 'Sales Professional'),
  };
  const defects = new Map<string, Defect>();
  const flagged: string[] = [];
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { id, defect, isFlagged } = createOpportunity(org, random, cast, nowMs, index);
    ids.push(id);
    if (defect !== null) defects.set(id, defect);
    if (isFlagged) flagged.push(id);
  }
  return { accounts, users, opportunities: ids, flagged, defects };
}

interface Created {
  readonly id: string;
  readonly defect: Defect | null;
  readonly isFlagged: boolean;
}

function createOpportunity(
  org: DataverseOrg,
  random: Random,
  cast: Cast,
  nowMs: number,
  index: number,
): Created {
  const roll = random.below(100);
  const state = roll < 22 ? 1 : roll < 40 ? 2 : 0;
  const isClosed = state !== 0;
  const defect = isClosed ? null : (DEFECTS[Math.floor(random.below(100) / DEFECT_PERCENT)] ?? null);
  const isFlagged = !isClosed && random.below(3) < 2;
  const createdMs = nowMs - (2 + random.below(360)) * DAY_MS - random.below(10) * HOUR_MS;
  const modifiedMs = createdMs + random.below(Math.floor((nowMs - HOUR_MS - createdMs) / 1000)) * 1000;
  const isPast = isClosed || defect === 'pastCloseDate';
  const closesMs = isPast
    ? Math.min(modifiedMs, nowMs - 3 * DAY_MS)
    : nowMs + (10 + random.below(200)) * DAY_MS;
  const product = random.pick(PRODUCTS);
  const accountId = defect === 'misspeltCountry' ? cast.misspeltAccount : random.pick(cast.accounts);
  const owner = defect === 'ownerWithoutPhone' ? cast.phonelessSeller : random.pick(cast.sellers);
  const quantity = 1 + random.below(20);
  const contacts = cast.contacts.get(accountId) ?? [];
  const wantsHelp = isFlagged && random.below(3) === 0;
  const amount = Math.round(product.price * quantity * (90 + random.below(11))) / 100;
  const account = defect === 'noAccount' ? 'Walk-in' : String(org.find('account', accountId)?.name);
  const closesOn = new Date(closesMs).toISOString().slice(0, 10);
  const values: Values = {
    name: `${account} - ${random.pick(DEALS)} ${index + 1}`,
    description: random.below(2) === 0 ? `Interested in ${quantity} × ${product.name}.` : null,
    customerid: defect === 'noAccount' ? null : to('account', accountId),
    parentcontactid: defect === 'noAccount' || contacts[0] === undefined ? null : to('contact', contacts[0]),
    estimatedvalue: defect === 'noAmount' ? null : amount,
    estimatedclosedate: closesOn,
    ownerid: to('systemuser', owner),
    campaignid: random.below(4) === 0 ? to('campaign', random.pick(cast.campaigns)) : null,
    salesstage: isClosed ? 3 : random.below(4),
    statecode: state,
    ...(state === 2 ? { statuscode: 4 + random.below(2) } : {}),
    ...(isClosed ? { actualclosedate: closesOn, actualvalue: state === 1 ? amount : 0 } : {}),
    closeprobability: isClosed ? (state === 1 ? 100 : 0) : 10 * (1 + random.below(8)),
    new_product: defect === 'unknownProduct' ? 'GTXPro' : product.name,
    new_syncwithpartnercenter: isFlagged,
    msft_syncwithpartnercenter: isFlagged,
    msft_howcanmicrosofthelp: wantsHelp ? FIRST_HELP_VALUE + random.below(HELP_VALUES) : null,
    msft_referralvisibility: wantsHelp,
    new_customerconsent: wantsHelp,
    createdon: toStamp(new Date(createdMs)),
    createdby: to('systemuser', owner),
    modifiedon: toStamp(new Date(modifiedMs)),
    modifiedby: to('systemuser', owner),
  };
  const id = org.load('opportunity', values);
  connect(org, random, id, {
    cast,
    contacts: defect === 'noAccount' ? [] : contacts,
    owner,
    createdon: values.createdon,
  });
  const solution = random.pick(SOLUTIONS);
  if (isFlagged && random.below(2) === 0) {
    org.load('msft_microsoftsolution', {
      msft_name: solution,
      msft_solutionidentifier: solution,
      msft_opportunityid: to('opportunity', id),
      createdon: values.createdon ?? null,
    });
  }
  return { id, defect, isFlagged };
}

interface Connected {
  readonly cast: Cast;
  readonly contacts: readonly string[];
  readonly owner: string;
  readonly createdon: Values[string] | undefined;
}

/** Customer contacts and, now and then, a colleague. */
function connect(
  org: DataverseOrg,
  random: Random,
  opportunity: string,
  { cast, contacts, owner, createdon = null }: Connected,
): void {
  const from = to('opportunity', opportunity);
  const join = (record2id: Reference, role: Reference | null): void => {
    org.load('connection', {
      record1id: from,
      record2id,
      record1roleid: role,
      record2roleid: role,
      createdon,
    });
  };
  for (const contact of contacts) join(to('contact', contact), cast.stakeholder);
  const colleague = random.pick(cast.sellers);
  if (colleague !== owner && random.below(2) === 0) join(to('systemuser', colleague), cast.salesRole);
}
