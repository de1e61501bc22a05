/** One history over the wire, from its scenario to its verdict. */
import type { AttentionItem, RunReport } from '../../../src/core/store-port.ts';
import { performRun } from '../../../src/engine/run.ts';
import { createDisk } from '../disk.ts';
import { type Clock, createGate, createTrace, type Gate, type Trace } from '../gate.ts';
import { checkReport, saysHowToSignIn, tallyOf } from './checks/reports.ts';
import { inspectWords } from './checks/secrecy.ts';
import { type Belongings, CONNECTION, type Life, openLife, type WireSabotage } from './life.ts';
import { createPeople, type People } from './people.ts';
import { openPlace, type Place } from './place.ts';
import { quieten } from './quiet.ts';
import type { PersonActs, WireEvent, WireScenario } from './scenario.ts';
import { createWire, type Wire } from './wire.ts';

export interface WireOptions {
  readonly sabotage?: WireSabotage;
  readonly keepsTrace?: boolean;
}

export interface WireVerdict {
  readonly seed: string;
  readonly violations: readonly string[];
  /** Identifies the history: the same scenario always has the same. */
  readonly traceHash: string;
  readonly marks: ReadonlySet<string>;
  readonly trace: readonly string[];
  readonly requests: number;
}

/** How the daemon says that a person must sign in anew. */
export const SIGN_IN = `cosell-sync auth login ${CONNECTION}`;

/** What an item said, and when. */
export interface Named {
  readonly sequence: number;
  readonly item: AttentionItem;
}

/** Everything about a history that is under way. */
export interface WireHistory {
  readonly scenario: WireScenario;
  readonly place: Place;
  readonly wire: Wire;
  readonly people: People;
  readonly belongings: Belongings;
  readonly trace: Trace;
  readonly named: Named[];
  readonly violations: string[];
  /** Calls of the run under way that failed for good. */
  readonly failedCalls: string[];
  /** One run of the daemon. Null: the process died. */
  run(number: number, events: readonly WireEvent[]): Promise<RunReport | null>;
  pass(minutes: number): void;
  signIn(): Promise<void>;
}

