/**
 * Change Data Capture of opportunities through jsforce's streaming. A stream that fails in any way is given up and
 * made anew with a fresh token: the library neither recovers from a dead token nor from an expired replay id, and
 * sometimes just falls silent.
 */
import { z } from 'zod';
import { type OpportunityId, parseOpportunityId } from '../../core/ids.ts';
import { safeRemoteText } from '../../core/lenses/remote-text.ts';
import type { ChangeHint, Logger } from '../../core/ports.ts';
import type { Clock } from '../http/index.ts';
import type { EventStream, SalesforceClient, StreamMessage } from './client.ts';

export interface ChangeEventsOptions {
  readonly client: SalesforceClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Why a stream ended. `expired`: the events after the replay id are not kept any more. */
type End = 'aborted' | 'unauthorized' | 'expired' | 'denied' | 'broken' | 'silent';

const CHANNEL = '/data/OpportunityChangeEvent';
const NEW_ONLY = -1;
/** A waiting request is answered after two minutes at the latest. */
const SILENCE_MS = 5 * 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** What a person has to mend, or a day's allowance that is used up. */
const DENIED_PAUSE_MS = 60 * 60_000;
/** How long a try waits for an answer. */
const TRY_MS = 60_000;
const MAX_SAID = 300;
/** Our own writes come back as events; they are known. */
const OUR_CLIENT = /;client=cosell-sync$/;
const MAX_IDS = 2_000;

const ChangeEvent = z.looseObject({
  payload: z.looseObject({
    ChangeEventHeader: z.looseObject({
      recordIds: z.array(z.string().max(30)).max(MAX_IDS),
      changeOrigin: z.string().max(500).nullish(),
    }),
  }),
});
const FailureReason = z.looseObject({ sfdc: z.looseObject({ failureReason: z.string() }) });
const Replay = z.looseObject({ event: z.looseObject({ replayId: z.int() }) });

/** Listens until the signal is set. Never throws. */
export async function listenToChanges(
  options: ChangeEventsOptions,
  from: string | null,
  onHint: (hint: ChangeHint) => void,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, logger } = options;
  const position = { replayId: parseReplayId(from) };
  let failures = 0;
  let isTokenDead = false;
  // Whoever begins without a place to go on has just begun, and looks anyway.
  let isGapless = true;
  while (!signal.aborted) {
    let end: End;
    try {
      await (isTokenDead ? client.renew(signal) : client.signIn(signal));
      const onSubscribed = (): void => {
        failures = 0;
        if (!isGapless && position.replayId === null) onHint({ opportunities: [], next: null });
        isGapless = false;
      };
      end = await hold(options, position, onHint, signal, { onSubscribed });
    } catch (error) {
      end = 'broken';
      if (!signal.aborted && failures === 0)
        logger.warn({ err: error }, 'Change events cannot be listened to');
    }
    if (end === 'aborted' || signal.aborted) return;
    // Some hosts only cut the connection of a dead token: what breaks twice gets a fresh one.
    isTokenDead = end === 'unauthorized' || (end === 'broken' && failures > 0);
    if (end === 'expired') {
      position.replayId = null;
      isGapless = false;
    }
    failures += 1;
    const fields = { end, failures };
    if (end === 'denied') logger.warn(fields, 'Salesforce refuses change events; polling goes on');
    else logger.debug(fields, 'The stream of change events ended');
    await clock.sleep(pauseMs(end, failures, clock.random()), signal).catch(() => undefined);
  }
}

/** What became of a try: whether the org takes the subscription, and what it said where it did not. */
export interface Tried {
  readonly end: 'subscribed' | 'no-answer' | Exclude<End, 'aborted' | 'silent'>;
  /** The server's own words; null where there are none. */
  readonly said: string | null;
}

/** Subscribes as listening does and ends at once, with a goodbye. @throws what the signal was aborted with, or a failed sign-in */
export async function tryToListen(
  options: Pick<ChangeEventsOptions, 'client' | 'clock'>,
  signal: AbortSignal,
): Promise<Tried> {
  await options.client.signIn(signal);
  const over = new AbortController();
  const found: { isSubscribed: boolean; said: string | null } = { isSubscribed: false, said: null };
  options.clock.sleep(TRY_MS, over.signal).then(
    () => over.abort(),
    () => undefined,
  );
  const end = await hold(options, { replayId: null }, () => {}, AbortSignal.any([signal, over.signal]), {
    onSubscribed() {
      found.isSubscribed = true;
      over.abort();
    },
    onRefused(said) {
      found.said = said === '' ? null : safeRemoteText(said, MAX_SAID);
    },
  });
  over.abort();
  signal.throwIfAborted();
  if (found.isSubscribed) return { end: 'subscribed', said: null };
  return { end: end === 'aborted' || end === 'silent' ? 'no-answer' : end, said: found.said };
}

