/** Sending a registration, or the corrections of one: under If-Match, committed from what Partner Center returned. */

import { registrationChanges } from '../core/decide-registration.ts';
import { RemoteError } from '../core/errors.ts';
import { canonicalJson } from '../core/lenses/canonical-json.ts';
import type { Action } from '../core/plan.ts';
import type { Referral } from '../core/ports.ts';
import { correctionsTo, registrationStatusOf, SENT_KEY } from '../core/registration.ts';
import type { RegistrationWrite } from '../core/registration-values.ts';
import type { Link } from '../core/store-port.ts';
import type { EngineDependencies, RunOptions } from './dependencies.ts';
import { type RunState, sentHistory } from './run-state.ts';

interface Context {
  readonly dependencies: EngineDependencies;
  readonly state: RunState;
  readonly options: RunOptions;
}

/**
 * Registers a won deal or corrects its registration. The list does not always say whether a deal is registered, so
 * what is not known is read first: a deal is never registered twice.
 */
export async function applyRegistration(
  { dependencies, state, options }: Context,
  action: Extract<Action, { type: 'register-deal' }>,
  link: Link,
  held: Referral,
): Promise<{ link: Link; referral: Referral }> {
  const { partnerCenter, ledger } = dependencies;
  const before =
    (held.registrations ?? []).length === 0 || held.version === null
      ? await partnerCenter.find(held.id, options)
      : held;
  if (before === null || before.version === null)
    throw new RemoteError(`Referral ${held.id} shows no version, so it cannot be registered safely.`, {
      code: 'not-visible',
      system: 'partnerCenter',
    });
  if (partnerCenter.register === undefined)
    throw new RemoteError(`Referral ${held.id} cannot be registered through this Partner Center.`, {
      code: 'rejected',
      system: 'partnerCenter',
    });
  const requestId = dependencies.newId();
  const write = stillToSend(action, before);
  const referral =
    write === null
      ? before
      : await partnerCenter.register(before.id, before.version, write, requestId, options);
  const at = dependencies.now().toISOString();
  const current = (await ledger.linksByOpportunity([link.opportunityId])).get(link.opportunityId) ?? link;
  const updated: Link = {
    ...current,
    // Where nothing was left to send, a review that somebody else has moved on is to be judged afresh.
    written:
      write === null && registrationStatusOf(before) !== 'ActionRequired'
        ? current.written
        : { ...current.written, [SENT_KEY]: canonicalJson(action.values) },
    changedAt: at,
  };
  await ledger.commit({
    links: [updated],
    referrals: [{ record: referral, dueAt: null }],
    due: [{ side: 'opportunity', id: link.opportunityId, dueAt: at }],
    history:
      write === null
        ? []
        : sentHistory(
            state,
            at,
            { changes: registrationChanges(write), reason: action.reason },
            { opportunityId: link.opportunityId, referralId: link.referralId, requestId },
          ),
  });
  if (write !== null) state.wrote.referralsUpdated += 1;
  return { link: updated, referral };
}

/** What of the action is left to send, now that the registration is known as it stands; null: nothing. */
function stillToSend(
  { registration, values }: Extract<Action, { type: 'register-deal' }>,
  referral: Referral,
): RegistrationWrite | null {
  const status = registrationStatusOf(referral);
  if (registration.type === 'register') return status === null ? registration : null;
  const before = referral.registrations?.[0]?.values;
  if (status !== 'ActionRequired' || before === undefined) return null;
  const changes = correctionsTo(values, before);
  return Object.keys(changes).length === 0 ? null : { type: 'correct', changes, before };
}