/** Lives through a scenario and checks every guarantee on the way and at the end. */
export async function simulateWire(scenario: WireScenario, options: WireOptions = {}): Promise<WireVerdict> {
  const { circumstances, seed } = scenario;
  const trace = createTrace(options.keepsTrace === true);
  const place = await openPlace(circumstances);
  const { sandbox } = place;
  const disk = createDisk(circumstances.disk, () => sandbox.clock.now());
  const violations: string[] = [];
  let requests = 0;
  let marks: ReadonlySet<string> = new Set();
  try {
    sandbox.entra.change({
      accessTokenSeconds: circumstances.tokenSeconds,
      rotateStrictly: circumstances.rotatesStrictly,
    });
    const history = await openHistory({ scenario, options, trace, place, disk, violations });
    ({ marks } = history.wire);
    for (let run = 0; run < circumstances.runs; run += 1) {
      await history.run(
        run,
        scenario.events.filter((event) => event.run === run),
      );
      history.pass(circumstances.minutesBetweenRuns);
    }
    await quieten(history);
    requests = history.wire.exchanges.length;
    violations.push(...history.wire.violations);
  } catch (error) {
    violations.push(
      `the daemon threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  } finally {
    await sandbox.close();
    await disk.dispose();
  }
  for (const text of violations) trace.line(`violation ${text}`);
  return {
    seed,
    violations: [...new Set(violations)],
    traceHash: trace.hash(),
    marks,
    trace: trace.lines,
    requests,
  };
}

interface Opening {
  readonly scenario: WireScenario;
  readonly options: WireOptions;
  readonly trace: Trace;
  readonly place: Place;
  readonly disk: ReturnType<typeof createDisk>;
  readonly violations: string[];
}

async function openHistory(opening: Opening): Promise<WireHistory> {
  const { scenario, options, trace, place, disk, violations } = opening;
  const { sandbox } = place;
  const wire = createWire(scenario, place, trace);
  let sequence = 0;
  const tick = (): number => {
    sequence += 1;
    return sequence;
  };
  const people = createPeople(place, tick);
  const named: Named[] = [];
  const belongings: Belongings = { state: await disk.open(), credentials: new Map() };
  const failedCalls: string[] = [];
  let ids = 0;
  const begin = (): Life =>
    openLife({
      place,
      belongings,
      sabotage: options.sabotage ?? {},
      newId: () => {
        ids += 1;
        return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
      },
      hear: (where, words) => inspectWords(wire, violations, where, words),
      onFailure: (text) => void failedCalls.push(text),
      onItem: (item) => void named.push({ sequence: tick(), item }),
    });
  let life = begin();
  const clock: Clock = {
    now: () => sandbox.clock.now(),
    passSeconds: (seconds) => sandbox.clock.advance(seconds * 1000),
  };

  const history: WireHistory = {
    scenario,
    place,
    wire,
    people,
    belongings,
    trace,
    named,
    violations,
    failedCalls,
    pass: (minutes) => sandbox.clock.advance(minutes * 60_000),
    // A command of its own, which nothing happens to.
    signIn: () =>
      begin().tokens.deviceCodeLogin({ onPrompt: () => {}, signal: new AbortController().signal }),
    async run(number, events) {
      if (!scenario.circumstances.staysUp) life = begin();
      const waiting = events.filter((event) => event.kind === 'person' || event.kind === 'death');
      let boundary = '';
      const noteBoundary = (text: string): string => {
        if (!text.endsWith('dies')) boundary = text;
        return text;
      };
      const gate = createGate({
        seed: scenario.seed,
        run: number,
        clock,
        trace: { ...trace, line: (text) => void trace.line(noteBoundary(text)) },
        jitter: false,
        moment: async (step) => comeToPass(history, waiting, step),
      });
      setSpells(history, events);
      life.enter(gate);
      wire.begin(number, gate);
      failedCalls.length = 0;
      const before = {
        tally: tallyOf(history),
        openIntents: (await belongings.state.ledger.intents()).length,
        mark: sandbox.journal.entries.at(-1)?.n ?? 0,
      };
      const report = await runUntilDeath(life, gate);
      await life.idle();
      wire.end();
      if (report === null) {
        wire.marks.add(markOfDeath(boundary));
        belongings.state = await disk.crash();
        life = begin();
      } else {
        // Ports are not the seed's.
        trace.line(`reports ${JSON.stringify(report).replace(/127\.0\.0\.1:\d+/gu, 'the host')}`);
        await checkReport(history, number, report, before);
        if (await saysHowToSignIn(history, report)) {
          await history.signIn();
          wire.marks.add('sign-in-named-and-renewed');
        }
      }
      comeToPass(history, waiting, Number.POSITIVE_INFINITY);
      return report;
    },
  };
  return history;
}

/** Everything that is due until a boundary. @returns whether the process dies there */
function comeToPass({ people, trace }: WireHistory, waiting: WireEvent[], step: number): boolean {
  let dies = false;
  for (const event of [...waiting]) {
    if ((event.kind !== 'person' && event.kind !== 'death') || event.step > step) continue;
    waiting.splice(waiting.indexOf(event), 1);
    if (event.kind === 'person') {
      const id = people.act(event satisfies PersonActs);
      if (id !== null) trace.line(`${event.action} ${id}`);
    } else if (Number.isFinite(step)) dies = true;
  }
  return dies;
}

function setSpells({ place }: WireHistory, events: readonly WireEvent[]): void {
  const { partnerCenter, salesforce, entra } = place.sandbox;
  const has = (spell: string): boolean =>
    events.some((event) => event.kind === 'spell' && event.spell === spell);
  partnerCenter.switches.listLagMs = has('lists-lag') ? 40_000 : 0;
  partnerCenter.switches.shiftRows = has('rows-shift');
  salesforce.switches.lateCommitSeconds = has('late-commits') ? 30 : 0;
  if (has('revoked')) entra.change({ revoke: true, expireAccessTokens: true });
}

function markOfDeath(boundary: string): string {
  if (boundary.endsWith('has answered')) return 'crash-between-effect-and-answer';
  return boundary.endsWith('the next request') ? 'crash-before-a-request' : 'crash-at-a-commit';
}

/** Null when the process died before its end. */
async function runUntilDeath(life: Life, gate: Gate): Promise<RunReport | null> {
  const signal = new AbortController().signal;
  const run = performRun(life.dependencies, { signal, stop: signal, only: null, full: false });
  // A process that dies takes its unsettled promises with it.
  run.catch(() => {});
  return Promise.race([run, gate.death.then(() => null)]);
}
