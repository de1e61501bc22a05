/** People at Partner Center's portal, Microsoft's among them. */
import { isTerminal } from '../../src/core/lifecycle.ts';
import type { Referral } from '../../src/core/ports.ts';
import type { UserAction } from './actions.ts';
import { beforeLastChange } from './history.ts';
import { chosen } from './random.ts';
import type { Server } from './server.ts';
import { settingOf } from './settings.ts';

function isOpen({ deal }: Referral): boolean {
  return deal.state !== undefined && deal.state !== null && !isTerminal(deal.state);
}

/** Whether the daemon made a deal and has not linked it yet: until then it is found by its tag alone. */
function isLinkable({ delivered, history }: Server, { id, origin }: Referral): boolean {
  if (!delivered.referrals.has(id)) return true;
  return (origin === 'own' || history.lostAt > 0) && !history.isLinked(id);
}

/** Does what a person at the portal does; nothing where there is no referral to do it to. */
export function atPortal(server: Server, action: UserAction, pick: number, value: number): void {
  const { partnerCenter } = server;
  if (action === 'portal.receive') {
    partnerCenter.receive(
      { name: `Inbound ${value}`, amount: String(30_000 + value) },
      value % 7 === 0 ? { malformed: ['details.dealValue is no number'] } : {},
    );
    return;
  }
  const all = [...partnerCenter.referrals.values()];
  if (action === 'portal.show') {
    const hidden = chosen([...partnerCenter.hidden], pick);
    if (hidden !== null) partnerCenter.hidden.delete(hidden);
    return;
  }
  if (action === 'portal.loseRole') return server.loseRole();
  if (action === 'portal.regainRole') return server.regainRole();
  if (action === 'portal.microsoftAnswers') {
    const invited = chosen(
      all.filter(({ isMicrosofts, deal }) => isMicrosofts && deal.state === 'Received'),
      pick,
    );
    if (invited === null) return;
    server.marks.add('microsoft-answered');
    return partnerCenter.edit(invited.id, { state: value % 3 === 0 ? 'Declined' : 'Accepted' });
  }
  const referral = chosen(
    all.filter((record) => !record.isMicrosofts && isOpen(record)),
    pick,
  );
  if (referral === null) return;
  const { id, deal } = referral;
  const edit = (values: Parameters<typeof partnerCenter.edit>[1], overrides: Partial<Referral> = {}): void =>
    partnerCenter.edit(id, values, overrides);
  switch (action) {
    case 'portal.notes':
      return edit({ notes: `portal notes ${value}` });
    case 'portal.sameNotes':
      return edit({ notes: `agreed notes ${value % 2}` });
    case 'portal.amount':
      return edit({ amount: String(50_000 + (value % 9) * 1000) });
    case 'portal.takeBack': {
      const before = beforeLastChange(server.history.referrals.get(id) ?? [], (record) => [
        record.deal.notes ?? null,
        record.deal.amount ?? null,
      ]);
      if (before === null) return;
      const [notes = null, amount = null] = before;
      return edit({ notes, amount });
    }
    case 'portal.closeDate':
      return edit({ closeDate: `2027-02-${10 + (value % 15)}` });
    case 'portal.set': {
      const { notes, amount } = settingOf(value);
      return edit({
        ...(notes === null ? {} : { notes }),
        ...(amount === null ? {} : { amount: String(amount) }),
      });
    }
    case 'portal.accept':
      if (deal.state === 'Received') edit({ state: 'Accepted' });
      return;
    case 'portal.decline':
      if (deal.state === 'Received') edit({ state: 'Declined', reason: 'Not interested' });
      return;
    case 'portal.expire':
      if (deal.state === 'Received') edit({ state: 'Expired' });
      return;
    case 'portal.close':
      if (deal.state === 'Accepted')
        edit(value % 2 === 0 ? { state: 'Won' } : { state: 'Lost', reason: 'Others' });
      return;
    case 'portal.salesStage':
      if (deal.state === 'Accepted') edit({ salesStage: value % 2 === 0 ? 'Qualify' : 'Propose' });
      return;
    case 'portal.addMember':
      return edit({
        team: [
          ...(deal.team ?? []).filter(({ email }) => email !== portalMember(value).email),
          portalMember(value),
        ],
      });
    case 'portal.visible':
      return edit({ visibleToMicrosoft: true });
    case 'portal.favorite':
      return edit({}, { favorite: !referral.favorite });
    case 'portal.clearTag':
      if (isLinkable(server, referral)) return;
      return edit({}, { tag: { kind: 'none' } });
    case 'portal.foreignTag':
      if (isLinkable(server, referral)) return;
      return edit({}, { tag: { kind: 'foreign', text: 'other-crm-17' } });
    case 'portal.hide':
      if (isLinkable(server, referral)) return;
      partnerCenter.hidden.add(id);
      server.everHidden.add(id);
      return;
    default:
      return;
  }
}

function portalMember(value: number) {
  return {
    firstName: 'Pat',
    lastName: `Portal${value % 3}`,
    email: `pat${value % 3}@partner.example`,
    phone: '+14155550125',
  };
}
