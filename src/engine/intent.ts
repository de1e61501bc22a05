/** What is written down before a remote write whose outcome could become unknown. */
import type { Intent } from '../core/store-port.ts';
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