/** Full jitter under a doubling ceiling. */
function pauseMs(end: End, failures: number, random: number): number {
  if (end === 'denied') return DENIED_PAUSE_MS;
  const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 20));
  return FIRST_PAUSE_MS / 2 + random * ceiling;
}

/** Who is told how a stream begins. */
interface Ears {
  readonly onSubscribed: () => void;
  /** @param said the server's words */
  readonly onRefused?: (said: string) => void;
}

/** One stream, until it ends. */
function hold(
  { client, clock }: Pick<ChangeEventsOptions, 'client' | 'clock'>,
  position: { replayId: number | null },
  onHint: (hint: ChangeHint) => void,
  signal: AbortSignal,
  { onSubscribed, onRefused }: Ears,
): Promise<End> {
  return new Promise((resolve) => {
    const over = new AbortController();
    let heardAt = clock.now();
    let stream: EventStream | null = null;

    const finish = (end: End): void => {
      if (over.signal.aborted) return;
      // A goodbye while it can still be sent; then nothing more goes out, nor is repeated.
      if (end === 'aborted') stream?.disconnect();
      over.abort();
      signal.removeEventListener('abort', stop);
      stream?._dispatcher.close();
      resolve(end);
    };
    const stop = (): void => finish('aborted');
    signal.addEventListener('abort', stop, { once: true });

    const watch = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await clock.sleep(SILENCE_MS, over.signal);
        if (clock.now() - heardAt >= SILENCE_MS) finish('silent');
      }
    };
    watch().catch(() => undefined);

    stream = client.openStream({
      incoming(message, pass) {
        heardAt = clock.now();
        if (over.signal.aborted) return pass(null);
        const end = endOf(message);
        if (end !== null) {
          onRefused?.(reasonOf(message));
          finish(end);
          return pass(null);
        }
        if (message.channel === '/meta/subscribe') onSubscribed();
        pass(message);
      },
      outgoing(message, pass) {
        if (over.signal.aborted) return pass(null);
        if (message.channel === '/meta/subscribe')
          message.ext = { replay: { [CHANNEL]: position.replayId ?? NEW_ONLY } };
        pass(message);
      },
    });
    // Salesforce has long polling only; asking for more costs a refused request each time.
    stream.disable('websocket');
    stream.on('transport:down', () => finish('broken'));
    stream.subscribe(CHANNEL, (data) => {
      if (over.signal.aborted) return;
      const replay = Replay.safeParse(data);
      if (replay.success) position.replayId = replay.data.event.replayId;
      const next = position.replayId === null ? null : String(position.replayId);
      const opportunities = opportunitiesOf(data);
      if (opportunities !== null) onHint({ opportunities, next });
    });
  });
}

/** The opportunities of an event; empty when it is not about single ones; null when it is our own write's. */
function opportunitiesOf(data: unknown): readonly OpportunityId[] | null {
  const event = ChangeEvent.safeParse(data);
  if (!event.success) return [];
  const { recordIds, changeOrigin } = event.data.payload.ChangeEventHeader;
  if (OUR_CLIENT.test(changeOrigin ?? '')) return null;
  const ids = recordIds.map(parseOpportunityId);
  return ids.every((id) => id !== null) ? ids : [];
}

/** What a refusal says: of a handshake, the reason behind it. */
function reasonOf({ error, ext }: StreamMessage): string {
  const reason = FailureReason.safeParse(ext);
  return reason.success ? reason.data.sfdc.failureReason : typeof error === 'string' ? error : '';
}

/** Whether a message ends the stream, and why. */
function endOf(message: StreamMessage): End | null {
  if (message.successful !== false) return null;
  const error = typeof message.error === 'string' ? message.error : '';
  if (error.startsWith('401') || reasonOf(message).startsWith('401')) return 'unauthorized';
  if (message.channel === '/meta/subscribe' && /^400::The replayId/i.test(error)) return 'expired';
  if (/limit exceeded/i.test(error)) return 'denied';
  if (message.channel === '/meta/subscribe' && /^40[034]/.test(error) && !/unknown client/i.test(error))
    return 'denied';
  return 'broken';
}

function parseReplayId(text: string | null): number | null {
  const number = Number(text);
  return text !== null && /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : null;
}
