/**
 * Two people at one item: whoever commits first decides, and the other is told. What was looked at goes along with the
 * decision and is compared with what the ledger holds in the very commit.
 */
import { DecidedElsewhereError } from './errors.ts';
import { canonicalJson } from './lenses/canonical-json.ts';
import type { AttentionItem } from './store-port.ts';

/** What an item asks and what was decided about it, as comparable text: not when or how often it was seen. */
export function questionOf({ state, decisions, covers, values }: AttentionItem): string {
  const asked = values.map(({ field, opportunity, referral }) => [field, opportunity, referral]);
  return canonicalJson({ state, decisions, covers, asked });
}

/**
 * For a ledger's commit.
 * @param seen the items as the person saw them
 * @param held what the ledger holds under a key
 * @throws DecidedElsewhereError when one of them asks something else by now, or is decided
 */
export function refuseMoved(
  seen: readonly AttentionItem[],
  held: (key: string) => AttentionItem | undefined,
): void {
  const problems = seen.flatMap((item) => {
    const now = held(item.key);
    return now !== undefined && questionOf(now) === questionOf(item) ? [] : [describe(item, now)];
  });
  if (problems.length > 0) throw new DecidedElsewhereError(problems);
}

/**
 * The same for notes.
 * @throws DecidedElsewhereError when one of them is another by now
 */
export function refuseMovedMeta(
  seen: Readonly<Record<string, string | null>>,
  held: (key: string) => string | null,
): void {
  const moved = Object.keys(seen).filter((key) => held(key) !== seen[key]);
  if (moved.length > 0)
    throw new DecidedElsewhereError([
      `Somebody else answered this meanwhile (${moved.join(', ')}); nothing was decided here.`,
    ]);
}

function describe(seen: AttentionItem, now: AttentionItem | undefined): string {
  const nothing = 'nothing was decided here';
  if (now === undefined) return `${seen.id} is not there any more; ${nothing}.`;
  if (now.state !== seen.state) {
    const what =
      now.state === 'resolved' ? 'does not apply any more' : `is ${now.state} by somebody else meanwhile`;
    return `${seen.id} ${what}; ${nothing}.`;
  }
  const decided = decisionsInWords(now);
  if (canonicalJson(now.decisions) !== canonicalJson(seen.decisions))
    return decided === ''
      ? `${seen.id}: somebody took the decision back meanwhile; ${nothing}.`
      : `${seen.id} is decided by somebody else meanwhile (${decided}); ${nothing}.`;
  return `${seen.id} has changed meanwhile: it stands on other values now. Look at it again; ${nothing}.`;
}

/** `notes: the CRM's value`. */
export function decisionsInWords({ decisions }: AttentionItem): string {
  return Object.entries(decisions)
    .map(([field, side]) => `${field}: ${side === 'crm' ? "the CRM's value" : "Partner Center's value"}`)
    .join(', ');
}
