/** The Web API over HTTP: tokens, limits, routing, and the shape of errors. */
import { randomUUID } from 'node:crypto';
import type { SandboxClock } from '../kernel/clock.ts';
import type { SandboxRequest, SandboxResponse, StandIn } from '../kernel/server.ts';
import { demand } from './access.ts';
import { bulk, unbound, userPrivileges } from './actions-api.ts';
import { countParts, runBatch } from './batch-api.ts';
import { badRequest, DataverseError, noSuchResource, unknownSegment } from './dataverse-error.ts';
import { countChanges } from './delta-api.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  bodyText,
  type Handler,
  JSON_TYPE,
  optionsOf,
  parseTarget,
} from './http.ts';
import { getByKey, parseKey } from './keys.ts';
import { createLimits, type Limits } from './limits.ts';
import { countRows, listRows } from './list-api.ts';
import { readDefinitions, readGlobalOptionSets, readRelationships } from './metadata-api.ts';
import { metadataDocument, serviceDocument } from './metadata-document.ts';
import { reactivateKey } from './metadata-keys-api.ts';
import { createRelationship, writeDefinitions } from './metadata-write-api.ts';
import type { DataverseOrg } from './org.ts';
import { readPreferences } from './query-options.ts';
import { readBelow, readRow } from './row-api.ts';
import { signIn, type VerifyToken } from './sign-in.ts';
import type { Table } from './table.ts';
import { createRow, deleteRow, patchRow, writeBelow } from './write-api.ts';

const MAX_URL = 32_768;
const CRM_PREFIX = 'Microsoft.Dynamics.CRM.';

export interface DataverseStandInOptions {
  readonly clock: SandboxClock;
  readonly org: DataverseOrg;
  readonly verifyToken: VerifyToken;
  /** URLs that a token may be for, besides the one the request came to. */
  readonly audiences?: readonly string[];
}

/** The stand-in for `https://{org}.crm.dynamics.com`, with what tests and the control API steer. */
export interface DataverseStandIn extends StandIn {
  readonly limits: Limits;
}

/** Everything below an entity set. */
const tableRoute: (table: Table) => Handler = (table) => (context, call) => {
  const { org, actor } = context;
  const [first, second] = call.segments;
  const { method } = call;
  if (first?.key == null) {
    if (second === undefined) {
      if (method === 'GET') return listRows(context, call, table);
      if (method === 'POST') return createRow(context, call, table);
      throw noSuchResource(call.uri);
    }
    if (second.name.startsWith(CRM_PREFIX))
      return bulk(context, call, table, second.name.slice(CRM_PREFIX.length));
    if (second.name !== '$count' || method !== 'GET' || call.segments.length > 2)
      throw unknownSegment(second.name);
    if (optionsOf(call).deltaToken !== null) return countChanges(context, call, table);
    return countRows(context, call, table, org.store.rows(table.name));
  }
  if (
    second?.name.replace(/\(\)$/, '') === `${CRM_PREFIX}RetrieveUserPrivileges` &&
    table.name === 'systemuser'
  ) {
    return userPrivileges(context, call);
  }
  const key = parseKey(table, first.key);
  if (method === 'GET') {
    demand(org.parts, actor, 'Read', table);
    const row = getByKey(org.parts, actor, table, key);
    return second === undefined ? readRow(context, call, table, row) : readBelow(context, call, table, row);
  }
  if (second !== undefined) return writeBelow(context, call, table, first.key);
  if (method === 'PATCH') return patchRow(context, call, table, key, first.key);
  if (method === 'DELETE') return deleteRow(context, call, table, key);
  throw noSuchResource(call.uri);
};

/** Finds who handles a path. */
const dispatch: Handler = (context, call) => {
  const [first] = call.segments;
  const name = first?.name ?? '';
  const isRead = call.method === 'GET';
  switch (name) {
    case '':
      if (!isRead) throw noSuchResource(call.uri);
      return serviceDocument(context, call);
    case '$metadata':
      if (!isRead) throw noSuchResource(call.uri);
      return metadataDocument(context);
    case 'EntityDefinitions':
      return isRead ? readDefinitions(context, call) : writeDefinitions(context, call);
    case 'GlobalOptionSetDefinitions':
      if (!isRead) throw noSuchResource(call.uri);
      return readGlobalOptionSets(context, call);
    case 'RelationshipDefinitions':
      return isRead ? readRelationships(context, call) : createRelationship(context, call);
    case 'ReactivateEntityKey':
      if (call.method !== 'POST') throw noSuchResource(call.uri);
      return reactivateKey(context, call);
  }
  const answer = unbound(context, call);
  if (answer !== null) return answer;
  const table = context.org.schema.bySet(name);
  if (table === undefined) throw unknownSegment(name);
  return tableRoute(table)(context, call);
};

