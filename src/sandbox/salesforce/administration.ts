/** What the platform or an administrator does to the org beside saving records. */
import { type Field, type FieldOptions, type FieldType, field } from './field.ts';
import { toId18 } from './ids.ts';
import { deriveOpportunity, findStage } from './opportunity-rules.ts';
import type { Actor, OrgParts } from './parts.ts';
import { type StageDefinition, stageValues } from './stages.ts';
import { type MutableValues, textOf, type Values } from './values.ts';
import { changeRow, deleteRow, emptyBin, storeRow } from './writing.ts';

export interface Administration {
  /**
   * Puts a row in as it is, keeping its id and stamps, without rules or history. What is not given is defaulted.
   * @returns the id. @throws RangeError for an unknown object or a bad id
   */
  load(object: string, values: Values): string;
  /** Changes columns of a row without moving its stamps. @throws RangeError when there is no such row */
  patchSilently(object: string, id: string, changes: Values): void;
  /** Moves only SystemModstamp, as a roll-up or a renamed picklist value does. */
  touch(object: string, id: string): void;
  addStage(stage: StageDefinition): void;
  /** Renames a stage and, as the platform does, the value in every opportunity; only SystemModstamp moves. */
  renameStage(from: string, to: string): void;
  addCurrency(
    isoCode: string,
    options?: { readonly isCorporate?: boolean; readonly isActive?: boolean },
  ): void;
  /** Adds a column that everybody can see. */
  addField(object: string, name: string, type: FieldType, options?: FieldOptions): Field;
  removeField(object: string, name: string): void;
  /** Merges accounts into the first: their rows move over, they are deleted and point at the master. */
  mergeAccounts(masterId: string, otherIds: readonly string[], userId?: string): void;
  /** Takes all deleted rows away for good; the delete log keeps them. */
  emptyRecycleBin(): void;
}

