/** The daemon in this process, with all that it says. */
import { runCommandLine } from '../../src/wiring/command-line.ts';

export interface DaemonHere {
  readonly url: string;
  /** Everything said so far. */
  log(): string;
  /** Stops it; resolves with its exit code. */
  stop(): Promise<number>;
}

/** Runs `start` and waits until its server is up. @throws Error with what it said, when it ends before that */
export async function startDaemonHere(
  configFile: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<DaemonHere> {
  let log = '';
  let tellUrl: (url: string) => void = () => {};
  const isUp = new Promise<string>((resolve) => {
    tellUrl = resolve;
  });
  const keep = (text: string): void => {
    log += text;
    const url = /"url":"([^"]+)"/.exec(text)?.[1];
    if (url !== undefined) tellUrl(url);
  };
  const stop = new AbortController();
  const ended = runCommandLine({
    words: ['start', '--config', configFile],
    cwd,
    env,
    stop: stop.signal,
    abort: new AbortController().signal,
    nodeVersion: process.version,
    logTo: { write: keep },
    terminal: {
      hasOutput: false,
      isInteractive: false,
      canRedraw: false,
      colour: false,
      out: keep,
      err: keep,
      ask: () => Promise.reject(new Error('Nobody is there to answer.')),
    },
  });
  const url = await Promise.race([
    isUp,
    ended.then((code) => {
      throw new Error(`The daemon ended with ${code}:\n${log}`);
    }),
  ]);
  return {
    url,
    log: () => log,
    stop() {
      stop.abort();
      return ended;
    },
  };
}
