/**
 * What happens between the daemon and the servers: it decides which requests are struck, and writes down every one of
 * them with what was done and what the daemon was told.
 */
import type { FaultRule } from '../../../src/sandbox/kernel/faults.ts';
import type { SandboxSystem } from '../../../src/sandbox/kernel/journal.ts';
import type { SandboxRequest, SandboxResponse } from '../../../src/sandbox/kernel/server.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { Gate, Trace } from '../gate.ts';
import { drawOf } from '../random.ts';
import { bend, isBefore, linkOf, type OpenRule, ruleAfter, ruleBefore, textOf } from './bend.ts';
import { inspectPreconditions } from './checks/preconditions.ts';
import { createKnowledge, type Knowledge } from './knowledge.ts';
import { isWrite, noteExchange } from './marks.ts';
import { crmWrites, type Place } from './place.ts';
import type { Aim, Side, WireFault, WireFaultKind, WireScenario } from './scenario.ts';

/** One request, as the server saw it and as the daemon was answered. */
export interface WireExchange {
  readonly run: number;
  readonly side: Side;
  readonly aim: Aim;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** What struck it; null: nothing did. */
  fault: WireFaultKind | null;
  /** The server's own status; 0 when it never heard of the request. */
  status: number;
  /** Whether the daemon got the server's answer as it was. */
  delivered: boolean;
  /** Whether it made a record. */
  creates: boolean;
  requestBody: string;
  responseBody: string;
}

export interface Wire {
  readonly exchanges: readonly WireExchange[];
  readonly knowledge: Knowledge;
  readonly marks: Set<string>;
  readonly violations: string[];
  /** A run begins: its faults are armed. @param gate what people and deaths pass through meanwhile */
  begin(run: number, gate: Gate): void;
  /** The run is over. */
  end(): void;
  /** Nothing is struck any more. */
  calmDown(): void;
}

const NEXT_PAGE = /skiptoken|\/query\/01g/iu;
const MAX_RETRY_AFTER = 90;

/** Microsoft's sign-in service counts as Partner Center's, also when it signs in to Dynamics 365. */
function sideOf(system: SandboxSystem): Side {
  return system === 'salesforce' || system === 'dataverse' ? 'crm' : 'partnerCenter';
}

