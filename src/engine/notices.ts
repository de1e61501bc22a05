/** Telling operators: once for each new item, in one message a run and channel. A channel that fails changes no run. */
import { RemoteError, type System } from '../core/errors.ts';
import { newsOf } from '../core/operator-message.ts';
import type { CallOptions, MessageChannel } from '../core/ports.ts';
import type { AttentionItem } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
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
      return {
        id: '',
        key,
        kind: 'notice',
        code: 'credentials',
        opportunityId: null,
        referralId: null,
        fields: [],
        message: `Nothing is synchronised until somebody acts: ${message}`,
        values: [],
        since: at,
        lastSeenAt: at,
        count: 1,
        state: 'open',
        covers: [],
        decisions: {},
        why: null,
      };
    }),
  });
}

/** Sends what is new on every channel. Never throws for a channel's failure: it is logged and tried in the next run. */
export async function sendNotices(dependencies: EngineDependencies, options: CallOptions): Promise<void> {
  const { channels = [], ledger } = dependencies;
  if (channels.length === 0) return;
  const open = await ledger.attention({ state: 'open' });
  for (const channel of channels) await sendOn(dependencies, channel, open, options);
}

function metaKey({ name }: MessageChannel): string {
  return `told:${name}`;
}

async function sendOn(
  { connection, ledger, logger }: EngineDependencies,
  channel: MessageChannel,
  open: readonly AttentionItem[],
  options: CallOptions,
): Promise<void> {
  const before = (await ledger.meta(metaKey(channel))) ?? '';
  const sent = new Set(before.split('\n'));
  const { message, items, marks } = newsOf(open, { connection, on: channel.on, sent });
  if (message !== null) {
    try {
      await channel.send(message, options);
      logger.info({ channel: channel.name, items: items.length }, 'Operators were told');
    } catch (error) {
      if (!(error instanceof RemoteError)) {
        // Whatever it is, the run's result stands.
        if (!options.signal.aborted)
          logger.error({ channel: channel.name, error }, 'Telling operators broke down');
        return;
      }
      const { code, status, remoteCode, outcomeUnknown } = error;
      logger.warn(
        { channel: channel.name, code, status, remoteCode, outcomeUnknown },
        'Operators could not be told',
      );
      // A message that may have arrived is not sent again: twice is worse than a line in the log.
      if (!outcomeUnknown) return;
    }
  }
  const after = marks.join('\n');
  if (after !== before) await ledger.commit({ meta: { [metaKey(channel)]: after } });
}
