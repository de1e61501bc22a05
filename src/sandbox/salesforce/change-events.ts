/**
 * Change Data Capture over Bayeux (CometD) long polling: handshake, subscription from a replay id, and a request that
 * waits until something changed. Events of opportunities only.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SandboxRequest, SandboxResponse } from '../kernel/server.ts';
import type { SalesforceOrg } from './org.ts';
import type { SignIn } from './sign-in.ts';
import type { WriteLogEntry } from './store.ts';

export const CHANGE_EVENTS_PATH = '/cometd/';
const CHANNEL = '/data/OpportunityChangeEvent';
/** How long a waiting request is held. */
const HOLD_MS = 110_000;
const MAX_KEPT = 100_000;
const NEW_ONLY = -1;
const ALL_KEPT = -2;

const Message = z.looseObject({
  channel: z.string(),
  id: z.string().optional(),
  clientId: z.string().nullish(),
  subscription: z.string().optional(),
  ext: z.looseObject({ replay: z.record(z.string(), z.number()).optional() }).optional(),
});
type Message = z.infer<typeof Message>;
type Reply = Readonly<Record<string, unknown>>;

interface Client {
  readonly token: string;
  /** Replay id up to which it has been told; null while it has not subscribed. */
  told: number | null;
  isFirstConnect: boolean;
}

export interface ChangeEvents {
  handle(request: SandboxRequest): Promise<SandboxResponse>;
  /** The newest event's replay id; 0 before the first. */
  readonly newest: number;
  /** Clients that have subscribed. */
  readonly subscribers: number;
  /** Forgets every client, as a server does that is taken out of service. */
  dropClients(): void;
  /** Forgets every event so far, as time does after three days. */
  expire(): void;
}

const OPERATIONS: Readonly<Record<WriteLogEntry['operation'], string>> = {
  create: 'CREATE',
  update: 'UPDATE',
  delete: 'DELETE',
  undelete: 'UNDELETE',
};

