/**
 * Who gets Partner Center's events. One address gets each event for the whole partner account, so registering takes
 * events away from whoever had them: a registration of somebody else's is never changed unless a person says so, and
 * the events of an existing one only ever grow.
 */
import type { CallOptions } from './ports.ts';
import { REFERRAL_EVENTS, TEST_EVENT } from './webhook-event.ts';

export interface WebhookRegistration {
  readonly url: string;
  readonly events: readonly string[];
}

/** How a test event fared. */
export interface WebhookTest {
  /** `delivered`: the address took it; `failed`: the last attempt did not work; `waiting`: not known yet. */
  readonly state: 'delivered' | 'failed' | 'waiting';
  /** What the service reports of the last attempt, or null. */
  readonly detail: string | null;
}

/** The registration at Partner Center. All methods throw `RemoteError`. */
export interface WebhookRegistrations {
  /** Names of the events there are. */
  listEvents(options: CallOptions): Promise<readonly string[]>;
  /** Null when nobody is registered. */
  find(options: CallOptions): Promise<WebhookRegistration | null>;
  /** @throws RemoteError `version-conflict` when somebody registered meanwhile */
  create(registration: WebhookRegistration, options: CallOptions): Promise<void>;
  /** Replaces address and events as a whole. */
  replace(registration: WebhookRegistration, options: CallOptions): Promise<void>;
  /** Asks for a test event; the id to ask after it by. At most two a minute. */
  startTest(options: CallOptions): Promise<string>;
  findTest(correlationId: string, options: CallOptions): Promise<WebhookTest>;
}

/** What we register for unless told otherwise: everything about referrals, and tests. */
export const DEFAULT_EVENTS: readonly string[] = [...REFERRAL_EVENTS, TEST_EVENT];

/** Where Partner Center keeps the certificate that it signs events with. */
export const DEFAULT_CERTIFICATE_HOSTS: readonly string[] = ['3psostorageacct.blob.core.windows.net'];

/** How a registration stands to what is wanted. */
export type RegistrationFinding =
  /** Nobody gets events. */
  | { readonly state: 'absent'; readonly desired: WebhookRegistration }
  /** We get all we want. */
  | { readonly state: 'complete' }
  /** It is ours, but lacks events; `desired` has them besides those there are. */
  | {
      readonly state: 'incomplete';
      readonly missing: readonly string[];
      readonly desired: WebhookRegistration;
    }
  /** Somebody else gets the events; `desired` is what taking them over would register. */
  | {
      readonly state: 'foreign';
      readonly current: WebhookRegistration;
      readonly desired: WebhookRegistration;
    };

/** Compares the registration with the wanted one. */
export function assessRegistration(
  current: WebhookRegistration | null,
  wanted: WebhookRegistration,
): RegistrationFinding {
  if (current === null) return { state: 'absent', desired: wanted };
  const missing = wanted.events.filter((event) => !has(current.events, event));
  const desired = { url: wanted.url, events: [...current.events, ...missing] };
  if (!isSameAddress(current.url, wanted.url)) return { state: 'foreign', current, desired };
  return missing.length === 0 ? { state: 'complete' } : { state: 'incomplete', missing, desired };
}

/** The events of a registration that are not about referrals: whoever takes it over gets them and cannot use them. */
export function otherEvents({ events }: WebhookRegistration): readonly string[] {
  return events.filter((event) => !has(DEFAULT_EVENTS, event));
}

function has(events: readonly string[], wanted: string): boolean {
  return events.some((event) => event.toLowerCase() === wanted.toLowerCase());
}

/** Whether two addresses mean one place; the spelling of host and port does not count. */
export function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) =>
    URL.canParse(text) ? new URL(text).href.replace(/\/+$/, '') : text,
  );
  return a === b;
}

/**
 * An address that may be shown: host only where there is more to it. The addresses of Power Automate flows carry
 * their secret in the query, others in the path.
 */
export function shownAddress(url: string): string {
  if (!URL.canParse(url)) return 'an address that cannot be read';
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? origin : `${origin}/…`;
}

/** What we keep of a registration that we replaced, so that it can be given back. */
export interface RememberedRegistration {
  /** The one that stood before ours; null when there was none. */
  readonly previous: WebhookRegistration | null;
  /** When ours took its place, UTC. */
  readonly replacedAt: string;
  /** When it was given back, UTC; null while ours stands. */
  readonly handedBackAt: string | null;
}

/** Remembers one connection's replaced registration. The previous address may be a secret. */
export interface RegistrationMemory {
  load(): Promise<RememberedRegistration | null>;
  save(remembered: RememberedRegistration): Promise<void>;
}
