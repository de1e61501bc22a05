/** Keeping the registration for events, taking it over, and giving it back. */
import { RemoteError } from '../core/errors.ts';
import {
  assessRegistration,
  isSameAddress,
  type RegistrationFinding,
  type RegistrationMemory,
  type WebhookRegistration,
  type WebhookRegistrations,
} from '../core/webhook-registration.ts';

export interface RegistrationContext {
  readonly registrations: WebhookRegistrations;
  readonly memory: RegistrationMemory;
  readonly wanted: WebhookRegistration;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export type RegistrationOutcome =
  /** All that is wanted was there. */
  | { readonly did: 'nothing' }
  | { readonly did: 'created'; readonly registration: WebhookRegistration }
  /** Ours got the events that it lacked. */
  | {
      readonly did: 'completed';
      readonly registration: WebhookRegistration;
      readonly added: readonly string[];
    }
  /** Somebody else's was replaced, and is remembered. */
  | {
      readonly did: 'takenOver';
      readonly from: WebhookRegistration;
      readonly registration: WebhookRegistration;
    }
  /** It is somebody else's, and stays so. */
  | { readonly did: 'left'; readonly current: WebhookRegistration }
  /** It was given back, and stays so until a person registers again. */
  | { readonly did: 'handedBack'; readonly at: string };

/**
 * Sees to it that we get the events we want.
 *
 * @param asked what a person allowed: `false`: the daemon by itself, which neither takes anything over nor undoes a
 *   hand-back; `register`: a person, but nobody else's registration; `takeOver`: also that
 * @throws RemoteError
 */
export async function keepRegistration(
  context: RegistrationContext,
  asked: false | 'register' | 'takeOver',
): Promise<RegistrationOutcome> {
  const remembered = await context.memory.load();
  if (asked === false && remembered !== null && remembered.handedBackAt !== null)
    return { did: 'handedBack', at: remembered.handedBackAt };
  try {
    return await keepOnce(context, asked === 'takeOver');
  } catch (error) {
    // Somebody registered between our look and our write: look again, once.
    if (!(error instanceof RemoteError) || error.code !== 'version-conflict') throw error;
    return keepOnce(context, asked === 'takeOver');
  }
}

async function keepOnce(context: RegistrationContext, mayTakeOver: boolean): Promise<RegistrationOutcome> {
  const { registrations, wanted, signal } = context;
  const current = await registrations.find({ signal });
  const finding = assessRegistration(current, wanted);
  if (finding.state === 'complete') {
    await remember(context, null);
    return { did: 'nothing' };
  }
  if (finding.state === 'foreign' && !mayTakeOver) return { did: 'left', current: finding.current };
  const registration = await withKnownEvents(context, finding, current);
  if (finding.state === 'incomplete') {
    const added = registration.events.filter((event) => finding.missing.includes(event));
    if (added.length === 0) return { did: 'nothing' };
    await registrations.replace(registration, { signal });
    await remember(context, null);
    return { did: 'completed', registration, added };
  }
  // Remembered first: what we replace could not be found out afterwards.
  await remember(context, finding.state === 'foreign' ? finding.current : null);
  if (finding.state === 'absent') {
    await registrations.create(registration, { signal });
    return { did: 'created', registration };
  }
  await registrations.replace(registration, { signal });
  return { did: 'takenOver', from: finding.current, registration };
}

/** Remembers what ours replaces. Where ours merely goes on, what it once replaced stays remembered. */
async function remember(
  { memory, now }: RegistrationContext,
  replaced: WebhookRegistration | null,
): Promise<void> {
  const before = await memory.load();
  if (replaced === null && before !== null && before.handedBackAt === null) return;
  const previous = replaced ?? before?.previous ?? null;
  await memory.save({ previous, replacedAt: now().toISOString(), handedBackAt: null });
}

/** Leaves out wanted events that the account does not have: one unknown name would have all of it refused. */
async function withKnownEvents(
  { registrations, signal }: RegistrationContext,
  { desired }: Exclude<RegistrationFinding, { state: 'complete' }>,
  current: WebhookRegistration | null,
): Promise<WebhookRegistration> {
  const known = new Set(
    [...(await registrations.listEvents({ signal })), ...(current?.events ?? [])].map((event) =>
      event.toLowerCase(),
    ),
  );
  return { url: desired.url, events: desired.events.filter((event) => known.has(event.toLowerCase())) };
}

export type HandBackOutcome =
  | { readonly did: 'handedBack'; readonly to: WebhookRegistration }
  /** It is already where it should go. */
  | { readonly did: 'nothing'; readonly to: WebhookRegistration }
  /** Nothing stood before ours, and no other address was given. */
  | { readonly did: 'unknown' }
  /** The registration is neither ours nor the one to restore. */
  | { readonly did: 'notOurs'; readonly current: WebhookRegistration | null };

/**
 * Restores the registration that stood before ours, or registers the given one in our place.
 * @throws RemoteError
 */
export async function handBackRegistration(
  context: RegistrationContext,
  to: WebhookRegistration | null,
): Promise<HandBackOutcome> {
  const { registrations, memory, wanted, now, signal } = context;
  const remembered = await memory.load();
  const target = to ?? remembered?.previous ?? null;
  if (target === null) return { did: 'unknown' };
  const current = await registrations.find({ signal });
  const note = (): Promise<void> =>
    memory.save({
      previous: target,
      replacedAt: remembered?.replacedAt ?? now().toISOString(),
      handedBackAt: now().toISOString(),
    });
  if (current !== null && isSameAddress(current.url, target.url)) {
    await note();
    return { did: 'nothing', to: target };
  }
  if (current === null || !isSameAddress(current.url, wanted.url)) return { did: 'notOurs', current };
  await registrations.replace(target, { signal });
  await note();
  return { did: 'handedBack', to: target };
}
