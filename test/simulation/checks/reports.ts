/** What a run says about itself must be what happened, and no more than it was allowed to do. */
import type { Intent, RunReport } from '../../../src/core/store-port.ts';
import type { Write } from '../history.ts';
import type { Simulation } from '../one-run.ts';
import type { Server } from '../server.ts';

export async function checkReport(
  { server, state }: Simulation,
  run: number,
  report: RunReport,
  before: Server['requests'],
): Promise<void> {
  const writes = server.history.writes.filter((write) => write.run === run && write.acknowledged);
  const count = (what: Write['what']): number => writes.filter((write) => write.what === what).length;
  const happened: RunReport['wrote'] = {
    opportunitiesCreated: count('create-opportunity'),
    opportunitiesUpdated: count('update-opportunity'),
    referralsCreated: count('create-referral'),
    referralsUpdated: count('update-referral'),
    invitations: count('invite-microsoft'),
  };
  const say = (text: string): void => {
    server.violations.push(`G12 run ${run} ${text}`);
  };
  if (JSON.stringify(report.wrote) !== JSON.stringify(happened))
    say(`reports ${JSON.stringify(report.wrote)} but ${JSON.stringify(happened)} was answered`);
  const links = await state.ledger.links({});
  const isGivenUp = ({ kind, opportunityId }: Intent): boolean => {
    const link = links.find((one) => one.opportunityId === opportunityId);
    return kind.startsWith('update-') && link?.status !== 'active' && link?.status !== 'out-of-scope';
  };
  const unheard = (await state.ledger.intents()).filter((intent) => !isGivenUp(intent));
  if (report.outcome === 'clean' && unheard.length > 0)
    say(`is clean although ${unheard.length} writes have no known outcome`);
  const failures = server.faults.takeThrown();
  if (report.outcome === 'clean' && failures > 0) say(`is clean although a host failed ${failures} times`);
  const { crm, partnerCenter } = report.requests;
  if (
    crm !== server.requests.crm - before.crm ||
    partnerCenter !== server.requests.partnerCenter - before.partnerCenter
  )
    say(
      `reports ${crm} and ${partnerCenter} requests, but ${server.requests.crm - before.crm} and ${server.requests.partnerCenter - before.partnerCenter} were served`,
    );
  const approvals = await state.ledger.attention({ state: 'open', kind: 'approval' });
  if (report.outcome === 'clean' && approvals.length > 0)
    say(`is clean although ${approvals.length} approvals are waiting`);
  const open = await state.ledger.attention({ state: 'open', kind: 'conflict' });
  const undecided = open.filter(({ values }) => values.some(({ applied }) => applied === null)).length;
  if (report.outcome === 'clean' && undecided > 0)
    say(`is clean although ${undecided} conflicts are undecided`);
}

/** The limits of a run: records written, and deals ended, unless a person approved. */
export function checkRunLimits({ server, approvals }: Simulation, run: number, unlinked: number): void {
  const { circumstances, history } = server;
  const writes = history.writes.filter(
    (write) => write.run === run && write.what !== 'bookkeeping' && write.effective,
  );
  const records = new Set(writes.map(({ what, id }) => (what === 'invite-microsoft' ? `invite ${id}` : id)));
  if (records.size > circumstances.maxWritesPerRun)
    server.violations.push(
      `G7 run ${run} wrote ${records.size} records, more than ${circumstances.maxWritesPerRun}`,
    );
  const creates = writes.filter(
    ({ what }) => what === 'create-referral' || what === 'create-opportunity',
  ).length;
  if (creates > (circumstances.maxCreates ?? Number.POSITIVE_INFINITY))
    server.violations.push(`G7 run ${run} created ${creates} records, more than ${circumstances.maxCreates}`);
  if (approvals.count > 0) return;
  const closes = writes.filter(
    ({ what, deal }) =>
      what === 'update-referral' &&
      (deal.state === 'Won' || deal.state === 'Lost' || deal.state === 'Declined'),
  );
  if (closes.length + unlinked > circumstances.maxClosesPerRun)
    server.violations.push(
      `G7 run ${run} ended ${closes.length} deals and gave ${unlinked} links up, more than ${circumstances.maxClosesPerRun}`,
    );
  const waits: Readonly<Record<string, (write: Write) => boolean>> = {
    close: ({ what, deal }) => what === 'update-referral' && (deal.state === 'Won' || deal.state === 'Lost'),
    invite: ({ what }) => what === 'invite-microsoft',
    create: ({ what }) => what === 'create-referral',
    share: ({ what, deal }) =>
      what !== 'create-opportunity' && (deal.visibleToMicrosoft === true || (deal.contacts?.length ?? 0) > 0),
  };
  for (const kind of circumstances.approvals) {
    const unapproved = writes.find((write) => waits[kind]?.(write) === true);
    if (unapproved !== undefined)
      server.violations.push(
        `G7 run ${run} did a ${unapproved.what} of ${unapproved.id} that needs an approval`,
      );
  }
}
