/** Looks after the registrations for events: at the start, daily, and when the configuration was read again. */
import type { Finding } from '../../core/plan.ts';
import type { Logger } from '../../core/ports.ts';
import type { AttentionItem, Ledger } from '../../core/store-port.ts';
import type { PartnerListener } from '../../core/webhook-listeners.ts';
import {
  type RegistrationMemory,
  shownAddress,
  type WebhookRegistrations,
} from '../../core/webhook-registration.ts';
import { toItem } from '../../engine/findings.ts';
import { keepRegistration, type RegistrationOutcome } from '../../engine/webhook-registration.ts';

/** The registration API of a connection's partner account, and what is remembered of it. */
export interface WebhookAccount {
  readonly registrations: WebhookRegistrations;
  readonly memory: RegistrationMemory;
}

export interface KeeperOptions {
  readonly listeners: () => readonly PartnerListener[];
  readonly account: (listener: PartnerListener) => Promise<WebhookAccount>;
  readonly ledger: (connection: string) => Promise<Ledger>;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** The item that says that somebody else gets the events. */
export const DRIFT_KEY = 'notice:webhooks';

/**
 * Checks every registration and mends what is ours. Somebody else's is told of and left. Never throws: without events
 * everything works, only later.
 */
export async function keepRegistrations(options: KeeperOptions): Promise<void> {
  for (const listener of options.listeners()) {
    if (!listener.settings.register || options.signal.aborted) continue;
    await keepOne(options, listener).catch((error: unknown) => {
      if (options.signal.aborted) return;
      options.logger.warn(
        { connection: listener.name, err: error },
        'The registration for events could not be checked; it is tried again tomorrow, and polling goes on',
      );
    });
  }
}

async function keepOne(options: KeeperOptions, listener: PartnerListener): Promise<void> {
  const { account, ledger, now, logger, signal } = options;
  const { registrations, memory } = await account(listener);
  const { wanted, name } = listener;
  const outcome = await keepRegistration({ registrations, memory, wanted, now, signal }, false);
  const { did } = outcome;
  const isWrite = did === 'created' || did === 'completed';
  if (isWrite) logger.info({ connection: name, did }, 'Registered for events of Partner Center');
  else logger.debug({ connection: name, did }, 'The registration for events was checked');
  const message = problemOf(outcome, name);
  const book = await ledger(name);
  if (message === null) await book.commit({ resolved: [DRIFT_KEY] });
  else await book.commit({ attention: [driftItem(message, now().toISOString())] });
}

function problemOf(outcome: RegistrationOutcome, name: string): string | null {
  if (outcome.did !== 'left') return null;
  return `Events of Partner Center go to ${shownAddress(outcome.current.url)}, not to this daemon, which therefore sees changes only by its schedule. If that is meant, set webhooks.partnerCenter.register: false; else take them over: cosell-sync webhooks register --take-over --connection ${name}`;
}

function driftItem(message: string, at: string): AttentionItem {
  const finding: Finding = {
    key: DRIFT_KEY,
    kind: 'notice',
    code: 'webhooks',
    opportunityId: null,
    referralId: null,
    fields: [],
    message,
    values: [],
  };
  return toItem(finding, at, undefined);
}
