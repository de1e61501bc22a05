/** Puts rows into the store with stamps, shadows and history; deletes and restores them with what hangs on them. */
import { toId18 } from './ids.ts';
import type { SObject } from './object.ts';
import type { Actor, OrgParts } from './parts.ts';
import { refuse } from './salesforce-error.ts';
import type { WriteLogEntry } from './store.ts';
import type { Shadow } from './table.ts';
import { type MutableValues, stampToMs, textOf, type Values } from './values.ts';

/** Columns that say when and by whom, not what. */
const BOOKKEEPING = new Set([
  'Id',
  'CreatedDate',
  'CreatedById',
  'LastModifiedDate',
  'LastModifiedById',
  'SystemModstamp',
]);
/** Remembers with which record a row was deleted, so that both come back together. Never shown. */
const DELETED_WITH = '#deletedWith';
const DELETED_AT = '#deletedAt';
/** Deleted rows can be brought back this long. */
const RECYCLE_BIN_MS = 15 * 24 * 60 * 60_000;

/** Stores a new version of a row, and keeps what others see of it until the writer's transaction commits. */
export function storeRow(
  parts: OrgParts,
  actor: Actor,
  object: string,
  values: MutableValues,
  before: Values | null,
  operation: WriteLogEntry['operation'] = before === null ? 'create' : 'update',
): void {
  const { store, clock, switches } = parts;
  const id = textOf(values, 'Id') ?? '';
  const nowMs = clock.now().getTime();
  const delayMs = actor.origin === 'user' ? switches.lateCommitSeconds * 1_000 : 0;
  const existing = store.table(object).get(id);
  const shadow: Shadow | null =
    delayMs === 0
      ? null
      : {
          values: existing === undefined ? null : store.table(object).view(existing, nowMs),
          untilMs: nowMs + delayMs,
        };
  store.put(object, { id, values, shadow });
  const fields = Object.keys(values).filter((name) => !BOOKKEEPING.has(name) && !name.startsWith('#'));
  store.log({
    at: textOf(values, 'SystemModstamp') ?? store.stamp(),
    object,
    id,
    operation,
    actor: actor.userId,
    origin: actor.origin,
    changes: fields
      .filter((name) => (before?.[name] ?? null) !== (values[name] ?? null))
      .map((name) => ({ field: name, from: before?.[name] ?? null, to: values[name] ?? null })),
  });
}

/** Changes columns of a row as a consequence of something else; the stamps move with it. */
export function changeRow(parts: OrgParts, actor: Actor, object: string, id: string, changes: Values): void {
  const before = parts.store.table(object).get(id)?.values;
  if (before === undefined) return;
  const stamp = parts.store.stamp();
  const values: MutableValues = { ...before, ...changes, SystemModstamp: stamp };
  if ('LastModifiedDate' in before) {
    values.LastModifiedDate = stamp;
    values.LastModifiedById = actor.userId;
  }
  storeRow(parts, { ...actor, origin: 'system' }, object, values, before);
}

/** Deletes a row and what belongs to it; lookups to it from elsewhere are emptied. */
export function deleteRow(
  parts: OrgParts,
  actor: Actor,
  object: SObject,
  id: string,
  because: string | null,
): void {
  const { store, schema } = parts;
  const row = store.table(object.name).get(id);
  if (row === undefined || row.values.IsDeleted === true) return;
  for (const { object: child, field } of schema.children(object)) {
    const table = store.table(child.name);
    for (const childId of [...new Set(table.idsWith(field.name, id))]) {
      const values = table.get(childId)?.values;
      if (values?.[field.name] !== id || values.IsDeleted === true) continue;
      if (field.cascadeDelete)
        deleteRow(parts, { ...actor, origin: 'system' }, child, childId, because ?? id);
      else if (field.childRelationship !== null)
        changeRow(parts, actor, child.name, childId, { [field.name]: null });
    }
  }
  const at = store.stamp();
  store.logDeleted({ object: object.name, id, at });
  // Team members vanish at once, without a trace for queries; so does what knows no deleted state.
  if (object.name === 'OpportunityTeamMember' || schema.field(object, 'IsDeleted') === undefined) {
    store.remove(object.name, id);
    const changes: WriteLogEntry['changes'] = [];
    store.log({
      at,
      object: object.name,
      id,
      operation: 'delete',
      actor: actor.userId,
      origin: actor.origin,
      changes,
    });
    return;
  }
  const values: MutableValues = {
    ...row.values,
    IsDeleted: true,
    SystemModstamp: at,
    LastModifiedDate: at,
    LastModifiedById: actor.userId,
    [DELETED_WITH]: because ?? id,
    [DELETED_AT]: at,
  };
  storeRow(parts, actor, object.name, values, row.values, 'delete');
}

/** Brings a row back from the recycle bin, with the rows that were deleted along with it. */
export function undeleteRow(parts: OrgParts, actor: Actor, object: SObject, id: string): void {
  const { store, schema } = parts;
  const id18 = toId18(id) ?? id;
  const row = store.table(object.name).get(id18);
  if (row?.values.IsDeleted !== true) {
    throw refuse('UNDELETE_FAILED', 'Entity is not in the recycle bin', []);
  }
  const together = [{ object: object.name, row }];
  for (const { name } of schema.objects()) {
    for (const other of store.table(name).rows()) {
      const isPart = other.values[DELETED_WITH] === id18 && other.id !== id18;
      if (isPart) together.push({ object: name, row: other });
    }
  }
  const stamp = store.stamp();
  for (const { object: name, row: deleted } of together) {
    const { [DELETED_WITH]: _with, [DELETED_AT]: _at, ...kept } = deleted.values;
    const values: MutableValues = {
      ...kept,
      IsDeleted: false,
      SystemModstamp: stamp,
      LastModifiedDate: stamp,
      LastModifiedById: actor.userId,
    };
    storeRow(parts, actor, name, values, deleted.values, 'undelete');
  }
}

/** Takes deleted rows away for good: those older than the recycle bin keeps, or all of them. */
export function emptyBin({ store, schema, clock }: OrgParts, all: boolean): void {
  const nowMs = clock.now().getTime();
  for (const { name } of schema.objects()) {
    for (const { id, values } of [...store.table(name).rows()]) {
      const at = textOf(values, DELETED_AT);
      if (at !== null && (all || nowMs - stampToMs(at) > RECYCLE_BIN_MS)) store.remove(name, id);
    }
  }
}
