/** A scripted Dataverse environment for these tests: every request is expected by the test, every answer its own. */
import nock from 'nock';
import { createDynamics, type DynamicsOptions } from '../../../src/adapters/dynamics/index.ts';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import type { CrmSelection } from '../../../src/core/mapping-types.ts';
import type { Crm, OpportunityPage } from '../../../src/core/ports.ts';

export const HOST = 'https://contoso.crm.example';
export const API = `${HOST}/api/data/v9.2`;
export const ROOT = '/api/data/v9.2';
export const OUR_USER = '00000000-0000-4000-8000-00000000aaaa';
export const SERVER_DATE = 'Fri, 20 Nov 2026 18:00:00 GMT';
export const SERVER_TIME = Date.parse(SERVER_DATE);

/** One part of a batch request as the server reads it. */
export interface ReceivedPart {
  readonly method: string;
  /** Below the API's root, decoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentId: string;
  readonly body: Record<string, unknown> | null;
}

/** One item: a part, or the parts of a change set. */
export type ReceivedItem = readonly ReceivedPart[] & { readonly isChangeSet?: boolean };

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Left out of the answer; false also leaves its Content-ID out. */
  readonly contentId?: string | false;
}

function parsePart(text: string): ReceivedPart {
  const [envelope = '', head = '', ...rest] = text.split('\r\n\r\n');
  const [requestLine = '', ...headerLines] = head.split('\r\n');
  const [method = '', url = ''] = requestLine.split(' ');
  const body = rest.join('\r\n\r\n').trim();
  return {
    method,
    path: decodeURIComponent(url.replace(`${ROOT}/`, '')),
    contentId: /Content-ID: (\S+)/.exec(envelope)?.[1] ?? '',
    headers: Object.fromEntries(
      headerLines.map((line): [string, string] => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    ),
    body: body === '' ? null : (JSON.parse(body) as Record<string, unknown>),
  };
}

/** Reads a batch request; strict about its line ends, as the server is. */
export function parseRequest(body: string, contentType: string): ReceivedItem[] {
  const boundary = /boundary="([^"]+)"/.exec(contentType)?.[1] ?? '';
  if (/[^\r]\n/.test(body) || !body.endsWith(`--${boundary}--\r\n`))
    throw new Error('Stream was not readable.');
  const sections = body.split(`--${boundary}`).slice(1, -1);
  return sections.map((section): ReceivedItem => {
    const inner = /boundary=(changeset\S+)/.exec(section)?.[1];
    if (inner === undefined) return [parsePart(section.replace(/^\r\n/, ''))];
    const parts = section
      .split(`--${inner}`)
      .slice(1, -1)
      .map((part) => parsePart(part.replace(/^\r\n/, '')));
    return Object.assign(parts, { isChangeSet: true });
  });
}

function renderPart(answer: Answer, contentId: string): string {
  const { status = 200, headers = {}, body } = answer;
  const lines = [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    ...(answer.contentId === false ? [] : [`Content-ID: ${answer.contentId ?? contentId}`]),
    '',
    `HTTP/1.1 ${status} Whatever`,
    'OData-Version: 4.0',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body === undefined ? '' : JSON.stringify(body),
    '',
  ];
  return lines.join('\r\n');
}

/** Renders the answer of a batch; an answer that is a list answers a change set. */
export function renderAnswers(
  items: readonly ReceivedItem[],
  answers: readonly (Answer | readonly Answer[] | null)[],
): string {
  const sections = answers.flatMap((answer, index) => {
    if (answer === null) return [];
    const ids = items[index]?.map(({ contentId }) => contentId) ?? [];
    if (!Array.isArray(answer)) return [renderPart(answer as Answer, ids[0] ?? '')];
    const inner = `changesetresponse_${index}`;
    const parts = (answer as readonly Answer[]).map(
      (part, position) => `--${inner}\r\n${renderPart(part, ids[position] ?? '')}`,
    );
    return [`Content-Type: multipart/mixed; boundary=${inner}\r\n\r\n${parts.join('')}--${inner}--\r\n`];
  });
  return `${sections.map((section) => `--batchresponse_1\r\n${section}`).join('')}--batchresponse_1--\r\n`;
}

