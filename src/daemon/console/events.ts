/** Server-sent events: what the page must know without asking. Only that something changed, never values of records. */
import type { ServerResponse } from 'node:http';

/** A proxy or a laptop lid may cut a silent connection without a word. */
const HEARTBEAT_MS = 15_000;
/** A browser that does not read is given up; it connects again and asks anew. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** Pages that are open at the same time; each holds a connection and is written to at every step of a run. */
export const MAX_STREAMS = 200;

export interface EventStreams {
  /** Answers a request with a stream that stays open. @param isAllowed whether the session still counts, asked at each beat */
  open(response: ServerResponse, headers: Readonly<Record<string, string>>, isAllowed: () => boolean): void;
  send(event: string, data: unknown): void;
  readonly size: number;
  /** Whether no more pages are taken. */
  readonly isFull: boolean;
  close(): void;
}

export function createEventStreams(): EventStreams {
  const open = new Map<ServerResponse, () => boolean>();
  let heart: NodeJS.Timeout | null = null;

  const write = (response: ServerResponse, text: string): void => {
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
    else response.write(text);
  };
  const beat = (): void => {
    for (const [response, isAllowed] of open) {
      if (isAllowed()) write(response, ': still here\n\n');
      else response.end();
    }
  };

  return {
    open(response, headers, isAllowed) {
      response.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      response.write('retry: 2000\nevent: hello\ndata: {}\n\n');
      open.set(response, isAllowed);
      heart ??= setInterval(beat, HEARTBEAT_MS).unref();
      response.on('close', () => {
        open.delete(response);
        if (open.size > 0 || heart === null) return;
        clearInterval(heart);
        heart = null;
      });
    },
    send(event, data) {
      const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      for (const response of open.keys()) write(response, text);
    },
    get size() {
      return open.size;
    },
    get isFull() {
      return open.size >= MAX_STREAMS;
    },
    close() {
      for (const response of open.keys()) response.end();
    },
  };
}
