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

/** What opportunities were told before: `Link.written` of the linked ones, the note's fingerprint of the others. */
export interface ToldBefore {
  readonly written: ReadonlyMap<OpportunityId, Link['written']>;
  readonly notes: ReadonlyMap<OpportunityId, string | null>;
}

/** What is to be committed before rows are told, and what is to be kept again where that is refused. */
export async function beforeTelling(
  ledger: Pick<Ledger, 'linksByOpportunity' | 'meta'>,
  rows: readonly Told[],
): Promise<{ readonly changes: LedgerChanges; readonly before: ToldBefore }> {
  const told = rows.filter(({ decided }) => decided.bookkeeping !== null);
  const linked = await ledger.linksByOpportunity(told.map(({ id }) => id));
  const links = told.flatMap(({ id, decided: { bookkeeping } }) => {
    const link = linked.get(id);
    return link === undefined || bookkeeping === null
      ? []
      : [{ ...link, written: { ...bookkeeping.written, [UNHEARD]: 'yes' } }];
  });
  const notes = new Map<OpportunityId, string | null>();
  for (const { id, decided } of rows)
    if (decided.parkedNote !== null) notes.set(id, await ledger.meta(noteKey(id)));
  const meta = Object.fromEntries([...notes.keys()].map((id) => [noteKey(id), null]));
  return {
    before: { written: new Map([...linked].map(([id, { written }]) => [id, written])), notes },
    changes: {
      ...(links.length > 0 ? { links } : {}),
      ...(notes.size > 0 ? { meta } : {}),
    },
  };
}
