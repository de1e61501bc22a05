/** Saving rows: create, update, delete, undelete. One path for the API and for people. */

import { brokenLookups, brokenRules, missingColumns, refuseDuplicates, takenValues } from './checks.ts';
import { afterDelete, afterSave } from './consequences.ts';
import { lockError } from './guards.ts';
import { toId18 } from './ids.ts';
import { readInput } from './input.ts';
import type { SObject } from './object.ts';
import type { Actor, OrgParts } from './parts.ts';
import { completeRow } from './row-rules.ts';
import { type ErrorItem, notFound, refuse, SalesforceError } from './salesforce-error.ts';
import type { StoredRow } from './table.ts';
import { type JsonRecord, type MutableValues, textOf, type Values } from './values.ts';
import { deleteRow, storeRow, undeleteRow } from './writing.ts';

export interface Records {
  /** @returns the 18-character id. @throws SalesforceError */
  create(actor: Actor, objectName: string, input: JsonRecord): string;
  /** @throws SalesforceError */
  update(actor: Actor, objectName: string, id: string, input: JsonRecord): void;
  delete(actor: Actor, objectName: string, id: string): void;
  undelete(actor: Actor, objectName: string, id: string): void;
  /** The row that a write names. @throws SalesforceError when it is unknown, deleted or locked */
  target(actor: Actor, object: SObject, id: string): StoredRow;
}

function throwIf(problems: readonly ErrorItem[]): void {
  if (problems.length > 0) throw new SalesforceError(400, problems);
}

