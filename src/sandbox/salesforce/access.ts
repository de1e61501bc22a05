/** Field-level security as API users meet it: what is hidden is simply not there. */
import type { Field } from './field.ts';
import type { SObject } from './object.ts';
import type { Actor, OrgParts } from './parts.ts';
import { textOf } from './values.ts';

/** Whether a permission set assigned to the user grants the column. */
function isGranted(
  { store }: OrgParts,
  userId: string,
  path: string,
  right: 'PermissionsRead' | 'PermissionsEdit',
): boolean {
  const assigned = new Set<string | null>();
  for (const { values } of store.table('PermissionSetAssignment').rows()) {
    if (values.AssigneeId === userId) assigned.add(textOf(values, 'PermissionSetId'));
  }
  for (const { values } of store.table('FieldPermissions').rows()) {
    const isSame = textOf(values, 'Field')?.toLowerCase() === path.toLowerCase();
    if (isSame && values[right] === true && assigned.has(textOf(values, 'ParentId'))) return true;
  }
  return false;
}

function isHidden({ switches }: OrgParts, path: string): boolean {
  return switches.fieldsHidden.some((hidden) => hidden.toLowerCase() === path.toLowerCase());
}

/** Whether the actor can see a column at all. */
export function canRead(parts: OrgParts, actor: Actor, object: SObject, field: Field): boolean {
  if (actor.origin !== 'api') return true;
  const path = `${object.name}.${field.name}`;
  if (isHidden(parts, path)) return false;
  return !field.needsGrant || isGranted(parts, actor.userId, path, 'PermissionsRead');
}

/** Whether the actor may write a column that can be written. */
export function canEdit(parts: OrgParts, actor: Actor, object: SObject, field: Field): boolean {
  if (!canRead(parts, actor, object, field)) return false;
  if (actor.origin !== 'api' || !field.needsGrant) return true;
  return isGranted(parts, actor.userId, `${object.name}.${field.name}`, 'PermissionsEdit');
}

/** The columns of an object that the actor can see, in describe order. */
export function visibleFields(parts: OrgParts, actor: Actor, object: SObject): readonly Field[] {
  return parts.schema.fields(object).filter((field) => canRead(parts, actor, object, field));
}

/** A visible column by name in any case. */
export function visibleField(
  parts: OrgParts,
  actor: Actor,
  object: SObject,
  name: string,
): Field | undefined {
  const field = parts.schema.field(object, name);
  return field !== undefined && canRead(parts, actor, object, field) ? field : undefined;
}
