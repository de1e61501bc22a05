import { loadMapping } from '../../src/config/mapping.ts';
import { parseOpportunityId } from '../../src/core/ids.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { connectDynamics } from '../support/sandbox-remotes.ts';
import { describeCrmContract } from './crm.ts';

const START = new Date('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;
const MAPPING_FILE = new URL('../../config/mapping.sandbox-dynamics.yaml', import.meta.url).pathname;

describeCrmContract('The Dynamics 365 adapter on the sandbox', async () => {
  const mapping = await loadMapping(MAPPING_FILE);
  const sandbox = await startSandbox({ frozenAt: START, dynamics: {} });
  const { dynamics } = sandbox;
  if (dynamics === null) throw new TypeError('The sandbox has no Dynamics 365.');
  const crm = connectDynamics(sandbox, mapping);
  const user = dynamics.as(dynamics.adminUserId);
  const create = (values: Record<string, string | number | boolean>) => {
    const id = parseOpportunityId(
      user.create('opportunity', {
        name: 'Fabrikam renewal',
        salesstage: 0,
        estimatedclosedate: '2027-03-31',
        ...values,
      }),
    );
    if (id === null) throw new TypeError('The sandbox made an unreadable opportunity id.');
    return id;
  };
  return {
    crm,
    add: async ({ amount, notes }) =>
      create({ estimatedvalue: amount, description: notes, msft_syncwithpartnercenter: true }),
    addUnselected: async () => create({}),
    edit: async (id, notes) => user.update('opportunity', id, { description: notes }),
    remove: async (id) => user.delete('opportunity', id),
    addAccount: async (name) => user.create('account', { name }),
    paths: { amount: 'estimatedvalue', notes: 'description', tag: 'msft_referralidentifier' },
    draft: (referralId, accountId) => ({
      referralId,
      customer: { existingId: accountId },
      values: {
        name: 'Inbound',
        statecode: 'Open',
        salesstage: 'Qualify',
        estimatedclosedate: '2027-01-31',
        msft_referralidentifier: referralId,
        msft_syncwithpartnercenter: true,
      },
    }),
    pass: () => sandbox.clock.advance(MINUTE_MS),
    close: () => sandbox.close(),
  };
});
