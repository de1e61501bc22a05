/** What must hold at the very moment the daemon sends a write: preconditions, and the CRM's gates. */
import { kindOf } from '../../../src/core/deal.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import type { OpportunityUpdate, ReferralChanges, ReferralDraft } from '../../../src/core/ports.ts';
import { dealOf } from '../deals.ts';
import { versionAt } from '../history.ts';
import type { Server } from '../server.ts';
import { inspectWords } from './secrecy.ts';

/** The deal of an opportunity as the daemon was last told of it. */
function told(server: Server, id: OpportunityId) {
  const delivered = server.delivered.opportunities.get(id);
  return delivered === undefined ? null : dealOf(delivered.record, server.mapping);
}

function violate(server: Server, text: string): void {
  server.violations.push(text);
}

/** Contacts, visibility and invitations only go out when the CRM, as last read, says so. */
function inspectConsent(
  server: Server,
  opportunityId: OpportunityId,
  sent: { readonly contacts: boolean; readonly visible: boolean; readonly invites: boolean },
): void {
  const mapped = told(server, opportunityId);
  if (mapped === null) {
    violate(server, `G14 something was sent for opportunity ${opportunityId}, which was never read`);
    return;
  }
  const { deal } = mapped;
  if (sent.contacts && deal.consentToShareContact !== true)
    violate(server, `G14 contacts of ${opportunityId} were sent without recorded consent`);
  if (sent.visible && kindOf(deal) === 'private')
    violate(server, `G14 ${opportunityId} was made visible although the CRM does not say so`);
  if (sent.invites && (deal.consentToShareContact !== true || kindOf(deal) !== 'co-sell'))
    violate(server, `G14 Microsoft was invited to ${opportunityId} without help asked and consent recorded`);
}

export function inspectCreate(server: Server, draft: ReferralDraft, run: number): void {
  const { opportunityId, deal, invite } = draft;
  inspectConsent(server, opportunityId, {
    contacts: (deal.contacts?.length ?? 0) > 0,
    visible: deal.visibleToMicrosoft === true,
    invites: invite !== undefined,
  });
  // The seller's own switch: closed before the run began and ever since, nothing may leave the CRM.
  const versions = server.history.opportunities.get(opportunityId) ?? [];
  const before = versionAt(versions, server.runBegan.get(run) ?? 0);
  const since = versions.filter(({ sequence }) => sequence > (server.runBegan.get(run) ?? 0));
  const all = [...(before === null ? [] : [before]), ...since];
  if (all.length > 0 && all.every(({ record }) => !dealOf(record, server.mapping).inScope))
    violate(
      server,
      `G14 a deal was sent for opportunity ${opportunityId}, which was out of the filter before the run began`,
    );
}

/** Without a precondition only columns that nobody else writes; every other edit on the version last read. */
export function inspectCrmUpdate(server: Server, { id, values, ifVersion }: OpportunityUpdate): void {
  inspectWords(server, 'an edit in the CRM', values);
  const own = new Set<string | null>(Object.values(server.mapping.tag));
  if (ifVersion === undefined) {
    for (const path of Object.keys(values))
      if (!own.has(path)) violate(server, `G4 an edit of ${path} of ${id} carried no version`);
    return;
  }
  const told = server.history.told.get(id) ?? [];
  if (!told.some(({ record }) => record.version === ifVersion))
    violate(server, `G4 an edit of opportunity ${id} carried "${ifVersion}", a version that was never read`);
}

export function inspectUpdate(
  server: Server,
  id: ReferralId,
  ifMatch: string,
  { deal }: ReferralChanges,
  run: number,
): void {
  const began = server.runBegan.get(run) ?? 0;
  const told = server.history.told.get(id) ?? [];
  // What a run began with, or was told since: an older version is refused, and merged again.
  const fresh = [
    ...told.filter(({ sequence }) => sequence > began),
    ...told.filter(({ sequence }) => sequence <= began).slice(-1),
  ].map(({ record }) => record.version);
  const isRead = [...fresh, server.delivered.referrals.get(id)?.version].includes(ifMatch);
  if (ifMatch === '' || !isRead)
    violate(server, `G4 an update of referral ${id} carried "${ifMatch}", not the version last read`);
  const { tag } = server.partnerCenter.one(id);
  const tagged = [...server.crm.rows.values()].find(
    ({ values }) => values[server.mapping.tag.referralId] === id,
  );
  const opportunityId = tag.kind === 'opportunity' ? tag.id : tagged?.id;
  const contacts = (deal.contacts?.length ?? 0) > 0;
  const visible = deal.visibleToMicrosoft === true;
  if (opportunityId !== undefined && (contacts || visible))
    inspectConsent(server, opportunityId, { contacts, visible, invites: false });
}
