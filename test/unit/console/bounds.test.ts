/** What one visitor may ask of the console, and how many may keep it busy. */
import { EventEmitter } from 'node:events';
import { request as httpRequest, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createEventStreams, MAX_STREAMS } from '../../../src/daemon/console/events.ts';
import { type ConsoleUnderTest, openConsole } from '../../support/console.ts';
import { createWorld } from '../../support/world.ts';
import { visit } from './visitor.ts';

const TOKEN = 'correct-horse-battery-staple';
const opened: ConsoleUnderTest[] = [];

async function open(token: string | null = TOKEN) {
  const console = await openConsole({ worlds: { contoso: createWorld() }, token });
  opened.push(console);
  return console;
}

afterEach(async () => {
  for (const console of opened.splice(0)) await console.close();
});

/** A page's connection, as the server sees it; `unread` bytes wait in it. */
class Page extends EventEmitter {
  writableLength = 0;
  written = '';
  isOver = false;
  writeHead(): this {
    return this;
  }
  write(text: string): boolean {
    this.written += text;
    return true;
  }
  end(): void {
    this.isOver = true;
    this.emit('close');
  }
  destroy(): void {
    this.end();
  }
  asResponse(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}

describe('what a page asks for', () => {
  it.each([
    '/api/deals?limit=201',
    '/api/deals?offset=10000001',
    `/api/deals?q=${'x'.repeat(201)}`,
    `/api/deals?owner=${'x'.repeat(201)}`,
    '/api/attention?limit=2001',
    '/api/attention?offset=1000001',
    '/api/pipeline?days=401',
  ])('is refused beyond its bound: %.40s', async (path) => {
    const visitor = visit(await open());
    await visitor.signIn('Dana', TOKEN);

    expect((await visitor.get(path)).statusCode).toBe(400);
  });

  it.each(['/api/deals?limit=200', '/api/attention?limit=2000', '/api/pipeline?days=400'])(
    'is answered at its bound: %s',
    async (path) => {
      const visitor = visit(await open());
      await visitor.signIn('Dana', TOKEN);

      expect((await visitor.get(path)).statusCode).toBe(200);
    },
  );

  it('with a token longer than any is refused as nonsense, not as a try', async () => {
    const visitor = visit(await open());

    for (let attempt = 0; attempt < 6; attempt += 1)
      expect((await visitor.signIn('Eve', 'x'.repeat(1001))).statusCode).toBe(400);

    expect((await visitor.signIn('Dana', TOKEN)).statusCode).toBe(200);
  });

  it('with headers larger than any browser sends is refused, and others are served', async () => {
    const { url } = await open();

    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}/api/session`, { headers: { cookie: 'x'.repeat(20_000) } });
      request.on('response', (answer) => resolve(answer.resume().statusCode));
      request.on('error', reject).end();
    });

    expect(status).toBe(431);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('must be sent within fifteen seconds', async () => {
    expect((await open()).daemon.app.server.requestTimeout).toBe(15_000);
  });
});

describe('pages that stay open', () => {
  it('are two hundred at most; one more is told so, and has room once another is closed', async () => {
    const { url } = await open(null);
    const pages = Array.from({ length: MAX_STREAMS }, () => new AbortController());
    const connect = (signal?: AbortSignal) =>
      fetch(`${url}/api/events`, signal === undefined ? {} : { signal });
    for (const { signal } of pages) expect((await connect(signal)).status).toBe(200);

    const tooMany = await connect();

    expect(MAX_STREAMS).toBe(200);
    expect(tooMany.status).toBe(503);
    expect(tooMany.headers.get('retry-after')).toBe('60');
    expect(await tooMany.json()).toMatchObject({ error: { code: 'too-many-pages' } });
    for (const page of pages) page.abort();
  });

  it('have room again when one goes', () => {
    const streams = createEventStreams();
    const pages = Array.from({ length: MAX_STREAMS }, () => new Page());
    for (const page of pages) streams.open(page.asResponse(), {}, () => true);
    expect(streams.isFull).toBe(true);

    pages[0]?.end();

    expect([streams.isFull, streams.size]).toEqual([false, MAX_STREAMS - 1]);
    streams.close();
  });

  it('and do not read what they are told are given up, the others are not', () => {
    const streams = createEventStreams();
    const [reads, sleeps] = [new Page(), new Page()];
    for (const page of [reads, sleeps]) streams.open(page.asResponse(), {}, () => true);
    reads.writableLength = 256 * 1024;
    sleeps.writableLength = 256 * 1024 + 1;

    streams.send('changed', { connection: 'contoso' });

    expect([reads.isOver, sleeps.isOver]).toEqual([false, true]);
    expect(reads.written).toContain('event: changed\ndata: {"connection":"contoso"}\n\n');
    expect(streams.size).toBe(1);
    streams.close();
  });
});
