import { describe, expect, it } from 'vitest';
import { parseOpportunityId } from '../../../src/core/ids.ts';
import { performRun } from '../../../src/engine/run.ts';
import { OTHER_OPPORTUNITY } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

type Answer = 'yes' | 'unclear' | 'no';

/** A referral with this tag, and runs that may ask a neighbour about it. */
function worldWith(tag: string, answer: Answer | null) {
  const id = parseOpportunityId(tag);
  if (id === null) throw new TypeError(`${tag} is no id.`);
  const world = createWorld();
  world.partnerCenter.receive({}, { tag: { kind: 'opportunity', id } });
  const asked: string[] = [];
  let reply = answer;
  const run = () =>
    performRun(
      {
        ...world.dependencies,
        ...(reply === null
          ? {}
          : {
              holdsElsewhere: async (wanted: string) => {
                asked.push(wanted);
                return reply ?? 'no';
              },
            }),
      },
      {
        full: false,
        only: null,
        stop: new AbortController().signal,
        signal: new AbortController().signal,
      },
    );
  return {
    world,
    asked,
    run,
    answer(next: Answer) {
      reply = next;
    },
  };
}

const readsAfterFeed = ({ crm }: World): number => crm.calls.reads - 1;

describe('a referral that carries the id of another CRM', () => {
  it('of another kind is left alone in silence, and its id is never asked for here', async () => {
    const { world, run } = worldWith('1e0000f5-7c1b-f011-8e4f-002248a31d05', null);

    const { outcome } = await run();

    expect([outcome, await world.open()]).toEqual(['clean', []]);
    expect(readsAfterFeed(world)).toBe(0);
  });

  it('that another connection holds is left alone in silence too', async () => {
    const { world, run, asked } = worldWith(OTHER_OPPORTUNITY, 'yes');

    const { outcome } = await run();

    expect([outcome, await world.open()]).toEqual(['clean', []]);
    expect([readsAfterFeed(world), asked]).toEqual([0, [OTHER_OPPORTUNITY]]);
  });

  it('waits while the other connection has not read its side, and is a question once nobody holds it', async () => {
    const { world, run, answer } = worldWith(OTHER_OPPORTUNITY, 'unclear');
    expect((await run()).outcome).toBe('clean');
    answer('no');
    world.pass(61);

    const { outcome } = await run();

    expect(outcome).toBe('attention');
    expect(await world.open('parked')).toMatchObject([{ code: 'tag-unknown' }]);
  });

  it('is a question where there is no other connection', async () => {
    const { world, run } = worldWith(OTHER_OPPORTUNITY, null);

    await run();

    expect(await world.open('parked')).toMatchObject([{ code: 'tag-unknown' }]);
  });
});
