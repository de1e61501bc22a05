import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, type Workplace } from '../cli/command-line.ts';
import { type Cells, CRMS, type CrmDesk, createDesk } from '../support/crm-desk/index.ts';

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

/** Every pair as Microsoft's connector leaves it, with what it spells in its own ways. */
function leaveAsConnector(place: Workplace, crm: CrmDesk): readonly Pair[] {
  const { sandbox } = place;
  const column = (id: string, name: string): unknown => crm.row('Opportunity', id)?.[name];
  const pairs = pairsOf(place);
  const paired = new Set(pairs.map(({ opportunityId }) => opportunityId));
  for (const id of crm.find('Opportunity', {}))
    if (!paired.has(id)) crm.leave('Opportunity', id, { Sync_with_Partner_Center__c: false, Audit__c: null });
  for (const [index, { opportunityId, referralId }] of pairs.entries()) {
    const notes = String(column(opportunityId, 'Description') ?? 'First line.\nSecond line.');
    const referral: Values = sandbox.partnerCenter.referral(referralId);
    const customer = (referral.customerProfile ?? {}) as { name?: string };
    const name = String(column(opportunityId, 'Name'));
    crm.leave('Opportunity', opportunityId, {
      Name: ['✔ ', '✓ ', '❌ ', ''][index % 4] + name,
      Description: notes.replaceAll('\n', '\r\n'),
      Referral_Identifier__c: index % 2 === 0 ? referralId.toUpperCase() : referralId,
      Referral_Link__c: `https://partner.microsoft.com/referrals/v2/inbox?id=${referralId}`,
      Referral_Status__c: null,
      Audit__c: '2020-04-17 09:05 - Partner Center Referral to CRM sync success.',
    });
    sandbox.partnerCenter.override(referralId, {
      externalReferenceId: index % 3 === 0 ? shortened(opportunityId) : opportunityId,
      customerProfile: { name: String(customer.name).replaceAll('&', '&amp;') },
      salesStage: null,
      details: { notes: notes.replaceAll('\r\n', '\n') },
    });
  }
  return pairs;
}

/** The same id as others spell it: Salesforce's without its check letters, a GUID in capitals. */
function shortened(id: string): string {
  return id.length === 18 ? id.slice(0, 15) : id.toUpperCase();
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

describe.each(CRMS)('taking over an org that another connector kept (%s)', { timeout: 240_000 }, (kind) => {
  let place: Workplace;
  let crm: CrmDesk;
  let pairs: readonly Pair[];

  beforeEach(async () => {
    place = await createWorkplace({ opportunities: 30, crms: [kind] });
    crm = createDesk(kind, place.sandbox);
    await place.cli('sync');
    await place.cli('sync');
    await rm(place.stateDir, { recursive: true });
    pairs = leaveAsConnector(place, crm);
  });
  afterEach(() => place.close());

  const leave = (id: string, values: Cells): void => crm.leave('Opportunity', id, values);
  const marks = (): readonly [number, number] => [crm.writes(), place.sandbox.partnerCenter.writeLog.length];

  it('links every pair and writes nothing to either side, then or later', async () => {
    const before = marks();

    const first = await syncOnce(place);
    const second = await syncOnce(place);

    expect(pairs.length).toBeGreaterThan(5);
    expect(
      place.sandbox.partnerCenter.referrals().some(({ organizationId }) => organizationId === 'msft'),
    ).toBe(true);
    expect(await openItems(place)).toEqual([]);
    expect([first.linked, first.code, second.linked, second.code]).toEqual([pairs.length, 0, 0, 0]);
    expect(marks()).toEqual(before);
  });

  it('carries later edits and tells the opportunity of later changes', async () => {
    await syncOnce(place);
    const [{ opportunityId = '', referralId = '' } = {}] = pairs;

    crm.edit('Opportunity', opportunityId, { Amount: 54_321 });
    const carried = await syncOnce(place);
    place.sandbox.partnerCenter.close(referralId, 'Lost', 'Customer budget');
    await syncOnce(place);

    expect(carried.wrote.referralsUpdated).toBe(1);
    expect(place.sandbox.partnerCenter.referral(referralId)).toMatchObject({
      details: { dealValue: 54_321 },
    });
    expect(crm.row('Opportunity', opportunityId)).toMatchObject({
      StageName: 'Closed Lost',
      Referral_Status__c: expect.stringMatching(/^Lost/),
    });
  });

  it('lists what differs and overwrites neither side, whoever the mapping lets win', async () => {
    const [one, two, three] = pairs;
    leave(one?.opportunityId ?? '', { Amount: 1 });
    leave(two?.opportunityId ?? '', { Description: null });
    leave(three?.opportunityId ?? '', { StageName: 'Closed Won' });
    const before = marks();

    const run = await syncOnce(place);
    await syncOnce(place);

    expect(run.code).toBe(3);
    expect(marks()).toEqual(before);
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
    leave(one?.opportunityId ?? '', { Amount: 4_000 });
    leave(two?.opportunityId ?? '', { Amount: null });
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
    const copy = crm.row('Opportunity', one?.opportunityId ?? '');
    leave(two?.opportunityId ?? '', { Referral_Identifier__c: String(copy?.Referral_Identifier__c) });
    place.sandbox.partnerCenter.override(one?.referralId ?? '', { externalReferenceId: null });
    place.sandbox.partnerCenter.override(two?.referralId ?? '', { externalReferenceId: null });
    place.sandbox.partnerCenter.override(three?.referralId ?? '', {
      externalReferenceId: four?.opportunityId ?? '',
    });
    leave(three?.opportunityId ?? '', {
      Sync_with_Partner_Center__c: false,
      Referral_Identifier__c: null,
    });
    const before = marks();

    const run = await syncOnce(place);

    expect(run.linked).toBe(pairs.length - 4);
    expect(marks()).toEqual(before);
    const asked = new Set((await openItems(place)).flatMap(({ opportunityId }) => opportunityId ?? []));
    for (const pair of [one, two, four]) expect(asked).toContain(pair?.opportunityId);
  });
});
