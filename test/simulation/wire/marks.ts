/** What a campaign must have shown: a kind of fault that never struck was not tested. */

import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { KINDS, SIDES } from './scenario.ts';
import type { WireExchange } from './wire.ts';

const RARE = [
  'token-expired-and-renewed',
  'token-lost-in-rotation',
  'sign-in-named-and-renewed',
  'page-shifted-while-walking',
  'list-lagged',
  'answer-truncated-after-create',
  '412-after-lost-answer',
  'deal-registered',
  'registration-answer-lost',
  'registration-corrected',
  'deal-fails',
  'crash-before-a-request',
  'crash-between-effect-and-answer',
  'crash-at-a-commit',
] as const;

/** Every mark that a campaign is asked for. */
export const MARKS: readonly string[] = [
  ...SIDES.flatMap((side) => KINDS.map((kind) => `${side} ${kind}`)),
  ...RARE,
];

/** Whether a request was to change a record. */
export function isWrite({ aim }: Pick<WireExchange, 'aim'>): boolean {
  return aim === 'write' || aim === 'register';
}

const ID = /[0-9a-f]{8}-[0-9a-f-]{27}|006[A-Za-z0-9]{15}/iu;

/** Marks what one more exchange shows, in the light of those before it. */
export function noteExchange(
  before: readonly WireExchange[],
  exchange: WireExchange,
  { partnerCenter, clock }: Sandbox,
  marks: Set<string>,
): void {
  const { side, fault, run, aim, creates } = exchange;
  if (fault !== null) marks.add(`${side} ${fault}`);
  if (creates && (fault === 'cut' || fault === 'truncated')) marks.add('answer-truncated-after-create');
  if (side === 'partnerCenter' && (aim === 'read' || aim === 'page')) {
    const { shiftRows, listLagMs } = partnerCenter.switches;
    if (shiftRows && aim === 'page') marks.add('page-shifted-while-walking');
    const newest = partnerCenter.writeLog.at(-1)?.at ?? '';
    if (clock.now().getTime() - Date.parse(newest) < listLagMs) marks.add('list-lagged');
  }
  const others = before.filter((other) => other !== exchange && other.side === side);
  if (aim === 'sign-in') {
    const wasRefused = before.some((other) => other.run === run && other.status === 401);
    if (exchange.delivered && exchange.status === 200 && wasRefused) marks.add('token-expired-and-renewed');
    const rotates = exchange.requestBody.includes('grant_type=refresh_token');
    if (rotates && exchange.status === 200 && !exchange.delivered) marks.add('token-lost-in-rotation');
  }
  if (aim === 'register' && exchange.status === 200) {
    const isCorrection = exchange.requestBody.includes('"/registrations/0/');
    marks.add(isCorrection ? 'registration-corrected' : 'deal-registered');
    if (!exchange.delivered) marks.add('registration-answer-lost');
  }
  if (isWrite(exchange) && hasConflict(exchange)) {
    const id = ID.exec(exchange.target + exchange.requestBody)?.[0];
    const wasLost = others.some(
      (other) =>
        isWrite(other) &&
        other.status > 0 &&
        other.status < 400 &&
        !other.delivered &&
        id !== undefined &&
        (other.target + other.requestBody).includes(id),
    );
    if (wasLost) marks.add('412-after-lost-answer');
  }
}

function hasConflict({ status, responseBody }: WireExchange): boolean {
  return status === 412 || /HTTP\/1\.1 412|"httpStatusCode":412/u.test(responseBody);
}
