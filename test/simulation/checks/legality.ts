/** The life of a deal, written down a second time from its description: what the daemon may do to a state, and what nobody undoes. */
import type { DealState } from '../../../src/core/deal.ts';
import type { Referral } from '../../../src/core/ports.ts';
import type { Server } from '../server.ts';

/** Where the daemon may take a deal from each state; staying is writing to other fields. */
const MAY_GO: Readonly<Record<DealState, readonly DealState[]>> = {
  Received: ['Received', 'Accepted', 'Declined'],
  Accepted: ['Accepted', 'Won', 'Lost'],
  Won: [],
  Lost: [],
  Declined: [],
  Expired: [],
  Error: [],
};

/** Looks at what the daemon's own writes made of each referral, version by version. */
export function checkLegality({ history, violations }: Server): void {
  for (const [id, versions] of history.referrals) {
    let before: Referral | null = null;
    for (const { record, byUs } of versions) {
      if (byUs && before !== null) inspectStep(id, before, record, violations);
      before = record;
    }
  }
}

function inspectStep(id: string, before: Referral, after: Referral, violations: string[]): void {
  const { state: from } = before.deal;
  const { state: to } = after.deal;
  if (from !== undefined && from !== null && to !== undefined && to !== null && !MAY_GO[from].includes(to))
    violations.push(`G8 the daemon took referral ${id} from ${from} to ${to}`);
  if (before.deal.visibleToMicrosoft === true && after.deal.visibleToMicrosoft !== true)
    violations.push(`G8 the daemon took back the visibility of referral ${id}`);
}
