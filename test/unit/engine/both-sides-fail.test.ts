import { expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { createWorld } from '../../support/world.ts';

const REMEDY = 'Sign in: cosell-sync auth login contoso';

it('a refused sign-in is told of while the CRM cannot be reached either', async () => {
  const world = createWorld();
  world.crm.changes = async function* () {
    yield* [];
    throw new RemoteError('The CRM could not be reached.', { code: 'unavailable', system: 'crm' });
  };
  world.partnerCenter.changes = async () => {
    throw new RemoteError(`The sign-in was refused. ${REMEDY}`, { code: 'unauthorized', system: 'entra' });
  };

  const report = await world.run();

  expect(report.outcome).toBe('incomplete');
  expect(report.stopped).toContain(REMEDY);
  expect(report.stopped).toContain('The CRM could not be reached.');
  const [item] = await world.open('notice');
  expect(item).toMatchObject({ code: 'credentials', message: expect.stringContaining(REMEDY) });
});

it('a mistake of ours on one side is not hidden by an outage of the other', async () => {
  const world = createWorld();
  world.crm.changes = async function* () {
    yield* [];
    throw new RemoteError('The CRM could not be reached.', { code: 'unavailable', system: 'crm' });
  };
  world.partnerCenter.changes = async () => {
    throw new TypeError('This should not have happened.');
  };

  await expect(world.run()).rejects.toThrow('This should not have happened.');
});
