/** What a new opportunity gets beside its own columns. Looks first, adds only what is missing, so that it may be repeated. */
import type { RemoteError } from '../../core/errors.ts';
import type { CallOptions, RelatedOutcome, RelatedRows } from '../../core/ports.ts';
import { guidOf } from './drafts.ts';
import type { BatchItem } from './multipart.ts';
import { chunksOf } from './odata.ts';
import { MAX_OPERATIONS, notSentOutcome, type Sent, sendOperations } from './operations.ts';
import { type Addition, idAt, type RelatedOptions, rowsBy, type Tally } from './related-tally.ts';
import { solutionRows } from './solution-rows.ts';

/** Adds contacts and solutions; see `Crm.addRelated`. Outcomes are in the order of the rows. */
export async function addRelated(
  options: RelatedOptions,
  rows: readonly RelatedRows[],
  { signal }: CallOptions,
): Promise<readonly RelatedOutcome[]> {
  const tallies = rows.map((entry): Tally => ({ rows: entry, added: 0, omitted: [], error: null }));
  await addContacts(options, tallies, signal);
  await add(options, await solutionRows(options, tallies, signal), signal);
  return tallies.map(({ added, omitted, error }) =>
    error === null ? { ok: true, added, omitted } : { ok: false, error },
  );
}

/** Sends additions; those refused are left out, what concerns the host or is unknown is a failure. @returns outcomes in order */
async function add(
  { client, clock }: RelatedOptions,
  additions: readonly Addition[],
  signal: AbortSignal,
): Promise<readonly Sent[]> {
  const outcomes: Sent[] = [];
  let halted: RemoteError | null = null;
  for (const chunk of chunksOf(additions, MAX_OPERATIONS)) {
    if (halted !== null) {
      for (const _addition of chunk) outcomes.push(notSentOutcome(halted));
      continue;
    }
    const { sent, failure } = await sendOperations(
      { client, clock, operation: 'Add related rows', signal },
      chunk.map(({ what, item }) => ({ operation: `Add ${what}`, item })),
      [],
    );
    outcomes.push(...sent);
    halted = failure;
  }
  additions.forEach(({ tally, what }, index) => {
    const sent = outcomes[index];
    if (sent === undefined) return;
    if (sent.ok) tally.added += 1;
    else if (sent.error.stopsHost || sent.error.outcomeUnknown) tally.error ??= sent.error;
    // Told by its code: the server's words may repeat contact details.
    else tally.omitted.push(`${what} (refused: ${sent.error.remoteCode ?? sent.error.code})`);
  });
  return outcomes;
}

interface Wanted {
  readonly tally: Tally;
  readonly accountId: string;
  readonly person: RelatedRows['contacts'][number];
  /** Account and e-mail: identity of a contact. */
  readonly key: string;
}

