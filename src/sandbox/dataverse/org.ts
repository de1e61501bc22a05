/**
 * A Dataverse organization in memory. API clients come in through the stand-in; tests and the control API act here as
 * people of the organization, as its administrator, or as the platform itself.
 */
import type { SandboxClock } from '../kernel/clock.ts';
import { type Administration, createAdministration } from './administration.ts';
import { type CloseRequest, closeOpportunity } from './close.ts';
import type { Actor, OrgParts } from './parts.ts';
import { createRecords, type Records } from './records.ts';
import { createSchema, type Schema } from './schema.ts';
import { createStore, type Row, type Store, type WriteLogEntry } from './store.ts';
import { type DataverseSwitches, defaultSwitches } from './switches.ts';
import { guidOf, type Values } from './values.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

/** Somebody who works in the organization. Every method throws a `DataverseError` when it refuses. */
export interface OrgUser {
  readonly userId: string;
  /** @returns the new row's id */
  create(table: string, values: Values): string;
  update(table: string, id: string, values: Values): void;
  delete(table: string, id: string): void;
  /** All columns of a row as it is stored; null when there is none. */
  find(table: string, id: string): Values | null;
  /** Closes an opportunity. @param status status reason; 3 for won, 4 for lost unless given */
  close(
    id: string,
    outcome: 'won' | 'lost',
    options?: { readonly status?: number; readonly activity?: Values },
  ): void;
  reopen(id: string): void;
}

export interface DataverseOrg extends Administration {
  readonly organizationId: string;
  /** The systemuser of the API client's app. */
  readonly applicationUserId: string;
  readonly adminUserId: string;
  readonly switches: DataverseSwitches;
  readonly schema: Schema;
  readonly store: Store;
  readonly records: Records;
  readonly parts: OrgParts;
  readonly webhooks: Webhooks;
  /** Every accepted write, with what was before and after, and who did it. */
  readonly writeLog: readonly WriteLogEntry[];
  clearWriteLog(): void;
  /** @throws RangeError when there is no such user */
  as(userId: string): OrgUser;
  find(table: string, id: string): Values | null;
  /** All rows of a table, oldest first. @throws RangeError for an unknown table */
  list(table: string): readonly Values[];
  closeAs(actor: Actor, request: CloseRequest): void;
}

export interface OrgOptions {
  readonly clock: SandboxClock;
  readonly name?: string;
  /** Client id of the app whose requests the application user stands for. */
  readonly applicationId: string;
  /** ISO code of the base currency. */
  readonly baseCurrency?: string;
}

/** An organization with its users, currencies and roles, and no data. */
export function createOrg(options: OrgOptions): DataverseOrg {
  const store = createStore();
  const parts: OrgParts = {
    clock: options.clock,
    switches: defaultSwitches(),
    schema: createSchema(),
    store,
    ids: {
      organization: guidOf('organization'),
      businessUnit: guidOf('business unit'),
      team: guidOf('team'),
      administrator: guidOf('administrator'),
      application: guidOf('application'),
      baseCurrency: guidOf(`currency ${options.baseCurrency ?? 'USD'}`),
    },
    duplicateRules: [],
    plugins: [],
    tokensDeadUpTo: new Map(),
    listeners: [],
  };
  const records = createRecords(parts);
  const administration = createAdministration(parts);
  const find = (table: string, id: string): Values | null =>
    store.get(parts.schema.get(table).name, id.toLowerCase())?.values ?? null;
  const closeAs = (actor: Actor, request: CloseRequest): void =>
    closeOpportunity(parts, records, actor, request);

  const org: DataverseOrg = {
    ...administration,
    organizationId: parts.ids.organization,
    applicationUserId: parts.ids.application,
    adminUserId: parts.ids.administrator,
    switches: parts.switches,
    schema: parts.schema,
    store,
    records,
    parts,
    webhooks: createWebhooks(parts),
    writeLog: store.writeLog,
    clearWriteLog: () => store.clearWriteLog(),
    find,
    list: (table) => [...store.rows(parts.schema.get(table).name)].map(({ values }: Row) => values),
    closeAs,
    as(userId) {
      if (find('systemuser', userId) === null) {
        throw new RangeError(`The sandbox's Dataverse has no user ${userId}.`);
      }
      const actor: Actor = { userId: userId.toLowerCase(), origin: 'user' };
      const { schema } = parts;
      return {
        userId: actor.userId,
        create: (table, values) => records.create(actor, schema.get(table), values).id,
        update: (table, id, values) =>
          void records.update(actor, schema.get(table), id.toLowerCase(), values),
        delete: (table, id) => records.delete(actor, schema.get(table), id.toLowerCase()),
        find,
        close(id, outcome, { status = -1, activity = {} } = {}) {
          const opportunityid = { table: 'opportunity', id: id.toLowerCase() };
          closeAs(actor, { outcome, status, activity: { ...activity, opportunityid } });
        },
        reopen: (id) =>
          void records.update(actor, schema.get('opportunity'), id.toLowerCase(), {
            statecode: 0,
            statuscode: 1,
          }),
      };
    },
  };
  furnish(org, options);
  store.clearWriteLog();
  return org;
}

