/** Disks that take no more, directories that may not be written, clocks that jump, state from a backup: real processes. */
import { chmodSync, cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, type Finished, run, type Workplace } from '../cli/command-line.ts';

const SHIFT = fileURLToPath(new URL('../support/shift-clock.ts', import.meta.url));
const DAY_MS = 86_400_000;
const isRoot = process.getuid?.() === 0;

let place: Workplace;

beforeEach(async () => {
  place = await createWorkplace({
    opportunities: 10,
    policy: { createGraceMinutes: 0, inbound: { create: true, accounts: 'create' } },
  });
  place.sandbox.partnerCenter.createInbound();
});
afterEach(() => place.close());

function recordWrites(): number {
  return place.sandbox.journal.entries.filter(({ write, data }) => write && data).length;
}

/** Own referrals by the opportunity that they name. */
function pairs(): readonly (readonly [string, string])[] {
  return place.sandbox.partnerCenter
    .referrals()
    .filter(({ organizationId, externalReferenceId }) => organizationId !== 'msft' && externalReferenceId)
    .map(({ id, externalReferenceId }) => [String(externalReferenceId), String(id)] as const);
}

function running(): readonly (readonly [string, string])[] {
  return pairs().filter(([, id]) => place.sandbox.partnerCenter.referral(id).status === 'Active');
}

