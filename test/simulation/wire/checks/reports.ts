/** G12 on the wire: what a run says about itself is what the servers saw, and a clean run left nothing unknown. */
import type { RunReport } from '../../../../src/core/store-port.ts';
import { crmWrites } from '../place.ts';
import type { Side } from '../scenario.ts';
import { SIGN_IN, type WireHistory } from '../simulate.ts';

/** What the daemon did at the servers up to now, by what was done. */
export interface Tally {
  readonly referralsCreated: number;
  readonly referralsUpdated: number;
  readonly opportunitiesCreated: number;
  readonly opportunitiesUpdated: number;
}

export function tallyOf({ place }: Pick<WireHistory, 'place'>): Tally {
  const portal = place.sandbox.partnerCenter.writeLog.filter(({ by }) => by === 'api');
  const crm = crmWrites(place.sandbox).filter(({ isOpportunity }) => isOpportunity);
  const creates = portal.filter(({ before }) => before === null).length;
  const made = crm.filter(({ operation }) => operation === 'create').length;
  return {
    referralsCreated: creates,
    referralsUpdated: portal.length - creates,
    opportunitiesCreated: made,
    opportunitiesUpdated: crm.length - made,
  };
}

/** Whether a run, or an item that it left open, names the command that mends a refused sign-in. */
export async function saysHowToSignIn({ belongings }: WireHistory, { stopped }: RunReport): Promise<boolean> {
  if (stopped?.includes(SIGN_IN) === true) return true;
  const items = await belongings.state.ledger.attention({ state: 'open', code: 'credentials' });
  return items.some(({ message }) => message.includes(SIGN_IN));
}

/** @param before what had been done when the run began, and whether creates were without an answer then */
export async function checkReport(
  history: WireHistory,
  run: number,
  report: RunReport,
  before: { readonly tally: Tally; readonly openIntents: number; readonly mark: number },
): Promise<void> {
  const { place, belongings, violations, wire } = history;
  const say = (text: string): void => {
    violations.push(`G12 run ${run} ${text}`);
  };
  const counted = place.sandbox.journal.since(before.mark).filter(({ data }) => data);
  const at = (side: Side): number =>
    counted.filter(({ system }) => (system === 'partner-center') === (side === 'partnerCenter')).length;
  const { crm, partnerCenter } = report.requests;
  if (crm !== at('crm') || partnerCenter !== at('partnerCenter'))
    say(
      `reports ${crm} and ${partnerCenter} requests, but ${at('crm')} and ${at('partnerCenter')} were served`,
    );
  const now = tallyOf(history);
  for (const key of Object.keys(now) as (keyof Tally)[]) {
    // A create of an earlier run that is found now may count now.
    const found = key.endsWith('Created') ? before.openIntents : 0;
    const done = now[key] - before.tally[key];
    if (report.wrote[key] > done + found) say(`reports ${report.wrote[key]} ${key}, but ${done} were done`);
  }
  // A whole answer of the wrong type is not believed either: what was done stays unknown until it is seen.
  const isQuietWire = wire.exchanges.every(
    (exchange) => exchange.run !== run || (exchange.delivered && exchange.fault === null),
  );
  if (isQuietWire && report.wrote.referralsUpdated !== now.referralsUpdated - before.tally.referralsUpdated)
    say(
      `reports ${report.wrote.referralsUpdated} updates of referrals, but ${now.referralsUpdated - before.tally.referralsUpdated} were done`,
    );
  const isRefused = wire.exchanges.some(
    ({ run: at, aim, status, delivered, responseBody }) =>
      at === run &&
      aim === 'sign-in' &&
      delivered &&
      status === 400 &&
      responseBody.includes('invalid_grant'),
  );
  if (isRefused && !(await saysHowToSignIn(history, report)))
    say(`was refused a sign-in and does not say how to sign in: ${report.stopped ?? 'nothing'}`);
  if (report.outcome !== 'clean') return;
  const intents = await belongings.state.ledger.intents();
  if (intents.length > 0) say(`is clean although ${intents.length} creates have no known outcome`);
  const { failedCalls } = history;
  if (failedCalls.length > 0) say(`is clean although a call failed: ${failedCalls.join('; ')}`);
}
