/** Keeps the pipeline's figures of each day: once a day for each connection, after the day's first run. */
import { countPipeline, hasPipelineDay, savePipelineDay } from '../../views/pipeline.ts';
import type { ConsoleConnection } from './dependencies.ts';

export interface RecorderOptions {
  readonly connections: () => readonly ConsoleConnection[];
  readonly now: () => Date;
  /** Gives way to others between slices. */
  readonly rest: () => Promise<void>;
}

/** The returned function is told of each finished run. */
export function createPipelineRecorder({
  connections,
  now,
  rest,
}: RecorderOptions): (name: string) => Promise<void> {
  const recorded = new Map<string, string>();
  return async (name) => {
    const day = now().toISOString().slice(0, 10);
    if (recorded.get(name) === day) return;
    const connection = connections().find(({ config }) => config.name === name);
    if (connection === undefined) return;
    recorded.set(name, day);
    try {
      const ledger = await connection.ledger();
      if (await hasPipelineDay(ledger, day)) return;
      await savePipelineDay(ledger, { day, cells: await countPipeline(ledger, rest) });
    } catch (error) {
      recorded.delete(name);
      throw error;
    }
  };
}
