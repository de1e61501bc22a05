/** All that people are told of after a run, or between runs: credentials that end, and what is new for operators. */
import type { CallOptions } from '../core/ports.ts';
import { watchCredentials } from './credentials.ts';
import type { EngineDependencies } from './dependencies.ts';
import { sendNotices } from './notices.ts';

/**
 * Looks at what ends soon and sends what may go out now. Nothing of it changes a run: a channel that fails is logged and
 * tried again the next time.
 */
export async function tellPeople(dependencies: EngineDependencies, options: CallOptions): Promise<void> {
  await watchCredentials(dependencies);
  await sendNotices(dependencies, options);
}
