/** Warnings of credentials that end soon, as items that go when somebody has renewed them. */
import { CREDENTIALS, DYING_PREFIX, dyingFindings } from '../core/credential-lives.ts';
import type { EngineDependencies } from './dependencies.ts';
import { toItem } from './findings.ts';

/**
 * Raises the warnings in force and resolves the others; commits only what changes.
 * @returns the keys of what was raised
 */
export async function watchCredentials({
  ledger,
  messages,
  now,
  logger,
}: Pick<EngineDependencies, 'ledger' | 'messages' | 'now' | 'logger'>): Promise<readonly string[]> {
  if (messages === undefined) return [];
  const at = now().toISOString();
  const lives = await messages.credentialLives().catch((error: unknown) => {
    // What cannot be looked at is the business of whoever needs it.
    logger.warn({ err: error }, 'The ends of credentials could not be looked up');
    return null;
  });
  if (lives === null) return [];
  const findings = dyingFindings(lives, messages.warnDays, at);
  const open = (await ledger.attention({ state: 'open', kind: 'notice', code: CREDENTIALS })).filter(
    ({ key }) => key.startsWith(DYING_PREFIX),
  );
  const known = await ledger.attentionByKeys(findings.map(({ key }) => key));
  const inForce = new Set(findings.map(({ key }) => key));
  const resolved = open.filter(({ key }) => !inForce.has(key)).map(({ key }) => key);
  // A dismissed warning stays dismissed; an open one is not counted up by every run.
  const raised = findings.filter(({ key }) => !['open', 'dismissed'].includes(known.get(key)?.state ?? ''));
  if (resolved.length + raised.length > 0) {
    await ledger.commit({
      resolved,
      attention: raised.map((finding) => toItem(finding, at, undefined)),
    });
  }
  return raised.map(({ key }) => key);
}