type Respond = (
  items: readonly ReceivedItem[],
  headers: Readonly<Record<string, string>>,
) => readonly (Answer | readonly Answer[] | null)[];

/** Expects one batch. Answers are by position of the items; null leaves one out. */
export function expectBatch(respond: Respond, date: string = SERVER_DATE): void {
  nock(HOST)
    .post(`${ROOT}/$batch`)
    .reply(async (request: Request) => {
      const headers = Object.fromEntries(request.headers);
      const items = parseRequest(await request.text(), String(headers['content-type']));
      return [
        200,
        renderAnswers(items, respond(items, headers)),
        { 'content-type': 'multipart/mixed; boundary=batchresponse_1', date },
      ];
    });
}

/** Expects one GET; `seen` is told the path (decoded, below the root) and the headers. */
export function expectGet(
  answer: Answer & { readonly date?: string | null; readonly text?: string },
  seen: (path: string, headers: Readonly<Record<string, string>>) => void = () => {},
): void {
  nock(HOST)
    .get((uri) => uri.startsWith(`${ROOT}/`))
    .query(true)
    .reply((request: Request) => {
      const path = request.url.replace(`${API}/`, '');
      seen(decodeURIComponent(path), Object.fromEntries(request.headers));
      const { status = 200, body, headers = {}, date = SERVER_DATE, text } = answer;
      return [
        status,
        text ?? JSON.stringify(body ?? {}),
        {
          'content-type': 'application/json; odata.metadata=minimal',
          ...(date === null ? {} : { date }),
          ...headers,
        },
      ];
    });
}

export function rows(value: readonly unknown[], links: Readonly<Record<string, string>> = {}): Answer {
  return { body: { '@odata.context': `${API}/$metadata#x`, ...links, value } };
}

export function failure(status: number, code: string, message = 'said the server'): Answer {
  return { status, headers: { REQ_ID: 'req-1' }, body: { error: { code, message } } };
}

// ── Metadata ───────────────────────────────────────────────────────────────────────────────────────────────

export interface TestColumn {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly schemaName?: string;
  readonly targets?: readonly string[];
  readonly options?: readonly (readonly [number, string, number?])[];
  readonly dateOnly?: boolean;
  readonly isMultiple?: boolean;
}

export interface TestTable {
  readonly columns: readonly TestColumn[];
  readonly set?: string;
  readonly key?: string;
  readonly keys?: readonly { readonly columns: readonly string[]; readonly status?: string }[];
  readonly tracksChanges?: boolean;
}

export const STATUS: TestColumn = {
  name: 'statuscode',
  type: 'Status',
  options: [
    [1, 'In Progress', 0],
    [2, 'On Hold', 0],
    [3, 'Won', 1],
    [4, 'Canceled', 2],
    [5, 'Out-Sold', 2],
    [100000003, 'No budget', 2],
  ],
};

export const OPPORTUNITY: TestTable = {
  tracksChanges: true,
  columns: [
    { name: 'name', type: 'String' },
    { name: 'estimatedvalue', type: 'Money' },
    { name: 'estimatedclosedate', type: 'DateTime', dateOnly: true },
    { name: 'finaldecisiondate', type: 'DateTime' },
    { name: 'description', type: 'Memo' },
    { name: 'cosell_sync', type: 'Boolean' },
    { name: 'cosell_referralid', type: 'String' },
    { name: 'cosell_status', type: 'String' },
    { name: 'cosell_audit', type: 'Memo' },
    {
      name: 'salesstage',
      type: 'Picklist',
      options: [
        [0, 'Qualify'],
        [1, 'Develop'],
        [2, 'Propose'],
        [3, 'Close'],
      ],
    },
    {
      name: 'statecode',
      type: 'State',
      options: [
        [0, 'Open'],
        [1, 'Won'],
        [2, 'Lost'],
      ],
    },
    STATUS,
    { name: 'customerid', type: 'Customer', targets: ['account', 'contact'] },
    { name: 'parentcontactid', type: 'Lookup', targets: ['contact'] },
    { name: 'campaignid', type: 'Lookup', targets: ['campaign'] },
    { name: 'transactioncurrencyid', type: 'Lookup', targets: ['transactioncurrency'] },
  ],
};

