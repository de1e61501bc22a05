/**
 * The sandbox's control API: JSON over HTTP on a port of its own, for tests, demos and people with curl. It acts as
 * users of the remote systems do, and changes how those systems behave. `GET /` lists every route with its body.
 *
 * - `GET /journal?since=N&system=S`, `DELETE /journal`: every request that reached the stand-ins
 * - `GET|POST|DELETE /faults`, `DELETE /faults/{id}`: what fails next, by rule or by preset
 * - `GET|POST /clock`: the sandbox's time; `{"advanceMs": N}` moves it forward
 * - `GET /requests`: data requests so far, by system
 * - `GET|PATCH /{salesforce|partner-center|entra}/switches`: behaviour of one system
 * - `/salesforce/records/…`, `/partner-center/…`: records, as a user sees and edits them
 *
 * Bad input gets 400 with `{"error": "…"}` that says what was expected.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { SandboxClock } from './kernel/clock.ts';
import type { FaultRule, Faults } from './kernel/faults.ts';
import type { Journal } from './kernel/journal.ts';

export interface ControlCall {
  /** Values of the `:name` parts of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed body; an empty object when there is none. */
  readonly body: unknown;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path with `:name` parts. */
  readonly path: string;
  readonly does: string;
  /** What is answered with 200; undefined becomes 204. Errors become 400, or 404 for `RangeError`. */
  run(call: ControlCall): unknown;
}

const SYSTEMS = ['salesforce', 'partner-center', 'entra', 'dataverse', 'graph'] as const;
const System = z.enum(SYSTEMS);

/** Failures that the real systems are known for, by name. */
const PRESETS: Readonly<Record<string, Omit<FaultRule, 'system'>>> = {
  throttled: {
    kind: 'status',
    when: 'before',
    status: 429,
    headers: { 'Retry-After': '1' },
    contentType: 'application/json',
    body: '{"statusCode":429,"message":"Rate limit is exceeded. Try again in 1 seconds."}',
  },
  throttledEnvelope: {
    kind: 'status',
    when: 'before',
    status: 429,
    headers: { 'Retry-After': '1' },
    contentType: 'application/json',
    body: '{"error":{"code":"serviceNotAvailable","message":"Too many requests.","target":"referral"}}',
  },
  unavailable: { kind: 'status', when: 'before', status: 503, headers: { 'Retry-After': '1' } },
  unauthorized: { kind: 'status', when: 'before', status: 401 },
  htmlPage: {
    kind: 'status',
    when: 'before',
    status: 502,
    contentType: 'text/html',
    body: '<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>',
  },
  errorAfterWrite: { kind: 'status', when: 'after', status: 500, writesOnly: true },
  resetAfterWrite: { kind: 'reset', when: 'after', writesOnly: true },
};

const FaultInput = z
  .object({
    preset: z.enum(Object.keys(PRESETS)).optional(),
    system: System,
    kind: z.enum(['status', 'reset', 'cut', 'stall', 'hang', 'delay']).optional(),
    when: z.enum(['before', 'after']).optional(),
    method: z.string().optional(),
    path: z.string().optional(),
    writesOnly: z.boolean().optional(),
    skip: z.int().min(0).optional(),
    times: z.int().min(1).optional(),
    status: z.int().min(100).max(599).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
    contentType: z.string().optional(),
    delayMs: z.number().min(0).optional(),
  })
  .strict();

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** The object without keys whose value is undefined. */
function defined<T extends object>(input: T): Defined<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function toFault(body: unknown): FaultRule {
  const { preset, ...given } = FaultInput.parse(body);
  const known = preset === undefined ? undefined : PRESETS[preset];
  const { kind = known?.kind, when = known?.when ?? 'before', ...rest } = defined(given);
  if (kind === undefined) throw new TypeError('A fault needs "kind" or "preset".');
  return { ...known, ...rest, kind, when };
}

export interface KernelParts {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly requestCounts: () => Readonly<Record<string, number>>;
}

