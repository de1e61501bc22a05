import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, type Workplace } from '../cli/command-line.ts';

type Values = Readonly<Record<string, unknown>>;

interface Pair {
  readonly opportunityId: string;
  readonly referralId: string;
}

/** Own referrals with the opportunity whose id they carry. */
function pairsOf({ sandbox }: Workplace): readonly Pair[] {
  return sandbox.partnerCenter
    .referrals()
    .filter(({ organizationId }) => organizationId !== 'msft')
    .map(({ id, externalReferenceId }) => ({
      referralId: String(id),
      opportunityId: String(externalReferenceId),
    }));
}

function column({ sandbox }: Workplace, id: string, name: string): unknown {
  return sandbox.salesforce.find('Opportunity', id)?.[name];
}

/** Changes a row as if it had always been so. */
function leave(
  { sandbox }: Workplace,
  id: string,
  values: Readonly<Record<string, string | number | boolean | null>>,
) {
  sandbox.salesforce.patchSilently('Opportunity', id, values);
}

/** Every pair as Microsoft's connector leaves it, with what it spells in its own ways. */
function leaveAsConnector(place: Workplace): readonly Pair[] {
  const { sandbox } = place;
  const pairs = pairsOf(place);
  const paired = new Set(pairs.map(({ opportunityId }) => opportunityId));
  for (const { Id: id } of sandbox.salesforce.query('SELECT Id FROM Opportunity') as { Id: string }[])
    if (!paired.has(id)) leave(place, id, { Sync_with_Partner_Center__c: false, Audit__c: null });
  for (const [index, { opportunityId, referralId }] of pairs.entries()) {
    const notes = String(column(place, opportunityId, 'Description') ?? 'First line.\nSecond line.');
    const referral: Values = sandbox.partnerCenter.referral(referralId);
    const customer = (referral.customerProfile ?? {}) as { name?: string };
    const name = String(column(place, opportunityId, 'Name'));
    leave(place, opportunityId, {
      Name: ['✔ ', '✓ ', '❌ ', ''][index % 4] + name,
      Description: notes.replaceAll('\n', '\r\n'),
      Referral_Identifier__c: index % 2 === 0 ? referralId.toUpperCase() : referralId,
      Referral_Link__c: `https://partner.microsoft.com/referrals/v2/inbox?id=${referralId}`,
      Referral_Status__c: null,
      Audit__c: '2020-04-17 09:05 - Partner Center Referral to CRM sync success.',
    });
    sandbox.partnerCenter.override(referralId, {
      externalReferenceId: index % 3 === 0 ? opportunityId.slice(0, 15) : opportunityId,
      customerProfile: { name: String(customer.name).replaceAll('&', '&amp;') },
      salesStage: null,
      details: { notes: notes.replaceAll('\r\n', '\n') },
    });
  }
  return pairs;
}

function marks({ sandbox }: Workplace): readonly [number, number] {
  return [sandbox.salesforce.writeLog.length, sandbox.partnerCenter.writeLog.length];
}

interface Run {
  readonly outcome: string;
  readonly linked: number;
  readonly wrote: Values;
  readonly attention: Readonly<Record<string, number>>;
}

async function syncOnce(place: Workplace): Promise<Run & { readonly code: number | null }> {
  const { code, document } = await place.json('sync');
  const [run] = (document as { runs: readonly Run[] }).runs;
  if (run === undefined) throw new TypeError('There was no run.');
  return { ...run, code };
}

async function openItems(place: Workplace) {
  const { document } = await place.json('attention', 'list');
  return (
    document as {
      items: readonly {
        kind: string;
        opportunityId: string | null;
        referralId: string | null;
        fields: readonly string[];
        message: string;
      }[];
    }
  ).items;
}

