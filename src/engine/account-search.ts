/** Looking for the customer's account in the CRM. A search that fails keeps its own deal waiting, and nobody else. */
import { RemoteError } from '../core/errors.ts';
import { type Decision, NOTHING } from '../core/plan.ts';
import type { AccountCandidate, CallOptions, Crm, Referral } from '../core/ports.ts';
import type { Timing } from '../core/timing.ts';

/** Searches that fail in a row before a round asks no more. */
const MAX_IN_A_ROW = 3;
const RETRY_MINUTES = 15;

/** What a round has seen of the searches so far. */
export interface AccountSearches {
  failures: number;
  last: RemoteError | null;
}

/**
 * The accounts that may be the customer's, or why they could not be searched.
 * @throws RemoteError when nothing can be asked of the CRM at all: credentials, rights, quotas, throttling
 */
export async function searchAccounts(
  crm: Pick<Crm, 'findAccounts'>,
  customer: Parameters<Crm['findAccounts']>[0],
  searches: AccountSearches,
  options: CallOptions,
): Promise<readonly AccountCandidate[] | RemoteError> {
  if (searches.failures >= MAX_IN_A_ROW && searches.last !== null) return searches.last;
  try {
    const found = await crm.findAccounts(customer, options);
    searches.failures = 0;
    return found;
  } catch (error) {
    const isHosts = error instanceof RemoteError && error.stopsHost && error.code !== 'unavailable';
    if (!(error instanceof RemoteError) || isHosts || options.signal.aborted) throw error;
    searches.failures += 1;
    searches.last = error;
    return error;
  }
}

/** The deal waits, with what the CRM said. */
export function withoutAccounts({ id }: Referral, error: RemoteError, timing: Timing): Decision {
  return {
    ...NOTHING,
    lookAgainAt: timing.after(RETRY_MINUTES),
    findings: [
      {
        key: `parked:accounts-unread:${id}`,
        kind: 'parked',
        code: 'accounts-unread',
        opportunityId: null,
        referralId: id,
        fields: ['customer'],
        message: `The CRM could not be searched for the account of referral ${id}: ${error.message} It is tried again in a quarter of an hour; the others go on. If it lasts, look at what the integration user may see of accounts, and at how long such a search takes.`,
        values: [],
      },
    ],
  };
}