/** Routes to what all stand-ins share. */
export function kernelRoutes({
  clock,
  journal,
  faults,
  requestCounts,
}: KernelParts): readonly ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/journal',
      does: 'Requests in order; ?since=N gives those after entry N, ?system=S those of one system',
      run({ query }) {
        const since = z.coerce
          .number()
          .int()
          .min(0)
          .parse(query.get('since') ?? '0');
        const system = query.get('system');
        return { entries: journal.since(since, system === null ? undefined : System.parse(system)) };
      },
    },
    { method: 'DELETE', path: '/journal', does: 'Forgets all entries', run: () => journal.clear() },
    {
      method: 'GET',
      path: '/faults',
      does: 'Armed faults with their hits',
      run: () => ({ faults: faults.list() }),
    },
    {
      method: 'POST',
      path: '/faults',
      does: `Arms a fault: {system, kind, when, method?, path?, writesOnly?, skip?, times?, status?, headers?, body?, contentType?, delayMs?} or {system, preset: ${Object.keys(PRESETS).join('|')}, …}`,
      run: ({ body }) => ({ id: faults.add(toFault(body)) }),
    },
    { method: 'DELETE', path: '/faults', does: 'Disarms all faults', run: () => faults.clear() },
    {
      method: 'DELETE',
      path: '/faults/:id',
      does: 'Disarms one fault',
      run: ({ params }) => faults.remove(z.coerce.number().int().parse(params.id)),
    },
    {
      method: 'GET',
      path: '/clock',
      does: "The sandbox's time",
      run: () => ({ now: clock.now().toISOString() }),
    },
    {
      method: 'POST',
      path: '/clock',
      does: 'Moves the time forward: {advanceMs}',
      run({ body }) {
        clock.advance(
          z
            .object({ advanceMs: z.number().min(0) })
            .strict()
            .parse(body).advanceMs,
        );
        return { now: clock.now().toISOString() };
      },
    },
    { method: 'GET', path: '/requests', does: 'Data requests so far, by system', run: () => requestCounts() },
  ];
}

function match(route: ControlRoute, path: string): Record<string, string> | null {
  const wanted = route.path.split('/');
  const parts = path.split('/');
  if (wanted.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, piece] of wanted.entries()) {
    const part = parts[index] ?? '';
    if (piece.startsWith(':')) params[piece.slice(1)] = decodeURIComponent(part);
    else if (piece !== part) return null;
  }
  return params;
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk as Uint8Array));
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('The body is not valid JSON.');
  }
}

function explain(error: unknown): { status: number; message: string } {
  if (error instanceof z.ZodError) return { status: 400, message: z.prettifyError(error) };
  if (error instanceof RangeError) return { status: 404, message: error.message };
  return { status: 400, message: error instanceof Error ? error.message : String(error) };
}

interface Outcome {
  readonly status: number;
  readonly json?: unknown;
}

function overview(routes: readonly ControlRoute[]): Outcome {
  const listed = routes.map(({ method, path, does }) => ({ route: `${method} ${path}`, does }));
  return { status: 200, json: { name: 'cosell-sync sandbox control', routes: listed } };
}

async function dispatch(message: IncomingMessage, routes: readonly ControlRoute[]): Promise<Outcome> {
  const url = new URL(message.url ?? '/', 'http://control');
  if (message.method === 'GET' && url.pathname === '/') return overview(routes);
  const methods: string[] = [];
  try {
    for (const route of routes) {
      const params = match(route, url.pathname.replace(/\/$/, ''));
      if (params === null) continue;
      methods.push(route.method);
      if (route.method !== message.method) continue;
      const json = await route.run({ params, query: url.searchParams, body: await readJson(message) });
      return json === undefined ? { status: 204 } : { status: 200, json };
    }
  } catch (error) {
    const { status, message: text } = explain(error);
    return { status, json: { error: text } };
  }
  if (methods.length > 0)
    return {
      status: 405,
      json: { error: `This path takes ${methods.join(', ')}. GET / lists every route.` },
    };
  return { status: 404, json: { error: 'There is no such route. GET / lists every route.' } };
}

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves routes on loopback; port 0 takes a free one. */
export async function startControl(routes: readonly ControlRoute[], port: number): Promise<ControlServer> {
  const host = '127.0.0.1';
  const server = createServer((message, reply) => {
    void dispatch(message, routes).then(({ status, json }) => {
      reply.writeHead(status, json === undefined ? {} : { 'Content-Type': 'application/json' });
      reply.end(json === undefined ? undefined : JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
