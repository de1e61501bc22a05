/** The end of a history: the wire and the people are quiet, the daemon goes on, and then everything must hold. */
import { MISTAKE } from '../../../src/engine/mistakes.ts';
import { checkAgreement } from './checks/agreement.ts';
import { checkEdits } from './checks/edits.ts';
import { checkFeeds } from './checks/feeds.ts';
import { checkRegistrations } from './checks/registrations.ts';
import { checkCurrencies, checkUntouched } from './checks/untouched.ts';
import { crmWrites } from './place.ts';
import type { WireHistory } from './simulate.ts';

/** Runs after which whatever needs no person must agree: the grace of a create without an answer included. */
const QUIET_RUNS = 5;
const QUIET_MINUTES = 11;
const SILENT_RUNS = 2;
const REGISTRABLE_MINUTES = 74 * 60;

export async function quieten(history: WireHistory): Promise<void> {
  const { place, wire, scenario, violations, belongings } = history;
  let run = scenario.circumstances.runs;
  wire.calmDown();
  await history.signIn();
  // A deal that is to be registered may be won only when it has been open for three days.
  if (scenario.circumstances.registers) history.pass(REGISTRABLE_MINUTES);
  const go = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 1) {
      history.pass(QUIET_MINUTES);
      const report = await history.run(run, []);
      if (report?.outcome === 'incomplete')
        violations.push(`G10 a quiet run is incomplete: ${report.stopped ?? ''}`);
      run += 1;
    }
  };
  await go(QUIET_RUNS);
  const writes = (): number =>
    crmWrites(place.sandbox).length +
    place.sandbox.partnerCenter.writeLog.filter(({ by }) => by === 'api').length;
  const before = writes();
  await go(SILENT_RUNS);
  if (writes() !== before) violations.push(`G5 quiet runs wrote ${writes() - before} times`);
  await checkAgreement(history);
  checkEdits(history);
  checkUntouched(history);
  checkCurrencies(history);
  await checkRegistrations(history);
  await checkFeeds(history);
  for (const { item } of history.named)
    if (item.code === MISTAKE) violations.push(`G1 a mistake was made: ${item.message}`);
  const intents = await belongings.state.ledger.intents();
  if (intents.length > 0) violations.push(`G12 ${intents.length} intents are still open once quiet`);
  for (const { method, id, rule } of place.sandbox.partnerCenter.illegalCalls)
    violations.push(`G8 an illegal ${method} of ${id ?? 'a new referral'} was sent (${rule})`);
}
