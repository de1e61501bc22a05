/**
 * One loopback HTTP server of the sandbox. A stand-in is a function from request to response; this file does what
 * they share: reading bodies, faults before and after the effect, the Date header on the sandbox's clock, the journal.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SandboxClock } from './clock.ts';
import type { FaultRule, Faults } from './faults.ts';
import type { Journal, JournalEntry, SandboxSystem } from './journal.ts';

export interface SandboxRequest {
  readonly method: string;
  /** Decoded path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query as they came, undecoded. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Base URL the client used, such as `http://127.0.0.1:8801`. */
  readonly baseUrl: string;
}

export interface SandboxResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless `text` is given. */
  readonly json?: unknown;
  readonly text?: string;
  readonly contentType?: string;
}

/** Hooks for tests that kill or hold a client at a boundary. */
export interface SandboxHooks {
  beforeEffect?: (request: SandboxRequest, system: SandboxSystem, write: boolean) => void | Promise<void>;
  afterEffect?: (
    request: SandboxRequest,
    response: SandboxResponse,
    system: SandboxSystem,
    write: boolean,
  ) => void | Promise<void>;
}

export interface StandIn {
  readonly system: SandboxSystem;
  handle(request: SandboxRequest): SandboxResponse | Promise<SandboxResponse>;
  /** Whether the request would mutate something. */
  isWrite(request: SandboxRequest): boolean;
  /** Whether it is metered as a data request (sign-in and version lists are not). */
  isData(request: SandboxRequest): boolean;
  readonly jsonContentType: string;
}

export interface SandboxServerOptions {
  readonly standIn: StandIn;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly hooks: SandboxHooks;
  readonly port: number;
  readonly host?: string;
}

export interface SandboxServer {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'x-cosell-token']);

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk as Uint8Array);
    size += buffer.length;
    if (size > MAX_BODY_BYTES) throw new RangeError('The request body is larger than the sandbox takes.');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function singleHeaders(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function render(
  response: SandboxResponse,
  jsonContentType: string,
): { body: string; contentType: string | null } {
  if (response.text !== undefined)
    return { body: response.text, contentType: response.contentType ?? 'text/plain' };
  if (response.json === undefined) return { body: '', contentType: null };
  return { body: JSON.stringify(response.json), contentType: response.contentType ?? jsonContentType };
}

function faultResponse(rule: FaultRule): SandboxResponse {
  const contentType = rule.contentType === undefined ? {} : { contentType: rule.contentType };
  return { status: rule.status ?? 500, headers: rule.headers ?? {}, text: rule.body ?? '', ...contentType };
}

/** Starts a stand-in on loopback; port 0 takes a free one. */
export async function startSandboxServer(options: SandboxServerOptions): Promise<SandboxServer> {
  const { standIn, clock, journal, faults, hooks } = options;
  const host = options.host ?? '127.0.0.1';

  function send(reply: ServerResponse, response: SandboxResponse, fault: FaultRule | null): void {
    const { body, contentType } = render(response, standIn.jsonContentType);
    const bytes = Buffer.from(body, 'utf8');
    reply.sendDate = false;
    reply.setHeader('Date', clock.now().toUTCString());
    for (const [name, value] of Object.entries(response.headers ?? {})) reply.setHeader(name, value);
    if (contentType !== null && !reply.hasHeader('content-type'))
      reply.setHeader('Content-Type', contentType);
    if (response.status !== 204 && response.status !== 304) reply.setHeader('Content-Length', bytes.length);
    reply.writeHead(response.status);
    if (fault?.kind === 'cut' || fault?.kind === 'stall') {
      reply.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        if (fault.kind === 'cut') reply.destroy();
      });
      return;
    }
    reply.end(bytes);
  }

  async function answer(message: IncomingMessage, reply: ServerResponse): Promise<void> {
    const target = message.url ?? '/';
    const url = new URL(target, `http://${message.headers.host ?? host}`);
    const request: SandboxRequest = {
      method: (message.method ?? 'GET').toUpperCase(),
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      target,
      headers: singleHeaders(message),
      body: await readBody(message),
      baseUrl: `http://${message.headers.host ?? host}`,
    };
    const write = standIn.isWrite(request);
    const { method, body } = request;
    const fault = faults.take({ system: standIn.system, method, target, write, body });
    const note = (status: number, effective: boolean): JournalEntry =>
      journal.add({
        at: clock.now().toISOString(),
        system: standIn.system,
        method: request.method,
        path: request.path,
        query: url.search,
        status,
        write: write && effective,
        data: standIn.isData(request),
        fault: fault === null ? null : `${fault.kind} ${fault.when}`,
        headers: Object.fromEntries(
          Object.entries(request.headers).filter(([name]) => !SECRET_HEADERS.has(name)),
        ),
        body: request.body,
      });

    if (fault?.when === 'before' && fault.kind !== 'delay') {
      note(fault.kind === 'status' ? (fault.status ?? 500) : 0, false);
      if (fault.kind === 'status') return send(reply, faultResponse(fault), null);
      if (fault.kind === 'reset') return void message.socket.destroy();
      if (fault.kind === 'hang') return;
      return send(reply, { status: 200, json: { unfinished: true } }, fault);
    }
    await hooks.beforeEffect?.(request, standIn.system, write);
    const response = await standIn.handle(request);
    const effective = response.status < 400;
    await hooks.afterEffect?.(request, response, standIn.system, write);
    if (fault === null) {
      note(response.status, effective);
      return send(reply, response, null);
    }
    note(
      fault.kind === 'status' ? (fault.status ?? 500) : fault.kind === 'delay' ? response.status : 0,
      effective,
    );
    switch (fault.kind) {
      case 'delay':
        setTimeout(() => send(reply, response, null), fault.delayMs ?? 0);
        return;
      case 'status':
        return send(reply, faultResponse(fault), null);
      case 'reset':
        return void message.socket.destroy();
      case 'hang':
        return;
      default:
        return send(reply, response, fault);
    }
  }

  const server = createServer((message, reply) => {
    answer(message, reply).catch((error: unknown) => {
      if (reply.headersSent) return void reply.destroy();
      send(
        reply,
        { status: 500, json: { sandboxError: error instanceof Error ? error.message : String(error) } },
        null,
      );
    });
  });
  server.keepAliveTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
