/** What must hold of both servers and the ledger once everything is quiet. */
import { isTerminal } from '../../../src/core/lifecycle.ts';
import { MISTAKE } from '../../../src/engine/mistakes.ts';
import type { Simulation } from '../one-run.ts';
import { isFollowed } from '../remote-crm.ts';
import { checkBaselines } from './recovery.ts';

export async function checkState(simulation: Simulation): Promise<void> {
  const { server, state } = simulation;
  const { crm, partnerCenter, history, mapping } = server;
  const say = (text: string): void => {
    server.violations.push(text);
  };

  const created = new Map<string, number>();
  for (const { what, id, effective } of history.writes)
    if (
      effective &&
      (what === 'create-referral' || what === 'invite-microsoft' || what === 'create-opportunity')
    )
      created.set(`${what} for ${id}`, (created.get(`${what} for ${id}`) ?? 0) + 1);
  for (const [what, times] of created) if (times > 1) say(`G3 ${times} times ${what}`);
  const owners = new Map<string, number>();
  for (const { deleted, values } of crm.rows.values()) {
    const tag = values[mapping.tag.referralId];
    if (!deleted && typeof tag === 'string' && !server.marks.has('tag-copied'))
      owners.set(tag, (owners.get(tag) ?? 0) + 1);
  }
  for (const [tag, times] of owners) if (times > 1) say(`G3 ${times} opportunities carry referral ${tag}`);

  for (const text of partnerCenter.illegal) say(`G8 ${text}`);

  for (const row of crm.rows.values()) {
    if (row.deleted || crm.hidden.has(row.id) || !isFollowed(server, row)) continue;
    const held = (await state.ledger.opportunities([row.id])).get(row.id)?.record;
    if (held === undefined || held.version !== row.version)
      say(
        `G6 once quiet the ledger holds ${held?.version ?? 'nothing'} of ${row.id}, the CRM ${row.version}`,
      );
  }
  for (const referral of partnerCenter.referrals.values()) {
    if (partnerCenter.hidden.has(referral.id)) continue;
    const held = (await state.ledger.referrals([referral.id])).get(referral.id)?.record;
    if (held === undefined || held.version !== referral.version)
      say(
        `G6 once quiet the ledger holds ${held?.updatedAt ?? 'nothing'} of ${referral.id}, the server ${referral.updatedAt}`,
      );
  }
  for (const intent of await state.ledger.intents()) {
    // What became of an update of a record that is out of sight cannot be known until it is seen again.
    const { kind, opportunityId, referralId } = intent;
    const isHidden =
      (kind === 'update-referral' && referralId !== null && partnerCenter.hidden.has(referralId)) ||
      (kind === 'update-opportunity' &&
        opportunityId !== null &&
        (crm.hidden.has(opportunityId) || crm.rows.get(opportunityId)?.deleted === true));
    if (isHidden) server.marks.add('update-never-heard-of');
    else say(`G12 an intent (${kind}) is still open after two days`);
  }
  // Which would otherwise pass for a reason why two sides differ.
  for (const { item } of server.history.named)
    if (item.code === MISTAKE) server.violations.push(`G1 a mistake was made: ${item.message}`);
  const [last] = await state.ledger.runs(1);
  if (last === undefined || last.outcome === 'incomplete')
    say(`G10 the last quiet run is ${last?.outcome ?? 'missing'}: ${last?.stopped ?? ''}`);
  await checkBaselines(simulation);
  for (const { deal } of partnerCenter.referrals.values())
    if (deal.state !== undefined && deal.state !== null && isTerminal(deal.state))
      server.marks.add(`deal-${deal.state}`);
}
