import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, type Workplace, withoutCredentials } from './command-line.ts';

interface Proposal {
  readonly opportunityId: string;
  readonly referralId: string;
  readonly confidence: string;
}

/** Untags every pair on both sides, as deals that were typed by hand on both sides look. */
function untag({ sandbox }: Workplace): number {
  const own = sandbox.partnerCenter.referrals().filter(({ organizationId }) => organizationId !== 'msft');
  for (const { id, externalReferenceId } of own) {
    sandbox.salesforce.patchSilently('Opportunity', String(externalReferenceId), {
      Referral_Identifier__c: null,
      Referral_Link__c: null,
    });
    sandbox.partnerCenter.override(String(id), { externalReferenceId: null });
  }
  return own.length;
}

async function proposals(place: Workplace): Promise<readonly Proposal[]> {
  const { code, document } = await place.json('adopt');
  expect(code).toBe(0);
  return (document as { proposals: readonly Proposal[] }).proposals;
}

const writesOf = ({ sandbox }: Workplace): number =>
  sandbox.salesforce.writeLog.length + sandbox.partnerCenter.writeLog.length;

describe('cosell-sync adopt', { timeout: 120_000 }, () => {
  let place: Workplace;
  let pairs: number;

  beforeEach(async () => {
    place = await createWorkplace({ opportunities: 20 });
    await place.cli('sync');
    await rm(place.stateDir, { recursive: true });
    pairs = untag(place);
  });
  afterEach(() => place.close());

  it('proposes the pairs with reasons, and changes nothing anywhere', async () => {
    const writes = writesOf(place);

    const found = await proposals(place);
    const { stdout } = await place.cli('adopt');

    expect(found).toHaveLength(pairs);
    expect(found.every(({ confidence }) => confidence === 'high')).toBe(true);
    expect(stdout).toContain('because: same name, same customer and country');
    expect(withoutCredentials(await place.stateFiles())).toEqual({});
    expect(writesOf(place)).toBe(writes);
  });

  it('links the accepted rows of a file; the next run puts the ids on both sides and creates none of them', async () => {
    const file = join(place.folder, 'pairs.csv');
    await place.cli('adopt', '--csv', file);
    const text = await readFile(file, 'utf8');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const [head = '', ...rows] = text.trimEnd().split('\r\n');
    await writeFile(
      file,
      [head, ...rows.map((row, index) => (index === 0 ? row : `${row}yes`))].join('\r\n'),
    );
    const writes = writesOf(place);
    const before = place.sandbox.partnerCenter.referrals().length;

    const applied = await place.json('adopt', '--apply', file);
    const again = await place.json('adopt', '--apply', file);

    expect(applied).toMatchObject({ code: 0, document: { adopted: [{ refused: [], unchanged: 0 }] } });
    expect(again).toMatchObject({ code: 0, document: { adopted: [{ linked: [], unchanged: pairs - 1 }] } });
    expect(writesOf(place)).toBe(writes);

    const [left] = await proposals(place);
    expect(await place.cli('adopt', '--accept', `${left?.opportunityId}=${left?.referralId}`)).toMatchObject({
      code: 0,
    });
    await place.cli('sync');

    expect(place.sandbox.partnerCenter.referrals()).toHaveLength(before);
    const own = place.sandbox.partnerCenter
      .referrals()
      .filter(({ organizationId }) => organizationId !== 'msft');
    for (const { id, externalReferenceId } of own)
      expect(
        place.sandbox.salesforce.find('Opportunity', String(externalReferenceId))?.Referral_Identifier__c,
      ).toBe(id);
  });

  it('refuses a pair of which a side has changed since, and a file that cannot be read, without loss', async () => {
    const file = join(place.folder, 'pairs.csv');
    await place.cli('adopt', '--csv', file);
    const text = await readFile(file, 'utf8');
    const [first] = await proposals(place);
    const seller = place.sandbox.salesforce.as(place.sandbox.salesforce.adminUserId);
    seller.update('Opportunity', first?.opportunityId ?? '', { Amount: 777 });
    await writeFile(file, text.replaceAll(/,\r\n/g, ',yes\r\n'));
    const bad = join(place.folder, 'bad.csv');
    await writeFile(bad, text.replaceAll(/,\r\n/g, ',perhaps\r\n'));

    const refused = await place.cli('adopt', '--apply', bad);
    const applied = await place.json('adopt', '--apply', file);

    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${bad}:2, column 12 (accept): "perhaps" is neither yes nor no`);
    expect(applied.code).toBe(3);
    const [{ linked, refused: rows }] = (
      applied.document as {
        adopted: [{ linked: unknown[]; refused: readonly { reason: string; opportunityId: string }[] }];
      }
    ).adopted;
    expect(linked).toHaveLength(pairs - 1);
    expect(rows).toEqual([
      expect.objectContaining({
        opportunityId: first?.opportunityId,
        reason: expect.stringContaining('has changed since'),
      }),
    ]);
  });

  it('is refused as wrong usage where it says two things at once, or names no pair', async () => {
    expect((await place.cli('adopt', '--accept', 'x=y')).code).toBe(2);
    expect((await place.cli('adopt', '--apply', 'a.csv', '--csv', 'b.csv')).code).toBe(2);
    expect((await place.cli('adopt', '--take', 'amount=neither')).code).toBe(2);
  });
});

describe('beside adoption', { timeout: 120_000 }, () => {
  let place: Workplace;

  beforeEach(async () => {
    place = await createWorkplace({ opportunities: 20 });
  });
  afterEach(() => place.close());

  it('sync --limit shares a backlog in waves and says that more is due', async () => {
    const first = await place.json('sync', '--limit', '2');
    const second = await place.json('sync', '--limit', '1');

    expect(first).toMatchObject({ code: 4, document: { runs: [{ outcome: 'incomplete' }] } });
    const report = (document: unknown) =>
      (document as { runs: readonly { wrote: Record<string, number>; stopped: string | null }[] }).runs[0];
    expect(report(first.document)?.wrote.referralsCreated).toBe(2);
    expect(report(first.document)?.stopped).toContain('limit of 2 creates');
    expect(report(second.document)?.wrote.referralsCreated).toBe(1);
    expect((await place.cli('sync', '--limit', 'some')).code).toBe(2);
  });

  it('solutions harvest lists used solutions and unknown products as lines for the mapping', async () => {
    await place.cli('sync');
    const state = withoutCredentials(await place.stateFiles());

    const { code, document } = await place.json('solutions', 'harvest');
    const file = join(place.folder, 'catalogue.yaml');
    await place.cli('solutions', 'harvest', '--out', file);

    expect(code).toBe(0);
    expect(document).toMatchObject({
      connections: [
        {
          solutions: expect.arrayContaining([
            expect.objectContaining({ id: expect.stringMatching(/^SOL-/) }),
          ]),
        },
      ],
    });
    expect(await readFile(file, 'utf8')).toContain('solutions:\n  catalogue:\n');
    expect(withoutCredentials(await place.stateFiles())).toEqual(state);
  });

  it('finds a column behind the prefix of a package, in doctor, in setup, and in a mapping it writes', async () => {
    place.sandbox.salesforce.removeField('Opportunity', 'Referral_Identifier__c');
    place.sandbox.salesforce.addField('Opportunity', 'msft__Referral_Identifier__c', 'string', {
      label: 'Referral Identifier',
      length: 100,
      externalId: true,
    });
    const file = join(place.folder, 'mapping.yaml');

    const doctor = await place.cli('doctor');
    const setup = await place.cli('setup', '--apply');
    const written = await place.cli('setup', '--write-mapping', file);
    const twice = await place.cli('setup', '--write-mapping', file);

    expect(doctor.code).toBe(3);
    expect(doctor.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'should be: referralId: msft__Referral_Identifier__c',
    );
    expect(setup.stdout).toContain('referralId: msft__Referral_Identifier__c');
    expect(setup.stdout).not.toContain('created');
    expect(written).toMatchObject({ code: 0 });
    expect(written.stdout).toContain('Referral_Identifier__c -> msft__Referral_Identifier__c');
    expect(await readFile(file, 'utf8')).toContain('referralId: msft__Referral_Identifier__c');
    expect(twice.code).toBe(2);
    expect((await place.cli('plan', '--mapping', file)).code).toBe(0);
  });
});
