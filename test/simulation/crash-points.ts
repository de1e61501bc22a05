/** Plain lives of deals, and what becomes of them when the process dies at the n-th await boundary. */
import type { UserAction } from './actions.ts';
import { type Circumstances, calm, type Event, type Fault, type Scenario } from './scenario.ts';
import { simulate, type Verdict } from './simulate.ts';

export interface Story {
  readonly name: string;
  /**
   * Whether some deaths leave a question to a person: a record that went on from a write that nobody heard of does not
   * tell whether it arrived.
   */
  readonly mayAsk?: boolean;
  readonly scenario: Scenario;
}

function act(run: number, action: UserAction, value = 1): Event {
  return { kind: 'user', at: { run, step: 0 }, pick: 0, action, value };
}

function strike(run: number, fault: Fault, system: 'crm' | 'partnerCenter', value = 1): Event {
  return { kind: 'fault', at: { run, step: 0 }, pick: 0, fault, system, value };
}

/** Runs are far enough apart that a create without an answer is settled before anybody acts again. */
function story(name: string, events: readonly Event[], circumstances: Partial<Circumstances> = {}): Story {
  const runs = Math.max(...events.map(({ at }) => at.run)) + 1;
  return {
    name,
    scenario: { seed: name, circumstances: calm({ runs, minutesBetweenRuns: 20, ...circumstances }), events },
  };
}

export const STORIES: readonly Story[] = [
  story('an opportunity is shared', [act(0, 'crm.create')]),
  story('an opportunity is shared while lists lag', [act(0, 'crm.create')], { listLagMinutes: 12 }),
  story('an inbound deal becomes an opportunity', [act(0, 'portal.receive')]),
  story('both sides edit different fields', [
    act(0, 'crm.create'),
    act(2, 'crm.amount', 4),
    act(2, 'portal.notes', 7),
  ]),
  story(
    'both sides edit one field',
    [act(0, 'crm.create'), act(2, 'crm.notes', 4), act(2, 'portal.notes', 7)],
    {
      winner: 'crm',
    },
  ),
  story('an inbound deal is accepted and won', [
    act(0, 'portal.receive'),
    act(2, 'portal.notes', 3),
    act(4, 'crm.close', 2),
  ]),
  story('an inbound deal is declined', [act(0, 'portal.receive'), act(2, 'crm.decline', 1)]),
  story('help is asked of Microsoft from the beginning', [act(0, 'crm.create'), act(0, 'crm.askForHelp')]),
  story('help is asked of Microsoft while lists lag', [act(0, 'crm.create'), act(0, 'crm.askForHelp')], {
    listLagMinutes: 12,
    minutesBetweenRuns: 2,
  }),
  story('help is asked of Microsoft later', [
    act(0, 'crm.create'),
    act(2, 'crm.askForHelp'),
    act(4, 'portal.microsoftAnswers'),
  ]),
  story('both sides make the same edit', [
    act(0, 'crm.create'),
    act(2, 'crm.sameNotes', 1),
    act(2, 'portal.sameNotes', 1),
  ]),
  story('both sides edit one field and nobody has said who wins', [
    act(0, 'crm.create'),
    act(2, 'crm.notes', 4),
    act(2, 'portal.notes', 7),
  ]),
  story('an inbound deal is won before anybody has accepted it', [
    act(0, 'portal.receive'),
    act(2, 'crm.close', 2),
  ]),
  story('a deal is lost, edited once more and reopened', [
    act(0, 'crm.create'),
    act(2, 'crm.close', 1),
    act(4, 'crm.amount', 5),
    act(6, 'crm.open', 0),
  ]),
  {
    ...story('somebody marks the deal just before a write arrives', [
      act(0, 'crm.create'),
      act(2, 'crm.notes', 4),
      strike(2, 'hot', 'partnerCenter', 2),
    ]),
    mayAsk: true,
  },
  story('an opportunity is deleted', [act(0, 'crm.create'), act(2, 'crm.delete')]),
  story('an opportunity is copied with its tag', [act(0, 'crm.create'), act(2, 'crm.copy')], {
    copiesTag: true,
  }),
  story('one of two opportunities is refused, then corrected', [
    act(0, 'crm.create', 1),
    act(0, 'crm.poison', 1),
    act(0, 'crm.create', 2),
    act(4, 'crm.notes', 9),
  ]),
  story(
    'the answer to a create is lost while lists lag',
    [act(0, 'crm.create'), strike(0, 'lost-after', 'partnerCenter')],
    {
      listLagMinutes: 12,
      minutesBetweenRuns: 2,
    },
  ),
  story('the answer to a new opportunity is lost', [
    act(0, 'portal.receive'),
    strike(0, 'lost-after', 'crm'),
  ]),
  story('a host asks for a pause', [
    act(0, 'crm.create'),
    act(2, 'crm.notes', 4),
    strike(2, 'refused', 'partnerCenter'),
  ]),
  story('an edit is committed after the feed has passed its time', [
    act(0, 'crm.create'),
    act(2, 'crm.lateNotes', 90),
    act(2, 'portal.amount', 3),
  ]),
  story('an opportunity leaves the filter and comes back', [
    act(0, 'crm.create'),
    act(2, 'crm.syncOff'),
    act(4, 'crm.amount', 3),
    act(6, 'crm.syncOn'),
  ]),
  story('an amount is changed and taken back', [
    act(0, 'crm.create'),
    act(2, 'crm.amount', 4),
    act(3, 'crm.takeBack'),
  ]),
  story('a product is changed and taken back', [
    act(0, 'crm.create'),
    act(2, 'crm.product', 2),
    act(3, 'crm.takeBack'),
  ]),
  story('notes in Partner Center are changed and taken back', [
    act(0, 'portal.receive'),
    act(2, 'portal.notes', 3),
    act(3, 'portal.takeBack'),
  ]),
  story('the answer to an edit is lost and the edit taken back', [
    act(0, 'crm.create'),
    act(2, 'crm.amount', 4),
    strike(2, 'lost-after', 'partnerCenter'),
    act(3, 'crm.takeBack'),
  ]),
  story('the state is lost and found again by the tags', [
    act(0, 'crm.create'),
    act(0, 'portal.receive'),
    { kind: 'loseState', at: { run: 2, step: 0 }, pick: 0, value: 0 },
    act(3, 'crm.notes', 4),
  ]),
  story('an opportunity is deleted and comes back', [
    act(0, 'crm.create'),
    act(2, 'crm.delete'),
    act(4, 'crm.undelete'),
    act(4, 'crm.amount', 3),
  ]),
];

export interface CrashOutcome {
  /** Where the process died. */
  readonly run: number;
  readonly step: number;
  readonly verdict: Verdict;
}

/** Tells a story once for every boundary of every run, each time with a death there. */
export async function* crashEverywhere(
  { scenario }: Story,
  disk: Circumstances['disk'] = 'plain',
): AsyncGenerator<CrashOutcome> {
  const told = { ...scenario, circumstances: { ...scenario.circumstances, disk } };
  const { steps } = await simulate(told, { nights: false });
  for (const [run, count] of steps.entries()) {
    for (let step = 0; step < count; step += 1) {
      const crash: Event = { kind: 'crash', at: { run, step }, pick: 0, value: 0 };
      yield {
        run,
        step,
        verdict: await simulate({ ...told, events: [...told.events, crash] }, { nights: false }),
      };
    }
  }
}