async function addContacts(
  options: RelatedOptions,
  tallies: readonly Tally[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = tallies.flatMap((tally): Wanted[] => {
    const { contacts, accountId } = tally.rows;
    if (contacts.length > 0 && accountId === null) tally.omitted.push('its contacts, for it has no account');
    if (accountId === null) return [];
    return contacts.map((person) => ({
      tally,
      accountId,
      person,
      key: `${accountId} ${(person.email ?? '').toLowerCase()}`,
    }));
  });
  if (wanted.length === 0) return;
  const people = await options.customers.peopleAmong(
    [...new Set(wanted.map(({ accountId }) => accountId))],
    signal,
  );
  const known = await knownContacts(options, wanted, signal);
  const creating = new Map<string, Addition>();
  for (const entry of wanted) {
    const { tally, accountId, key } = entry;
    if (known.has(key) || creating.has(key)) continue;
    const item = contactItem(options, entry);
    if (people.has(accountId)) tally.omitted.push('a contact, for its customer is a person');
    else if (!tally.rows.createContacts) tally.omitted.push('a contact that the account does not have');
    else if (item === null) tally.omitted.push('a contact without a name');
    // Two deals of one customer must not make two contacts.
    else creating.set(key, { tally, what: 'a contact', item });
  }
  const keys = [...creating.keys()];
  const sent = await add(options, [...creating.values()], signal);
  keys.forEach((key, index) => {
    if (sent[index]?.ok === true) known.set(key, contactIdOf(key));
  });
  await join(options, wanted, known, signal);
}

async function knownContacts(
  options: RelatedOptions,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const emails = wanted.map(({ person }) => person.email ?? '');
  const rows = await rowsBy(
    options,
    {
      set: 'contacts',
      select: 'contactid,emailaddress1,_parentcustomerid_value',
      column: 'emailaddress1',
      and: 'statecode eq 0',
    },
    emails,
    signal,
  );
  const known = new Map<string, string>();
  for (const row of rows) {
    const [id, accountId] = [idAt(row, 'contactid'), idAt(row, '_parentcustomerid_value')];
    if (id === null || accountId === null || typeof row.emailaddress1 !== 'string') continue;
    const key = `${accountId} ${row.emailaddress1.toLowerCase()}`;
    if (!known.has(key)) known.set(key, id);
  }
  return known;
}

function contactIdOf(key: string): string {
  return guidOf(`contact:${key}`);
}

function contactItem({ client }: RelatedOptions, { accountId, person, key }: Wanted): BatchItem | null {
  const { firstName, lastName, email, phone } = person;
  const name = lastName ?? firstName;
  if (name === null) return null;
  return {
    method: 'POST',
    url: `${client.root}/contacts`,
    body: {
      contactid: contactIdOf(key),
      ...(lastName === null || firstName === null ? {} : { firstname: firstName }),
      lastname: name,
      emailaddress1: email,
      ...(phone === null ? {} : { telephone1: phone }),
      'parentcustomerid_account@odata.bind': `/accounts(${accountId})`,
    },
  };
}

/** Joins contacts to their opportunities: the first as the main contact, all of them by connections. */
async function join(
  options: RelatedOptions,
  wanted: readonly Wanted[],
  known: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const { client } = options;
  const ids = wanted.map(({ tally }) => tally.rows.opportunityId as string);
  const connections = await rowsBy(
    options,
    {
      set: 'connections',
      select: '_record1id_value,_record2id_value',
      column: 'record1id',
      and: 'statecode eq 0',
    },
    ids,
    signal,
  );
  const joined = new Set(
    connections.map((row) => `${idAt(row, '_record1id_value')} ${idAt(row, '_record2id_value')}`),
  );
  const opportunities = await rowsBy(
    options,
    { set: 'opportunities', select: 'opportunityid,_parentcontactid_value', column: 'opportunityid' },
    ids,
    signal,
  );
  const withoutMain = new Map(
    opportunities.flatMap((row) => {
      const [id, etag] = [idAt(row, 'opportunityid'), row['@odata.etag']];
      return id !== null && typeof etag === 'string' && idAt(row, '_parentcontactid_value') === null
        ? [[id, etag] as const]
        : [];
    }),
  );
  const additions: Addition[] = [];
  for (const { tally, key } of wanted) {
    const contactId = known.get(key);
    const { opportunityId } = tally.rows;
    if (contactId === undefined) continue;
    const etag = withoutMain.get(opportunityId);
    if (etag !== undefined) {
      withoutMain.delete(opportunityId);
      additions.push({
        tally,
        what: 'the main contact',
        item: {
          method: 'PATCH',
          url: `${client.root}/opportunities(${opportunityId})`,
          headers: { 'If-Match': etag },
          body: { 'parentcontactid@odata.bind': `/contacts(${contactId})` },
        },
      });
    }
    if (joined.has(`${opportunityId} ${contactId}`)) continue;
    joined.add(`${opportunityId} ${contactId}`);
    additions.push({
      tally,
      what: 'the connection of a contact',
      item: {
        method: 'POST',
        url: `${client.root}/connections`,
        body: {
          connectionid: guidOf(`connection:${opportunityId} ${contactId}`),
          'record1id_opportunity@odata.bind': `/opportunities(${opportunityId})`,
          'record2id_contact@odata.bind': `/contacts(${contactId})`,
        },
      },
    });
  }
  await add(options, additions, signal);
}