/** After some runs nothing is left to write, and no deal is there twice. */
async function expectAgreement(): Promise<void> {
  for (const _run of ['looks', 'writes']) await place.cli('sync');
  const writes = recordWrites();
  const { code } = await place.cli('sync');

  expect([0, 3]).toContain(code);
  expect(recordWrites()).toBe(writes);
  expect(place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  const tags = pairs().map(([tag]) => tag);
  expect(new Set(tags).size).toBe(tags.length);
  for (const [tag, id] of pairs())
    expect(place.sandbox.salesforce.find('Opportunity', tag)?.Referral_Identifier__c).toBe(id);
}

function editBothSides(): () => void {
  const [first, second] = running();
  if (first === undefined || second === undefined) throw new TypeError('Fewer than two deals run.');
  const { salesforce: org, partnerCenter } = place.sandbox;
  org.as(org.adminUserId).update('Opportunity', first[0], { Amount: 91_234 });
  partnerCenter.edit(second[1], { details: { notes: 'Said at the portal.' } });
  return () => {
    expect(partnerCenter.referral(first[1])).toMatchObject({ details: { dealValue: 91_234 } });
    expect(org.find('Opportunity', second[0])?.Description).toBe('Said at the portal.');
  };
}

/** The command as a process whose files may not grow beyond so many KiB, as on a full disk. */
async function runFull(kibibytes: number): Promise<Finished> {
  const script = join(place.folder, 'full.sh');
  writeFileSync(script, `trap '' XFSZ\nulimit -f ${kibibytes}\nexec "$@"\n`);
  return run(['sync', '--json', '--config', place.configFile], { through: ['bash', script] });
}

describe('a disk that takes no more', { timeout: 120_000 }, () => {
  it.each([4, 150])('at %i KiB stops the run with the remedy, and loses nothing', async (kibibytes) => {
    const { code, stdout, stderr } = await runFull(kibibytes);

    expect(code).toBe(4);
    expect(stderr).toMatch(/disk|space/i);
    expect(stderr).not.toMatch(/should not have/);
    expect(() => JSON.parse(stdout)).not.toThrow();
    await expectAgreement();
  });

  it('while edits are carried loses none of them', async () => {
    await place.cli('sync');
    await place.cli('sync');
    const expectCarried = editBothSides();

    const { code } = await runFull(64);

    expect(code).toBe(4);
    await expectAgreement();
    expectCarried();
  });
});

describe('a state directory', { timeout: 120_000 }, () => {
  it('that is a file is refused, in words, before anything is sent', async () => {
    writeFileSync(place.stateDir, '');

    const { code, stderr } = await place.cli('sync');

    expect(code).toBe(4);
    expect(stderr).toContain(place.stateDir);
    expect(place.sandbox.journal.entries).toEqual([]);
  });

  it.skipIf(isRoot)(
    'that may not be written is refused with who must mend it, before anything is sent',
    async () => {
      await place.cli('sync');
      const sent = recordWrites();
      chmodSync(place.stateDir, 0o500);

      const { code, stderr } = await place.cli('sync');
      chmodSync(place.stateDir, 0o700);

      expect(code).toBe(4);
      expect(stderr).toMatch(/owner|mode/);
      expect(recordWrites()).toBe(sent);
    },
  );

  it('from a backup neither shares a deal twice nor takes an edit back', async () => {
    const { salesforce: org } = place.sandbox;
    await place.cli('sync');
    cpSync(place.stateDir, join(place.folder, 'backup'), { recursive: true });
    const [one] = running();
    if (one === undefined) throw new TypeError('No deal runs.');
    org.as(org.adminUserId).update('Opportunity', one[0], { Amount: 70_001 });
    const [more] = org.query(
      'SELECT Id FROM Opportunity WHERE IsClosed = false AND Sync_with_Partner_Center__c = false AND Amount != null LIMIT 1',
    );
    org.as(org.adminUserId).update('Opportunity', String(more?.Id), { Sync_with_Partner_Center__c: true });
    await place.cli('sync');
    org.as(org.adminUserId).update('Opportunity', one[0], { Amount: 70_002 });
    await place.cli('sync');
    rmSync(place.stateDir, { recursive: true });
    cpSync(join(place.folder, 'backup'), place.stateDir, { recursive: true });

    await expectAgreement();

    expect(place.sandbox.partnerCenter.referral(one[1])).toMatchObject({ details: { dealValue: 70_002 } });
    expect(org.find('Opportunity', one[0])?.Amount).toBe(70_002);
  });

  it.each([100, 50_000])(
    'whose ledger was cut to %i bytes is refused, not replaced, and rebuild finds every link again',
    async (bytes) => {
      await place.cli('sync');
      const ledger = join(place.stateDir, 'ledger.db');
      truncateSync(ledger, bytes);
      const sent = recordWrites();

      const { code, stderr } = await place.cli('sync');
      const aside = await place.cli('rebuild', '--yes');

      expect(code).toBe(4);
      expect(stderr).toContain('rebuild');
      expect(recordWrites()).toBe(sent);
      expect([0, 3]).toContain(aside.code);
      await expectAgreement();
    },
  );
});

describe('a ledger with a bit the other way round in a row', { timeout: 120_000 }, () => {
  it('is told by doctor and stops an audit, nothing wrong is sent, and rebuild mends it', async () => {
    await place.cli('sync');
    const database = new DatabaseSync(join(place.stateDir, 'ledger.db'));
    const changed = database
      .prepare('UPDATE links SET baseline = replace(baseline, \'"USD"\', \'"USE"\') WHERE rowid = 1')
      .run();
    database.close();
    const sent = recordWrites();

    const doctor = await place.cli('doctor');
    const audit = await place.cli('sync', '--full');

    expect(changed.changes).toBe(1);
    expect([doctor.code, audit.code]).toEqual([3, 4]);
    expect(doctor.stdout).toMatch(/problem {2}Ledger: .*rows that are not what was saved \(1 of links\)/s);
    expect(audit.stderr).toMatch(/link row 006\w{15} of connection "sandbox" cannot be read .*rebuild/);
    expect(recordWrites()).toBe(sent);

    expect([0, 3]).toContain((await place.cli('rebuild', '--yes')).code);
    await expectAgreement();
  });
});

describe('a clock that jumps', { timeout: 120_000 }, () => {
  const syncAt = (offsetMs: number): Promise<Finished> =>
    run(['sync', '--config', place.configFile], {
      env: { COSELL_CLOCK_OFFSET_MS: String(offsetMs), NODE_OPTIONS: `--import=${SHIFT}` },
    });

  it.each([
    ['forty days ahead, then right again', 40 * DAY_MS],
    ['forty days back, then right again', -40 * DAY_MS],
  ])('%s loses no edit, closes nothing and writes nothing twice', async (_what, offset) => {
    await place.cli('sync');
    await place.cli('sync');
    const expectCarried = editBothSides();

    const { code, stderr } = await syncAt(offset);

    expect([0, 3], stderr).toContain(code);
    await expectAgreement();
    expectCarried();
    expect(place.sandbox.partnerCenter.referrals().filter(({ status }) => status === 'Closed')).toEqual([]);
  });
});