/** Stretches a wire between the daemon and the servers of a place. */
export function createWire(scenario: WireScenario, place: Place, trace: Trace): Wire {
  const { sandbox, mapping } = place;
  const exchanges: WireExchange[] = [];
  const knowledge = createKnowledge();
  const marks = new Set<string>();
  const violations: string[] = [];
  let gate: Gate | null = null;
  let run = -1;
  let isCalm = false;
  let seen = new Map<string, number>();
  let current: { readonly exchange: WireExchange; rule: OpenRule | null } | null = null;
  let lastLink: string | null = null;
  let createsBefore = 0;

  const faultFor = (side: Side, aim: Aim): WireFault | null => {
    const key = `${side} ${aim}`;
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    // Nothing strikes a person who signs in between two runs.
    if (isCalm || gate === null) return null;
    const found = scenario.events.find(
      (event) =>
        event.kind === 'fault' &&
        event.run === run &&
        event.side === side &&
        event.aim === aim &&
        event.nth === nth,
    );
    return found?.kind === 'fault' ? found : null;
  };

  /** Whether a request is about the one deal at which Partner Center fails from some run on. */
  const isAtFailingDeal = ({ side, target }: WireExchange): boolean => {
    const fails = scenario.events.some(
      (event) => event.kind === 'spell' && event.spell === 'deal-fails' && event.run <= run,
    );
    if (!fails || isCalm || gate === null || side !== 'partnerCenter') return false;
    const [deal] = place.referrals();
    return deal !== undefined && target.includes(`/referrals/${String(deal.id)}`);
  };

  const note = (exchange: WireExchange): void => {
    const path = exchange.target.split('?')[0] ?? '';
    trace.line(`${exchange.method} ${path} ${exchange.status} ${exchange.fault ?? ''}`);
    noteExchange(exchanges, exchange, sandbox, marks);
  };

  sandbox.faults.take = ({ system, method, target, write, body = '' }): FaultRule | null => {
    const isSignIn = system === 'entra' || /\/oauth2?\//u.test(target);
    const side = sideOf(system);
    const aim = aimOf({ isSignIn, write, target, body });
    const exchange: WireExchange = {
      run,
      side,
      aim,
      method,
      target,
      fault: null,
      status: 0,
      delivered: false,
      creates: false,
      requestBody: '',
      responseBody: '',
    };
    exchanges.push(exchange);
    current = { exchange, rule: null };
    const fault = faultFor(side, aim);
    if (isAtFailingDeal(exchange)) {
      marks.add('deal-fails');
      exchange.fault = 'broken';
      note(exchange);
      return ruleBefore(system, 'broken', 1);
    }
    if (fault === null) return null;
    if (!isBefore(fault.fault)) {
      current.rule = ruleAfter(system);
      exchange.fault = fault.fault;
      return current.rule;
    }
    if (fault.fault === 'expired') {
      if (isSignIn) return null;
      expireTokens(sandbox, side);
      exchange.fault = 'expired';
      return null;
    }
    exchange.fault = fault.fault;
    const seconds = 1 + Math.floor(drawOf(scenario.seed, 'wait', run, exchanges.length) * MAX_RETRY_AFTER);
    note(exchange);
    return ruleBefore(system, fault.fault, seconds);
  };

  sandbox.hooks.beforeEffect = (request, system) => {
    if (current === null) return;
    const { exchange } = current;
    exchange.requestBody = request.body;
    createsBefore = createsOf(sandbox);
    if (isWrite(exchange)) violations.push(...inspectPreconditions(request, system, knowledge, mapping));
  };

  sandbox.hooks.afterEffect = async (request: SandboxRequest, response: SandboxResponse) => {
    if (current === null) return;
    const { exchange, rule } = current;
    exchange.status = response.status;
    exchange.responseBody = textOf(response);
    if (exchange.aim === 'sign-in') knowledge.learnSecrets(exchange.responseBody);
    const kind = exchange.fault;
    if (rule !== null && kind !== null && !bend(rule, kind, request, response, lastLink))
      exchange.fault = null;
    exchange.delivered =
      rule === null || exchange.fault === null || kind === 'wrong-type' || kind === 'link-repeated';
    if (exchange.delivered) knowledge.learn(response, exchange.responseBody);
    exchange.creates = createsOf(sandbox) > createsBefore;
    lastLink = linkOf(exchange.responseBody) ?? lastLink;
    note(exchange);
    // Between the effect and its answer people act, and the process may die.
    if (gate !== null) await Promise.race([gate.pass(`${exchange.side} has answered`), gate.death]);
  };

  return {
    exchanges,
    knowledge,
    marks,
    violations,
    begin(next, itsGate) {
      run = next;
      gate = itsGate;
      seen = new Map();
    },
    end() {
      gate = null;
    },
    calmDown() {
      isCalm = true;
    },
  };
}

/** What a request is for. */
function aimOf({
  isSignIn,
  write,
  target,
  body,
}: {
  readonly isSignIn: boolean;
  readonly write: boolean;
  readonly target: string;
  readonly body: string;
}): Aim {
  if (isSignIn) return 'sign-in';
  if (write) return body.includes('"/registrations/') ? 'register' : 'write';
  return NEXT_PAGE.test(target) ? 'page' : 'read';
}

function createsOf(sandbox: Sandbox): number {
  const referrals = sandbox.partnerCenter.writeLog.filter(({ before }) => before === null).length;
  return referrals + crmWrites(sandbox).filter(({ operation }) => operation === 'create').length;
}

function expireTokens(sandbox: Sandbox, side: Side): void {
  if (side === 'crm') sandbox.salesforceApi.signIn.expireAll();
  sandbox.entra.change({ expireAccessTokens: true });
}