/** The stand-in for an organization's host. */
export function createDataverseStandIn(options: DataverseStandInOptions): DataverseStandIn {
  const { clock, org, verifyToken, audiences = [] } = options;
  const { switches } = org;
  const limits = createLimits(clock, switches);

  function refuse(error: DataverseError, call?: ApiCall): ApiAnswer {
    const isEmptied = switches.errorCodes === 'empty' && [404, 412].includes(error.status);
    const wantsDetails = call?.preferences.annotations.includes('*') === true;
    const details = wantsDetails
      ? {
          '@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus': '0',
          '@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode': '0',
          '@Microsoft.PowerApps.CDS.HelpLink': 'http://go.microsoft.com/fwlink/?LinkID=398563',
          '@Microsoft.PowerApps.CDS.TraceText': '',
          '@Microsoft.PowerApps.CDS.InnerError.Message': error.message,
        }
      : {};
    return {
      status: error.status,
      headers: { REQ_ID: randomUUID(), ...error.headers },
      json: { error: { code: isEmptied ? '' : error.code, message: error.message, ...details } },
    };
  }

  /** Errors of a request leave nothing behind. */
  function run(context: ApiContext, call: ApiCall): ApiAnswer {
    try {
      return org.store.transaction(() => dispatch(context, call));
    } catch (error) {
      if (error instanceof DataverseError) return refuse(error, call);
      throw error;
    }
  }

  function toCall(request: SandboxRequest): ApiCall | null {
    const parsed = parseTarget(request.target);
    if (parsed === null) return null;
    return {
      method: request.method === 'HEAD' ? 'GET' : request.method,
      segments: parsed.segments,
      rawQuery: parsed.rawQuery,
      headers: request.headers,
      preferences: readPreferences(request.headers.prefer),
      body: request.body,
      apiUrl: `${request.baseUrl}/api/data/${parsed.version}`,
      uri: `${request.baseUrl}${request.target}`,
      isPart: false,
    };
  }

  async function answer(request: SandboxRequest): Promise<ApiAnswer> {
    const call = toCall(request);
    try {
      if (call === null) throw noSuchResource(`${request.baseUrl}${request.target}`);
      if (request.target.length > MAX_URL) throw new DataverseError(414, '', 'The request URL is too long.');
      const actor = signIn(org, verifyToken, request, [request.baseUrl, ...audiences]);
      const caller = actor.onBehalfOf ?? actor.userId;
      const isBatch = call.segments[0]?.name === '$batch';
      const release = limits.admit(caller, isBatch ? countParts(call.body) : 1);
      try {
        if (switches.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, switches.latencyMs));
        const context: ApiContext = { org, actor, references: new Map() };
        if (isBatch && call.method !== 'POST') throw noSuchResource(call.uri);
        const made = isBatch ? runBatch(context, call, { run, refuse }) : run(context, call);
        return { ...made, headers: { ...made.headers, ...limits.headers(caller) } };
      } finally {
        release();
      }
    } catch (error) {
      if (error instanceof DataverseError) return refuse(error, call ?? undefined);
      if (error instanceof RangeError) return refuse(badRequest('0x80040216', error.message));
      throw error;
    }
  }

  return {
    system: 'dataverse',
    jsonContentType: JSON_TYPE,
    limits,
    isWrite,
    isData: ({ path }) => path.startsWith('/api/data/'),
    async handle(request): Promise<SandboxResponse> {
      const made = await answer(request);
      const text = bodyText(made);
      const isEmpty = made.status === 204 || made.status === 304 || text === '';
      return {
        status: made.status,
        headers: {
          'OData-Version': '4.0',
          REQ_ID: randomUUID(),
          ...made.headers,
          ...(made.status === 304 ? { 'Content-Type': JSON_TYPE } : {}),
        },
        ...(isEmpty ? {} : { text, contentType: made.contentType ?? JSON_TYPE }),
      };
    },
  };
}

/** A batch of reads is no write. */
function isWrite({ method, path, body }: SandboxRequest): boolean {
  if (method === 'GET' || method === 'HEAD' || !path.startsWith('/api/data/')) return false;
  return !path.endsWith('/$batch') || /^(?:POST|PATCH|PUT|DELETE)\s/m.test(body);
}