describe('taking over an org that another connector kept', { timeout: 240_000 }, () => {
  let place: Workplace;
  let pairs: readonly Pair[];

  beforeEach(async () => {
    place = await createWorkplace({ opportunities: 30 });
    await place.cli('sync');
    await place.cli('sync');
    await rm(place.stateDir, { recursive: true });
    pairs = leaveAsConnector(place);
  });
  afterEach(() => place.close());

  it('links every pair and writes nothing to either side, then or later', async () => {
    const before = marks(place);

    const first = await syncOnce(place);
    const second = await syncOnce(place);

    expect(pairs.length).toBeGreaterThan(5);
    expect(
      place.sandbox.partnerCenter.referrals().some(({ organizationId }) => organizationId === 'msft'),
    ).toBe(true);
    expect(await openItems(place)).toEqual([]);
    expect([first.linked, first.code, second.linked, second.code]).toEqual([pairs.length, 0, 0, 0]);
    expect(marks(place)).toEqual(before);
  });

  it('carries later edits and tells the opportunity of later changes', async () => {
    await syncOnce(place);
    const [{ opportunityId = '', referralId = '' } = {}] = pairs;
    const seller = place.sandbox.salesforce.as(place.sandbox.salesforce.adminUserId);

    seller.update('Opportunity', opportunityId, { Amount: 54_321 });
    const carried = await syncOnce(place);
    place.sandbox.partnerCenter.close(referralId, 'Lost', 'Customer budget');
    await syncOnce(place);

    expect(carried.wrote.referralsUpdated).toBe(1);
    expect(place.sandbox.partnerCenter.referral(referralId)).toMatchObject({
      details: { dealValue: 54_321 },
    });
    expect(column(place, opportunityId, 'StageName')).toBe('Closed Lost');
    expect(column(place, opportunityId, 'Referral_Status__c')).toMatch(/^Lost/);
  });

  it('lists what differs and overwrites neither side, whoever the mapping lets win', async () => {
    const [one, two, three] = pairs;
    leave(place, one?.opportunityId ?? '', { Amount: 1 });
    leave(place, two?.opportunityId ?? '', { Description: null });
    leave(place, three?.opportunityId ?? '', { StageName: 'Closed Won' });
    const before = marks(place);

    const run = await syncOnce(place);
    await syncOnce(place);

    expect(run.code).toBe(3);
    expect(marks(place)).toEqual(before);
    const items = await openItems(place);
    expect(items.map(({ kind, opportunityId, fields }) => [kind, opportunityId, fields])).toEqual(
      expect.arrayContaining([
        ['conflict', one?.opportunityId, ['amount']],
        ['conflict', two?.opportunityId, ['notes']],
        ['conflict', three?.opportunityId, ['state']],
      ]),
    );
    expect(items).toHaveLength(3);
  });

  it('carries what a person decides about a field for every pair', async () => {
    const [one, two] = pairs;
    leave(place, one?.opportunityId ?? '', { Amount: 4_000 });
    leave(place, two?.opportunityId ?? '', { Amount: null });
    await syncOnce(place);

    const { document } = await place.json('adopt', '--take', 'amount=crm');
    await syncOnce(place);

    expect(document).toMatchObject({ decided: 1, skipped: 1 });
    expect(place.sandbox.partnerCenter.referral(one?.referralId ?? '')).toMatchObject({
      details: { dealValue: 4_000 },
    });
    expect((await openItems(place)).map(({ opportunityId }) => opportunityId)).toEqual([two?.opportunityId]);
  });

  it('asks about identifiers that several records carry, and touches none of them', async () => {
    const [one, two, three, four] = pairs;
    // A copied opportunity, and two referrals that carry one id.
    const copy = place.sandbox.salesforce.find('Opportunity', one?.opportunityId ?? '');
    leave(place, two?.opportunityId ?? '', { Referral_Identifier__c: String(copy?.Referral_Identifier__c) });
    place.sandbox.partnerCenter.override(one?.referralId ?? '', { externalReferenceId: null });
    place.sandbox.partnerCenter.override(two?.referralId ?? '', { externalReferenceId: null });
    place.sandbox.partnerCenter.override(three?.referralId ?? '', {
      externalReferenceId: four?.opportunityId ?? '',
    });
    leave(place, three?.opportunityId ?? '', {
      Sync_with_Partner_Center__c: false,
      Referral_Identifier__c: null,
    });
    const before = marks(place);

    const run = await syncOnce(place);

    expect(run.linked).toBe(pairs.length - 4);
    expect(marks(place)).toEqual(before);
    const asked = new Set((await openItems(place)).flatMap(({ opportunityId }) => opportunityId ?? []));
    for (const pair of [one, two, four]) expect(asked).toContain(pair?.opportunityId);
  });
});
