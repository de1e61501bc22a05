/** Creating, changing and deleting rows: every write goes through here, whoever makes it. */
import { demand } from './access.ts';
import { badRequest, DataverseError, rowNotFound } from './dataverse-error.ts';
import { agreesIn, checkKeys } from './keys.ts';
import { hasMoney, settleMoney } from './money.ts';
import type { Actor, OrgParts } from './parts.ts';
import { lineTotal, settleRow } from './rules.ts';
import { settleState } from './states.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';
import { isSameValue, type MutableValues, referenceOf, toStamp, type Values } from './values.ts';

export interface Records {
  /** @param id chosen by the client; else a new one. @throws DataverseError */
  create(actor: Actor, table: Table, changes: Values, id?: string): Row;
  /** Equal values count as a change too: a new version, a new `modifiedon`. @throws DataverseError */
  update(actor: Actor, table: Table, id: string, changes: Values): Row;
  /** @throws DataverseError 405 when other rows hold on to this one */
  delete(actor: Actor, table: Table, id: string): void;
}

/** The writes of one organization. */
export function createRecords(parts: OrgParts): Records {
  const { clock, store, schema, switches, ids } = parts;

  function stamp(actor: Actor, values: MutableValues, isNew: boolean): void {
    const now = toStamp(clock.now());
    const user = { table: 'systemuser', id: actor.userId };
    const delegate = actor.onBehalfOf === undefined ? null : { table: 'systemuser', id: actor.onBehalfOf };
    if (isNew) Object.assign(values, { createdon: now, createdby: user, createdonbehalfby: delegate });
    Object.assign(values, { modifiedon: now, modifiedby: user, modifiedonbehalfby: delegate });
  }

  function settleOwner(actor: Actor, table: Table, values: MutableValues): void {
    if (table.ownership !== 'UserOwned') return;
    const owner = referenceOf(values, 'ownerid') ?? { table: 'systemuser', id: actor.userId };
    const isDisabled = store.get(owner.table, owner.id)?.values.isdisabled === true;
    if (isDisabled && !isSameValue(owner, values.owninguser ?? null)) {
      throw badRequest('0x8004022b', 'The specified owner has been disabled.');
    }
    values.ownerid = owner;
    values.owninguser = owner.table === 'systemuser' ? owner : null;
    values.owningteam = owner.table === 'team' ? owner : null;
    values.owningbusinessunit = { table: 'businessunit', id: ids.businessUnit };
  }

  function checkDuplicates(actor: Actor, table: Table, id: string, values: Values): void {
    if (actor.detectsDuplicates !== true) return;
    for (const { table: name, columns } of parts.duplicateRules) {
      if (name !== table.name) continue;
      for (const row of store.rows(name)) {
        if (row.id === id || !agreesIn(columns, row.values, values)) continue;
        throw new DataverseError(
          switches.duplicateDetectionStatus,
          '0x80040333',
          'A record was not created or updated because a duplicate of the current record already exists.',
        );
      }
    }
  }

  function checkPlugins(table: Table, values: Values): void {
    const plugin = parts.plugins.find((each) => each.table === table.name && each.failsWhen(values));
    if (plugin !== undefined) throw badRequest('0x80040265', plugin.message);
  }

  function save(
    actor: Actor,
    table: Table,
    id: string,
    values: MutableValues,
    changes: Values,
    before: Row | null,
  ): Row {
    settleState(parts, table, values, changes, before?.values ?? null);
    settleRow(parts, table, values, changes, before);
    settleOwner(actor, table, values);
    const changed = new Set(
      Object.keys(values).filter(
        (name) =>
          before === null ||
          name in changes ||
          !isSameValue(values[name] ?? null, before.values[name] ?? null),
      ),
    );
    settleMoney(parts, table, values, changed);
    checkKeys(parts, table, id, values);
    checkDuplicates(actor, table, id, values);
    checkPlugins(table, values);
    stamp(actor, values, before === null);
    const row: Row = { id, values, version: store.nextVersion() };
    values.versionnumber = row.version;
    store.put(table.name, row);
    const operation = before === null ? 'create' : 'update';
    const { userId, origin } = actor;
    store.log(
      { at: String(values.modifiedon), table: table.name, id, operation, actor: userId, origin },
      before?.values ?? {},
      values,
    );
    for (const listener of parts.listeners) {
      listener(before === null ? 'Create' : 'Update', table.name, id, Object.keys(changes));
    }
    if (table.name === 'opportunityproduct') retotal(actor, values);
    return row;
  }

  /** Lines changed: the opportunity's totals follow, and its amount where it is calculated. */
  function retotal(actor: Actor, line: Values): void {
    const opportunity = referenceOf(line, 'opportunityid');
    if (opportunity === null || store.get('opportunity', opportunity.id) === undefined) return;
    const total = lineTotal(parts, opportunity.id);
    const table = schema.get('opportunity');
    const system: Actor = { ...actor, origin: 'system', detectsDuplicates: false };
    records.update(system, table, opportunity.id, { totallineitemamount: total, totalamount: total });
  }

  function releaseOrDelete(actor: Actor, table: Table, id: string): void {
    const system: Actor = { ...actor, origin: 'system' };
    for (const { table: child, column, target } of schema.referencesTo(table)) {
      for (const row of store.referring(child.name, column.name, id)) {
        if (target.onDelete === 'restrict') {
          throw new DataverseError(
            405,
            '0x80040227',
            `The object you tried to delete is associated with another object and cannot be deleted. (${child.name})`,
          );
        }
        if (target.onDelete === 'cascade') records.delete(system, child, row.id);
        else if (store.get(child.name, row.id) !== undefined) {
          records.update(system, child, row.id, { [column.name]: null });
        }
      }
    }
  }

  const records: Records = {
    create(actor, table, changes, id = store.newId()) {
      demand(parts, actor, 'Create', table);
      if (store.get(table.name, id) !== undefined) {
        throw new DataverseError(
          switches.duplicateKeyStatus,
          '0x80040237',
          'A record with matching key values already exists.',
        );
      }
      return store.transaction(() => {
        const values: MutableValues = {};
        for (const { name, defaultValue } of table.columns.values()) values[name] = defaultValue;
        if (hasMoney(table))
          values.transactioncurrencyid = { table: 'transactioncurrency', id: ids.baseCurrency };
        Object.assign(values, changes, { [table.primaryId]: id });
        if (hasMoney(table))
          values.transactioncurrencyid ??= { table: 'transactioncurrency', id: ids.baseCurrency };
        return save(actor, table, id, values, changes, null);
      });
    },
    update(actor, table, id, changes) {
      demand(parts, actor, 'Write', table);
      if ('ownerid' in changes) demand(parts, actor, 'Assign', table);
      const before = store.get(table.name, id);
      if (before === undefined) throw rowNotFound(table.name, id);
      return store.transaction(() => {
        const values: MutableValues = { ...before.values, ...changes, [table.primaryId]: id };
        if (hasMoney(table)) values.transactioncurrencyid ??= before.values.transactioncurrencyid ?? null;
        return save(actor, table, id, values, changes, before);
      });
    },
    delete(actor, table, id) {
      demand(parts, actor, 'Delete', table);
      const before = store.get(table.name, id);
      if (before === undefined) throw rowNotFound(table.name, id);
      store.transaction(() => {
        releaseOrDelete(actor, table, id);
        store.remove(table.name, id);
        const { userId, origin } = actor;
        const at = toStamp(clock.now());
        store.log(
          { at, table: table.name, id, operation: 'delete', actor: userId, origin },
          before.values,
          {},
        );
        for (const listener of parts.listeners) listener('Delete', table.name, id, []);
        if (table.name === 'opportunityproduct') retotal(actor, before.values);
      });
    },
  };
  return records;
}
