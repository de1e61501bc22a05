import type { OpportunityId } from '../../src/core/ids.ts';
import { mapping as defaultMapping } from '../support/builders.ts';
import { createFakeCrm } from '../support/fake-crm.ts';
import { createFakePartnerCenter } from '../support/fake-partner-center.ts';
import { describeCrmContract } from './crm.ts';
import { describePartnerCenterContract } from './partner-center.ts';

describePartnerCenterContract('The fake', async () => {
  let now = new Date('2026-11-20T12:00:00Z');
  const partnerCenter = createFakePartnerCenter(() => now);
  return {
    partnerCenter,
    receive: async () => partnerCenter.receive(),
    editNotes: async (id, notes) => partnerCenter.edit(id, { notes }),
    review: async (id, status, reason) => partnerCenter.review(id, status, reason),
    pass: () => {
      now = new Date(now.getTime() + 60_000);
    },
    close: async () => {},
  };
});

describeCrmContract('The fake', async () => {
  let now = new Date('2026-11-20T12:00:00Z');
  const mapping = defaultMapping();
  const crm = createFakeCrm(mapping, () => now);
  return {
    crm,
    add: async ({ amount, notes }) => crm.add({ Amount: amount, Description: notes }),
    addUnselected: async () => crm.add({ Sync_with_Partner_Center__c: false }),
    edit: async (id: OpportunityId, notes) => crm.edit(id, { Description: notes }),
    remove: async (id) => crm.remove(id),
    addAccount: async (name) => {
      const id = `001${crm.accounts.length}`;
      crm.accounts.push({ id, name, country: null, postalCode: null, city: null, duns: null });
      return id;
    },
    paths: { amount: 'Amount', notes: 'Description', tag: mapping.tag.referralId },
    draft: (referralId, accountId) => ({
      referralId,
      customer: { existingId: accountId },
      values: {
        Name: 'Inbound',
        StageName: 'Prospecting',
        CloseDate: '2027-01-31',
        Sync_with_Partner_Center__c: true,
      },
    }),
    pass: () => {
      now = new Date(now.getTime() + 60_000);
    },
    close: async () => {},
  };
});
