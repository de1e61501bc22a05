/** All that people are told of after a run, or between runs: credentials that end, deals that expire, what is new. */
import type { CallOptions } from '../core/ports.ts';
import { watchCredentials } from './credentials.ts';
import type { EngineDependencies } from './dependencies.ts';
import { sendNotices } from './notices.ts';
import { remindOwners } from './reminders.ts';

/**
 * Looks at what ends soon and sends what may go out now. Nothing of it changes a run: a channel that fails is logged and
 * tried again the next time.
 */
export async function tellPeople(dependencies: EngineDependencies, options: CallOptions): Promise<void> {
  await watchCredentials(dependencies);
  await remindOwners(dependencies, options);
  await sendNotices(dependencies, options);
}
