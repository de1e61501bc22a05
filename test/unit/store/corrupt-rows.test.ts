import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { CorruptRowError, StateError } from '../../../src/core/errors.ts';
import type { Ledger } from '../../../src/core/store-port.ts';
import { openLedger } from '../../../src/store/index.ts';
import {
  attention,
  historyEntry,
  intent,
  link,
  opportunity,
  opportunityId,
  referral,
  referralId,
  run,
} from '../../contract/ledger-samples.ts';
import { freshDirectory, now } from './directory.ts';

/** A ledger with two of everything, changed by hand. */
async function tamperedLedger(statement: string): Promise<Ledger> {
  const dir = freshDirectory();
  const ledger = openLedger({ dir, connection: 'contoso', now });
  await ledger.commit({
    opportunities: [1, 2].map((n) => ({ record: opportunity(n), dueAt: null })),
    referrals: [1, 2].map((n) => ({ record: referral(n), dueAt: null })),
    links: [link(1), link(2)],
    intents: [intent(1)],
    attention: [attention(1)],
    history: [historyEntry(1)],
    run: run(1),
    meta: { asked: 'yes' },
  });
  const database = new DatabaseSync(join(dir, 'ledger.db'));
  database.exec(statement);
  database.close();
  return ledger;
}

const ofLink = `WHERE opportunity_id = '${opportunityId(1)}'`;

describe('a row that was changed by hand', () => {
  it.each([
    ['a baseline that is no JSON', `UPDATE links SET baseline = '{"name":' ${ofLink}`],
    ['a baseline of another shape', `UPDATE links SET baseline = '{"name":"Deal"}' ${ofLink}`],
    ['a baseline that is a list', `UPDATE links SET baseline = '[]' ${ofLink}`],
    ['details of another shape', `UPDATE links SET details = '{"siblings":{}}' ${ofLink}`],
    ['a status that is none', `UPDATE links SET status = 'sleeping' ${ofLink}`],
    [
      'another value where one may be',
      `UPDATE links SET baseline = replace(baseline, 'Deal', 'Meal') ${ofLink}`,
    ],
    ['another time', `UPDATE links SET verified_at = '2026-03-02T12:00:00.000Z' ${ofLink}`],
    ['no checksum', `UPDATE links SET checksum = NULL ${ofLink}`],
  ])('names the link: %s', async (_, statement) => {
    const ledger = await tamperedLedger(statement);

    const error = await ledger
      .linksByReferral([referralId(1), referralId(2)])
      .catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(CorruptRowError);
    expect(error).toBeInstanceOf(StateError);
    expect(error).toMatchObject({
      connection: 'contoso',
      kind: 'link',
      side: 'opportunity',
      id: opportunityId(1),
    });
    expect(String(error)).toMatch(/contoso.*rebuild/);
    await ledger.close();
  });

  it('leaves the other links readable', async () => {
    const ledger = await tamperedLedger(`UPDATE links SET baseline = '' ${ofLink}`);

    expect([...(await ledger.linksByOpportunity([opportunityId(2)])).values()]).toEqual([link(2)]);

    await ledger.close();
  });

  it.each([
    [
      'opportunity',
      "UPDATE opportunities SET record = 'x'",
      (ledger: Ledger) => ledger.opportunities([opportunityId(1)]),
    ],
    [
      'opportunity',
      "UPDATE opportunities SET record = json_set(record, '$.values.Name', json('[1]'))",
      (ledger: Ledger) => ledger.opportunities([opportunityId(1)]),
    ],
    [
      'referral',
      `UPDATE referrals SET record = json_set(record, '$.id', '${referralId(2)}')`,
      (ledger: Ledger) => ledger.referrals([referralId(1)]),
    ],
    [
      'referral',
      "UPDATE referrals SET record = json_remove(record, '$.deal')",
      (ledger: Ledger) => ledger.referrals([referralId(1)]),
    ],
    ['intent', "UPDATE intents SET intent = '{}'", (ledger: Ledger) => ledger.intents()],
    ['attention', "UPDATE attention SET item = 'null'", (ledger: Ledger) => ledger.attention({})],
    [
      'history',
      "UPDATE history SET entry = '{'",
      (ledger: Ledger) => ledger.history({ opportunityId: opportunityId(1) }),
    ],
    ['run', "UPDATE runs SET report = '[]'", (ledger: Ledger) => ledger.runs(1)],
    ['note', "UPDATE meta SET value = 'no'", (ledger: Ledger) => ledger.meta('asked')],
  ] as const)('is told by its kind: %s', async (kind, statement, read) => {
    const ledger = await tamperedLedger(statement);

    await expect(read(ledger)).rejects.toMatchObject({
      name: 'CorruptRowError',
      kind,
      connection: 'contoso',
    });

    await ledger.close();
  });

  it('quotes nothing of the row', async () => {
    const ledger = await tamperedLedger(`UPDATE links SET baseline = '{"name":"Top secret"}' ${ofLink}`);

    const error = await ledger.links({}).catch((caught: unknown) => caught);

    expect(String(error)).not.toContain('Top secret');
    await ledger.close();
  });
});
