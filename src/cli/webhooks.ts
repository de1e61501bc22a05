/** `webhooks`: who gets Partner Center's events, registering for them, testing the way, and handing them back. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { TEST_EVENT } from '../core/webhook-event.ts';
import { type PartnerListener, partnerListeners } from '../core/webhook-listeners.ts';
import { otherEvents, shownAddress, type WebhookRegistration } from '../core/webhook-registration.ts';
import {
  handBackRegistration,
  keepRegistration,
  type RegistrationContext,
} from '../engine/webhook-registration.ts';
import { eachConnection, type Gathered, selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import { wrap } from './format.ts';
import { printJson, TEXT_WIDTH } from './output.ts';
import type { Services } from './services.ts';
import { describe, exitCodeOf, type RegistrationView, remedyFor, viewOf } from './webhooks-view.ts';

/** The listeners of the selected connections. @throws ConfigurationError when none listens */
function listenersOf(services: Services, config: Config): readonly PartnerListener[] {
  const selected = new Set(selectConnections(config, services.globals.connection).map(({ name }) => name));
  const listeners = partnerListeners(config).filter(({ connections }) =>
    connections.some((name) => selected.has(name)),
  );
  if (listeners.length > 0) return listeners;
  throw new ConfigurationError([
    `No connection${services.globals.connection === null ? '' : ' of that name'} listens to Partner Center. Give it webhooks: { partnerCenter: {} } and set server.publicUrl in ${config.file}.`,
  ]);
}

async function contextOf(
  services: Services,
  config: Config,
  { connection, wanted }: PartnerListener,
): Promise<RegistrationContext> {
  const { registrations, memory } = await services.webhooks(config, connection);
  const signal = AbortSignal.any([services.stop, services.abort]);
  return { registrations, memory, wanted, now: services.now, signal };
}

async function look({ registrations, memory, signal }: RegistrationContext, listener: PartnerListener) {
  return viewOf(listener, await registrations.find({ signal }), await memory.load());
}

/** Does the work for each selected listener, and prints one document or the lines that it gave. */
async function forEach<T extends object>(
  services: Services,
  key: string,
  work: (
    listener: PartnerListener,
    context: RegistrationContext,
  ) => Promise<{ readonly result: T; readonly text: string; readonly exitCode: ExitCode }>,
): Promise<ExitCode> {
  const config = await services.loadConfig();
  const listeners = listenersOf(services, config);
  const gathered: Gathered<{ readonly result: T; readonly text: string }> = await eachConnection(
    services,
    listeners.map(({ connection }) => connection),
    async ({ name }) => {
      const listener = listeners.find((one) => one.name === name);
      if (listener === undefined) throw new TypeError(`${name} does not listen.`);
      const { result, text, exitCode } = await work(listener, await contextOf(services, config, listener));
      return { result: { result, text }, exitCode };
    },
  );
  if (services.globals.json)
    printJson(services, { [key]: gathered.results.map(({ result }) => result) }, gathered.failures);
  else for (const { text } of gathered.results) services.terminal.out(`${text}\n`);
  return gathered.exitCode;
}

const lines = (name: string, ...texts: readonly (string | null)[]): string =>
  [name, ...texts.flatMap((text) => (text === null ? [] : [wrap(text, TEXT_WIDTH, '  ')]))].join('\n');

/** Says where events go. Exit code 3 where we do not get all we want. */
export function webhooksStatus(services: Services): Promise<ExitCode> {
  return forEach(services, 'registrations', async (listener, context) => {
    const view = await look(context, listener);
    return { result: view, text: statusText(view), exitCode: exitCodeOf(view) };
  });
}

function statusText(view: RegistrationView): string {
  const { connections, events, previous, replacedAt } = view;
  return lines(
    connections.join(', '),
    describe(view),
    events.length === 0 ? null : `Events: ${events.join(', ')}.`,
    previous === null || view.state === 'handedBack'
      ? null
      : `Until ${replacedAt?.slice(0, 10) ?? ''} they went to ${previous.url} (${previous.events.join(', ')}); cosell-sync webhooks hand-back restores that.`,
    remedyFor(view),
  );
}

/**
 * Registers for events, or mends our registration. Somebody else's is left, exit code 5, unless it is to be taken over.
 */
