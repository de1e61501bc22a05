/** Personal data goes out in its own field only, and never into logs, reports, messages or the audit trail. */
import type { Deal } from '../../../src/core/deal.ts';
import type { Server } from '../server.ts';

/** What every person of the simulation can be told by, and nothing else contains. */
const PERSONAL = /@(?:partner|fabrikam)\.example|\+?49201\d|\+?1415555\d/u;
/** What everything of the other connection can be told by. */
export const NEIGHBOURS = 'NEIGHBOUR';

/** Looks at what the daemon says to anybody. */
export function inspectWords(server: Server, where: string, words: unknown): void {
  const text = JSON.stringify(words) ?? '';
  const [personal] = PERSONAL.exec(text) ?? [];
  if (personal !== undefined) server.violations.push(`G11 ${where} shows "${personal}"`);
  if (text.includes(NEIGHBOURS)) server.violations.push(`G13 ${where} shows something of another connection`);
}

/** Looks at what the daemon sends to Partner Center: people in the lists of people, and nowhere else. */
export function inspectSecrecy(
  server: Server,
  what: string,
  { team: _team, contacts: _contacts, ...rest }: Deal,
): void {
  inspectWords(server, `a ${what}`, rest);
}
