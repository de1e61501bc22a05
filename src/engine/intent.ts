/** What is written down before a remote write whose outcome could become unknown. */
import type { Baseline, Intent, Link } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';

/** An intent of something that is about to be sent. */
export function newIntent(
  { newId, now }: Pick<EngineDependencies, 'newId' | 'now'>,
  kind: Intent['kind'],
  about: Pick<Intent, 'opportunityId' | 'referralId' | 'engagementId'>,
): Intent {
  return {
    ...about,
    id: newId(),
    kind,
    since: now().toISOString(),
    state: 'planned',
    requestId: newId(),
    searches: 0,
  };
}

/** The intent of an update. @param carried what both sides will hold once it took effect */
export function updateIntent(
  dependencies: Pick<EngineDependencies, 'newId' | 'now'>,
  kind: 'update-referral' | 'update-opportunity',
  { opportunityId, referralId, engagementId }: Link,
  version: string,
  carried: Baseline,
): Intent {
  return { ...newIntent(dependencies, kind, { opportunityId, referralId, engagementId }), version, carried };
}

/** Whether an update leaves nothing to settle: it carries no field, such as one of the tag, which only the daemon writes. */
export function carriesNothing({ carried = {} }: Pick<Intent, 'carried'>): boolean {
  return Object.keys(carried).length === 0;
}

/** Whether an intent is of an update; creates are settled by looking for their tag. */
export function isUpdate({ kind }: Pick<Intent, 'kind'>): boolean {
  return kind === 'update-referral' || kind === 'update-opportunity';
}
