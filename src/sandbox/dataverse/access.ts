/** Privileges of the API user. People of the sandbox may do everything. */
import { DataverseError } from './dataverse-error.ts';
import type { Actor, OrgParts } from './parts.ts';
import type { Table } from './table.ts';
import { guidOf } from './values.ts';

export type Right = 'Create' | 'Read' | 'Write' | 'Delete' | 'Append' | 'AppendTo' | 'Assign';

export const RIGHTS: readonly Right[] = ['Create', 'Read', 'Write', 'Delete', 'Append', 'AppendTo', 'Assign'];

/** Tables whose privileges have another name: users, and activities of every kind, which share one. */
function subjectOf({ name, schemaName, isActivity }: Table): string {
  if (isActivity) return 'Activity';
  return name === 'systemuser' ? 'User' : schemaName;
}

export const privilegeName = (right: Right, table: Table): string => `prv${right}${subjectOf(table)}`;

export function privilegeDenied(actor: Actor, privilege: string, table: Table | null): DataverseError {
  const where = table === null ? '' : ` on OTC=${table.typeCode} for entity '${table.name}'`;
  return new DataverseError(
    403,
    '0x80040220',
    `Principal user (Id=${actor.userId}, type=8, roleCount=1, privilegeCount=250, accessMode='0 Read-Write') is missing ${privilege} privilege (Id=${guidOf(privilege)})${where}. context.Caller=${actor.userId}`,
  );
}

/** @throws DataverseError 403 when the API user lacks the privilege */
export function demand(parts: OrgParts, actor: Actor, right: Right, table: Table): void {
  if (actor.origin !== 'api') return;
  const privilege = privilegeName(right, table);
  if (parts.switches.privilegesMissing.includes(privilege)) throw privilegeDenied(actor, privilege, table);
}

/** Changing tables and columns takes a customizer. @throws DataverseError 403 */
export function demandCustomizer(parts: OrgParts, actor: Actor, privilege: string): void {
  if (actor.origin === 'api' && !parts.switches.customizer) throw privilegeDenied(actor, privilege, null);
}

/** Change tracking needs read access to all rows. @throws DataverseError 403 */
export function demandOrganizationRead(parts: OrgParts, actor: Actor, table: Table): void {
  demand(parts, actor, 'Read', table);
  if (actor.origin === 'api' && !parts.switches.organizationRead) {
    throw privilegeDenied(actor, privilegeName('Read', table), table);
  }
}