const ROLES = ['Stakeholder', 'Decision Maker', 'Champion', 'Sales Professional', 'Delivery Professional'];
const MESSAGES = [
  'Create',
  'Update',
  'Delete',
  'SetState',
  'WinOpportunity',
  'LoseOpportunity',
  'CreateMultiple',
];

function furnish(
  org: DataverseOrg,
  { name = 'Contoso Partner', applicationId, baseCurrency = 'USD' }: OrgOptions,
): void {
  const { ids } = org.parts;
  org.load('businessunit', { businessunitid: ids.businessUnit, name });
  org.addCurrency(baseCurrency, { rate: 1 });
  const businessunitid = { table: 'businessunit', id: ids.businessUnit };
  org.load('systemuser', {
    systemuserid: ids.administrator,
    firstname: 'Avery',
    lastname: 'Admin',
    fullname: 'Avery Admin',
    domainname: 'avery.admin@contoso.example',
    internalemailaddress: 'avery.admin@contoso.example',
    azureactivedirectoryobjectid: guidOf('directory avery'),
    accessmode: 0,
    businessunitid,
  });
  org.load('systemuser', {
    systemuserid: ids.application,
    firstname: '#',
    lastname: 'Referral synchronisation',
    fullname: '# Referral synchronisation',
    domainname: 'app@contoso.example',
    applicationid: applicationId.toLowerCase(),
    azureactivedirectoryobjectid: guidOf(`service principal ${applicationId}`),
    accessmode: 4,
    businessunitid,
  });
  org.load('team', { teamid: ids.team, name, teamtype: 0, isdefault: true, businessunitid });
  org.load('organization', {
    organizationid: ids.organization,
    name,
    basecurrencyid: { table: 'transactioncurrency', id: ids.baseCurrency },
    languagecode: 1033,
    expirechangetrackingindays: 7,
  });
  for (const role of ROLES) {
    org.load('connectionrole', { connectionroleid: guidOf(`role ${role}`), name: role, category: 4 });
  }
  const publisher = org.load('publisher', {
    publisherid: guidOf('publisher default'),
    uniquename: 'DefaultPublishercontoso',
    friendlyname: 'Default Publisher for contoso',
    customizationprefix: 'new',
    customizationoptionvalueprefix: 10_000,
  });
  org.load('publisher', {
    publisherid: guidOf('publisher connector'),
    uniquename: 'microsoftreferrals',
    friendlyname: 'Microsoft',
    customizationprefix: 'msft',
    customizationoptionvalueprefix: 86_198,
  });
  org.load('solution', {
    solutionid: guidOf('solution default'),
    uniquename: 'Default',
    friendlyname: 'Default Solution',
    version: '1.0',
    publisherid: { table: 'publisher', id: publisher },
  });
  for (const message of MESSAGES) {
    const sdkmessageid = org.load('sdkmessage', {
      sdkmessageid: guidOf(`message ${message}`),
      name: message,
    });
    for (const table of ['opportunity', 'account', 'contact']) {
      org.load('sdkmessagefilter', {
        sdkmessagefilterid: guidOf(`filter ${message} ${table}`),
        name: message,
        primaryobjecttypecode: table,
        sdkmessageid: { table: 'sdkmessage', id: sdkmessageid },
      });
    }
  }
}
