/** G11 on the wire: no token, secret or personal detail in anything that the daemon says. */
import { SANDBOX_CREDENTIALS } from '../../../../src/sandbox/sandbox.ts';
import type { Wire } from '../wire.ts';

const CONFIGURED: readonly string[] = [
  SANDBOX_CREDENTIALS.partnerCenter.clientSecret,
  SANDBOX_CREDENTIALS.partnerCenter.refreshToken,
  SANDBOX_CREDENTIALS.salesforce.clientSecret,
  SANDBOX_CREDENTIALS.dynamics.clientSecret,
];
const PERSONAL = /@(?:partner|fabrikam|contoso)\.example|\+1 ?415 ?555/u;

/** Looks at what the daemon says to anybody. */
export function inspectWords({ knowledge }: Wire, violations: string[], where: string, words: unknown): void {
  const text = JSON.stringify(words) ?? '';
  if (PERSONAL.test(text)) violations.push(`G11 ${where} shows a contact detail`);
  for (const secret of [...CONFIGURED, ...knowledge.secrets])
    if (text.includes(secret)) violations.push(`G11 ${where} shows a secret`);
}
