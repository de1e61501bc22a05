import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, finish, start, type Workplace } from '../cli/command-line.ts';
import { CRMS, type CrmDesk, type CrmKind, createDesk } from '../support/crm-desk/index.ts';

/** Writes that one run of the small world makes, at the least; each is a place to die. */
const EXPECTED_WRITES = 6;

type When = 'before' | 'after';

/** Where to die; the bookkeeping of Dynamics 365 is one batch, the last write of all. */
const PLACES: Readonly<Record<CrmKind, readonly (readonly [When, number])[]>> = {
  salesforce: [
    ['before', 1],
    ['after', 1],
    ['before', 3],
    ['after', 4],
    ['after', EXPECTED_WRITES],
  ],
  dynamics: [
    ['after', 1],
    ['before', 3],
    ['after', EXPECTED_WRITES],
  ],
};

/** Starts a run that is killed at its n-th remote write, before the effect or after it; false when it came through. */
async function killedAt(
  place: Workplace,
  n: number,
  when: When,
  target: 'records' | 'sign-in' = 'records',
): Promise<boolean> {
  let writes = 0;
  let killed = false;
  let child: ChildProcess | null = null;
  const strike = (system: string, write: boolean): void => {
    if (!write || (system === 'entra') !== (target === 'sign-in')) return;
    writes += 1;
    if (writes !== n) return;
    killed = true;
    child?.kill('SIGKILL');
    if (when === 'before') throw new Error('The client died before this took effect.');
  };
  if (when === 'before')
    place.sandbox.hooks.beforeEffect = (_request, system, write) => strike(system, write);
  else place.sandbox.hooks.afterEffect = (_request, _response, system, write) => strike(system, write);
  child = start(['sync', '--config', place.configFile]);
  await finish(child);
  delete place.sandbox.hooks.beforeEffect;
  delete place.sandbox.hooks.afterEffect;
  return killed;
}

/** Every own referral by the opportunity its tag names. */
function referralsByTag(place: Workplace): Map<string, string[]> {
  const byTag = new Map<string, string[]>();
  for (const referral of place.sandbox.partnerCenter.referrals()) {
    if (referral.organizationId === 'msft') continue;
    const tag = String(referral.externalReferenceId ?? '');
    byTag.set(tag, [...(byTag.get(tag) ?? []), String(referral.id)]);
  }
  return byTag;
}

/** Writes to either side so far; a sign-in renews tokens, which is none. */
function recordWrites(place: Workplace): number {
  return place.sandbox.journal.entries.filter(({ write, data }) => write && data).length;
}

/** The runs that follow: one looks for what is unknown, the next finds nothing left to do. */
async function settle(place: Workplace): Promise<void> {
  for (const _run of ['looks', 'finds nothing']) await place.cli('sync');
}

async function expectAgreement(place: Workplace, crm: CrmDesk): Promise<void> {
  const writes = recordWrites(place);
  const { code, stdout } = await finish(start(['sync', '--json', '--config', place.configFile]));

  expect([code, JSON.parse(stdout).runs[0].outcome]).toEqual([0, 'clean']);
  expect(recordWrites(place)).toBe(writes);
  expect(place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  for (const [tag, ids] of referralsByTag(place)) {
    expect(ids).toHaveLength(1);
    expect(crm.row('Opportunity', tag)?.Referral_Identifier__c).toBe(ids[0]);
  }
}

describe.each(CRMS)('a process that dies at a remote write (%s)', { timeout: 240_000 }, (kind) => {
  /** Where only Partner Center or the state matter, one CRM stands for both: a process costs time. */
  const onlyOnce = it.runIf(kind === 'salesforce');
  let place: Workplace;
  let crm: CrmDesk;

  beforeEach(async () => {
    place = await createWorkplace({
      opportunities: 14,
      crms: [kind],
      policy: { createGraceMinutes: 0, inbound: { create: true, accounts: 'create' } },
    });
    crm = createDesk(kind, place.sandbox);
    place.sandbox.partnerCenter.createInbound();
  });
  afterEach(async () => place.close());

  it.each(PLACES[kind])(
    '%s write %i took effect leaves nothing that the next runs do not put right',
    async (when, n) => {
      const killed = await killedAt(place, n, when);
      await settle(place);

      expect(killed).toBe(true);
      await expectAgreement(place, crm);
    },
  );

  onlyOnce('again and again still gets there, without a duplicate', async () => {
    for (let n = 1; n <= 4; n += 1)
      for (const when of ['before', 'after'] as const) await killedAt(place, n, when);
    await settle(place);

    await expectAgreement(place, crm);
  });

  onlyOnce('in the middle of a token rotation can still sign in', async () => {
    const killed = await killedAt(place, 1, 'after', 'sign-in');
    await settle(place);

    expect(killed).toBe(true);
    await expectAgreement(place, crm);
  });

  it('while carrying edits both ways loses none of them', async () => {
    await place.cli('sync');
    const [own] = [...referralsByTag(place)].filter(
      ([, [id = '']]) => place.sandbox.partnerCenter.referral(id).status === 'Active',
    );
    if (own === undefined) throw new TypeError('Nothing was shared.');
    const [opportunityId, [referralId = '']] = own;
    crm.edit('Opportunity', opportunityId, { Amount: 91_234 });
    place.sandbox.partnerCenter.edit(referralId, { details: { notes: 'Said at the portal.' } });
    await killedAt(place, 1, 'after');
    await killedAt(place, 1, 'after');
    await settle(place);

    await expectAgreement(place, crm);
    expect(crm.row('Opportunity', opportunityId)).toMatchObject({
      Amount: 91_234,
      Description: 'Said at the portal.',
    });
    expect(place.sandbox.partnerCenter.referral(referralId)).toMatchObject({
      details: { dealValue: 91_234, notes: 'Said at the portal.' },
    });
  });

  it('and whose state is lost as well is rebuilt from the tags, without a duplicate', async () => {
    await killedAt(place, 4, 'after');
    await rm(place.stateDir, { recursive: true, force: true });
    await settle(place);

    await expectAgreement(place, crm);
  });

  it.each(['reset', 'cut'] as const)(
    'a connection %s after the effect, on either side, makes no duplicate',
    async (fault) => {
      place.sandbox.faults.add({
        system: 'partner-center',
        kind: fault,
        when: 'after',
        method: 'POST',
        times: 2,
      });
      const system = kind === 'dynamics' ? 'dataverse' : kind;
      place.sandbox.faults.add({ system, kind: fault, when: 'after', writesOnly: true, times: 2 });
      await settle(place);
      await settle(place);

      expect(place.sandbox.faults.list().map(({ hits }) => hits)).toEqual([2, 2]);
      await expectAgreement(place, crm);
    },
  );

  onlyOnce('an error answered after the effect is no reason to send again', async () => {
    place.sandbox.faults.add({
      system: 'partner-center',
      kind: 'status',
      status: 500,
      when: 'after',
      writesOnly: true,
      times: 3,
    });
    await settle(place);

    await expectAgreement(place, crm);
  });
});
