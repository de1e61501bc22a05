/** People of the company by e-mail or name: twenty a request, which Graph counts as one. */
import type { Person } from '../../core/deal.ts';
import { RemoteError } from '../../core/errors.ts';
import type { CallOptions, Directory } from '../../core/ports.ts';
import type { PersonQuery } from '../../core/team-directory.ts';
import { type Clock, parseJson, retryAfterMs } from '../http/index.ts';
import type { GraphClient } from './client.ts';
import { graphError } from './errors.ts';
import { BatchAnswer, type GraphUser, UserList } from './schema.ts';

/** Graph takes at most this many requests in a batch. */
const BATCH = 20;
/** Items of a batch are throttled one by one; they are asked for again this often. */
const ATTEMPTS = 3;
const MAX_WAIT_MS = 30_000;
const DEFAULT_WAIT_MS = 1_000;
const SELECT = 'givenName,surname,mail,userPrincipalName,mobilePhone,businessPhones';
const OPERATION = 'Looking up people in the directory';

interface Round {
  readonly answered: ReadonlyMap<string, Person | null>;
  readonly throttled: readonly PersonQuery[];
  readonly waitMs: number;
}

/** The directory behind Graph. */
export function createDirectory(client: GraphClient, clock: Clock): Directory {
  async function askOnce(people: readonly PersonQuery[], { signal }: CallOptions): Promise<Round> {
    const response = await client.post({
      operation: OPERATION,
      path: '/$batch',
      body: {
        requests: people.map((query, index) => ({
          id: String(index + 1),
          method: 'GET',
          url: urlFor(query),
        })),
      },
      repeatable: true,
      signal,
    });
    const context = {
      operation: OPERATION,
      permission: 'the application permission User.Read.All',
      isWrite: false,
      now: clock.now(),
    };
    if (response.status !== 200) throw graphError(response, context);
    const read = BatchAnswer.safeParse(parseJson(response, { operation: OPERATION, system: 'graph' }));
    if (!read.success) {
      throw new RemoteError(`${OPERATION} failed: the answer is no answer to a batch. Check graph.baseUrl.`, {
        code: 'unavailable',
        system: 'graph',
        status: response.status,
        requestId: response.requestId,
      });
    }
    const { responses } = read.data;
    const answered = new Map<string, Person | null>();
    const throttled: PersonQuery[] = [];
    let waitMs = 0;
    for (const { id, status, headers, body } of responses) {
      const query = people[Number(id) - 1];
      if (query === undefined) continue;
      if (status === 200) answered.set(query.key, chosen(query, body));
      else if (status === 404) answered.set(query.key, null);
      else if (status === 429 || status === 503) {
        throttled.push(query);
        waitMs = Math.max(waitMs, retryAfterMs(lowerCased(headers ?? {}), clock.now()) ?? DEFAULT_WAIT_MS);
      } else if (status === 401 || status === 403) {
        // Nobody can be asked for: this is the app's, not the person's.
        throw graphError({ ...response, status, body: JSON.stringify(body ?? null) }, context);
      }
    }
    return { answered, throttled, waitMs };
  }

  async function askAll(
    people: readonly PersonQuery[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, Person | null>> {
    const found = new Map<string, Person | null>();
    let open = people;
    for (let attempt = 1; open.length > 0; attempt += 1) {
      const { answered, throttled, waitMs } = await askOnce(open, options);
      for (const [key, person] of answered) found.set(key, person);
      if (throttled.length === 0 || attempt >= ATTEMPTS || waitMs > MAX_WAIT_MS) break;
      await clock.sleep(waitMs, options.signal);
      open = throttled;
    }
    return found;
  }

  return {
    async find(people, options) {
      const found = new Map<string, Person | null>();
      for (let start = 0; start < people.length; start += BATCH) {
        const answers = await askAll(people.slice(start, start + BATCH), options);
        for (const [key, person] of answers) found.set(key, person);
      }
      return found;
    },
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** By e-mail or sign-in name; only who has none is looked for by the name shown. Two are enough to know it is not one. */
function urlFor({ email, name }: PersonQuery): string {
  const filter =
    email === null
      ? `displayName eq ${quoted(name ?? '')}`
      : `mail eq ${quoted(email)} or userPrincipalName eq ${quoted(email)}`;
  return `/users?$filter=${encodeURIComponent(filter).replaceAll("'", '%27')}&$select=${SELECT}&$top=2`;
}

/** The one person an answer names: several are nobody, except that a mailbox goes before a sign-in name. */
function chosen(query: PersonQuery, body: unknown): Person | null {
  const read = UserList.safeParse(body);
  if (!read.success) return null;
  const users = read.data.value;
  const byMail = users.filter(({ mail }) => mail?.toLowerCase() === query.email);
  const [one, other] = users.length > 1 && byMail.length === 1 ? byMail : users;
  return one === undefined || other !== undefined ? null : toPerson(one);
}

function toPerson(user: GraphUser): Person {
  const filled = (value: string | null | undefined): string | null => value?.trim() || null;
  return {
    firstName: filled(user.givenName),
    lastName: filled(user.surname),
    email: filled(user.mail)?.toLowerCase() ?? null,
    // The desk's number before the private one.
    phone:
      (user.businessPhones ?? []).map(filled).find((phone) => phone !== null) ?? filled(user.mobilePhone),
  };
}
