import { parseMapping } from '../../src/config/mapping.ts';
import { parseOpportunityId, parseReferralId } from '../../src/core/ids.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { connectSandbox } from '../support/sandbox-remotes.ts';
import { describeCrmContract } from './crm.ts';
import { describePartnerCenterContract } from './partner-center.ts';

const mapping = parseMapping(
  `
include: "Sync_with_Partner_Center__c = true"
tag: { referralId: Referral_Identifier__c, referralLink: Referral_Link__c, status: Referral_Status__c, audit: Audit__c }
fields:
  name: { crm: Name }
  amount: { crm: Amount }
  currency: { crm: CurrencyIsoCode, default: USD }
  closeDate: { crm: CloseDate }
  notes: { crm: Description }
customer: { name: Account.Name, country: Account.BillingCountry, contacts: contactRoles }
team: { from: [owner, opportunityTeam] }
solutions: { from: Product__c }
stages:
  - { crm: Prospecting, deal: Accepted }
  - { crm: Closed Won, deal: Won }
`,
  'contract.yaml',
);

const START = new Date('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;

describePartnerCenterContract('The adapter on the sandbox', async () => {
  const sandbox = await startSandbox({ frozenAt: START });
  const { partnerCenter } = connectSandbox(sandbox, mapping);
  return {
    partnerCenter,
    receive: async () => {
      const id = parseReferralId(String(sandbox.partnerCenter.createInbound().id));
      if (id === null) throw new TypeError('The sandbox made an unreadable referral id.');
      return id;
    },
    editNotes: async (id, notes) => void sandbox.partnerCenter.edit(id, { details: { notes } }),
    review: async (id, status, reason) => void sandbox.partnerCenter.reviewRegistration(id, status, reason),
    pass: () => sandbox.clock.advance(MINUTE_MS),
    close: () => sandbox.close(),
  };
});

describeCrmContract('The Salesforce adapter on the sandbox', async () => {
  const sandbox = await startSandbox({ frozenAt: START });
  const { crm } = connectSandbox(sandbox, mapping);
  const user = sandbox.salesforce.as(sandbox.salesforce.adminUserId);
  const create = (values: Record<string, string | number | boolean>) => {
    const id = parseOpportunityId(
      user.create('Opportunity', {
        Name: 'Fabrikam renewal',
        StageName: 'Prospecting',
        CloseDate: '2027-03-31',
        ...values,
      }),
    );
    if (id === null) throw new TypeError('The sandbox made an unreadable opportunity id.');
    return id;
  };
  return {
    crm,
    add: async ({ amount, notes }) =>
      create({ Amount: amount, Description: notes, Sync_with_Partner_Center__c: true }),
    addUnselected: async () => create({}),
    edit: async (id, notes) => user.update('Opportunity', id, { Description: notes }),
    remove: async (id) => user.delete('Opportunity', id),
    addAccount: async (name) => user.create('Account', { Name: name }),
    paths: { amount: 'Amount', notes: 'Description', tag: 'Referral_Identifier__c' },
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
    pass: () => sandbox.clock.advance(MINUTE_MS),
    close: () => sandbox.close(),
  };
});
