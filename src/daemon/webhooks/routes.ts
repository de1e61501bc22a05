/**
 * Where events arrive. Each is answered at once and looked into later; whoever cannot prove who they are is told
 * nothing but that.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config, WebhooksConfig } from '../../core/config-types.ts';
import { parseDataverseEvent } from '../../core/dataverse-event.ts';
import {
  DATAVERSE_PATH,
  findListener,
  PARTNER_CENTER_PATH,
  type PartnerListener,
  partnerListeners,
} from '../../core/webhook-listeners.ts';
import { type ServerContext, useRawBodies } from '../server.ts';
import { createEventReceiver, type EventReceiver, type Verify } from './events.ts';
import type { Hints } from './hints.ts';

/** Events of Partner Center have a few hundred bytes. */
export const MAX_EVENT_BYTES = 64 * 1024;
/** Dynamics 365 sends up to 256 KB, and then leaves parts out. */
export const MAX_CONTEXT_BYTES = 512 * 1024;

export interface EventRoutesOptions {
  readonly hints: Hints;
  /** Makes what proves events; throws when the trust file cannot be used. */
  readonly verifierOf: (settings: NonNullable<WebhooksConfig['partnerCenter']>) => Promise<Verify>;
}

interface Named {
  readonly Params: { readonly connection?: string };
}

/** What the configuration in force makes of the routes. */
interface Receivers {
  readonly config: Config;
  readonly listeners: readonly PartnerListener[];
  /** By the listener's name; made when its first event comes. */
  readonly byName: Map<string, Promise<EventReceiver>>;
}

/** Mounts the routes for events. */
export function mountEventRoutes(
  app: FastifyInstance,
  { config, runner, logger, now }: ServerContext,
  { hints, verifierOf }: EventRoutesOptions,
): void {
  useRawBodies(app);
  // Too large, cut short, no body: nobody is told more than that it was not taken.
  app.setErrorHandler(async (error, _request, reply) => {
    const status =
      typeof error === 'object' && error !== null && 'statusCode' in error && error.statusCode === 413
        ? 413
        : 401;
    await reply.code(status).send();
  });

  let receivers: Receivers | null = null;
  const current = (): Receivers => {
    const latest = config();
    if (receivers?.config !== latest)
      receivers = { config: latest, listeners: partnerListeners(latest), byName: new Map() };
    return receivers;
  };

  const receiverOf = ({ byName }: Receivers, listener: PartnerListener): Promise<EventReceiver> => {
    const known = byName.get(listener.name);
    if (known !== undefined) return known;
    const made = verifierOf(listener.settings).then((verify) =>
      createEventReceiver(verify, () => now().getTime()),
    );
    byName.set(listener.name, made);
    made.catch((error: unknown) => {
      byName.delete(listener.name);
      logger.error({ connection: listener.name, err: error }, 'Events cannot be verified');
    });
    return made;
  };

  const note = (source: string, connections: readonly string[], outcome: string): void => {
    logger.debug({ source, connections, outcome }, 'An event came');
    runner.emit({ type: 'event-received', source, connections, outcome });
  };

  async function takePartnerEvent(request: FastifyRequest<Named>, reply: FastifyReply): Promise<void> {
    const state = current();
    const listener = findListener(state.listeners, request.params.connection ?? null);
    if (listener === null) return void (await reply.code(401).send());
    const receiver = await receiverOf(state, listener);
    const { status, outcome, referralId } = await receiver.receive(request.headers, bytesOf(request.body));
    note('partner-center', listener.connections, outcome);
    if (referralId !== null)
      for (const name of listener.connections) hints.add(name, 'partner-center', { referrals: [referralId] });
    await reply.code(status).send();
  }

  async function takeDataverseEvent(request: FastifyRequest<Named>, reply: FastifyReply): Promise<void> {
    const name = dataverseConnectionOf(config(), request);
    if (name === null) return void (await reply.code(401).send());
    const id = parseDataverseEvent(bytesOf(request.body).toString('utf8'));
    note('dataverse', [name], id === null ? 'other' : 'taken');
    // Whatever cannot be made out may concern a deal all the same: it costs one ordinary run.
    hints.add(name, 'dataverse', id === null ? {} : { opportunities: [id] });
    await reply.code(200).send();
  }

  for (const suffix of ['', '/:connection']) {
    app.post<Named>(`${PARTNER_CENTER_PATH}${suffix}`, { bodyLimit: MAX_EVENT_BYTES }, takePartnerEvent);
    app.post<Named>(
      `${DATAVERSE_PATH}${suffix}`,
      {
        bodyLimit: MAX_CONTEXT_BYTES,
        // Before the body is read: without the key nobody makes us read half a megabyte.
        onRequest: async (request: FastifyRequest<Named>, reply: FastifyReply) => {
          if (dataverseConnectionOf(config(), request) === null) await reply.code(401).send();
        },
      },
      takeDataverseEvent,
    );
  }
}

function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The connection whose key the request carries: the one that its address names, or whichever it fits. */
function dataverseConnectionOf(config: Config, request: FastifyRequest<Named>): string | null {
  const { connection: named } = request.params;
  let found: string | null = null;
  for (const { name, webhooks } of config.connections) {
    const settings = webhooks?.dynamics ?? null;
    if (settings === null || (named !== undefined && named !== name)) continue;
    const given = request.headers[settings.header.toLowerCase()];
    if (typeof given === 'string' && isSameKey(given, settings.key)) found ??= name;
  }
  return found;
}

/** In constant time, whatever the lengths are. */
function isSameKey(given: string, key: string): boolean {
  const [a, b] = [given, key].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
