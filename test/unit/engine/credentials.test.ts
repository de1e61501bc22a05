import { describe, expect, it } from 'vitest';
import type { CredentialLife } from '../../../src/core/credential-lives.ts';
import { AT_ONCE } from '../../../src/core/delivery.ts';
import { watchCredentials } from '../../../src/engine/credentials.ts';
import { createWorld } from '../../support/world.ts';

const DAY_MS = 86_400_000;

function watched() {
  const world = createWorld();
  const state = { lives: [] as CredentialLife[], failure: null as Error | null };
  const dependencies = {
    ...world.dependencies,
    messages: {
      delivery: AT_ONCE,
      consoleUrl: null,
      ownerMail: null,
      warnDays: [14, 7, 1],
      credentialLives: async () => {
        if (state.failure !== null) throw state.failure;
        return state.lives;
      },
    },
  };
  const endIn = (days: number): void => {
    const endsAt = new Date(dependencies.now().getTime() + days * DAY_MS).toISOString();
    state.lives = [{ key: 'partner-center', what: 'The sign-in', endsAt, remedy: 'Sign in again.' }];
  };
  const watch = () => watchCredentials(dependencies);
  return { world, state, endIn, watch, serial: async () => (await world.ledger.identity()).serial };
}

describe('credentials that end soon', () => {
  it('raise one item a step, which goes when somebody has renewed them', async () => {
    const { world, endIn, watch } = watched();
    const keys: string[][] = [];
    for (const days of [20, 10, 9, 5, 80]) {
      endIn(days);
      await watch();
      keys.push((await world.open()).map(({ key }) => key.replace(/^.*:/, '')));
    }

    expect(keys).toEqual([[], ['14'], ['14'], ['7'], []]);
  });

  it('are told of once: what is known or dismissed changes no ledger', async () => {
    const { world, endIn, watch, serial } = watched();
    endIn(5);
    await watch();
    const before = await serial();
    await watch();
    const [item] = await world.open();
    if (item === undefined) throw new TypeError('Nothing was raised.');
    await world.ledger.commit({ attention: [{ ...item, state: 'dismissed', why: 'known' }] });

    const raised = await watch();

    expect(await serial()).toBe(before + 1);
    expect(raised).toEqual([]);
    expect(await world.open()).toEqual([]);
  });

  it('leave what is open alone where they cannot be looked at', async () => {
    const { world, state, endIn, watch } = watched();
    endIn(5);
    await watch();
    state.failure = new Error('no disk');

    await watch();

    expect(await world.open()).toHaveLength(1);
  });
});