/** The write operations of one org. */
export function createRecords(parts: OrgParts): Records {
  const { schema, store, guards, clock, switches } = parts;

  function objectOf(name: string): SObject {
    const object = schema.find(name);
    if (object === undefined) throw notFound();
    return object;
  }

  function target(actor: Actor, object: SObject, id: string): StoredRow {
    const id18 = toId18(id);
    if (id18 === null || !id18.startsWith(object.keyPrefix)) {
      throw refuse('MALFORMED_ID', `${object.label} ID: id value of incorrect type: ${id}`, ['Id']);
    }
    const row = store.table(object.name).get(id18);
    const nowMs = clock.now().getTime();
    const isInFlight = row?.shadow !== undefined && row.shadow !== null && nowMs < row.shadow.untilMs;
    const isUnseen = actor.origin === 'api' && isInFlight && row.shadow?.values === null;
    if (row === undefined || isUnseen) {
      throw refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [], 404);
    }
    if (row.values.IsDeleted === true) throw refuse('ENTITY_IS_DELETED', 'entity is deleted', [], 404);
    // A row that a long transaction has written is locked until that commits.
    const lock = guards.takeLock(id18) ?? (actor.origin === 'api' && isInFlight ? lockError(id18) : null);
    if (lock !== null) throw new SalesforceError(switches.lockStatus, [lock]);
    return row;
  }

  /** People's text areas come with CR LF when the org's user interface wrote them. */
  function asTyped(actor: Actor, object: SObject, input: JsonRecord): JsonRecord {
    if (actor.origin !== 'user' || !switches.uiNewlines) return input;
    return Object.fromEntries(
      Object.entries(input).map(([key, value]) => {
        const isArea = schema.field(object, key)?.type === 'textarea';
        return [key, isArea && typeof value === 'string' ? value.replace(/\r?\n/g, '\r\n') : value];
      }),
    );
  }

  function create(actor: Actor, objectName: string, input: JsonRecord): string {
    const object = objectOf(objectName);
    if (!object.createable) {
      throw refuse(
        'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
        `entity type ${object.name} does not support create`,
      );
    }
    const { values: written, problems } = readInput(
      parts,
      actor,
      object,
      asTyped(actor, object, input),
      'create',
    );
    throwIf([...problems, ...brokenLookups(parts, object, written)]);
    const existing = existingMember(object, written);
    if (existing !== null) {
      const { TeamMemberRole, OpportunityAccessLevel } = written;
      update(actor, object.name, existing, {
        ...(TeamMemberRole === undefined ? {} : { TeamMemberRole }),
        ...(OpportunityAccessLevel === undefined ? {} : { OpportunityAccessLevel }),
      });
      return existing;
    }
    const stamp = store.stamp();
    const values: MutableValues = {};
    for (const field of schema.fields(object)) {
      if (field.type !== 'address') values[field.name] = written[field.name] ?? field.defaultValue;
    }
    values.Id = store.ids.next(object.keyPrefix);
    if (schema.field(object, 'OwnerId') !== undefined) values.OwnerId ??= actor.userId;
    for (const column of ['CreatedDate', 'LastModifiedDate', 'SystemModstamp']) {
      if (schema.field(object, column) !== undefined) values[column] = stamp;
    }
    for (const column of ['CreatedById', 'LastModifiedById']) {
      if (schema.field(object, column) !== undefined) values[column] = actor.userId;
    }
    save(actor, object, values, written, null, stamp);
    return textOf(values, 'Id') ?? '';
  }

  /** Adding somebody who is on the team already changes what is there. */
  function existingMember(object: SObject, written: Values): string | null {
    if (object.name !== 'OpportunityTeamMember') return null;
    const table = store.table(object.name);
    for (const id of table.idsWith('OpportunityId', written.OpportunityId ?? null)) {
      const values = table.get(id)?.values;
      if (values?.OpportunityId === written.OpportunityId && values?.UserId === written.UserId) return id;
    }
    return null;
  }

  function update(actor: Actor, objectName: string, id: string, input: JsonRecord): void {
    const object = objectOf(objectName);
    const row = target(actor, object, id);
    if (!object.updateable) {
      throw refuse(
        'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
        `entity type ${object.name} does not support update`,
      );
    }
    const { values: written, problems } = readInput(
      parts,
      actor,
      object,
      asTyped(actor, object, input),
      'update',
    );
    throwIf([...problems, ...brokenLookups(parts, object, written)]);
    const stamp = store.stamp();
    const values: MutableValues = { ...row.values, ...written };
    // Nothing changed is still a write: the stamps move.
    for (const column of ['LastModifiedDate', 'SystemModstamp']) {
      if (schema.field(object, column) !== undefined) values[column] = stamp;
    }
    if (schema.field(object, 'LastModifiedById') !== undefined) values.LastModifiedById = actor.userId;
    save(actor, object, values, written, row.values, stamp);
  }

  function save(
    actor: Actor,
    object: SObject,
    values: MutableValues,
    written: Values,
    before: Values | null,
    stamp: string,
  ): void {
    const id = textOf(values, 'Id') ?? '';
    const problems = completeRow(parts, object.name, { written, values, before, stamp });
    throwIf([...missingColumns(parts, object, values), ...problems]);
    throwIf(takenValues(parts, object, id, values));
    throwIf(brokenRules(parts, object, values, before));
    refuseDuplicates(parts, actor, object, id, values);
    storeRow(parts, actor, object.name, values, before);
    afterSave(parts, actor, object.name, values, before);
  }

  return {
    target,
    create: (actor, objectName, input) => store.transaction(() => create(actor, objectName, input)),
    update: (actor, objectName, id, input) => store.transaction(() => update(actor, objectName, id, input)),
    delete: (actor, objectName, id) =>
      store.transaction(() => {
        const object = objectOf(objectName);
        const row = target(actor, object, id);
        if (!object.deletable) {
          throw refuse(
            'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
            `entity type ${object.name} does not support delete`,
          );
        }
        deleteRow(parts, actor, object, row.id, null);
        afterDelete(parts, actor, object.name, row.values);
      }),
    undelete: (actor, objectName, id) =>
      store.transaction(() => undeleteRow(parts, actor, objectOf(objectName), id)),
  };
}
