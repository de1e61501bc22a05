/** A Dataverse stand-in on a frozen clock, with a signed-in client in front of it. */
import { afterEach } from 'vitest';
import {
  createDataverseStandIn,
  createOrg,
  type DataverseOrg,
  type Values,
} from '../../../../src/sandbox/dataverse/index.ts';
import { createDirectory, type EntraDirectory } from '../../../../src/sandbox/entra/index.ts';
import { createClock, type SandboxClock } from '../../../../src/sandbox/kernel/clock.ts';
import { createFaults, type Faults } from '../../../../src/sandbox/kernel/faults.ts';
import { createJournal } from '../../../../src/sandbox/kernel/journal.ts';
import { startSandboxServer } from '../../../../src/sandbox/kernel/server.ts';

export const CLIENT_ID = '33333333-3333-4333-8333-333333333333';
export const DAY_MS = 86_400_000;
export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; an empty object when there is none or it is no JSON. */
  readonly json: Json;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is, in place of JSON. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly prefer?: string;
  readonly token?: string | null;
}

export interface Fixture {
  readonly url: string;
  /** Root of the API. */
  readonly api: string;
  readonly clock: SandboxClock;
  readonly faults: Faults;
  readonly org: DataverseOrg;
  readonly directory: EntraDirectory;
  /** @param path below the API's root, or an absolute URL */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  token(audience?: string, clientId?: string): string;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function parsed(text: string): Json {
  try {
    const json: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isRecord(json) ? json : {};
  } catch {
    return {};
  }
}

/** Starts an organization; it is stopped after the test. */
export async function startDataverse(): Promise<Fixture> {
  const clock = createClock(new Date('2026-03-02T09:00:00Z'));
  const faults = createFaults();
  const directory = createDirectory({
    clock,
    tenantId: '11111111-1111-4111-8111-111111111111',
    applications: [{ clientId: CLIENT_ID, secret: 'secret', allowsPublicFlows: false }],
    users: [],
  });
  const org = createOrg({ clock, applicationId: CLIENT_ID });
  const standIn = createDataverseStandIn({
    clock,
    org,
    verifyToken(token) {
      const claims = directory.verify(token);
      return claims && { audience: claims.aud, applicationId: String(claims.appid), userId: null };
    },
  });
  const journal = createJournal();
  const server = await startSandboxServer({ standIn, clock, faults, journal, hooks: {}, port: 0 });
  closers.push(server.close);
  const api = `${server.url}/api/data/v9.2`;
  const token = (audience = server.url, clientId = CLIENT_ID): string =>
    directory.issueAccessToken(audience, clientId, null);

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const bearer = options.token === undefined ? token() : options.token;
    const body = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(path.startsWith('http') ? path : `${api}/${path}`, {
      method,
      headers: {
        accept: 'application/json',
        'odata-maxversion': '4.0',
        'odata-version': '4.0',
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        ...(options.prefer === undefined ? {} : { prefer: options.prefer }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = Buffer.from(await response.arrayBuffer()).toString('utf8');
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  }

  return { url: server.url, api, clock, faults, org, directory, call, token };
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The rows of a list answer. */
export function rowsOf({ json }: Answer): readonly Json[] {
  return Array.isArray(json.value) ? json.value.filter(isRecord) : [];
}

/** Status and code of a refused request. */
export function errorOf({ status, json }: Answer): { readonly status: number; readonly code: unknown } {
  return { status, code: isRecord(json.error) ? json.error.code : undefined };
}

export function messageOf({ json }: Answer): string {
  return isRecord(json.error) ? String(json.error.message) : '';
}

/** The GUID at the end of a link to a row. */
export function idOf({ headers }: Answer): string {
  return /\(([^)]+)\)$/.exec(headers.get('odata-entityid') ?? '')?.[1] ?? '';
}

/** An account and an opportunity of it. */
export function seedDeal(
  org: DataverseOrg,
  values: Values = {},
): { readonly account: string; readonly opportunity: string } {
  const account = org.load('account', { name: 'Fabrikam GmbH' });
  const opportunity = org.load('opportunity', {
    name: 'Renewal',
    customerid: { table: 'account', id: account },
    estimatedvalue: 12000,
    estimatedclosedate: '2026-09-30',
    ...values,
  });
  return { account, opportunity };
}

/** A multipart batch with the line ends that the server wants. */
export function batchOf(parts: readonly string[], boundary = 'batch_a1'): string {
  const body = parts.map((part) => `--${boundary}\n${part}`).join('');
  return `${body}--${boundary}--\n`.replace(/\r?\n/g, '\r\n');
}

/** One request of a batch. */
export function httpPart(
  request: string,
  {
    body,
    id,
    headers = '',
  }: { readonly body?: unknown; readonly id?: string; readonly headers?: string } = {},
): string {
  const head = `Content-Type: application/http\nContent-Transfer-Encoding: binary\n${id === undefined ? '' : `Content-ID: ${id}\n`}`;
  const type = body === undefined ? '' : 'Content-Type: application/json; type=entry\n';
  return `${head}\n${request} HTTP/1.1\n${type}${headers}\n${body === undefined ? '' : JSON.stringify(body)}\n`;
}
