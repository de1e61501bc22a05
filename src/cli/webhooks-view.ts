/** How a registration for events stands, for commands and `doctor`. */
import type { CheckResult } from '../core/ports.ts';
import type { PartnerListener } from '../core/webhook-listeners.ts';
import {
  assessRegistration,
  isSameAddress,
  otherEvents,
  type RememberedRegistration,
  shownAddress,
  type WebhookRegistration,
} from '../core/webhook-registration.ts';
import type { ExitCode } from './exit-codes.ts';

/** Addresses other than ours are shown by their host only: they may carry a secret. */
export interface RegistrationView {
  readonly connection: string;
  /** All connections that look when an event comes. */
  readonly connections: readonly string[];
  readonly state: 'complete' | 'incomplete' | 'absent' | 'foreign' | 'handedBack';
  /** What Partner Center should call. */
  readonly url: string;
  /** What it calls; null for nobody. */
  readonly registeredUrl: string | null;
  readonly events: readonly string[];
  /** Events that we want and do not get. */
  readonly missing: readonly string[];
  /** Events that are not about referrals. */
  readonly otherEvents: readonly string[];
  /** What stood before ours. */
  readonly previous: {
    readonly url: string;
    readonly events: readonly string[];
  } | null;
  readonly replacedAt: string | null;
  readonly handedBackAt: string | null;
}

export function viewOf(
  { name, connections, wanted }: PartnerListener,
  current: WebhookRegistration | null,
  remembered: RememberedRegistration | null,
): RegistrationView {
  const finding = assessRegistration(current, wanted);
  const isHandedBack =
    finding.state !== 'complete' && remembered !== null && remembered.handedBackAt !== null;
  const has = new Set(
    (finding.state === 'foreign' ? [] : (current?.events ?? [])).map((event) => event.toLowerCase()),
  );
  const previous = remembered?.previous ?? null;
  return {
    connection: name,
    connections,
    state: isHandedBack ? 'handedBack' : finding.state,
    url: wanted.url,
    registeredUrl: current === null ? null : shown(current.url, wanted.url),
    events: current?.events ?? [],
    missing: wanted.events.filter((event) => !has.has(event.toLowerCase())),
    otherEvents: current === null ? [] : otherEvents(current),
    previous: previous === null ? null : { url: shown(previous.url, wanted.url), events: previous.events },
    replacedAt: remembered?.replacedAt ?? null,
    handedBackAt: remembered?.handedBackAt ?? null,
  };
}

function shown(url: string, ours: string): string {
  return isSameAddress(url, ours) ? ours : shownAddress(url);
}

export function exitCodeOf({ state }: RegistrationView): ExitCode {
  return state === 'complete' || state === 'handedBack' ? 0 : 3;
}

/** One sentence on where events go. */
export function describe(view: RegistrationView): string {
  const { state, url, registeredUrl, missing, handedBackAt } = view;
  switch (state) {
    case 'complete':
      return `Partner Center sends its events to ${url}.`;
    case 'incomplete':
      return `Partner Center sends events to ${url}, but not ${missing.join(', ')}.`;
    case 'absent':
      return 'Nobody is registered for the events of Partner Center.';
    case 'foreign':
      return `Partner Center sends its events to ${registeredUrl ?? 'somebody else'}, not to ${url}.`;
    case 'handedBack':
      return `The registration was handed back on ${handedBackAt?.slice(0, 10) ?? ''}; events go to ${registeredUrl ?? 'nobody'}.`;
  }
}

/** What mends it; null where nothing has to be. */
export function remedyFor({ state, connection, connections }: RegistrationView): string | null {
  const only = connections.length === 1 ? ` --connection ${connection}` : '';
  switch (state) {
    case 'complete':
    case 'handedBack':
      return null;
    case 'foreign':
      return `Nothing is missed without events, only seen later. To take them over, which takes them away from there: cosell-sync webhooks register --take-over${only}. To leave it so: webhooks.partnerCenter.register: false.`;
    default:
      return `The daemon registers by itself when it starts; or: cosell-sync webhooks register${only}`;
  }
}

/** The registration as a line of `doctor`. Where it is left to a person, somebody else's is fine. */
export function checkOf(view: RegistrationView, { settings }: PartnerListener): CheckResult {
  const isOurBusiness = settings.register;
  const ok = exitCodeOf(view) === 0 || (!isOurBusiness && view.state === 'foreign');
  return {
    name: 'Webhook registration',
    ok,
    detail: describe(view),
    remedy: ok ? null : remedyFor(view),
  };
}
