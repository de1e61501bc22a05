/** State directories of released schemas: what is in them, and how all of it is read. */
import type { EmbeddedState } from '../../src/store/index.ts';
import { opportunityId, referralId } from '../contract/ledger-samples.ts';

export const FIXTURE_CONNECTION = 'contoso';
/** Made up, and public: it protects nothing. */
export const FIXTURE_KEY = 'key of a fixture';
export const FIXTURE_TOKEN = 'token of a fixture';

/** Everything that a state of the fixtures holds, as JSON has it. */
export async function contentsOfState({ ledger, cursors }: EmbeddedState): Promise<object> {
  const [opportunities, referrals] = [[1, 2, 3].map(opportunityId), [1, 2, 3].map(referralId)];
  const [first = opportunityId(1), second = opportunityId(2)] = opportunities;
  const { lineage, createdAt } = await ledger.identity();
  const contents = {
    lineage,
    createdAt,
    opportunities: [...(await ledger.opportunities(opportunities)).values()],
    referrals: [...(await ledger.referrals(referrals)).values()],
    links: await ledger.links({}),
    counts: await ledger.counts(),
    intents: await ledger.intents(),
    attention: await ledger.attention({}),
    history: [
      ...(await ledger.history({ opportunityId: first })),
      ...(await ledger.history({ opportunityId: second })),
    ],
    runs: await ledger.runs(10),
    due: await ledger.due('2099-01-01T00:00:00.000Z', 10),
    note: await ledger.meta('note'),
    cursors: { crm: await cursors.load('crm'), partnerCenter: await cursors.load('partnerCenter') },
  };
  return JSON.parse(JSON.stringify(contents));
}