export const TABLES: Readonly<Record<string, TestTable>> = {
  opportunity: OPPORTUNITY,
  account: {
    set: 'accounts',
    key: 'accountid',
    columns: [
      { name: 'name', type: 'String' },
      { name: 'address1_country', type: 'String' },
      { name: 'address1_city', type: 'String' },
      { name: 'address1_postalcode', type: 'String' },
      { name: 'cosell_duns', type: 'String' },
      { name: 'numberofemployees', type: 'Integer' },
    ],
  },
  contact: {
    set: 'contacts',
    key: 'contactid',
    columns: [
      { name: 'fullname', type: 'String' },
      { name: 'address1_country', type: 'String' },
    ],
  },
  campaign: { set: 'campaigns', key: 'campaignid', columns: [{ name: 'name', type: 'String' }] },
  transactioncurrency: {
    set: 'transactioncurrencies',
    key: 'transactioncurrencyid',
    columns: [{ name: 'isocurrencycode', type: 'String' }],
  },
};

const label = (text: string) => ({ UserLocalizedLabel: { Label: text }, LocalizedLabels: [{ Label: text }] });

function describeTable(name: string, table: TestTable, path: string): Answer {
  const { columns, set = 'opportunities', key = 'opportunityid', keys = [], tracksChanges = false } = table;
  const cast = /Microsoft\.Dynamics\.CRM\.(\w+)AttributeMetadata/.exec(path)?.[1];
  if (cast === undefined && path.includes('/Attributes')) {
    return rows(
      columns.map((column) => ({
        LogicalName: column.name,
        SchemaName: column.schemaName ?? column.name,
        AttributeType: column.isMultiple === true ? 'Virtual' : column.type,
        IsCustomAttribute: column.name.includes('_') && column.schemaName !== undefined,
        DisplayName: label(column.label ?? column.name),
      })),
    );
  }
  if (cast === undefined) {
    return {
      body: {
        MetadataId: '70816501-edb9-4740-a16c-6a5efbc05d84',
        LogicalName: name,
        EntitySetName: set,
        PrimaryIdAttribute: key,
        ChangeTrackingEnabled: tracksChanges,
        IsOptimisticConcurrencyEnabled: true,
        Keys: keys.map((entry) => ({
          LogicalName: 'key',
          KeyAttributes: entry.columns,
          EntityKeyIndexStatus: entry.status ?? 'Active',
        })),
      },
    };
  }
  const ofType = columns.filter((column) => {
    if (cast === 'Lookup') return column.targets !== undefined;
    if (cast === 'MultiSelectPicklist') return column.isMultiple === true;
    return column.type === cast && column.isMultiple !== true;
  });
  return rows(
    ofType.map((column) => ({
      LogicalName: column.name,
      ...(column.targets === undefined ? {} : { Targets: column.targets }),
      ...(cast === 'DateTime'
        ? { DateTimeBehavior: { Value: column.dateOnly === true ? 'DateOnly' : 'UserLocal' } }
        : {}),
      ...(column.options === undefined
        ? {}
        : {
            OptionSet: {
              Options: column.options.map(([value, text, state]) => ({
                Value: value,
                Label: label(text),
                ...(state === undefined ? {} : { State: state }),
                ...(cast === 'State' ? { DefaultStatus: [1, 3, 4][value] } : {}),
              })),
            },
          }),
    })),
  );
}

/** Answers a batch that describes tables. */
export function describeAnswers(
  items: readonly ReceivedItem[],
  tables: Readonly<Record<string, TestTable>> = TABLES,
): Answer[] {
  return items.map(([part]): Answer => {
    const path = part?.path ?? '';
    if (path === 'WhoAmI') return { body: { UserId: OUR_USER.toUpperCase(), OrganizationId: 'org-1' } };
    const name = /LogicalName='(\w+)'/.exec(path)?.[1] ?? '';
    const table = tables[name];
    return table === undefined
      ? failure(404, '0x80060888', 'no such table')
      : describeTable(name, table, path);
  });
}

