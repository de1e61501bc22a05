/**
 * Microsoft's people on a deal, as one text for a column of the CRM. They show on our own referral or on Microsoft's,
 * among our own members, and are told by their addresses.
 */
import { maskEmail, maskName } from './lenses/display.ts';
import { canonicalText } from './lenses/text.ts';

/** One of Microsoft's people. */
export interface MicrosoftMember {
  readonly name: string | null;
  /** What they do, as the referral says it. */
  readonly role: string | null;
  /** In lower case. */
  readonly email: string;
}

const OF_MICROSOFT = /@(?:[a-z0-9-]+\.)*microsoft\.[a-z]+$/i;
const SEPARATOR = '; ';
/** Name, role and address of one person in the text; a role with an at sign or a digit may be contact details. */
const ENTRY = /^([^,<]*)(, [^<@\d]*)?<([^>]*)>$/;

/** Whether an e-mail address is one of Microsoft's. */
export function isMicrosoftAddress(email: string | null | undefined): email is string {
  return typeof email === 'string' && OF_MICROSOFT.test(email.trim());
}

/** A word that cannot be taken for one of the text's own signs. */
function plain(text: string | null): string | null {
  return canonicalText(text?.replace(/[;,<>\s]+/g, ' '));
}

/** `Avery Fielding, Account Executive <avery@microsoft.com>; …`, each person once, in the order of their addresses; null for nobody. */
export function microsoftTeamText(members: readonly MicrosoftMember[]): string | null {
  const byEmail = new Map<string, MicrosoftMember>();
  for (const member of members) if (!byEmail.has(member.email)) byEmail.set(member.email, member);
  const entries = [...byEmail.values()]
    .sort((a, b) => (a.email < b.email ? -1 : 1))
    .map(({ name, role, email }) => {
      const who = [plain(name), plain(role)].filter((part) => part !== null).join(', ');
      return who === '' ? `<${email}>` : `${who} <${email}>`;
    });
  return entries.length === 0 ? null : entries.join(SEPARATOR);
}

/**
 * The text as it may be shown to an operator: names and addresses masked, roles as they are. An entry that reads
 * otherwise is masked whole.
 */
export function maskedTeamText(text: string): string {
  return text
    .split(SEPARATOR)
    .map((entry) => maskedEntry(entry.trim()))
    .join(SEPARATOR);
}

function maskedEntry(entry: string): string {
  if (!ENTRY.test(entry)) return maskName(entry);
  return entry.replace(ENTRY, (_entry, name: string, role: string | undefined, email: string) => {
    const who = `${name === '' ? '' : maskName(name)}${role ?? ''}`.trim();
    return `${who} <${maskEmail(email)}>`.trim();
  });
}
