/** A scripted Salesforce host for these tests: real HTTP on loopback, answers decided by the test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import { createSalesforce, type SalesforceOptions } from '../../../src/adapters/salesforce/index.ts';
import { canonicalSalesforceId } from '../../../src/core/ids.ts';
import type { CrmSelection } from '../../../src/core/mapping-types.ts';
import type { Crm, OpportunityPage } from '../../../src/core/ports.ts';

export const OUR_USER = canonicalSalesforceId('005000000000001') ?? '';
export const SERVER_DATE = 'Fri, 20 Nov 2026 18:00:00 GMT';
export const STAMP = '2026-11-20T17:59:20.000+0000';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends half of a body, then breaks the connection, or falls silent. */
  readonly half?: 'cut' | 'stalled';
}

export interface Host {
  readonly url: string;
  readonly received: Received[];
  /** Requests other than sign-ins. */
  readonly data: () => Received[];
  close(): Promise<void>;
}

/** Serves until closed; sign-ins are answered unless the test does so itself. */
export async function startHost(handle: (request: Received) => Answer | null): Promise<Host> {
  const received: Received[] = [];
  let url = '';
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const entry = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      received.push(entry);
      respond(response, handle(entry) ?? tokenAnswer(entry, url) ?? { status: 404, json: [] });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    url,
    received,
    data: () => received.filter(({ path }) => !path.startsWith('/services/oauth2/')),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function respond(response: ServerResponse, answer: Answer): void {
  const { status = 200, json, text, headers = {}, half } = answer;
  const body = text ?? (json === undefined ? '' : JSON.stringify(json));
  response.writeHead(status, {
    'content-type': 'application/json;charset=UTF-8',
    date: SERVER_DATE,
    'sforce-limit-info': 'api-usage=239/15000',
    ...(half === undefined ? {} : { 'content-length': String(body.length * 2) }),
    ...headers,
  });
  if (half === undefined) {
    response.end(body);
    return;
  }
  response.write(body, () => {
    if (half === 'cut') response.destroy();
  });
}

let tokens = 0;

export function tokenAnswer({ path }: Received, url: string): Answer | null {
  if (path !== '/services/oauth2/token') return null;
  tokens += 1;
  return {
    json: {
      access_token: `00D!token${tokens}`,
      instance_url: url,
      id: `${url}/id/00D000000000001EAA/${OUR_USER}`,
      token_type: 'Bearer',
      issued_at: '1278448832702',
    },
  };
}

export interface CompositePart {
  readonly method: string;
  readonly referenceId: string;
  readonly url: string;
  readonly httpHeaders?: Readonly<Record<string, string>>;
  readonly body?: { readonly records?: readonly Record<string, unknown>[] } & Record<string, unknown>;
}

export interface PartAnswer {
  readonly status?: number;
  readonly body?: unknown;
}

/** The SOQL of a query part, and whether it asks for deleted rows too; null for other parts. */
export function soqlOf(part: CompositePart): { readonly soql: string; readonly all: boolean } | null {
  const found = /\/(query|queryAll)\?q=(.*)$/.exec(part.url);
  return found === null ? null : { soql: decodeURIComponent(found[2] ?? ''), all: found[1] === 'queryAll' };
}

export function partsOf(request: Received): readonly CompositePart[] {
  const parsed: unknown = JSON.parse(request.body);
  return (parsed as { compositeRequest: CompositePart[] }).compositeRequest;
}

/** Answers composites part by part; null leaves other requests alone. */
export function composite(request: Received, answerPart: (part: CompositePart) => PartAnswer): Answer | null {
  if (!request.path.endsWith('/composite')) return null;
  return {
    json: {
      compositeResponse: partsOf(request).map((part) => {
        const { status = 200, body = null } = answerPart(part);
        return { body, httpHeaders: {}, httpStatusCode: status, referenceId: part.referenceId };
      }),
    },
  };
}

export function rows(records: readonly unknown[], rest: object = {}): PartAnswer {
  return { body: { totalSize: records.length, done: true, records, ...rest } };
}

export function errors(errorCode: string, message = 'said the server', status = 400): PartAnswer {
  return { status, body: [{ errorCode, message }] };
}

export function opportunityId(number: number): string {
  return canonicalSalesforceId(`006${String(number).padStart(12, '0')}`) ?? '';
}

export function opportunity(number: number, columns: Record<string, unknown> = {}): Record<string, unknown> {
  const id = opportunityId(number);
  return {
    attributes: { type: 'Opportunity', url: `/services/data/v66.0/sobjects/Opportunity/${id}` },
    Id: id,
    SystemModstamp: STAMP,
    CreatedDate: '2026-11-01T08:00:00.000+0000',
    LastModifiedById: '005000000000099AAA',
    IsDeleted: false,
    AccountId: '0014S000007NxmlQAC',
    LastStageChangeDate: null,
    Referral__c: null,
    Name: `Deal ${number}`,
    ...columns,
  };
}

export const SELECTION: CrmSelection = {
  paths: ['Name', 'Amount', 'StageName'],
  bookkeeping: ['Audit__c'],
  referralIdPath: 'Referral__c',
  people: [],
  products: false,
  include: { type: 'compare', column: 'Sync__c', operator: '=', value: true },
  customer: {},
  stageField: 'StageName',
};

/** Time stands still but for waits, which are over at once. */
export function createTestClock(): {
  now: () => number;
  random: () => number;
  sleep: (ms: number) => Promise<void>;
  waited: number[];
} {
  let time = Date.parse('2026-11-20T18:00:00Z');
  const waited: number[] = [];
  return {
    now: () => time,
    random: () => 0.5,
    waited,
    sleep: async (milliseconds) => {
      waited.push(milliseconds);
      time += milliseconds;
    },
  };
}

export interface TestCrm {
  readonly crm: Crm;
  readonly counters: { requests: number; retries: number };
  readonly logged: string[];
}

export function createTestCrm(
  host: Pick<Host, 'url'>,
  override: Partial<SalesforceOptions> & { readonly attempts?: number } = {},
): TestCrm {
  const clock = createTestClock();
  const counters = { requests: 0, retries: 0 };
  const logged: string[] = [];
  const log = (_fields: unknown, message: string): void => void logged.push(message);
  const { attempts = 2, ...rest } = override;
  const crm = createSalesforce({
    config: {
      kind: 'salesforce',
      loginUrl: host.url,
      apiVersion: '66.0',
      auth: { flow: 'clientCredentials', clientId: 'consumer-key', clientSecret: 'consumer-secret' },
    },
    selection: SELECTION,
    http: (baseUrl) => createHttpClient({ baseUrl, system: 'crm', clock, counters, attempts }),
    logger: { debug: log, info: log, warn: log, error: log },
    clock,
    limits: { shareOfDailyQuota: 0.5 },
    ...rest,
  });
  return { crm, counters, logged };
}

export function call(): { signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

export async function collect(pages: AsyncIterable<OpportunityPage>): Promise<OpportunityPage[]> {
  const all: OpportunityPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
