/** Giving a link up, as an action that the guards count like a close. */
import { type Action, recordLabel } from '../core/plan.ts';
import type { Link } from '../core/store-port.ts';

export type Unlink = Extract<Action, { type: 'unlink' }>;

/** @param why what became of the pair, in words @param order where it stands among a run's actions */
export function unlinkAction(link: Link, status: Link['status'], why: string, order: string): Unlink {
  return {
    type: 'unlink',
    opportunityId: link.opportunityId,
    referralId: link.referralId,
    link: { ...link, status },
    irreversible: [],
    changes: [],
    reason: `${recordLabel(link.opportunityId, link.referralId)}: ${why}`,
    order,
  };
}