/** The change events of one org. @param signIn says whose token a client shows */
export function createChangeEvents(org: SalesforceOrg, signIn: SignIn): ChangeEvents {
  const clients = new Map<string, Client>();
  let events: { readonly replayId: number; readonly data: Reply }[] = [];
  let newest = 0;
  let seen = org.writeLog.at(-1)?.n ?? 0;
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };

  org.store.onCommit(() => {
    for (const entry of since(org.writeLog, seen)) {
      seen = entry.n;
      if (entry.object !== 'Opportunity' || !org.switches.changeEvents) continue;
      newest += 1;
      events.push({ replayId: newest, data: eventOf(entry, newest) });
    }
    if (events.length > MAX_KEPT) events = events.slice(-MAX_KEPT / 2);
    wake();
  });

  function subscribe(message: Message, client: Client): Reply {
    const { subscription = '' } = message;
    if (subscription !== CHANNEL || !org.switches.changeEvents) {
      const error = `400::The channel you requested to subscribe to does not exist {${subscription}}`;
      return { successful: false, subscription, error };
    }
    if (!org.switches.viewAllData) {
      const error = `403::User not allowed to subscribe to {${subscription}}: the View All Data permission is required`;
      return { successful: false, subscription, error };
    }
    const from = message.ext?.replay?.[CHANNEL] ?? NEW_ONLY;
    const oldest = events[0]?.replayId ?? newest + 1;
    if (from > newest || (from >= 0 && from < oldest - 1)) {
      const error = `400::The replayId {${from}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.`;
      return { successful: false, subscription, error };
    }
    client.told = from === NEW_ONLY ? newest : from === ALL_KEPT ? 0 : from;
    return { successful: true, subscription };
  }

  const due = (client: Client) =>
    client.told === null ? [] : events.filter(({ replayId }) => replayId > (client.told ?? 0));

  async function connect(client: Client, clientId: string): Promise<readonly Reply[]> {
    if (client.isFirstConnect) {
      client.isFirstConnect = false;
      const advice = { interval: 0, timeout: HOLD_MS, reconnect: 'retry' };
      return [{ channel: '/meta/connect', clientId, successful: true, advice }];
    }
    if (due(client).length === 0) await nextEvent();
    if (clients.get(clientId) !== client) return [unknownClient('/meta/connect')];
    const found = due(client);
    client.told = found.at(-1)?.replayId ?? client.told;
    return [
      ...found.map(({ data }) => ({ channel: CHANNEL, data })),
      { channel: '/meta/connect', clientId, successful: true },
    ];
  }

  function nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, HOLD_MS);
      timer.unref();
      waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async function answer(message: Message, token: string): Promise<readonly Reply[]> {
    const { channel } = message;
    const isSignedIn = signIn.userOf(token) !== null;
    if (channel === '/meta/handshake') {
      if (!isSignedIn) return [refusedHandshake()];
      const clientId = randomUUID().replaceAll('-', '');
      clients.set(clientId, { token, told: null, isFirstConnect: true });
      return [
        {
          channel,
          clientId,
          version: '1.0',
          minimumVersion: '1.0',
          supportedConnectionTypes: ['long-polling'],
          ext: { replay: true, 'payload.format': true },
          successful: true,
        },
      ];
    }
    const { clientId } = message;
    const client = clients.get(clientId ?? '');
    if (client === undefined || clientId === null || clientId === undefined) return [unknownClient(channel)];
    if (!isSignedIn) {
      clients.delete(clientId);
      const advice = { reconnect: 'none' };
      return [{ channel, clientId, successful: false, error: '401::Authentication invalid', advice }];
    }
    if (channel === '/meta/subscribe') return [{ channel, clientId, ...subscribe(message, client) }];
    if (channel === '/meta/connect') return connect(client, clientId);
    if (channel === '/meta/disconnect') {
      clients.delete(clientId);
      wake();
      return [{ channel, clientId, successful: true }];
    }
    return [{ channel, clientId, successful: false, error: '400::Unknown channel' }];
  }

  return {
    get newest() {
      return newest;
    },
    get subscribers() {
      return [...clients.values()].filter(({ told }) => told !== null).length;
    },
    dropClients() {
      clients.clear();
      wake();
    },
    expire() {
      events = [];
    },
    async handle(request) {
      const token = /^(?:OAuth|Bearer) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
      let messages: readonly Message[];
      try {
        const body: unknown = JSON.parse(request.body);
        messages = z.array(Message).parse(Array.isArray(body) ? body : [body]);
      } catch {
        return { status: 400, text: 'Malformed Bayeux messages' };
      }
      const replies: Reply[] = [];
      for (const message of messages) {
        const id = message.id === undefined ? {} : { id: message.id };
        for (const reply of await answer(message, token))
          replies.push('data' in reply ? reply : { ...reply, ...id });
      }
      return { status: 200, json: replies };
    },
  };
}

/** The newest entries, without a walk through all of them at each write. */
function since(log: readonly WriteLogEntry[], seen: number): readonly WriteLogEntry[] {
  let first = log.length;
  while (first > 0 && (log[first - 1]?.n ?? 0) > seen) first -= 1;
  return log.slice(first);
}

function refusedHandshake(): Reply {
  return {
    channel: '/meta/handshake',
    successful: false,
    error: '403::Handshake denied',
    ext: { sfdc: { failureReason: '401::Authentication invalid' }, replay: true },
    advice: { reconnect: 'none' },
  };
}

function unknownClient(channel: string): Reply {
  const advice = { interval: 0, reconnect: 'handshake' };
  return { channel, successful: false, error: '403::Unknown client', advice };
}

function eventOf(entry: WriteLogEntry, replayId: number): Reply {
  return {
    schema: 'sandbox',
    payload: {
      ChangeEventHeader: {
        entityName: entry.object,
        recordIds: [entry.id],
        changeType: OPERATIONS[entry.operation],
        changeOrigin: entry.origin === 'api' ? 'com/salesforce/api/rest/66.0;client=cosell-sync' : '',
        transactionKey: randomUUID(),
        sequenceNumber: 1,
        commitTimestamp: Date.parse(entry.at),
        commitNumber: entry.n,
        commitUser: entry.actor,
        nulledFields: [],
        diffFields: [],
        changedFields: entry.changes.map(({ field }) => field),
      },
    },
    event: { replayId },
  };
}
