/**
 * A Salesforce org in memory. API clients come in through the stand-in; tests and the control API act here as people
 * of the org, as its administrator, or as the platform itself.
 */
import type { SandboxClock } from '../kernel/clock.ts';
import { type Administration, createAdministration } from './administration.ts';
import { createGuards, type Guards } from './guards.ts';
import { toId18 } from './ids.ts';
import type { Actor, OrgParts } from './parts.ts';
import { createRecords, type Records } from './records.ts';
import { createSchema, type Schema } from './schema.ts';
import { runQuery } from './soql-query.ts';
import { DEFAULT_STAGES, type StageDefinition } from './stages.ts';
import { createStore, type Store, type WriteLogEntry } from './store.ts';
import { defaultSwitches, type SalesforceSwitches } from './switches.ts';
import type { JsonRecord, Values } from './values.ts';
import { emptyBin } from './writing.ts';

/** Somebody who works in the org. Every method throws a `SalesforceError` when the org refuses. */
export interface OrgUser {
  readonly userId: string;
  /** @returns the new row's 18-character id */
  create(object: string, values: JsonRecord): string;
  update(object: string, id: string, values: JsonRecord): void;
  delete(object: string, id: string): void;
  undelete(object: string, id: string): void;
  /** All columns of a row as it is stored; null when there is none or it is deleted. */
  find(object: string, id: string): Values | null;
  query(soql: string): JsonRecord[];
}

export interface SalesforceOrg
  extends Administration,
    Pick<Guards, 'addValidationRule' | 'addDuplicateRule' | 'lockRow' | 'unlockRow'> {
  readonly organizationId: string;
  /** The user that API clients act as unless their app says otherwise. */
  readonly integrationUserId: string;
  readonly adminUserId: string;
  readonly switches: SalesforceSwitches;
  readonly schema: Schema;
  readonly store: Store;
  readonly records: Records;
  readonly parts: OrgParts;
  /** Every accepted write, with what was before and after, and who did it. */
  readonly writeLog: readonly WriteLogEntry[];
  clearWriteLog(): void;
  /** @throws RangeError when there is no such user */
  as(userId: string): OrgUser;
  find(object: string, id: string, options?: { readonly includeDeleted?: boolean }): Values | null;
  /** Rows as the administrator sees them. @throws SalesforceError */
  query(soql: string): JsonRecord[];
}

export interface OrgOptions {
  readonly clock: SandboxClock;
  readonly name?: string;
  readonly stages?: readonly StageDefinition[];
}

/** An org with its users, stages and standard price book, and no data. */
export function createOrg(options: OrgOptions): SalesforceOrg {
  const { clock } = options;
  const switches = defaultSwitches();
  const store = createStore(clock);
  const guards = createGuards();
  const organizationId = store.ids.next('00D');
  const parts: OrgParts = { clock, switches, schema: createSchema(switches), store, guards, organizationId };
  const integrationUserId = store.ids.next('005');
  const adminUserId = store.ids.next('005');
  const records = createRecords(parts);
  const administration = createAdministration(parts, adminUserId);
  clock.onAdvance(() => emptyBin(parts, false));

  const find: SalesforceOrg['find'] = (object, id, { includeDeleted = false } = {}) => {
    const name = parts.schema.find(object)?.name ?? object;
    const values = store.table(name).get(toId18(id) ?? id)?.values;
    return values === undefined || (values.IsDeleted === true && !includeDeleted) ? null : values;
  };

  function queryAs(actor: Actor, soql: string): JsonRecord[] {
    const result = runQuery({
      parts,
      actor,
      soql,
      includeDeleted: false,
      childPageSize: Number.POSITIVE_INFINITY,
      openChildPage: () => '',
    });
    return Array.from({ length: result.length }, (_, index) => result.render(index, '66.0'));
  }

  const org: SalesforceOrg = {
    ...administration,
    ...guards,
    organizationId,
    integrationUserId,
    adminUserId,
    switches,
    schema: parts.schema,
    store,
    records,
    parts,
    writeLog: store.writeLog,
    clearWriteLog: () => store.clearWriteLog(),
    as(userId) {
      const id = toId18(userId) ?? userId;
      if (find('User', id) === null) throw new RangeError(`The sandbox's Salesforce has no user ${userId}.`);
      const actor: Actor = { userId: id, origin: 'user', allowDuplicates: true };
      return {
        userId: id,
        create: (object, values) => records.create(actor, object, values),
        update: (object, rowId, values) => records.update(actor, object, rowId, values),
        delete: (object, rowId) => records.delete(actor, object, rowId),
        undelete: (object, rowId) => records.undelete(actor, object, rowId),
        find: (object, rowId) => find(object, rowId),
        query: (soql) => queryAs(actor, soql),
      };
    },
    find,
    query: (soql) => queryAs({ userId: adminUserId, origin: 'system' }, soql),
  };
  furnish(org, options);
  store.clearWriteLog();
  return org;
}

function furnish(
  org: SalesforceOrg,
  { name = 'Contoso Partner', stages = DEFAULT_STAGES }: OrgOptions,
): void {
  const people = [
    {
      Id: org.integrationUserId,
      FirstName: 'Integration',
      LastName: 'User',
      Username: 'integration@contoso.example',
    },
    { Id: org.adminUserId, FirstName: 'Avery', LastName: 'Admin', Username: 'avery.admin@contoso.example' },
  ];
  for (const person of people) {
    const Name = `${person.FirstName} ${person.LastName}`;
    org.load('User', {
      ...person,
      Name,
      Email: person.Username,
      Alias: person.LastName.slice(0, 8).toLowerCase(),
    });
  }
  org.load('Organization', {
    Id: org.organizationId,
    Name: name,
    OrganizationType: 'Developer Edition',
    InstanceName: 'SBX1',
    IsSandbox: true,
    DefaultLocaleSidKey: 'en_US',
    TimeZoneSidKey: 'GMT',
    LanguageLocaleKey: 'en_US',
    FiscalYearStartMonth: 1,
  });
  for (const stage of stages) org.addStage(stage);
  org.addCurrency('USD', { isCorporate: true });
  org.load('Pricebook2', { Name: 'Standard Price Book', IsActive: true, IsStandard: true });
}
