/** One start of the real command that ends in the middle of something. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../src/sandbox/salesforce/random.ts';
import { finish, start, type Workplace } from '../../test/cli/command-line.ts';

/** Where a process can die, with how many such moments are tried. */
export const MOMENTS = {
  'remote write, before its effect': 6,
  'remote write, after its effect': 6,
  'remote read, answered or not': 8,
  'token renewal, after its effect': 2,
  'ledger commit, before it': 10,
  'ledger commit, after it': 10,
  'cursor or token file, half written': 4,
  'cursor or token file, before its rename': 4,
  'cursor or token file, after its rename': 4,
} as const;
export type Moment = keyof typeof MOMENTS;

const DIE = fileURLToPath(new URL('die.ts', import.meta.url));
const ON_DISK: Readonly<Partial<Record<Moment, string>>> = {
  'ledger commit, before it': 'commit:before',
  'ledger commit, after it': 'commit:after',
  'cursor or token file, half written': 'file:half',
  'cursor or token file, before its rename': 'file:before',
  'cursor or token file, after its rename': 'file:after',
};

/**
 * Starts a run that dies at the n-th such moment; false when it came to its end before.
 * @param meanwhile called now and then while the run is at work
 */
export async function runAndKill(
  place: Workplace,
  moment: Moment,
  n: number,
  random: Random,
  meanwhile: () => void,
): Promise<boolean> {
  const { hooks } = place.sandbox;
  let seen = 0;
  let child: ChildProcess | null = null;
  let wasKilled = false;
  const strike = (isIt: boolean): boolean => {
    if (!isIt) return false;
    seen += 1;
    if (seen !== n) return false;
    wasKilled = true;
    child?.kill('SIGKILL');
    return true;
  };
  hooks.beforeEffect = (_request, system, write) => {
    if (random.below(12) === 0) meanwhile();
    const isIt = moment === 'remote write, before its effect' && write && system !== 'entra';
    if (strike(isIt)) throw new Error('The client died before this took effect.');
    strike(moment === 'remote read, answered or not' && !write && system !== 'entra');
  };
  hooks.afterEffect = (_request, _response, system, write) => {
    strike(moment === 'remote write, after its effect' && write && system !== 'entra');
    strike(moment === 'token renewal, after its effect' && write && system === 'entra');
  };
  const onDisk = ON_DISK[moment];
  const env =
    onDisk === undefined ? {} : { COSELL_DIE_AT: `${onDisk}:${n}`, NODE_OPTIONS: `--import=${DIE}` };
  child = start(['sync', '--json', '--quiet', '--config', place.configFile], { env });
  const { code, stderr } = await finish(child);
  delete hooks.beforeEffect;
  delete hooks.afterEffect;
  const died = onDisk === undefined ? wasKilled : code === null;
  if (!died && code !== 0 && code !== 3)
    throw new Error(`A run that was not killed ended with exit code ${code}: ${stderr.trim()}`);
  return died;
}
