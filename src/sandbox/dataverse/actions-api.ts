/** Functions and actions: who am I, closing opportunities, many rows at once, privileges. */
import { privilegeName, RIGHTS } from './access.ts';
import { badRequest, noSuchResource, rowNotFound } from './dataverse-error.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  bodyOf,
  contextUrl,
  decodeValue,
  type Handler,
} from './http.ts';
import { findByKey, keyValues, parseKey } from './keys.ts';
import { readPayload } from './payload.ts';
import { belongs, OPEN } from './states.ts';
import type { Table } from './table.ts';
import { guidOf, isRecord, type JsonRecord, numberOf, textOf } from './values.ts';
import { createDeep } from './write-api.ts';

const VERSION = '9.2.26103.00188';
/** How many requests at once the server recommends. */
const PARALLEL_HINT = '4';

function respond(call: ApiCall, type: string, values: JsonRecord): ApiAnswer {
  return {
    status: 200,
    json: { '@odata.context': contextUrl(call, `Microsoft.Dynamics.CRM.${type}`), ...values },
  };
}

function recordOf(value: unknown, name: string): JsonRecord {
  if (isRecord(value)) return value;
  throw badRequest('0x80040203', `The parameter ${name} is missing or is not an object.`);
}

function close(outcome: 'won' | 'lost'): Handler {
  return (context, call) => {
    const { org, actor, references } = context;
    const body = recordOf(bodyOf(call, 'opportunitycloses'), 'OpportunityClose');
    for (const name of Object.keys(body)) {
      if (name === 'Status' || name === 'OpportunityClose' || name === 'Caller' || name.startsWith('@'))
        continue;
      throw badRequest(
        '0x80048d19',
        `Error identified in Payload provided by the user for Entity :'', ---->  InnerException : Microsoft.OData.ODataException: The parameter '${name}' in the request payload is not a valid parameter for the operation.`,
      );
    }
    const { Status: status } = body;
    if (typeof status !== 'number' || !Number.isInteger(status)) {
      throw badRequest('0x80040203', "The parameter 'Status' is missing or is not an integer.");
    }
    const table = org.schema.get('opportunityclose');
    const { changes } = readPayload(
      { parts: org.parts, actor, references },
      table,
      recordOf(body.OpportunityClose, 'OpportunityClose'),
      'create',
    );
    if (changes.opportunityid === undefined || changes.opportunityid === null) {
      throw badRequest('0x80040203', 'The opportunityclose has no opportunity.');
    }
    org.closeAs(actor, { outcome, status, activity: changes });
    return { status: 204 };
  };
}

/** Parameters of a function call: values, or names of query parameters that hold them. */
function parametersOf(call: ApiCall): ReadonlyMap<string, string> {
  const text = call.segments[call.segments.length - 1]?.key ?? '';
  const given = new Map(call.rawQuery.map(([name, raw]) => [name, decodeValue(raw)]));
  return new Map(
    [...text.matchAll(/(\w+)=(@\w+|'(?:[^']|'')*'|[^,]+)/g)].map(([, name = '', value = '']) => {
      const stated = value.startsWith('@') ? (given.get(value) ?? '') : value;
      return [name, stated.replace(/^'|'$/g, '')];
    }),
  );
}

/** Whether an opportunity could get this state and status reason. */
const isValidStateTransition: Handler = ({ org, actor }, call) => {
  const parameters = parametersOf(call);
  const table = org.schema.get('opportunity');
  const link = /\(([^)]+)\)/.exec(parameters.get('Entity') ?? '')?.[1] ?? '';
  const row = findByKey(org.parts, actor, table, parseKey(table, link));
  if (row === null) throw rowNotFound('opportunity', link);
  const labels = table.columns.get('statecode')?.options ?? [];
  const proposed = labels.find(({ label }) => label === parameters.get('ProposedState'))?.value ?? -1;
  const status = Number(parameters.get('ProposedStatus'));
  const from = numberOf(row.values, 'statecode');
  const isReachable = proposed !== from && (from === OPEN || proposed === OPEN);
  return respond(call, 'IsValidStateTransitionResponse', {
    IsValid: isReachable && belongs(table, proposed, status),
  });
};

const whoAmI: Handler = ({ org, actor }, call) => ({
  ...respond(call, 'WhoAmIResponse', {
    BusinessUnitId: org.parts.ids.businessUnit,
    UserId: actor.userId,
    OrganizationId: org.organizationId,
  }),
  headers: { 'x-ms-dop-hint': PARALLEL_HINT },
});

