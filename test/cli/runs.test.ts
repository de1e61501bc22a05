import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createWorkplace, finish, start, type Workplace, withoutCredentials } from './command-line.ts';

const Runs = z.object({
  runs: z.array(
    z.looseObject({
      outcome: z.string(),
      wrote: z.record(z.string(), z.number()),
      requests: z.record(z.string(), z.number()),
    }),
  ),
});
const Plans = z.object({
  plans: z.array(
    z.object({
      connection: z.string(),
      madeFrom: z.unknown(),
      actions: z.array(
        z.object({
          type: z.string(),
          irreversible: z.boolean(),
          opportunityId: z.string().nullable(),
          referralId: z.string().nullable(),
          changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
          reason: z.string(),
        }),
      ),
    }),
  ),
});
const Deals = z.object({
  deals: z.array(
    z.object({
      opportunityId: z.string(),
      referralId: z.string(),
      name: z.string().nullable(),
      state: z.string().nullable(),
      inStep: z.boolean(),
    }),
  ),
});
const Items = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      opportunityId: z.string().nullable(),
      fields: z.array(z.string()),
    }),
  ),
});

describe('commands against the stand-ins', { timeout: 120_000 }, () => {
  let place: Workplace;

  beforeAll(async () => {
    place = await createWorkplace();
  });
  afterAll(() => place.close());

  const seller = () => place.sandbox.salesforce.as(place.sandbox.salesforce.adminUserId);
  async function openPairs() {
    const { document } = await place.json('deals', '--state', 'Accepted');
    return Deals.parse(document).deals.filter(({ inStep }) => inStep);
  }

  it('status answers before the first run and makes nothing', async () => {
    const { code, document } = await place.json('status');

    expect(code).toBe(0);
    expect(document).toMatchObject({ connections: [{ connection: 'sandbox', links: 0, lastRun: null }] });
    expect(await place.stateFiles()).toEqual({});
  });

  it('plan says what a first run would do, and makes neither ledger nor cursors', async () => {
    const { code, document } = await place.json('plan');

    expect(code).toBe(0);
    const [plan] = Plans.parse(document).plans;
    expect(plan?.actions.length).toBeGreaterThan(0);
    expect(plan?.actions[0]).toMatchObject({ type: 'create-referral', irreversible: true, referralId: null });
    expect(withoutCredentials(await place.stateFiles())).toEqual({});
    expect(place.sandbox.partnerCenter.writeLog).toHaveLength(0);
  });

  it('sync does what the plan said', async () => {
    const planned = Plans.parse((await place.json('plan')).document).plans[0]?.actions.length;

    const { code, document, stderr } = await place.json('sync');

    const [run] = Runs.parse(document).runs;
    expect(run?.wrote.referralsCreated).toBe(planned);
    expect([0, 3]).toContain(code);
    expect(run?.outcome).toBe(code === 0 ? 'clean' : 'attention');
    expect(stderr).toBe('');
  });

  it('keeps the state to its owner', async () => {
    expect((await stat(place.stateDir)).mode & 0o777).toBe(0o700);
    for (const name of Object.keys(await place.stateFiles())) {
      expect((await stat(join(place.stateDir, name))).mode & 0o777, name).toBe(0o600);
    }
  });

  it('a run with nothing to do costs one request a side and writes nothing', async () => {
    await place.cli('sync');
    const before = place.sandbox.requestCounts();
    const writes = place.sandbox.partnerCenter.writeLog.length + place.sandbox.salesforce.writeLog.length;

    const { document } = await place.json('sync');

    const after = place.sandbox.requestCounts();
    expect([after.salesforce - before.salesforce, after.partnerCenter - before.partnerCenter]).toEqual([
      1, 1,
    ]);
    expect(place.sandbox.partnerCenter.writeLog.length + place.sandbox.salesforce.writeLog.length).toBe(
      writes,
    );
    expect(Runs.parse(document).runs[0]?.requests).toMatchObject({ crm: 1, partnerCenter: 1 });
  });

  it('plan keeps every byte of ledger and cursors, and every name in the directory', async () => {
    const [pair] = await openPairs();
    seller().update('Opportunity', pair?.opportunityId ?? '', { Amount: 4321 });
    const before = withoutCredentials(await place.stateFiles());

    const { document } = await place.json('plan');

    expect(Plans.parse(document).plans[0]?.actions).toEqual([
      expect.objectContaining({
        type: 'update-referral',
        opportunityId: pair?.opportunityId,
        changes: expect.arrayContaining([expect.objectContaining({ field: 'amount', to: '4321' })]),
      }),
    ]);
    expect(withoutCredentials(await place.stateFiles())).toEqual(before);
  });

  it('sync with a saved plan does exactly its actions', async () => {
    const file = join(place.folder, 'plan.json');
    const { code, stderr } = await place.cli('plan', '--out', file);
    expect([code, (await stat(file)).mode & 0o777]).toEqual([0, 0o600]);
    expect(stderr).toContain(`cosell-sync sync --plan ${file}`);

    const result = await place.json('sync', '--plan', file);

    expect(Runs.parse(result.document).runs[0]?.wrote.referralsUpdated).toBe(1);
  });

  it('refuses a saved plan when a record named in it has moved, and writes nothing', async () => {
    const [pair] = await openPairs();
    const id = pair?.opportunityId ?? '';
    seller().update('Opportunity', id, { Amount: 1111 });
    const file = join(place.folder, 'stale.json');
    await place.cli('plan', '--out', file);
    seller().update('Opportunity', id, { Amount: 2222 });
    const writes = place.sandbox.partnerCenter.writeLog.length;
    const state = withoutCredentials(await place.stateFiles());

    const { code, stderr } = await place.cli('sync', '--plan', file);

    expect(code).toBe(5);
    expect(stderr).toContain(id);
    expect(place.sandbox.partnerCenter.writeLog).toHaveLength(writes);
    expect(withoutCredentials(await place.stateFiles())).toMatchObject({ 'ledger.db': state['ledger.db'] });
  });

  it('refuses a saved plan that was altered, and one made before another run', async () => {
    const file = join(place.folder, 'altered.json');
    await place.cli('plan', '--out', file);
    const text = await readFile(file, 'utf8');
    await writeFile(join(place.folder, 'changed.json'), text.replace('2222', '9999'));

    const altered = await place.cli('sync', '--plan', join(place.folder, 'changed.json'));
    expect(altered.code).toBe(5);
    expect(altered.stderr).toContain('altered');

    await place.cli('sync');
    const stale = await place.cli('sync', '--plan', file);
    expect(stale.code).toBe(5);
    expect(stale.stderr).toContain('state has moved');
  });

  it('refuses what is no plan as wrong usage', async () => {
    const file = join(place.folder, 'no-plan.json');
    await writeFile(file, '{"plans": 1}');

    expect((await place.cli('sync', '--plan', file)).code).toBe(2);
    expect((await place.cli('sync', '--plan', join(place.folder, 'none.json'))).code).toBe(2);
  });

  it('explains a pair by either id', async () => {
    const [pair] = await openPairs();

    const byOpportunity = await place.json('explain', pair?.opportunityId.slice(0, 15) ?? '', 'amount');
    const byReferral = await place.json('explain', pair?.referralId.toUpperCase() ?? '', 'amount');

    expect(byReferral).toEqual(byOpportunity);
    expect(byOpportunity.document).toMatchObject({
      opportunityId: pair?.opportunityId,
      fields: [{ field: 'amount', rule: expect.any(String), history: expect.any(Array) }],
    });
  });

  it('a conflict waits for a person, whose decision the next run carries out', async () => {
    const [pair] = await openPairs();
    const id = pair?.opportunityId ?? '';
    seller().update('Opportunity', id, { Description: 'From the CRM.' });
    place.sandbox.partnerCenter.edit(pair?.referralId ?? '', { details: { notes: 'From the portal.' } });
    expect((await place.cli('sync')).code).toBe(3);
    const { items } = Items.parse((await place.json('attention', 'list')).document);
    const item = items.find((candidate) => candidate.kind === 'conflict' && candidate.opportunityId === id);
    expect(item?.fields).toEqual(['notes']);

    const shown = await place.cli('attention', 'show', item?.id ?? '');
    expect(shown.stdout).toContain('From the CRM.');
    expect(shown.stdout).toContain('From the portal.');
    expect((await place.cli('attention', 'resolve', item?.id ?? '', 'notes', '--take', 'crm')).code).toBe(0);
    await place.cli('sync');

    expect(place.sandbox.partnerCenter.referral(pair?.referralId ?? '')).toMatchObject({
      details: { notes: 'From the CRM.' },
    });
    const after = Items.parse((await place.json('attention')).document);
    expect(after.items.filter((candidate) => candidate.kind === 'conflict')).toEqual([]);
  });

  it('lets one process work at a time, while others may look and decide', async () => {
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      place.sandbox.hooks.beforeEffect = async (_request, system) => {
        if (system !== 'salesforce') return;
        resolve();
        await held;
      };
    });
    const first = finish(start(['sync', '--config', place.configFile]));
    await reached;

    const second = await place.cli('sync');
    const looking = await place.cli('status');
    const deciding = await place.cli('attention', 'retry');
    delete place.sandbox.hooks.beforeEffect;
    letGo();

    expect(second.code).toBe(6);
    expect(second.stderr).toMatch(/process \d+ on .*`sync`/);
    expect(looking.code).toBe(0);
    expect(deciding.code).toBe(0);
    expect([0, 3]).toContain((await first).code);
  });

  it('stops cleanly at the first signal, and the next run goes on', async () => {
    const [pair] = await openPairs();
    seller().update('Opportunity', pair?.opportunityId ?? '', { Amount: 777 });
    let child: ReturnType<typeof start> | null = null;
    place.sandbox.hooks.beforeEffect = (_request, system, write) => {
      if (system === 'partner-center' && write) child?.kill('SIGTERM');
    };
    child = start(['sync', '--json', '--config', place.configFile]);

    const { code, stdout } = await finish(child);
    delete place.sandbox.hooks.beforeEffect;

    // The signal may reach the process when its last write is already done; either way that write is committed.
    const [report] = Runs.parse(JSON.parse(stdout)).runs;
    expect([
      [4, 'incomplete'],
      [0, 'clean'],
    ]).toContainEqual([code, report?.outcome]);
    expect(report?.wrote.referralsUpdated).toBe(1);
    expect([0, 3]).toContain((await place.cli('sync')).code);
  });

  it('exits with 4 when a side is out of reach, and writes nothing', async () => {
    const id = place.sandbox.faults.add({
      system: 'partner-center',
      kind: 'status',
      when: 'before',
      status: 401,
      times: 1000,
    });

    const { code, document } = await place.json('sync');
    place.sandbox.faults.remove(id);

    expect(code).toBe(4);
    expect(Runs.parse(document).runs[0]?.outcome).toBe('incomplete');
  });

  it('doctor finds the stand-ins in order', async () => {
    const { code, stdout } = await place.cli('doctor');

    expect(stdout).toContain('Everything that can be checked is in order.');
    expect(code).toBe(0);
  });

  it('prints deals for a spreadsheet', async () => {
    const { code, stdout } = await place.cli('deals', '--csv');

    expect(code).toBe(0);
    expect(stdout.split('\r\n')[0]).toMatch(/^connection,opportunityId,referralId,name/);
  });

  it('rebuilds the links from the tags, creating nothing', async () => {
    const before = Deals.parse((await place.json('deals')).document).deals.length;
    const creates = place.sandbox.partnerCenter.referrals().length;

    const { code, document } = await place.json('rebuild', '--yes');

    expect([0, 3]).toContain(code);
    expect(Runs.parse(document).runs[0]?.wrote).toMatchObject({
      referralsCreated: 0,
      opportunitiesCreated: 0,
    });
    expect(place.sandbox.partnerCenter.referrals()).toHaveLength(creates);
    expect(Deals.parse((await place.json('deals')).document).deals).toHaveLength(before);
    expect(Object.keys(await place.stateFiles()).some((name) => /^ledger\..+\.db$/.test(name))).toBe(true);
  });

  it('says nothing secret, at the most talkative level', async () => {
    const { stderr, stdout } = await finish(
      start(['sync', '--config', place.configFile], { env: { COSELL_SYNC_LOG: 'trace' } }),
    );

    expect(stderr).toContain('"Request answered"');
    for (const line of stderr.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    const { partnerCenter, salesforce } = place.sandbox.credentials;
    for (const secret of [
      partnerCenter.clientSecret,
      partnerCenter.refreshToken,
      salesforce.clientSecret,
      'Bearer ',
    ]) {
      expect(stderr + stdout).not.toContain(secret);
    }
  });
});
