/** Attention items that a run raises about itself: guards, approvals, what concerns no single decision. */
import type { Action } from '../core/plan.ts';
import type { AttentionItem } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
import { approvalDigestOf, fingerprint } from './digest.ts';
import { toItem } from './findings.ts';
import type { RunState } from './run-state.ts';

/** The item that a halt before the first write raises; it goes when both sides can be read again. */
export const HALT_KEY = 'approval:halted:';

export async function raiseHalt(
  dependencies: EngineDependencies,
  state: RunState,
  actions: readonly Action[],
): Promise<string> {
  const covers = actions.map(approvalDigestOf).sort();
  const list = actions.slice(0, 10).map(({ type, referralId }) => `${type} ${referralId ?? ''}`.trim());
  const more = actions.length > list.length ? ` and ${actions.length - list.length} more` : '';
  const message = `${actions.length} deals would be closed or unlinked, more than the limit of ${dependencies.policy.maxClosesPerRun} a run: ${list.join(', ')}${more}. None of them was; approve with \`cosell-sync attention approve\` if that is meant.`;
  await raiseSystemItem(dependencies, state, 'approval', 'too-many-closes', message, covers);
  return message;
}

export async function raiseApprovals(
  dependencies: EngineDependencies,
  state: RunState,
  actions: readonly Action[],
): Promise<void> {
  const at = dependencies.now().toISOString();
  const items = actions.map((action): AttentionItem => {
    const digest = approvalDigestOf(action);
    const key = `approval:${action.type}:${action.opportunityId ?? action.referralId ?? ''}:${digest}`;
    state.raised.set(key, 'approval');
    const finding = {
      key,
      kind: 'approval' as const,
      code: action.type,
      opportunityId: action.opportunityId,
      referralId: action.referralId,
      fields: action.changes.map(({ field }) => field),
      message: `${action.type} waits for approval: ${action.reason}.`,
      values: [],
    };
    return { ...toItem(finding, at, undefined), covers: [digest] };
  });
  await dependencies.ledger.commit({ attention: items });
}

/** Tells of rows that name no referral; nothing about them can be said but how many there are. */
export async function raiseUnreadable(
  dependencies: EngineDependencies,
  state: RunState,
  rows: number,
): Promise<void> {
  if (rows === 0) return;
  const message = `${rows} ${rows === 1 ? 'row' : 'rows'} of Partner Center's referral list carried no usable id and could not be read; if a deal is missing, look it up in Partner Center, and report it to Microsoft with the time of this run.`;
  await raiseSystemItem(dependencies, state, 'parked', 'unreadable-referrals', message);
}

export async function raiseSystemItem(
  dependencies: EngineDependencies,
  state: RunState,
  kind: AttentionItem['kind'],
  code: string,
  message: string,
  covers: readonly string[] = [],
): Promise<void> {
  const at = dependencies.now().toISOString();
  const key = `${kind}:${code}:${covers.length === 0 ? '' : fingerprint(covers)}`;
  state.raised.set(key, kind);
  const finding = { key, kind, code, opportunityId: null, referralId: null, fields: [], message, values: [] };
  await dependencies.ledger.commit({ attention: [{ ...toItem(finding, at, undefined), covers }] });
}

/** Digests of the actions that persons have approved. */
export async function approvedDigests({ ledger }: EngineDependencies): Promise<ReadonlySet<string>> {
  const items = await ledger.attention({ state: 'approved', kind: 'approval' });
  return new Set(items.flatMap(({ covers }) => covers));
}
