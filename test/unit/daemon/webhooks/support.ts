/** Time that moves when told, requests that are only written down, and a server with nothing but the event routes. */
import fastify, { type FastifyInstance } from 'fastify';
import type { Config, ConnectionConfig, WebhooksConfig } from '../../../../src/core/config-types.ts';
import type { DaemonEvent } from '../../../../src/daemon/events.ts';
import type { RunRequest } from '../../../../src/daemon/requests.ts';
import type { Scheduler } from '../../../../src/daemon/scheduler.ts';
import type { ServerContext } from '../../../../src/daemon/server.ts';
import type { Verify } from '../../../../src/daemon/webhooks/events.ts';
import { createHints } from '../../../../src/daemon/webhooks/hints.ts';
import { mountEventRoutes } from '../../../../src/daemon/webhooks/routes.ts';
import { createFake } from '../../cli/fake-services.ts';

export interface FakeTime {
  readonly scheduler: Pick<Scheduler, 'after'>;
  now(): number;
  /** Moves on, and calls what is due on the way. */
  pass(milliseconds: number): void;
}

export function createTime(at = Date.parse('2026-03-01T10:00:00Z')): FakeTime {
  let now = at;
  let timers: { readonly at: number; readonly handler: () => void }[] = [];
  return {
    now: () => now,
    scheduler: {
      after(milliseconds, handler) {
        const timer = { at: now + milliseconds, handler };
        timers.push(timer);
        return {
          cancel() {
            timers = timers.filter((other) => other !== timer);
          },
        };
      },
    },
    pass(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const [next] = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.handler();
      }
      now = end;
    },
  };
}

export const PARTNER: NonNullable<WebhooksConfig['partnerCenter']> = {
  register: true,
  events: ['referral-created', 'referral-updated', 'test-created'],
  certificateHosts: ['certificates.example'],
  trustFile: null,
};
export const KEY = 'a key that only Dynamics knows';

/** A configuration of connections with these events. */
export async function configOf(
  connections: readonly {
    readonly name: string;
    readonly tenantId?: string;
    readonly webhooks?: WebhooksConfig;
  }[],
): Promise<Config> {
  const base = await createFake().services.loadConfig();
  const [template] = base.connections;
  if (template === undefined) throw new Error('The fixture has a connection.');
  return {
    ...base,
    server: { ...base.server, publicUrl: 'https://sync.example' },
    connections: connections.map(
      ({ name, tenantId = name, webhooks }): ConnectionConfig => ({
        ...template,
        name,
        partnerCenter: { ...template.partnerCenter, tenantId },
        ...(webhooks === undefined ? {} : { webhooks }),
      }),
    ),
  };
}

export interface EventServer {
  readonly app: FastifyInstance;
  readonly time: FakeTime;
  readonly requests: (readonly [string, RunRequest])[];
  readonly events: DaemonEvent[];
  config: Config;
}

/** @param verify what proves events; by default, a header `proof: yes` */
export async function startEventServer(
  config: Config,
  verify: Verify = async ({ proof }) => (proof === 'yes' ? null : 'signature-wrong'),
): Promise<EventServer> {
  const time = createTime();
  const requests: [string, RunRequest][] = [];
  const events: DaemonEvent[] = [];
  const app = fastify();
  const server: EventServer = { app, time, requests, events, config };
  const hints = createHints({
    scheduler: time.scheduler,
    now: time.now,
    settleMs: () => 0,
    request: (connection, request) => requests.push([connection, request]),
  });
  const fake = createFake();
  const context = {
    config: () => server.config,
    runner: { emit: (event: DaemonEvent) => void events.push(event) },
    now: () => new Date(time.now()),
    logger: fake.world.dependencies.logger,
  } as unknown as ServerContext;
  await app.register(async (scope) =>
    mountEventRoutes(scope, context, { hints, verifierOf: async () => verify }),
  );
  return server;
}

export const REFERRAL = '0a1b2c3d-0000-4000-8000-00000000abcd';

export function partnerEvent(over: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    EventName: 'referral-updated',
    ResourceUri: `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${REFERRAL}`,
    ResourceName: 'referral',
    AuditUri: null,
    ResourceChangeUtcDate: '2026-03-01T09:59:58.1234567+00:00',
    ...over,
  });
}
