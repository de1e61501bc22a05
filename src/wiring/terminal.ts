/** The process's own streams as commands use them. A reader that went away is no reason to stop a run. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Terminal } from '../cli/services.ts';
import { guardTerminal } from '../core/lenses/text.ts';

export interface Streams {
  readonly stdin: NodeJS.ReadStream | ReadStream;
  readonly stdout: NodeJS.WriteStream | WriteStream;
  readonly stderr: NodeJS.WriteStream | WriteStream;
}

export interface ProcessTerminal extends Terminal {
  /** Whether anything has been written to standard output. */
  readonly hasOutput: boolean;
  /** Resolves when what was written has been handed over. */
  flush(): Promise<void>;
}

/** @param colour whether colours are wanted where a terminal can show them */
export function createTerminal({ stdin, stdout, stderr }: Streams, colour: boolean): ProcessTerminal {
  let hasOutput = false;
  const closed = new Set<NodeJS.WritableStream>();
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader has seen enough (`| head`): what follows goes nowhere, and the work goes on.
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
      closed.add(stream);
    });
  }
  const write = (stream: Streams['stdout'], text: string): void => {
    if (closed.has(stream)) return;
    // What goes to a program stays as it is, byte by byte; standard error is read by people, wherever it goes.
    const isShown = stream === stderr || stream.isTTY === true;
    stream.write(isShown ? guardTerminal(text, colour && stream.isTTY === true) : text);
  };
  const drained = (stream: NodeJS.WritableStream): Promise<void> =>
    new Promise((resolve) => {
      if (closed.has(stream)) resolve();
      else stream.write('', () => resolve());
    });

  return {
    get hasOutput() {
      return hasOutput;
    },
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    canRedraw: stderr.isTTY === true,
    colour: colour && stdout.isTTY === true,
    out(text) {
      hasOutput = true;
      write(stdout, text);
    },
    err: (text) => write(stderr, text),
    async ask(question, isSecret = false) {
      let isMuted = false;
      const echo = new Writable({
        write(chunk: Buffer, _encoding, done) {
          if (!isMuted) write(stderr, chunk.toString('utf8'));
          done();
        },
      });
      const lines = createInterface({ input: stdin, output: echo, terminal: true });
      try {
        const answer = lines.question(question);
        isMuted = isSecret;
        return await answer;
      } finally {
        if (isSecret) write(stderr, '\n');
        lines.close();
      }
    },
    async flush() {
      await Promise.all([drained(stdout), drained(stderr)]);
    },
  };
}
