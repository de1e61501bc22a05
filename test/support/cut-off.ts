/** Runs that end in the middle of a write. */
import { expect } from 'vitest';
import { RemoteError } from '../../src/core/errors.ts';
import type { World } from './world.ts';

class Killed extends Error {}

type RemoteSide = 'crm' | 'partnerCenter';

/** Runs until the first write to that side took effect, and not a step further. */
export async function dieAfterWrite(world: World, side: RemoteSide): Promise<void> {
  const { ledger } = world;
  const { commit } = ledger;
  world[side].afterWrite = () => {
    world[side].afterWrite = null;
    Object.assign(ledger, { commit: () => Promise.reject(new Killed()) });
  };
  await expect(world.run()).rejects.toThrow(Killed);
  Object.assign(ledger, { commit });
}

/** Runs; the first write to that side takes effect, but its answer is lost. */
export async function loseAnswer(world: World, side: RemoteSide): Promise<void> {
  world[side].afterWrite = () => {
    world[side].afterWrite = null;
    throw new RemoteError('No answer came.', { code: 'unavailable', system: side, outcomeUnknown: true });
  };
  await world.run();
}

/** Runs until just before the first write to that side, and not a step further. */
export async function dieBeforeWrite(world: World, side: RemoteSide): Promise<void> {
  world[side].onWrite = () => {
    world[side].onWrite = null;
    throw new Killed();
  };
  await expect(world.run()).rejects.toThrow(Killed);
}
