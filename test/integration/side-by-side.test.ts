/**
 * One process, one configuration, one state: a Salesforce org with one Partner Center tenant and a Dynamics 365
 * environment with another. Nothing of either may reach the other's hosts or rows.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Document } from 'yaml';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { runHere, shippedConnection } from '../cli/command-line.ts';
import { type CrmDesk, type CrmKind, createDesk } from '../support/crm-desk/index.ts';

const SAMPLE = { sample: { seed: 7, opportunities: 20 } };
const NAMES = { salesforce: 'north', dynamics: 'south' } as const;

interface Partner {
  readonly kind: CrmKind;
  readonly name: string;
  readonly sandbox: Sandbox;
  readonly crm: CrmDesk;
}

async function openPartner(kind: CrmKind): Promise<Partner> {
  const sandbox = await startSandbox({ [kind]: SAMPLE, partnerCenter: { seed: NAMES[kind] } });
  sandbox.partnerCenter.createInbound({ referral: { name: `Received by ${NAMES[kind]}` } });
  return { kind, name: NAMES[kind], sandbox, crm: createDesk(kind, sandbox) };
}

/** Every id by which a partner's records could be recognised. */
function idsOf({ crm, sandbox }: Partner): readonly string[] {
  const referrals = sandbox.partnerCenter.referrals();
  return [
    ...crm.find('Opportunity', {}),
    ...crm.find('Account', {}),
    ...referrals.flatMap(({ id, engagementId }) => [String(id), String(engagementId)]),
  ];
}

/** What was said to a partner's hosts, in one text. */
function saidTo({ sandbox }: Partner): string {
  return sandbox.journal.entries
    .map(({ path, query, headers, body }) =>
      [decodeURIComponent(path), query, JSON.stringify(headers), body].join(' '),
    )
    .join('\n');
}

/** Every row of the ledger that belongs to a connection, in one text. */
function rowsOf(stateDir: string, connection: string): string {
  const database = new DatabaseSync(join(stateDir, 'ledger.db'), { readOnly: true });
  try {
    const key = database.prepare('SELECT id FROM connections WHERE name = ?').get(connection)?.id ?? null;
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return tables
      .map(({ name }) => {
        const columns = database.prepare(`PRAGMA table_info("${String(name)}")`).all();
        if (!columns.some((column) => column.name === 'connection')) return '';
        const rows = database.prepare(`SELECT * FROM "${String(name)}" WHERE connection = ?`).all(key);
        return JSON.stringify(rows);
      })
      .join('\n');
  } finally {
    database.close();
  }
}

