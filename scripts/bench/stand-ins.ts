/** The stand-ins' process, as the benchmark talks to it. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { Ask, Counts, StartOptions, Urls } from './protocol.ts';

const Answer = z.object({ id: z.number(), value: z.unknown().optional(), error: z.string().optional() });
const UrlsAnswer = z.object({ crm: z.string(), partnerCenter: z.string(), entra: z.string() });
const Side = z.object({ reads: z.number(), writes: z.number() });
const CountsAnswer = z.object({ crm: Side, partnerCenter: Side });

export interface StandIns {
  readonly urls: Urls;
  /** Requests since this was last asked. */
  count(): Promise<Counts>;
  advance(milliseconds: number): Promise<void>;
  /** How many could be edited, at most `count`; likewise below. */
  editOpportunities(count: number): Promise<number>;
  editReferrals(count: number): Promise<number>;
  flagUnshareable(count: number): Promise<number>;
  close(): void;
}

/** Starts the process and the stand-ins in it. */
export async function startStandIns(options: StartOptions): Promise<StandIns> {
  const child = fork(join(import.meta.dirname, 'sandbox-process.ts'));
  const waiting = new Map<number, { done(value: unknown): void; fail(error: Error): void }>();
  let lastId = 0;
  child.on('message', (message) => {
    const { id, value, error } = Answer.parse(message);
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.done(value);
    else call?.fail(new Error(error));
  });
  child.on('exit', (code) => {
    for (const { fail } of waiting.values()) fail(new Error(`The stand-ins ended with code ${code}.`));
  });
  const ask = (question: Ask): Promise<unknown> =>
    new Promise((done, fail) => {
      lastId += 1;
      waiting.set(lastId, { done, fail });
      child.send({ id: lastId, ask: question });
    });
  const asked = async (question: Ask): Promise<number> => z.number().parse(await ask(question));
  const close = (): void => {
    if (child.connected) child.disconnect();
  };
  try {
    return {
      urls: UrlsAnswer.parse(await ask({ do: 'start', options })),
      count: async () => CountsAnswer.parse(await ask({ do: 'count' })),
      advance: async (milliseconds) => void (await ask({ do: 'advance', milliseconds })),
      editOpportunities: (count) => asked({ do: 'editOpportunities', count }),
      editReferrals: (count) => asked({ do: 'editReferrals', count }),
      flagUnshareable: (count) => asked({ do: 'flagUnshareable', count }),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