/** The administrator's tools over one org. */
export function createAdministration(parts: OrgParts, adminUserId: string): Administration {
  const { store, schema } = parts;

  function load(objectName: string, given: Values): string {
    const object = schema.find(objectName);
    if (object === undefined && objectName !== 'CurrencyType') {
      throw new RangeError(`The sandbox's Salesforce has no object ${objectName}.`);
    }
    const name = object?.name ?? objectName;
    const id = textOf(given, 'Id') ?? store.ids.next(object?.keyPrefix ?? '01L');
    const id18 = toId18(id);
    if (id18 === null) throw new RangeError(`"${id}" is not a Salesforce id.`);
    const values: MutableValues = {};
    for (const { name: column, type, defaultValue } of object === undefined ? [] : schema.fields(object)) {
      if (type !== 'address') values[column] = defaultValue;
    }
    const stamp = textOf(given, 'SystemModstamp') ?? textOf(given, 'LastModifiedDate') ?? store.stamp();
    const created = textOf(given, 'CreatedDate') ?? textOf(given, 'LastModifiedDate') ?? stamp;
    const modified = textOf(given, 'LastModifiedDate') ?? stamp;
    Object.assign(values, {
      ...('OwnerId' in values ? { OwnerId: adminUserId } : {}),
      ...('CreatedDate' in values
        ? {
            CreatedDate: created,
            CreatedById: adminUserId,
            LastModifiedDate: modified,
            LastModifiedById: adminUserId,
          }
        : {}),
      SystemModstamp: stamp,
    });
    for (const [column, value] of Object.entries(given)) {
      if (value !== null || !(column in values)) values[column] = value;
    }
    values.Id = id18;
    if (name === 'Opportunity') completeLoaded(parts, values, given);
    store.put(name, { id: id18, values, shadow: null });
    return id18;
  }

  function rowOf(object: string, id: string): Values {
    const values = store.table(object).get(toId18(id) ?? id)?.values;
    if (values === undefined) throw new RangeError(`The sandbox's Salesforce has no ${object} ${id}.`);
    return values;
  }

  return {
    load,
    patchSilently(object, id, changes) {
      const values = rowOf(object, id);
      store.put(object, { id: textOf(values, 'Id') ?? id, values: { ...values, ...changes }, shadow: null });
    },
    touch(object, id) {
      const before = rowOf(object, id);
      const values = { ...before, SystemModstamp: store.stamp() };
      storeRow(parts, { userId: adminUserId, origin: 'system' }, object, values, before);
    },
    addStage: (stage) =>
      void load('OpportunityStage', stageValues(stage, store.table('OpportunityStage').size + 1)),
    renameStage(from, to) {
      const stage = findStage(parts, from);
      if (stage === null) throw new RangeError(`The sandbox's Salesforce has no stage "${from}".`);
      const stamp = store.stamp();
      const renamed = { ...stage, MasterLabel: to, ApiName: to, SystemModstamp: stamp };
      store.put('OpportunityStage', { id: textOf(stage, 'Id') ?? '', values: renamed, shadow: null });
      for (const { values } of [...store.table('Opportunity').rows()]) {
        if (values.StageName !== from) continue;
        const moved = { ...values, StageName: to, SystemModstamp: stamp };
        storeRow(parts, { userId: adminUserId, origin: 'system' }, 'Opportunity', moved, values);
      }
    },
    addCurrency(isoCode, { isCorporate = false, isActive = true } = {}) {
      load('CurrencyType', {
        IsoCode: isoCode,
        ConversionRate: 1,
        DecimalPlaces: 2,
        IsActive: isActive,
        IsCorporate: isCorporate,
      });
    },
    addField(object, name, type, options = {}) {
      const added = field(name, type, options);
      schema.addField(object, added);
      return added;
    },
    removeField: (object, name) => schema.removeField(object, name),
    mergeAccounts(masterId, otherIds, userId = adminUserId) {
      const actor: Actor = { userId, origin: 'user' };
      const master = textOf(rowOf('Account', masterId), 'Id') ?? masterId;
      store.transaction(() => {
        for (const otherId of otherIds)
          mergeInto(parts, actor, master, textOf(rowOf('Account', otherId), 'Id') ?? otherId);
        changeRow(parts, actor, 'Account', master, {});
      });
    },
    emptyRecycleBin: () => emptyBin(parts, true),
  };
}

/** Rows of the losing account move to the master before it is deleted, so that none goes with it. */
function mergeInto(parts: OrgParts, actor: Actor, masterId: string, loserId: string): void {
  const { store, schema } = parts;
  const account = schema.find('Account');
  if (account === undefined) return;
  for (const { object, field: column } of schema.children(account)) {
    if (column.childRelationship === null) continue;
    const table = store.table(object.name);
    for (const id of [...new Set(table.idsWith(column.name, loserId))]) {
      if (table.get(id)?.values[column.name] !== loserId) continue;
      changeRow(parts, actor, object.name, id, { [column.name]: masterId });
    }
  }
  const loser = store.table('Account').get(loserId);
  if (loser === undefined) return;
  store.put('Account', { ...loser, values: { ...loser.values, MasterRecordId: masterId } });
  deleteRow(parts, actor, account, loserId, null);
}

/** What a loaded opportunity does not say follows from its stage. */
function completeLoaded(parts: OrgParts, values: MutableValues, given: Values): void {
  const stage = findStage(parts, textOf(values, 'StageName'));
  if (!('IsClosed' in given)) values.IsClosed = stage?.IsClosed === true;
  if (!('IsWon' in given)) values.IsWon = stage?.IsWon === true;
  values.Probability ??= stage?.DefaultProbability ?? null;
  values.ForecastCategoryName ??= stage?.ForecastCategoryName ?? 'Pipeline';
  values.ForecastCategory ??= stage?.ForecastCategory ?? 'Pipeline';
  values.PushCount ??= 0;
  deriveOpportunity(values);
}
