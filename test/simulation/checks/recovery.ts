/** What must hold of the state at any moment, above all after a process died: it opens, its serial grew, its cursors passed nothing. */
import { DEAL_STATES, type FieldName } from '../../../src/core/deal.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import { canonicalJson } from '../../../src/core/lenses/equality.ts';
import { dealOf } from '../deals.ts';
import { versionAt } from '../history.ts';
import type { Simulation } from '../one-run.ts';
import { isFollowed, parseCrmCursor } from '../remote-crm.ts';
import { parseListCursor } from '../remote-partner-center.ts';
import { standsFor } from './alike.ts';

export async function checkAfterCrash(simulation: Simulation): Promise<void> {
  const { server, state } = simulation;
  const { serial } = await state.ledger.identity();
  if (serial < simulation.serial)
    server.violations.push(`G9 the ledger's serial went back from ${simulation.serial} to ${serial}`);
  await checkBaselines(simulation);
}

/** Each half of a baseline is a value that its server really held. */
export async function checkBaselines({ server, state }: Simulation): Promise<void> {
  const { history, mapping } = server;
  for (const { opportunityId, referralId, baseline } of await state.ledger.links({})) {
    for (const [name, entry] of Object.entries(baseline)) {
      const field = name as FieldName;
      const here = (history.opportunities.get(opportunityId) ?? []).flatMap(({ record }) => {
        const { deal } = dealOf(record, mapping);
        // One stage may stand for several states.
        if (field === 'state') return DEAL_STATES.filter((state) => standsFor(server, record, state));
        // Asking for help implies visibility.
        return field === 'visibleToMicrosoft' && (deal.help ?? null) !== null
          ? [true, deal[field]]
          : [deal[field]];
      });
      // A value that a new row was given was held by it for a moment, before a trigger or a person changed it.
      for (const { intent } of history.intents.values())
        if (intent.kind === 'create-opportunity' && intent.referralId === referralId)
          here.push(intent.carried?.[field]?.opportunity as never);
      const there = (history.referrals.get(referralId) ?? []).map(({ record }) => record.deal[field]);
      if (!holds(here, entry.opportunity))
        server.violations.push(
          `G9 the baseline of ${field} of ${opportunityId} says ${canonicalJson(entry.opportunity ?? null)}, which the CRM never held`,
        );
      if (!holds(there, entry.referral))
        server.violations.push(
          `G9 the baseline of ${field} of ${referralId} says ${canonicalJson(entry.referral ?? null)}, which Partner Center never held`,
        );
    }
  }
}

function holds(values: readonly unknown[], value: unknown): boolean {
  const text = canonicalJson(value ?? null);
  return values.some((candidate) => canonicalJson(candidate ?? null) === text);
}

function crmVersion(text: string): number {
  return Number(text.slice(1));
}

/** A saved cursor never passes a version that the ledger does not hold, at least in a later one. */
export async function checkCursors({ server, state }: Simulation): Promise<void> {
  const { history, crm, partnerCenter } = server;
  const { covered } = parseCrmCursor(await state.cursors.load(`crm:${crm.feedIdentity}`));
  const rows = new Map<OpportunityId, number>();
  for (const [id, versions] of history.opportunities) {
    const version = versionAt(versions, covered);
    // A row that left the filter, or was deleted, while the feed was walked is shown no more.
    const after = versions.filter(({ sequence }) => sequence > covered);
    if (server.everHidden.has(id)) continue;
    if (after.some(({ record }) => record.deleted || !isFollowed(server, record))) continue;
    if (version !== null && !version.record.deleted && isFollowed(server, version.record))
      rows.set(id, crmVersion(version.record.version));
  }
  const held = await state.ledger.opportunities([...rows.keys()]);
  for (const [id, version] of rows) {
    const record = held.get(id)?.record;
    if (record === undefined || crmVersion(record.version) < version)
      server.violations.push(
        `G6 the CRM's cursor passed version v${version} of ${id}, of which the ledger holds ${record?.version ?? 'nothing'}`,
      );
  }
  const { through } = parseListCursor(
    await state.cursors.load(`partner-center:${partnerCenter.feedIdentity}`),
  );
  const passed = server.versionsThrough(through);
  const known = await state.ledger.referrals([...passed.keys()] as ReferralId[]);
  for (const [id, record] of passed) {
    if (partnerCenter.hidden.has(id) || server.everHidden.has(id)) continue;
    const mine = known.get(id)?.record;
    if (mine === undefined || mine.updatedAt < record.updatedAt)
      server.violations.push(
        `G6 the referral cursor passed ${record.updatedAt} of ${id}, of which the ledger holds ${mine?.updatedAt ?? 'nothing'}`,
      );
  }
}
