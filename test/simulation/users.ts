/** People on both sides: what each of their actions does to the records there are. */
import type { CrmValue, OpportunityRecord } from '../../src/core/ports.ts';
import { SELLER } from '../support/builders.ts';
import type { UserAction } from './actions.ts';
import { beforeLastChange } from './history.ts';
import { atPortal } from './portal-users.ts';
import { chosen } from './random.ts';
import type { Server } from './server.ts';
import { settingOf } from './settings.ts';

/** Words in the notes that make a server refuse the daemon's writes, until somebody takes them out. */
export const FAKE_POISON = { partnerCenter: 'unacceptable words', crm: 'under audit' };

export const CONTACT = {
  firstName: 'Mia',
  lastName: 'Kunde',
  email: 'mia@fabrikam.example',
  phone: '+4920112345',
};
const PRODUCTS = ['GTX Pro', 'GTX Basic', 'GTX Pro;GTX Basic'];

function member(value: number) {
  return {
    firstName: 'Lee',
    lastName: `Member${value % 5}`,
    email: `lee${value % 5}@partner.example`,
    phone: '+14155550124',
  };
}

/** Does what the person does; nothing where there is no record to do it to. */
export function perform(server: Server, action: UserAction, pick: number, value: number): void {
  if (action.startsWith('portal.')) atPortal(server, action, pick, value);
  else inCrm(server, action, pick, value);
}