/** Expects the request in which the adapter asks what the environment is like. */
export function expectMetadata(tables: Readonly<Record<string, TestTable>> = TABLES): void {
  expectBatch((items) => describeAnswers(items, tables));
}

// ── Rows and the adapter ───────────────────────────────────────────────────────────────────────────────────

export function opportunityId(number: number): OpportunityId {
  return `10000000-0000-4000-8000-${String(number).padStart(12, '0')}` as OpportunityId;
}

export function referralId(number: number): ReferralId {
  return `20000000-0000-4000-8000-${String(number).padStart(12, '0')}` as ReferralId;
}

export function opportunity(number: number, columns: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    '@odata.etag': `W/"${1000 + number}"`,
    opportunityid: opportunityId(number),
    modifiedon: '2026-11-20T17:59:20Z',
    createdon: '2026-11-01T08:00:00Z',
    _modifiedby_value: '00000000-0000-4000-8000-00000000bbbb',
    _customerid_value: null,
    name: `Deal ${number}`,
    cosell_sync: true,
    cosell_referralid: null,
    salesstage: 0,
    statecode: 0,
    statuscode: 1,
    ...columns,
  };
}

/** The opportunity's own columns only: everything comes with the row itself. */
export const SELECTION: CrmSelection = {
  paths: ['name', 'salesstage', 'statuscode'],
  bookkeeping: ['cosell_status', 'cosell_referralid'],
  referralIdPath: 'cosell_referralid',
  people: [],
  products: false,
  include: { type: 'compare', column: 'cosell_sync', operator: '=', value: true },
  customer: {},
  stageField: 'StageName',
};

export const STAGES: DynamicsOptions['stages'] = [
  {
    crm: { statuscode: 'In Progress', salesstage: 2 },
    deal: 'Accepted',
    salesStage: 'Propose',
    reason: null,
  },
  { crm: { statuscode: 'Won' }, deal: 'Won', salesStage: null, reason: null },
];

/** Time stands still but for waits, which are over at once. */
export function createTestClock() {
  let time = SERVER_TIME;
  const waited: number[] = [];
  return {
    now: () => time,
    random: () => 0.5,
    waited,
    sleep: async (milliseconds: number) => {
      waited.push(milliseconds);
      time += milliseconds;
    },
    advance: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

export interface TestCrm {
  readonly crm: Crm;
  readonly counters: { requests: number; retries: number };
  readonly logged: string[];
  readonly clock: ReturnType<typeof createTestClock>;
}

export function createTestCrm(override: Partial<DynamicsOptions> = {}): TestCrm {
  const clock = createTestClock();
  const counters = { requests: 0, retries: 0 };
  const logged: string[] = [];
  const log = (_fields: unknown, message: string): void => void logged.push(message);
  const crm = createDynamics({
    config: {
      kind: 'dynamics',
      url: HOST,
      apiVersion: '9.2',
      auth: {
        flow: 'clientCredentials',
        authority: 'https://login.example',
        tenantId: 'tenant',
        clientId: 'app',
        clientSecret: 'secret',
        certificateFile: null,
      },
    },
    selection: SELECTION,
    stages: STAGES,
    http: (baseUrl) => createHttpClient({ baseUrl, system: 'crm', clock, counters, attempts: 2 }),
    logger: { debug: log, info: log, warn: log, error: log },
    clock,
    tokens: { getToken: async ({ forceRefresh }) => (forceRefresh === true ? 'token-2' : 'token-1') },
    ...override,
  });
  return { crm, counters, logged, clock };
}

export function call(): { signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

export async function collect(pages: AsyncIterable<OpportunityPage>): Promise<OpportunityPage[]> {
  const all: OpportunityPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

/** Fails the test that left an expected request unsent. */
export function unsentRequests(): string[] {
  const pending = nock.pendingMocks();
  nock.cleanAll();
  return pending;
}
