/** Telling operators: once for each new item, in one message a run and channel. A channel that fails changes no run. */
import { AT_ONCE, permissionAt } from '../core/delivery.ts';
import { RemoteError, type System } from '../core/errors.ts';
import { newsOf } from '../core/operator-message.ts';
import type { Finding } from '../core/plan.ts';
import type { CallOptions, MessageChannel } from '../core/ports.ts';
import type { AttentionItem } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
import { toItem } from './findings.ts';
import type { RunState } from './run-state.ts';

const SYSTEMS: readonly System[] = ['crm', 'partnerCenter', 'graph', 'entra'];
/** The items that refused sign-ins raise; they go when both sides can be read again. */
export const CREDENTIAL_KEYS: readonly string[] = SYSTEMS.map((system) => `notice:credentials:${system}`);

/** Raises an item for each host that refused to let us in. */
export async function raiseRefusedSignIns(
  { ledger, now }: EngineDependencies,
  state: RunState,
): Promise<void> {
  const at = now().toISOString();
  const refused = [...state.stopped].filter(([, { code }]) => code === 'unauthorized');
  if (refused.length === 0) return;
  await ledger.commit({
    attention: refused.map(([system, { message }]): AttentionItem => {
      const key = `notice:credentials:${system}`;
      state.raised.set(key, 'notice');
      const finding: Finding = {
        key,
        kind: 'notice',
        code: 'credentials',
        opportunityId: null,
        referralId: null,
        fields: [],
        message: `Nothing is synchronised until somebody acts: ${message}`,
        values: [],
      };
      return toItem(finding, at, undefined);
    }),
  });
}

/** Sends what is new and may go out now on every channel. Never throws for a channel's failure: it is tried again. */
export async function sendNotices(dependencies: EngineDependencies, options: CallOptions): Promise<void> {
  const { channels = [], ledger } = dependencies;
  if (channels.length === 0 || options.signal.aborted) return;
  const open = await ledger.attention({ state: 'open' });
  for (const channel of channels)
    if (!options.signal.aborted) await sendOn(dependencies, channel, open, options);
}

async function sendOn(
  dependencies: EngineDependencies,
  channel: MessageChannel,
  open: readonly AttentionItem[],
  options: CallOptions,
): Promise<void> {
  const { connection, ledger, messages, logger } = dependencies;
  const { delivery = AT_ONCE, consoleUrl = null } = messages ?? {};
  const [toldKey, digestKey] = [`told:${channel.name}`, `digest:${channel.name}`];
  const at = dependencies.now().toISOString();
  const told = await ledger.meta(toldKey);
  const lastDigest = delivery.digest === null ? null : await ledger.meta(digestKey);
  const permission = permissionAt(delivery, lastDigest ?? at, at);
  const { message, items, marks } = newsOf(open, {
    connection,
    on: channel.on,
    sent: new Set((told ?? '').split('\n')),
    permission,
    lastDigest,
    urgent: delivery.urgent,
    consoleUrl,
  });
  const before = { [toldKey]: told, ...(delivery.digest === null ? {} : { [digestKey]: lastDigest }) };
  // Waiting for the first digest begins when it is switched on.
  const nextDigest = permission === 'digest' || lastDigest === null ? at : lastDigest;
  const after = {
    [toldKey]: marks.join('\n'),
    ...(delivery.digest === null ? {} : { [digestKey]: nextDigest }),
  };
  const isSame = Object.entries(after).every(([key, value]) => (before[key] ?? '') === value);
  if (!isSame || message !== null) await ledger.commit({ meta: after });
  if (message === null) return;
  // What may have gone out is never sent again, also when this process dies meanwhile: so it counts as sent from here.
  const outcome = await attempt(() => channel.send(message, options), logger, channel.name, options);
  if (outcome === 'failed') await ledger.commit({ meta: before });
  if (outcome === 'sent') logger.info({ channel: channel.name, items: items.length }, 'Operators were told');
}

/** Sends, and says what became of it: `unknown` may have arrived. Throws nothing. */
export async function attempt(
  send: () => Promise<void>,
  logger: EngineDependencies['logger'],
  channel: string,
  { signal }: CallOptions,
): Promise<'sent' | 'failed' | 'unknown'> {
  try {
    await send();
    return 'sent';
  } catch (error) {
    if (error instanceof RemoteError) {
      const { code, status, remoteCode, outcomeUnknown } = error;
      logger.warn(
        { channel, code, status, remoteCode, outcomeUnknown },
        outcomeUnknown ? 'It is not known whether a message arrived' : 'A message could not be sent',
      );
      return outcomeUnknown ? 'unknown' : 'failed';
    }
    // A call that was cut off may have arrived.
    if (signal.aborted) return 'unknown';
    logger.error({ channel, err: error }, 'Sending a message broke down');
    return 'failed';
  }
}
