/** What a new opportunity gets beside its own columns. Looks first, adds only what is missing, so that it may be repeated. */
import type { RemoteError } from '../../core/errors.ts';
import type { CallOptions, CrmValue, RelatedOutcome, RelatedRows } from '../../core/ports.ts';
import { addLineItems } from './line-items.ts';
import { findField } from './org.ts';
import { type QueryContext, readIn } from './query.ts';
import { idOf, note, type RelatedOptions, saveAll, type Tally } from './related-tally.ts';

/** Adds contacts, contact roles and line items; see `Crm.addRelated`. Outcomes are in the order of the rows. */
export async function addRelated(
  options: RelatedOptions,
  rows: readonly RelatedRows[],
  { signal }: CallOptions,
): Promise<readonly RelatedOutcome[]> {
  const tallies = rows.map((entry): Tally => ({ rows: entry, added: 0, omitted: [], error: null }));
  await addContacts(options, tallies, signal);
  await addLineItems(options, tallies, signal);
  return tallies.map(({ added, omitted, error }) =>
    error === null ? { ok: true, added, omitted } : { ok: false, error },
  );
}

interface Wanted {
  readonly tally: Tally;
  readonly key: string;
  readonly columns: Readonly<Record<string, CrmValue>> | null;
}

async function addContacts(
  options: RelatedOptions,
  tallies: readonly Tally[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = tallies.flatMap((tally): Wanted[] => {
    const { contacts, accountId } = tally.rows;
    if (contacts.length > 0 && accountId === null) tally.omitted.push('its contacts, for it has no account');
    return accountId === null ? [] : contacts.map((person) => contactOf(tally, accountId, person));
  });
  if (wanted.length === 0) return;
  const context: QueryContext = { client: options.client, operation: 'Find contacts by e-mail', signal };
  const emails = [...new Set(wanted.map(({ key }) => key.slice(key.indexOf(' ') + 1)))];
  const known = new Map<string, string>();
  for (const row of await readIn(
    context,
    { select: 'Id, AccountId, Email', from: 'Contact', column: 'Email' },
    emails,
  )) {
    const [id, accountId] = [idOf(row, 'Id'), idOf(row, 'AccountId')];
    if (id === null || accountId === null || typeof row.Email !== 'string') continue;
    const key = `${accountId} ${row.Email.toLowerCase()}`;
    if (!known.has(key)) known.set(key, id);
  }
  const persons = await personAccounts(options, wanted, context);
  const creating = new Map<string, Readonly<Record<string, CrmValue>>>();
  for (const { tally, key, columns } of wanted) {
    if (known.has(key)) continue;
    if (!tally.rows.createContacts) tally.omitted.push('a contact that the account does not have');
    else if (persons.has(tally.rows.accountId ?? ''))
      tally.omitted.push('a contact, for its account is a person');
    else if (columns === null) tally.omitted.push('a contact without a name');
    // Two deals of one customer must not make two contacts.
    else creating.set(key, columns);
  }
  const keys = [...creating.keys()];
  const saved = await saveAll(options, { object: 'Contact', operation: 'Create contacts', signal }, [
    ...creating.values(),
  ]);
  const failed = new Map<string, RemoteError>();
  keys.forEach((key, index) => {
    const entry = saved[index];
    if (entry?.ok === true) known.set(key, entry.id);
    else if (entry !== undefined) failed.set(key, entry.error);
  });
  for (const { tally, key } of wanted) {
    const error = failed.get(key);
    if (error !== undefined) note(tally, 'a contact', error);
    else if (creating.has(key)) tally.added += 1;
  }
  await addRoles(options, wanted, known, signal);
}

function contactOf(tally: Tally, accountId: string, person: RelatedRows['contacts'][number]): Wanted {
  const email = (person.email ?? '').toLowerCase();
  const lastName = person.lastName ?? person.firstName;
  const columns =
    lastName === null
      ? null
      : {
          AccountId: accountId,
          ...(person.lastName === null || person.firstName === null ? {} : { FirstName: person.firstName }),
          LastName: lastName,
          Email: email,
          ...(person.phone === null ? {} : { Phone: person.phone }),
        };
  return { tally, key: `${accountId} ${email}`, columns };
}

/** Accounts that are persons, where the org has such: they take no contacts. */
async function personAccounts(
  { org }: RelatedOptions,
  wanted: readonly Wanted[],
  context: QueryContext,
): Promise<ReadonlySet<string>> {
  const account = await org.describe('Account', context.signal);
  if (findField(account, 'IsPersonAccount') === null) return new Set();
  const ids = [...new Set(wanted.map(({ tally }) => tally.rows.accountId ?? ''))];
  const rows = await readIn(context, { select: 'Id, IsPersonAccount', from: 'Account', column: 'Id' }, ids);
  return new Set(rows.flatMap((row) => (row.IsPersonAccount === true ? (idOf(row, 'Id') ?? []) : [])));
}

async function addRoles(
  options: RelatedOptions,
  wanted: readonly Wanted[],
  known: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const ids = [...new Set(wanted.map(({ tally }) => tally.rows.opportunityId as string))];
  const there = await readIn(
    { client: options.client, operation: 'Find contact roles', signal },
    {
      select: 'Id, OpportunityId, ContactId, IsPrimary',
      from: 'OpportunityContactRole',
      column: 'OpportunityId',
    },
    ids,
  );
  const taken = new Set(there.map((row) => `${idOf(row, 'OpportunityId')} ${idOf(row, 'ContactId')}`));
  const withPrimary = new Set(
    there.flatMap((row) => (row.IsPrimary === true ? (idOf(row, 'OpportunityId') ?? []) : [])),
  );
  const adding: { readonly tally: Tally; readonly columns: Readonly<Record<string, CrmValue>> }[] = [];
  for (const { tally, key } of wanted) {
    const contactId = known.get(key);
    const { opportunityId } = tally.rows;
    if (contactId === undefined || taken.has(`${opportunityId} ${contactId}`)) continue;
    taken.add(`${opportunityId} ${contactId}`);
    const isPrimary = !withPrimary.has(opportunityId);
    withPrimary.add(opportunityId);
    adding.push({
      tally,
      columns: { OpportunityId: opportunityId, ContactId: contactId, IsPrimary: isPrimary },
    });
  }
  const saved = await saveAll(
    options,
    { object: 'OpportunityContactRole', operation: 'Create contact roles', signal },
    adding.map(({ columns }) => columns),
  );
  adding.forEach(({ tally }, index) => {
    const entry = saved[index];
    if (entry?.ok === true) tally.added += 1;
    else if (entry !== undefined) note(tally, 'the role of a contact', entry.error);
  });
}
