/**
 * What an opportunity's bookkeeping columns were told is kept before it is sent, marked as not heard of. Where no answer
 * comes, or the process dies, the columns may hold the newer text or the older one: then whatever they are to say is
 * written again, also where that is what they were told before.
 */
import type { OpportunityId } from '../core/ids.ts';
import type { Ledger, LedgerChanges, Link } from '../core/store-port.ts';
import { noteKey } from './decide.ts';
import type { Decided } from './decided.ts';

const UNHEARD = 'unheard';

/** Whether nobody knows which of the texts that were sent the columns hold. */
export function isUnheard({ written }: Pick<Link, 'written'>): boolean {
  return Object.hasOwn(written, UNHEARD);
}

/** `Link.written` once an answer came. */
export function asHeard(written: Link['written']): Link['written'] {
  const { [UNHEARD]: _heard, ...rest } = written;
  return rest;
}

interface Told {
  readonly id: OpportunityId;
  readonly decided: Decided;
}

/** What is to be committed before rows are told, with the links as they were. */
export async function beforeTelling(
  ledger: Pick<Ledger, 'linksByOpportunity'>,
  rows: readonly Told[],
): Promise<{ readonly changes: LedgerChanges; readonly before: ReadonlyMap<OpportunityId, Link> }> {
  const told = rows.filter(({ decided }) => decided.bookkeeping !== null);
  const before = await ledger.linksByOpportunity(told.map(({ id }) => id));
  const links = told.flatMap(({ id, decided: { bookkeeping } }) => {
    const link = before.get(id);
    return link === undefined || bookkeeping === null
      ? []
      : [{ ...link, written: { ...bookkeeping.written, [UNHEARD]: 'yes' } }];
  });
  const notes = rows.filter(({ decided }) => decided.parkedNote !== null);
  const meta = Object.fromEntries(notes.map(({ id }) => [noteKey(id), null]));
  return {
    before,
    changes: {
      ...(links.length > 0 ? { links } : {}),
      ...(notes.length > 0 ? { meta } : {}),
    },
  };
}