function inCrm(server: Server, action: UserAction, pick: number, value: number): void {
  const { crm, mapping } = server;
  if (action === 'crm.create') return void crm.add({ Name: `Deal ${value}`, Amount: 10_000 + value });
  if (action === 'crm.createIncomplete')
    return void crm.add({
      Name: `Deal ${value}`,
      ...(value % 2 === 0 ? { Amount: null } : { 'Account.BillingCountry': 'Korea' }),
    });
  const rows = [...crm.rows.values()];
  if (action === 'crm.show') {
    const hidden = chosen([...crm.hidden], pick);
    if (hidden !== null) crm.hidden.delete(hidden);
    return;
  }
  if (action === 'crm.closeAll') {
    // The last day of the quarter.
    for (const { id, deleted } of rows) if (!deleted) crm.edit(id, { StageName: 'Closed Won' });
    return;
  }
  const gone = action === 'crm.undelete';
  const row = chosen(
    rows.filter(({ deleted }) => deleted === gone),
    pick,
  );
  if (row === null) return;
  const edit = (
    values: Readonly<Record<string, CrmValue>>,
    overrides: Partial<OpportunityRecord> = {},
  ): void => crm.edit(row.id, values, overrides);
  switch (action) {
    case 'crm.complete':
      return edit({
        Amount: row.values.Amount ?? 20_000 + value,
        'Account.BillingCountry': 'Germany',
        'Account.Name': 'Fabrikam GmbH',
        CloseDate: '2027-01-31',
        Product__c: row.values.Product__c ?? 'GTX Pro',
        Description: 'Complete now.',
      });
    case 'crm.notes':
      return edit({ Description: `crm notes ${value}` });
    case 'crm.sameNotes':
      return edit({ Description: `agreed notes ${value % 2}` });
    case 'crm.giveWay': {
      // Somebody types what the other side says.
      const other = server.partnerCenter.referrals.get(row.values[mapping.tag.referralId] as never);
      if (other === undefined) return;
      return edit({
        Description: other.deal.notes ?? null,
        Amount: other.deal.amount === undefined ? null : Number(other.deal.amount),
      });
    }
    case 'crm.amount':
      return edit({ Amount: 50_000 + (value % 9) * 1000 });
    case 'crm.amountGone':
      return edit({ Amount: value % 2 === 0 ? null : 0 });
    case 'crm.takeBack': {
      // Somebody thinks better of it: the columns as they were before they were changed last.
      const before = beforeLastChange(server.history.opportunities.get(row.id) ?? [], ({ values }) => [
        values.Description ?? null,
        values.Amount ?? null,
        values.Product__c ?? null,
      ]);
      if (before === null) return;
      const [Description = null, Amount = null, Product__c = null] = before;
      return edit({ Description, Amount, Product__c });
    }
    case 'crm.closeDate':
      return edit({ CloseDate: `2027-02-${10 + (value % 15)}` });
    case 'crm.closeDatePast':
      return edit({ CloseDate: '2026-01-15' });
    case 'crm.lateNotes': {
      // Written some minutes ago, committed now.
      const stamp = new Date(server.now().getTime() - (30 + (value % 200)) * 1000).toISOString();
      if (stamp <= row.modifiedAt) return edit({ Description: `late notes ${value}` });
      return crm.edit(row.id, { Description: `late notes ${value}` }, {}, stamp);
    }
    case 'crm.open':
      return edit({ StageName: value % 2 === 0 ? 'Prospecting' : 'Proposal/Price Quote' });
    case 'crm.close':
      return edit(
        value % 2 === 0
          ? { StageName: 'Closed Won' }
          : { StageName: 'Closed Lost', Loss_Reason__c: 'Others' },
      );
    case 'crm.set': {
      const { notes, amount } = settingOf(value);
      return edit({
        ...(notes === null ? {} : { Description: notes }),
        ...(amount === null ? {} : { Amount: amount }),
      });
    }
    case 'crm.decline':
      return edit({ StageName: 'Declined', Decline_Reason__c: value % 3 === 0 ? null : 'Others' });
    case 'crm.strangeStage':
      return edit({ StageName: 'Awaiting the committee' });
    case 'crm.name':
      return edit({ Name: `Renamed ${value}` });
    case 'crm.owner':
      return edit(
        {},
        { people: { ...row.people, owner: value % 2 === 0 ? [member(value)] : [SELLER, member(value)] } },
      );
    case 'crm.contact':
      return edit(
        {},
        { people: { ...row.people, contactRoles: [{ ...CONTACT, lastName: `Kunde${value % 4}` }] } },
      );
    case 'crm.product':
      return edit({ Product__c: PRODUCTS[value % 3] ?? 'GTX Pro' });
    case 'crm.askForHelp':
      return edit(
        { How_can_Microsoft_help__c: 'General or Other', Customer_Consent__c: true },
        {
          people: {
            owner: row.people.owner?.length === 0 ? [SELLER] : (row.people.owner ?? []),
            contactRoles: [CONTACT],
          },
        },
      );
    case 'crm.helpWithoutConsent':
      return edit({ How_can_Microsoft_help__c: 'General or Other' });
    case 'crm.consentOff':
      return edit({ Customer_Consent__c: false });
    case 'crm.visible':
      return edit({ Visible_to_Microsoft__c: value % 4 !== 0 });
    case 'crm.syncOff':
      return edit({ Sync_with_Partner_Center__c: false });
    case 'crm.syncOn':
      return edit({ Sync_with_Partner_Center__c: true });
    case 'crm.delete':
      return crm.remove(row.id);
    case 'crm.undelete':
      return crm.restore(row.id);
    case 'crm.merge': {
      const survivor = rows.find(({ id, deleted }) => id !== row.id && !deleted);
      if (survivor === undefined) return;
      server.marks.add('opportunity-merged');
      return edit({}, { deleted: true, mergedInto: survivor.id });
    }
    case 'crm.hide':
      crm.hidden.add(row.id);
      server.everHidden.add(row.id);
      server.marks.add('opportunity-hidden');
      return;
    case 'crm.copy': {
      const tag = mapping.tag.referralId;
      const { id: _id, ...copied } = row;
      crm.add(
        { ...row.values, ...(server.circumstances.copiesTag ? {} : { [tag]: null }) },
        { people: copied.people, customerId: copied.customerId },
      );
      if (server.circumstances.copiesTag && row.values[tag] !== null) server.marks.add('tag-copied');
      return;
    }
    case 'crm.clearTag':
      // An opportunity that the daemon made, or knew before it lost its state, is found by its tag alone until it is linked.
      if (
        (server.history.opportunities.get(row.id)?.[0]?.byUs === true || server.history.lostAt > 0) &&
        !server.history.isLinked(row.id)
      )
        return;
      return edit({ [mapping.tag.referralId]: null });
    case 'crm.poison':
      return edit({ Description: `${FAKE_POISON.partnerCenter} ${value}` });
    case 'crm.lock':
      return edit({ Description: `${FAKE_POISON.crm} ${value}` });
    default:
      return;
  }
}
