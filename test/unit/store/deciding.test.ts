import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openForDeciding, openForWriting, type StateOptions } from '../../../src/wiring/state.ts';
import { conflict, NOON } from '../../contract/ledger-samples.ts';
import { quietLogger } from '../../support/sandbox-remotes.ts';

let options: StateOptions;

beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cosell-sync-deciding-'));
  options = { dir, now: () => new Date(NOON), logger: quietLogger };
});

afterEach(() => rm(options.dir, { recursive: true, force: true }));

describe('a decision while another process holds the state', () => {
  it('is saved beside it, and seen by it', async () => {
    const daemon = await openForWriting(options, 'start');
    const ledger = await daemon.ledger('contoso');
    await ledger.commit({ attention: [conflict(1)] });

    const beside = await openForDeciding(options, 'attention resolve');
    const seen = await (await beside.ledger('contoso')).findAttention((await openItem(ledger)).id);
    if (seen === null) throw new Error('The item is not seen beside the daemon.');
    await (await beside.ledger('contoso')).commit({
      asSeen: [seen],
      attention: [{ ...seen, decisions: { notes: 'crm' } }],
    });
    await beside.close();

    expect((await openItem(ledger)).decisions).toEqual({ notes: 'crm' });
    await ledger.commit({ meta: { alive: 'yes' } });
    await daemon.close();
  });

  it('is refused when both decide, whichever process was first', async () => {
    const daemon = await openForWriting(options, 'start');
    const ledger = await daemon.ledger('contoso');
    await ledger.commit({ attention: [conflict(1)] });
    const seen = await openItem(ledger);
    const beside = await openForDeciding(options, 'attention dismiss');
    await ledger.commit({ asSeen: [seen], attention: [{ ...seen, decisions: { notes: 'crm' } }] });

    const late = (await beside.ledger('contoso')).commit({
      asSeen: [seen],
      attention: [{ ...seen, state: 'dismissed', why: 'late' }],
    });

    await expect(late).rejects.toThrow('is decided by somebody else meanwhile');
    await beside.close();
    await daemon.close();
  });

  it('takes the lock where nobody has it', async () => {
    const state = await openForDeciding(options, 'attention retry');

    await expect(openForWriting(options, 'sync')).rejects.toThrow('attention retry');
    await state.close();
  });
});

async function openItem(ledger: Awaited<ReturnType<Awaited<ReturnType<typeof openForWriting>>['ledger']>>) {
  const [item] = await ledger.attention({ state: 'open' });
  if (item === undefined) throw new Error('There is no open item.');
  return item;
}
