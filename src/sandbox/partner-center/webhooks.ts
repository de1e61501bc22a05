/**
 * Webhook registration and deliveries. A delivery says only which referral to look at; it is signed, tried ten times,
 * and may come late, twice or in another order.
 */
import { sign } from 'node:crypto';
import type { TenantParts } from './parts.ts';
import type { WriteLogEntry } from './store.ts';
import { createSigners } from './webhook-signers.ts';

export const REFERRAL_EVENTS = [
  'referral-created',
  'referral-updated',
  'related-referral-created',
  'related-referral-updated',
] as const;
export const WEBHOOK_EVENTS = ['test-created', ...REFERRAL_EVENTS] as const;

export interface WebhookRegistration {
  readonly subscriberId: string;
  readonly url: string;
  readonly events: readonly string[];
  /** The signature travels in `x-ms-signature` instead of `Authorization`. */
  readonly signatureInOwnHeader: boolean;
  /** Where the certificate can be fetched. */
  readonly certificateUrl: string;
}

export interface WebhookDelivery {
  readonly event: string;
  readonly body: string;
  readonly attempts: number;
  /** The receiver's last status; null when it could not be reached, or nothing was sent yet. */
  readonly lastStatus: number | null;
  /** When it was last sent. */
  readonly lastSentAt: string | null;
  readonly state: 'waiting' | 'delivered' | 'parked';
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface Webhooks {
  readonly registration: WebhookRegistration | null;
  readonly deliveries: readonly WebhookDelivery[];
  /** What a receiver has to trust to accept the signatures, as PEM. */
  readonly rootCertificate: string;
  /** The signing certificate in DER. */
  readonly certificate: Buffer;
  register(registration: WebhookRegistration | null): void;
  /**
   * Queues the event that a receiver can ask for as a test; the id to look it up by for seven days. Null when it was
   * asked for twice within a minute already.
   */
  startTest(resourceBase: string): string | null;
  test(correlationId: string): WebhookDelivery | undefined;
  /** Sends what waits, once each; resolves when all have been answered. */
  deliver(): Promise<void>;
}

const MAX_ATTEMPTS = 10;
const MAX_TESTS_A_MINUTE = 2;
const MINUTE_MS = 60_000;
const TEST_KEPT_MS = 7 * 24 * 60 * MINUTE_MS;
const RESOURCE_BASE = 'https://api.partnercenter.microsoft.com/engagements/v1/referrals';
const ATTEMPT_TIMEOUT_MS = 5_000;

function eventOf(entry: WriteLogEntry, organizationId: string): string {
  const related = entry.after.organizationId === organizationId ? '' : 'related-';
  return `${related}referral-${entry.before === null ? 'created' : 'updated'}`;
}

/** The webhooks of one tenant. */
export function createWebhooks(parts: TenantParts): Webhooks {
  const { switches, organization, store, stamps } = parts;
  const deliveries: Mutable<WebhookDelivery>[] = [];
  const tests = new Map<string, { readonly at: number; readonly delivery: WebhookDelivery }>();
  let registration: WebhookRegistration | null = null;
  const signers = createSigners();
  let running = Promise.resolve();

  const signer = () => signers.of(switches.webhookSignature);

  function payload(event: string, resourceUri: string, resourceName: string, stamp: string): string {
    const pascal = {
      EventName: event,
      ResourceUri: resourceUri,
      ResourceName: resourceName,
      AuditUri: null,
      ResourceChangeUtcDate: stamp.replace('Z', '+00:00'),
    };
    if (switches.webhookCasing === 'pascal') return JSON.stringify(pascal);
    return JSON.stringify(
      Object.fromEntries(
        Object.entries(pascal).map(([key, value]) => [key.charAt(0).toLowerCase() + key.slice(1), value]),
      ),
    );
  }

  function queue(event: string, body: string): WebhookDelivery {
    const one = (): Mutable<WebhookDelivery> => ({
      event,
      body,
      attempts: 0,
      lastStatus: null,
      lastSentAt: null,
      state: 'waiting',
    });
    const first = one();
    deliveries.push(first, ...Array.from({ length: switches.webhookCopies - 1 }, one));
    return first;
  }

  async function send(target: WebhookRegistration, body: string): Promise<number | null> {
    const signed = switches.webhookSignature === 'altered' ? `${body} ` : body;
    const signature = `Signature ${sign('sha256', Buffer.from(signed, 'utf8'), signer().key).toString('base64')}`;
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          [target.signatureInOwnHeader ? 'x-ms-signature' : 'Authorization']: signature,
          'X-MS-Certificate-Url': target.certificateUrl,
          'X-MS-Signature-Algorithm': 'rsa-sha256',
        },
        body,
        signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null;
    }
  }

  async function deliverOnce(): Promise<void> {
    const target = registration;
    if (target === null) return;
    const waiting = deliveries.filter(({ state }) => state === 'waiting');
    if (switches.webhookOrder === 'reversed') waiting.reverse();
    for (const delivery of waiting) {
      delivery.attempts += 1;
      delivery.lastSentAt = parts.clock.now().toISOString();
      delivery.lastStatus = await send(target, delivery.body);
      const { lastStatus } = delivery;
      if (lastStatus !== null && lastStatus >= 200 && lastStatus < 300) delivery.state = 'delivered';
      else if (delivery.attempts >= MAX_ATTEMPTS) delivery.state = 'parked';
    }
  }

  function deliver(): Promise<void> {
    running = running.then(deliverOnce);
    return running;
  }

  store.onWrite((entry) => {
    const event = eventOf(entry, organization.id);
    if (registration?.events.includes(event) !== true) return;
    queue(event, payload(event, `${RESOURCE_BASE}/${entry.id}`, 'referral', entry.at));
    if (switches.webhookDelivery === 'immediate') void deliver();
  });

  return {
    get registration() {
      return registration;
    },
    deliveries,
    get rootCertificate() {
      return signers.of('valid').root;
    },
    get certificate() {
      return signer().certificate;
    },
    register(next) {
      registration = next;
    },
    startTest(resourceBase) {
      const now = parts.clock.now().getTime();
      const recent = [...tests.values()].filter(({ at }) => now - at < MINUTE_MS);
      if (recent.length >= MAX_TESTS_A_MINUTE) return null;
      const correlationId = parts.ids.guid();
      const uri = `${resourceBase}/${correlationId}`;
      const delivery = queue('test-created', payload('test-created', uri, 'test', stamps.next()));
      tests.set(correlationId, { at: now, delivery });
      if (switches.webhookDelivery === 'immediate') void deliver();
      return correlationId;
    },
    test(correlationId) {
      const found = tests.get(correlationId);
      if (found === undefined || parts.clock.now().getTime() - found.at > TEST_KEPT_MS) return undefined;
      return found.delivery;
    },
    deliver,
  };
}
