/** The stand-ins in a process of their own, so that what they use is not counted as the product's. */

import type { JsonObject } from '../../src/sandbox/partner-center/json.ts';
import {
  createSampleOrg,
  flagForSync,
  loadExport,
  type SalesforceOrg,
} from '../../src/sandbox/salesforce/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Answer, Ask, Counts, Question, StartOptions, Urls } from './protocol.ts';

const SEED = 7;
/** One in so many shared opportunities asks Microsoft for help, which makes it a co-sell deal with two creates. */
const CO_SELL_EVERY = 10;
const MAPPED_PRODUCT = 'GTX Pro';
const UNMAPPED_PRODUCT = 'A product without a solution';

let sandbox: Sandbox | null = null;
let mark = 0;
let spare: readonly string[] = [];

function running(): Sandbox {
  if (sandbox === null) throw new Error('The stand-ins have not been started.');
  return sandbox;
}

async function start({ exportDir, flag, spare: spareCount }: StartOptions): Promise<Urls> {
  sandbox = await startSandbox();
  const org = sandbox.salesforce;
  if (exportDir === null) fill(org, flag, spareCount);
  else {
    loadExport(org, exportDir);
    const chosen = flagForSync(org, { count: flag + spareCount });
    spare = chosen.slice(flag);
    for (const id of spare) org.patchSilently('Opportunity', id, { Sync_with_Partner_Center__c: false });
  }
  const { salesforce, partnerCenter, entra } = sandbox.urls;
  return { salesforce, partnerCenter, entra };
}

/** Makes up opportunities until there are enough open ones that lack nothing. */
function fill(org: SalesforceOrg, flag: number, spareCount: number): void {
  const wanted = flag + spareCount;
  // Some two thirds of a sample are open, and most of those lack nothing.
  const { opportunities, defects } = createSampleOrg(org, { seed: SEED, opportunities: wanted * 3 + 50 });
  const sound = opportunities.filter(
    (id) => !defects.has(id) && org.find('Opportunity', id)?.IsClosed !== true,
  );
  if (sound.length < wanted)
    throw new Error(`The sample has ${sound.length} of ${wanted} sound opportunities.`);
  const shared = new Set(sound.slice(0, flag));
  spare = sound.slice(flag, wanted);
  let index = 0;
  for (const id of opportunities) {
    const isShared = shared.has(id);
    const isCoSell = isShared && index % CO_SELL_EVERY === 0;
    if (isShared) index += 1;
    org.patchSilently('Opportunity', id, {
      Sync_with_Partner_Center__c: isShared,
      How_can_Microsoft_help__c: isCoSell ? 'General or Other' : null,
      Visible_to_Microsoft__c: isCoSell,
      Customer_Consent__c: isCoSell,
      Product__c: MAPPED_PRODUCT,
    });
  }
}

function count(): Counts {
  const { journal } = running();
  const sides = { salesforce: { reads: 0, writes: 0 }, 'partner-center': { reads: 0, writes: 0 } };
  for (const { n, system, data, write } of journal.entries) {
    if (n <= mark || !data || (system !== 'salesforce' && system !== 'partner-center')) continue;
    sides[system][write ? 'writes' : 'reads'] += 1;
  }
  mark = journal.entries.at(-1)?.n ?? mark;
  return { crm: sides.salesforce, partnerCenter: sides['partner-center'] };
}

interface Pair {
  readonly opportunityId: string;
  readonly amount: number;
  readonly referralId: string;
}

/** Pairs in agreement whose deal is open, in a fixed order. */
function openPairs(limit: number): Pair[] {
  const { salesforce, partnerCenter } = running();
  const pairs: Pair[] = [];
  for (const { id, values } of salesforce.store.table('Opportunity').rows()) {
    if (pairs.length === limit) break;
    const referralId = values.Referral_Identifier__c;
    if (typeof referralId !== 'string' || values.IsClosed === true) continue;
    if (typeof values.Amount !== 'number' || values.How_can_Microsoft_help__c !== null) continue;
    if (partnerCenter.referral(referralId).status !== 'Active') continue;
    pairs.push({ opportunityId: id, amount: values.Amount, referralId });
  }
  return pairs;
}

function editOpportunities(limit: number): number {
  const { salesforce } = running();
  const seller = salesforce.as(salesforce.adminUserId);
  const pairs = openPairs(limit);
  for (const { opportunityId, amount } of pairs)
    seller.update('Opportunity', opportunityId, { Amount: amount + 1 });
  return pairs.length;
}

let notes = 0;

function editReferrals(limit: number): number {
  const { partnerCenter } = running();
  const pairs = openPairs(limit);
  notes += 1;
  const details: JsonObject = { notes: `A note of the colleague, number ${notes}.` };
  for (const { referralId } of pairs) partnerCenter.edit(referralId, { details });
  return pairs.length;
}

function flagUnshareable(limit: number): number {
  const { salesforce } = running();
  const seller = salesforce.as(salesforce.adminUserId);
  const chosen = spare.slice(0, limit);
  spare = spare.slice(limit);
  for (const id of chosen) {
    seller.update('Opportunity', id, {
      Sync_with_Partner_Center__c: true,
      Product__c: UNMAPPED_PRODUCT,
    });
  }
  return chosen.length;
}

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.do) {
    case 'start':
      return start(ask.options);
    case 'count':
      return count();
    case 'advance':
      return running().clock.advance(ask.milliseconds);
    case 'editOpportunities':
      return editOpportunities(ask.count);
    case 'editReferrals':
      return editReferrals(ask.count);
    case 'flagUnshareable':
      return flagUnshareable(ask.count);
  }
}

process.on('message', ({ id, ask }: Question) => {
  const reply = (given: Answer): void => void process.send?.(given);
  answer(ask).then(
    (value) => reply({ id, value: value ?? null }),
    (error: unknown) => reply({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
// The benchmark is gone: nothing is left to stand in for.
process.on('disconnect', () => process.exit(0));