describe('a Salesforce and a Dynamics 365 connection in one process', { timeout: 120_000 }, () => {
  let folder: string;
  let config: string;
  let north: Partner;
  let south: Partner;

  beforeAll(async () => {
    [north, south] = await Promise.all([openPartner('salesforce'), openPartner('dynamics')]);
    folder = await mkdtemp(join(tmpdir(), 'cosell-side-by-side-'));
    config = join(folder, 'cosell-sync.yaml');
    const document = new Document({
      state: { kind: 'embedded', dir: join(folder, 'state') },
      server: { port: 0 },
      connections: await Promise.all(
        [north, south].map(({ kind, sandbox }) => shippedConnection(kind, sandbox)),
      ),
    });
    for (const [index, { name }] of [north, south].entries()) {
      document.setIn(['connections', index, 'name'], name);
      document.setIn(['connections', index, 'policy', 'inbound'], { create: true, accounts: 'create' });
    }
    await writeFile(config, document.toString());
    for (const _run of ['shares', 'settles']) await sync();
  });
  afterAll(async () => {
    await Promise.all([north, south].map(({ sandbox }) => sandbox.close()));
    await rm(folder, { recursive: true });
  });

  const stateDir = (): string => join(folder, 'state');
  async function sync() {
    const { stdout } = await runHere(['sync', '--json', '--config', config]);
    const {
      runs,
    }: { runs: readonly { connection: string; wrote: Record<string, number>; requests: object }[] } =
      JSON.parse(stdout);
    return runs;
  }
  /** Ids of a linked open opportunity and of its referral. */
  function pairOf({ crm, sandbox }: Partner): { readonly opportunity: string; readonly referral: string } {
    for (const { id, externalReferenceId, status } of sandbox.partnerCenter.referrals()) {
      const opportunity = String(externalReferenceId ?? '');
      if (status === 'Active' && crm.row('Opportunity', opportunity) !== null)
        return { opportunity, referral: String(id) };
    }
    throw new TypeError('Nothing is shared.');
  }
  function expectNothingCrossed(): void {
    for (const [own, other] of [
      [north, south],
      [south, north],
    ] as const) {
      const [said, rows] = [saidTo(own), rowsOf(stateDir(), own.name)];
      const foreign = idsOf(other);
      expect(foreign.length).toBeGreaterThan(20);
      expect(foreign.filter((id) => said.includes(id))).toEqual([]);
      expect(foreign.filter((id) => rows.includes(id))).toEqual([]);
      expect(idsOf(own).filter((id) => rows.includes(id)).length).toBeGreaterThan(5);
    }
  }

  it('shares and receives the deals of each with its own tenant alone', () => {
    for (const partner of [north, south]) {
      expect(partner.crm.find('Opportunity', { Name: `Received by ${partner.name}` })).toHaveLength(1);
      expect(pairOf(partner).opportunity).not.toBe('');
      expect(partner.sandbox.partnerCenter.illegalCalls).toEqual([]);
    }
    expectNothingCrossed();
  });

  it('is silent at one data request a side each', async () => {
    const runs = await sync();

    expect(runs.map(({ connection, requests }) => [connection, requests])).toMatchObject([
      ['north', { crm: 1, partnerCenter: 1 }],
      ['south', { crm: 1, partnerCenter: 1 }],
    ]);
  });

  it('goes on with one while the other cannot be reached', async () => {
    const { opportunity, referral } = pairOf(south);
    south.crm.edit('Opportunity', opportunity, { Amount: 4_711 });
    north.sandbox.faults.add({ system: 'salesforce', kind: 'status', status: 403, when: 'before' });

    const { code, stdout } = await runHere(['sync', '--json', '--config', config]);
    north.sandbox.faults.clear();

    expect(code).toBe(4);
    expect(JSON.parse(stdout).runs.map((run: { outcome: string }) => run.outcome)).toEqual([
      'incomplete',
      'clean',
    ]);
    expect(south.sandbox.partnerCenter.referral(referral)).toMatchObject({ details: { dealValue: 4_711 } });
  });

  it('runs both as a daemon, and nothing has crossed at the end of the day', async () => {
    const pairs = [north, south].map((partner) => ({ partner, ...pairOf(partner) }));
    const stop = new AbortController();
    const arrived = pairs.map(
      ({ partner: { sandbox, crm }, opportunity, referral }, index) =>
        new Promise<void>((resolve) => {
          crm.edit('Opportunity', opportunity, { Amount: 5_000 + index });
          sandbox.hooks.afterEffect = (request) => {
            if (request.method === 'PATCH' && request.path.includes(referral)) resolve();
          };
        }),
    );

    const daemon = runHere(['start', '--config', config], { stop: stop.signal });
    await Promise.race([Promise.all(arrived), daemon]);
    stop.abort();
    const { code, stderr } = await daemon;

    expect({ code, stderr: stderr.includes('"level":"error"') }).toEqual({ code: 0, stderr: false });
    for (const [index, { partner, referral }] of pairs.entries())
      expect(partner.sandbox.partnerCenter.referral(referral)).toMatchObject({
        details: { dealValue: 5_000 + index },
      });
    expectNothingCrossed();
  });
});
