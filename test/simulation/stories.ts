/** Plain lives of deals, each of which is also lived with a death at every await (crash-points.ts). */
import type { UserAction } from './actions.ts';
import { type Circumstances, calm, type Event, type Fault, type Scenario } from './scenario.ts';

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
  story('the answer to the tag that goes into the CRM is lost', [
    act(0, 'crm.create'),
    strike(0, 'lost-before', 'crm'),
  ]),
  story('the list of deals ends early', [
    act(0, 'crm.create'),
    act(0, 'portal.receive'),
    act(2, 'portal.notes', 3),
    act(2, 'crm.amount', 4),
    strike(2, 'cut-short', 'partnerCenter'),
  ]),
  story('the CRM fails while it is read', [
    act(0, 'crm.create'),
    act(2, 'crm.notes', 4),
    strike(2, 'read-fails', 'crm'),
  ]),
  story('the CRM tells everything anew', [
    act(0, 'crm.create'),
    act(0, 'portal.receive'),
    act(2, 'crm.notes', 4),
    strike(2, 'cursor-forgotten', 'crm'),
  ]),
  {
    ...story('credentials are refused for a while', [
      act(0, 'crm.create'),
      act(2, 'crm.notes', 4),
      act(2, 'portal.amount', 3),
      strike(2, 'unauthorized', 'partnerCenter', 2),
      act(4, 'crm.notes', 9),
    ]),
    mayAsk: true,
  },
  story('a written row does not come back', [
    act(0, 'portal.receive'),
    act(2, 'portal.amount', 3),
    strike(2, 'not-read-back', 'crm'),
  ]),
  story(
    'many opportunities come page by page',
    [1, 2, 3, 4, 5].map((value) => act(0, 'crm.create', value)),
    { pageRows: 1 },
  ),
  story(
    'writes and creates are limited',
    [
      ...[1, 2, 3].map((value) => act(0, 'crm.create', value)),
      act(4, 'crm.notes', 4),
      act(7, 'crm.sameNotes', 1),
    ],
    { maxWritesPerRun: 2 },
  ),
  story('a trigger rounds what anybody writes', [act(0, 'portal.receive'), act(2, 'portal.amount', 3)], {
    trigger: 'rounds',
  }),
  story(
    'Partner Center says yes to a date and keeps the old one',
    [act(0, 'crm.create'), act(2, 'crm.closeDate', 4)],
    { ignoresDates: true },
  ),
  story('a deal is closed at both ends', [
    act(0, 'crm.create'),
    act(2, 'crm.close', 2),
    act(2, 'portal.close', 2),
    act(4, 'crm.notes', 4),
  ]),
  story('a deal expires while nobody answers', [act(0, 'portal.receive'), act(2, 'portal.expire')]),
  story('two opportunities are merged', [
    act(0, 'crm.create', 1),
    act(0, 'crm.create', 2),
    act(2, 'crm.merge'),
  ]),
  story('a deal comes back into sight', [
    act(0, 'crm.create'),
    act(2, 'portal.hide'),
    act(3, 'crm.notes', 4),
    act(5, 'portal.show'),
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