export function webhooksRegister(
  services: Services,
  options: { readonly takeOver: boolean },
): Promise<ExitCode> {
  return forEach(services, 'registrations', async (listener, context) => {
    const outcome = await keepRegistration(context, options.takeOver ? 'takeOver' : 'register');
    const view = await look(context, listener);
    const name = listener.connections.join(', ');
    const result = { did: outcome.did, ...view };
    if (outcome.did === 'left') {
      const others = otherEvents(outcome.current);
      const warning =
        others.length === 0
          ? null
          : `It also gets ${others.join(', ')}, which would then come here and be ignored: there is one address for all events.`;
      // Also where it was handed back: a person asks for it again, and it takes a take-over.
      const foreign = { ...view, state: 'foreign' as const };
      const text = lines(name, describe(foreign), warning, remedyFor(foreign));
      return { result, text, exitCode: 5 };
    }
    const took =
      outcome.did === 'takenOver'
        ? `They went to ${shownAddress(outcome.from.url)} before; cosell-sync webhooks hand-back restores that.`
        : null;
    const others = view.otherEvents.length === 0 ? null : `Ignored here: ${view.otherEvents.join(', ')}.`;
    return { result, text: lines(name, describe(view), took, others), exitCode: exitCodeOf(view) };
  });
}

export interface TestOptions {
  /** Milliseconds between two looks at how the test fares. */
  readonly pauseMs?: number;
  readonly looks?: number;
}

/** Has Partner Center send a test event, and waits for it to be delivered. Exit code 3 when it was not. */
export function webhooksTest(
  services: Services,
  { pauseMs = 1_000, looks = 30 }: TestOptions = {},
): Promise<ExitCode> {
  return forEach<object>(services, 'tests', async (listener, context) => {
    const { registrations, signal } = context;
    const name = listener.connections.join(', ');
    const view = await look(context, listener);
    if (view.registeredUrl !== view.url || !view.events.includes(TEST_EVENT)) {
      const detail = view.registeredUrl === view.url ? 'test events are not registered for' : describe(view);
      const result = { connection: listener.name, correlationId: null, state: 'failed', detail };
      const text = `No test event was asked for: ${detail.replace(/\.$/, '')}.`;
      return { result, text: lines(name, text, remedyFor(view)), exitCode: 3 };
    }
    const id = await registrations.startTest({ signal });
    let test = await registrations.findTest(id, { signal });
    for (let n = 1; n < looks && test.state === 'waiting'; n += 1) {
      await pause(pauseMs, undefined, { signal });
      test = await registrations.findTest(id, { signal });
    }
    const { state, detail } = test;
    const result = { connection: listener.name, correlationId: id, state, detail };
    if (state === 'delivered') {
      const text = 'Partner Center delivered a test event, and the address took it.';
      return { result, text: lines(name, text), exitCode: 0 };
    }
    const what = `The test event was not delivered${detail === null ? ' in time' : `: ${detail}`}.`;
    const remedy = `The daemon must be running and ${listener.wanted.url} must reach it from the internet; a daemon that does not trust the signature answers 401. See docs/webhooks.md.`;
    return { result, text: lines(name, what, remedy), exitCode: 3 };
  });
}

/**
 * Restores the registration that stood before ours, or registers another address in our place.
 * @param to the other address; null: the remembered one
 */
export async function webhooksHandBack(
  services: Services,
  to: WebhookRegistration | null,
): Promise<ExitCode> {
  return forEach(services, 'registrations', async (listener, context) => {
    const outcome = await handBackRegistration(context, to);
    const view = await look(context, listener);
    const name = listener.connections.join(', ');
    const result = { did: outcome.did, ...view };
    switch (outcome.did) {
      case 'handedBack':
      case 'nothing':
        return {
          result,
          text: lines(
            name,
            `Events go to ${shownAddress(outcome.to.url)} (${outcome.to.events.join(', ')}).`,
            'The daemon leaves that alone until cosell-sync webhooks register is run again.',
          ),
          exitCode: 0,
        };
      case 'unknown': {
        const text =
          'Nothing stood before our registration, and Partner Center has no way to remove one. Name the address that should have the events: cosell-sync webhooks hand-back --to URL';
        return { result, text: lines(name, text), exitCode: 5 };
      }
      case 'notOurs': {
        const text = `The registration is not ours to give back. ${describe(view)}`;
        return { result, text: lines(name, text), exitCode: 5 };
      }
    }
  });
}