const FUNCTIONS: Readonly<Record<string, Handler>> = {
  WhoAmI: whoAmI,
  RetrieveVersion: (_context, call) => respond(call, 'RetrieveVersionResponse', { Version: VERSION }),
  IsValidStateTransition: isValidStateTransition,
};

const ACTIONS: Readonly<Record<string, Handler>> = {
  WinOpportunity: close('won'),
  LoseOpportunity: close('lost'),
  PublishXml: (_context, call) => {
    const { ParameterXml: xml } = recordOf(bodyOf(call, ''), 'ParameterXml');
    if (typeof xml !== 'string') throw badRequest('0x80040203', "The parameter 'ParameterXml' is missing.");
    return { status: 204 };
  },
  PublishAllXml: () => ({ status: 204 }),
};

/** A function or action that is bound to nothing; null when there is none of this name. */
export function unbound(context: ApiContext, call: ApiCall): ApiAnswer | null {
  const [first, ...rest] = call.segments;
  const name = (first?.name ?? '').replace(/^Microsoft\.Dynamics\.CRM\./, '');
  if (!(name in FUNCTIONS) && !(name in ACTIONS)) return null;
  const handler =
    call.method === 'GET' ? FUNCTIONS[name] : call.method === 'POST' ? ACTIONS[name] : undefined;
  if (handler === undefined || rest.length > 0) throw noSuchResource(call.uri);
  return handler(context, call);
}

/** `{set}/Microsoft.Dynamics.CRM.CreateMultiple` and its sisters: all rows or none. */
export function bulk(context: ApiContext, call: ApiCall, table: Table, name: string): ApiAnswer {
  const { org, actor, references } = context;
  if (call.method !== 'POST') throw noSuchResource(call.uri);
  const { Targets: targets } = recordOf(bodyOf(call, table.entitySet), 'Targets');
  if (!Array.isArray(targets)) throw badRequest('0x80040203', "The parameter 'Targets' is missing.");
  const type = `Microsoft.Dynamics.CRM.${table.name}`;
  const payload = { parts: org.parts, actor, references };

  function create(body: JsonRecord): string {
    const read = readPayload(payload, table, body, 'create');
    const given = textOf(read.changes, table.primaryId);
    delete read.changes[table.primaryId];
    return createDeep(context, actor, table, read, given ?? undefined).id;
  }
  function update(body: JsonRecord, id: string): string {
    const { changes } = readPayload(payload, table, body, 'update');
    return org.records.update(actor, table, id, changes).id;
  }
  function upsert(body: JsonRecord): string {
    const link =
      /\((.*)\)$/.exec(String(body['@odata.id'] ?? ''))?.[1] ?? String(body[table.primaryId] ?? '');
    const key = parseKey(table, link);
    const row = findByKey(org.parts, actor, table, key);
    if (row !== null) return update(body, row.id);
    if (key.kind === 'id') return create({ ...body, [table.primaryId]: key.id });
    return create({ ...keyValues(org.parts, actor, table, key), ...body });
  }

  const ids = org.store.transaction(() =>
    targets.map((target: unknown) => {
      const body = recordOf(target, 'Targets');
      if (typeof body['@odata.type'] !== 'string' || body['@odata.type'].replace(/^#/, '') !== type) {
        throw badRequest('0x80040203', `Each target needs "@odata.type": "${type}".`);
      }
      switch (name) {
        case 'CreateMultiple':
          return create(body);
        case 'UpdateMultiple':
          return update(body, String(body[table.primaryId] ?? '').toLowerCase());
        case 'UpsertMultiple':
          return upsert(body);
        default:
          throw noSuchResource(call.uri);
      }
    }),
  );
  return name === 'CreateMultiple' ? respond(call, 'CreateMultipleResponse', { Ids: ids }) : { status: 204 };
}

/** `systemusers({id})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges` */
export function userPrivileges({ org }: ApiContext, call: ApiCall): ApiAnswer {
  const { switches, schema, parts } = org;
  const names = [...schema.tables()].flatMap((table) => RIGHTS.map((right) => privilegeName(right, table)));
  const held = names.filter((name) => !switches.privilegesMissing.includes(name));
  return respond(call, 'RetrieveUserPrivilegesResponse', {
    RolePrivileges: held.map((name) => ({
      Depth: switches.organizationRead || !name.startsWith('prvRead') ? 'Global' : 'Local',
      PrivilegeId: guidOf(name),
      BusinessUnitId: parts.ids.businessUnit,
      PrivilegeName: name,
      RecordFilterId: '00000000-0000-0000-0000-000000000000',
    })),
  });
}
