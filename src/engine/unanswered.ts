/** Creates whose answer never came: looked for, not repeated. */
import { type Decision, NOTHING } from '../core/plan.ts';
import type { Intent } from '../core/store-port.ts';
import type { DecideContext } from './decided.ts';

/** A create whose answer never came is looked for, not repeated. */
export function unanswered(intent: Intent, { timing }: DecideContext): Decision {
  const { opportunityId, referralId } = intent;
  const what =
    intent.kind === 'create-opportunity'
      ? `The opportunity for referral ${referralId}`
      : intent.kind === 'invite-microsoft'
        ? `The invitation of Microsoft for opportunity ${opportunityId}`
        : `The referral for opportunity ${opportunityId}`;
  const message = `${what} was sent for creation at ${intent.since}, but no answer came. It is looked for and only sent again when it has stayed away for the grace period.`;
  return {
    ...NOTHING,
    lookAgainAt: timing.after(1),
    findings: [
      {
        key: `parked:unknown-outcome:${opportunityId ?? referralId}`,
        kind: 'parked',
        code: 'unknown-outcome',
        opportunityId,
        referralId,
        fields: [],
        message,
        values: [],
      },
    ],
  };
}

/** An invitation without an answer is looked for, not sent again; everything else about the pair goes on. */
export function withoutUnanswered(
  decision: Decision,
  intent: Intent | undefined,
  context: DecideContext,
): Decision {
  if (intent?.kind !== 'invite-microsoft') return decision;
  const actions = decision.actions.filter(({ type }) => type !== 'invite-microsoft');
  if (actions.length === decision.actions.length) return decision;
  const waiting = unanswered(intent, context);
  return {
    ...decision,
    actions,
    findings: [...decision.findings, ...waiting.findings],
    lookAgainAt: decision.lookAgainAt ?? waiting.lookAgainAt,
  };
}
