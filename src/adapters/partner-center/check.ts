import { RemoteError } from '../../core/errors.ts';
import type { CheckResult } from '../../core/ports.ts';
import type { Clock } from '../http/index.ts';
import type { AccessToken, Api } from './client.ts';
import { ListPayload } from './schema.ts';

export interface CheckOptions {
  readonly api: Api;
  readonly accessToken: AccessToken;
  readonly clock: Clock;
  readonly connection: string;
  readonly signal: AbortSignal;
}

/** Beyond this, times of ours and the server's cannot be compared, and sign-in begins to fail. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Checks sign-in, the right to read referrals, and the clock. Never throws but for an abort. */
export async function checkPartnerCenter(options: CheckOptions): Promise<readonly CheckResult[]> {
  const { api, accessToken, clock, connection, signal } = options;
  try {
    await accessToken({ signal });
  } catch (error) {
    return [failed('Partner Center sign-in', error, remedyOfSignIn(error, connection), signal)];
  }
  const signIn = passed('Partner Center sign-in', 'An access token was granted.');
  const request = {
    operation: 'Read one referral of the list',
    method: 'GET',
    path: '?$top=1',
    signal,
  } as const;
  try {
    const response = await api.send(request);
    const { value } = ListPayload.parse(api.parse(response, request));
    const seen =
      value.length > 0
        ? 'The list can be read. With any role but Referrals admin (company scope) it shows only some deals.'
        : 'The list can be read but is empty: either there are no deals yet, or the role shows none. Use a Referrals admin with company scope.';
    return [
      signIn,
      passed('Partner Center referrals', seen),
      checkClock(api.serverTime(response) - clock.now()),
    ];
  } catch (error) {
    return [signIn, failed('Partner Center referrals', error, remedyOfList(error), signal)];
  }
}

const TRY_LATER = 'Check the address in the configuration and the network, or try again later.';

/** Signing in again helps where the refusal itself says so, not against a wrong app or a host that does not answer. */
function remedyOfSignIn(error: unknown, connection: string): string {
  const command = `cosell-sync auth login ${connection}`;
  if (!(error instanceof RemoteError) || error.message.includes(command)) return `Sign in: ${command}`;
  return ['unauthorized', 'forbidden', 'configuration'].includes(error.code)
    ? 'Correct the app of partnerCenter in the configuration (clientId, clientSecret or certificateFile), or its registration.'
    : TRY_LATER;
}

function remedyOfList(error: unknown): string {
  const isRefused = error instanceof RemoteError && ['unauthorized', 'forbidden'].includes(error.code);
  return isRefused
    ? 'Give the signed-in user the Referrals admin role with company scope in Partner Center.'
    : TRY_LATER;
}

function checkClock(differenceMs: number): CheckResult {
  const seconds = Math.round(differenceMs / 1000);
  const detail = `Partner Center's clock differs from this machine's by ${Math.abs(seconds)} s.`;
  if (Math.abs(differenceMs) <= CLOCK_TOLERANCE_MS) return passed('Clock', detail);
  return { name: 'Clock', ok: false, detail, remedy: 'Let this machine keep time by NTP.' };
}

function passed(name: string, detail: string): CheckResult {
  return { name, ok: true, detail, remedy: null };
}

function failed(name: string, error: unknown, remedy: string, signal: AbortSignal): CheckResult {
  signal.throwIfAborted();
  const detail =
    error instanceof RemoteError ? error.message : 'The answer is not what Partner Center sends.';
  return { name, ok: false, detail, remedy };
}
