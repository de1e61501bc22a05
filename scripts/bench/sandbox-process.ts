/** The stand-ins in a process of their own, so that what they use is not counted as the product's. */

import type { JsonObject } from '../../src/sandbox/partner-center/json.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { type CrmSide, createCrmSide, type OpenOpportunity, sandboxFor } from './crm-side.ts';
import type { Answer, Ask, Counts, Question, StartOptions, Urls } from './protocol.ts';

let sandbox: Sandbox | null = null;
let crm: CrmSide | null = null;
let mark = 0;
let spare: readonly string[] = [];

function running(): Sandbox {
  if (sandbox === null) throw new Error('The stand-ins have not been started.');
  return sandbox;
}

function sellers(): CrmSide {
  if (crm === null) throw new Error('The stand-ins have not been started.');
  return crm;
}

async function start({ crm: kind, exportDir, flag, spare: spareCount }: StartOptions): Promise<Urls> {
  sandbox = await startSandbox(sandboxFor(kind));
  crm = createCrmSide(kind, sandbox);
  spare = exportDir === null ? crm.fill(flag, spareCount) : crm.load(exportDir, flag, spareCount);
  const { salesforce, dynamics, partnerCenter, entra } = sandbox.urls;
  return { crm: kind === 'dynamics' ? String(dynamics) : salesforce, partnerCenter, entra };
}

function count(): Counts {
  const { journal } = running();
  const sides = { crm: { reads: 0, writes: 0 }, partnerCenter: { reads: 0, writes: 0 } };
  for (const { n, system, data, write } of journal.entries) {
    if (n <= mark || !data) continue;
    const side =
      system === sellers().system ? sides.crm : system === 'partner-center' ? sides.partnerCenter : null;
    if (side !== null) side[write ? 'writes' : 'reads'] += 1;
  }
  mark = journal.entries.at(-1)?.n ?? mark;
  return sides;
}

/** Pairs in agreement whose deal is open, in a fixed order. */
function openPairs(limit: number): OpenOpportunity[] {
  const pairs: OpenOpportunity[] = [];
  for (const pair of sellers().open()) {
    if (pairs.length === limit) break;
    if (running().partnerCenter.referral(pair.referralId).status === 'Active') pairs.push(pair);
  }
  return pairs;
}

function editOpportunities(limit: number): number {
  const pairs = openPairs(limit);
  for (const { id, amount } of pairs) sellers().setAmount(id, amount + 1);
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
  const chosen = spare.slice(0, limit);
  spare = spare.slice(limit);
  for (const id of chosen) sellers().flagUnshareable(id);
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
