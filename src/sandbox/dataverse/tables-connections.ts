/** How any two rows are connected. */
import { choice, column, lookup, memo, type OnDelete, type Target, text } from './column.ts';
import { ACTIVE_INACTIVE, type Table, table } from './table.ts';

const CONNECTED = ['account', 'contact', 'opportunity', 'systemuser', 'team', 'lead', 'campaign'] as const;

function ends(side: 1 | 2): readonly Target[] {
  const onDelete: OnDelete = 'cascade';
  return CONNECTED.map((target) => ({
    table: target,
    navigation: `record${side}id_${target}`,
    collection: `${target}_connections${side}`,
    onDelete,
  }));
}

/** Connections between any two rows, with a role at each end. */
export function connectionTables(): readonly Table[] {
  return [
    table({
      schemaName: 'Connection',
      entitySet: 'connections',
      typeCode: 3234,
      label: 'Connection',
      primaryName: 'name',
      changeTracking: true,
      optimisticConcurrency: true,
      states: ACTIVE_INACTIVE,
      columns: [
        text('Name', 500, 'Name', { creatable: false, updatable: false }),
        column('Record1Id', 'Lookup', { label: 'Connected From', targets: ends(1) }),
        column('Record2Id', 'Lookup', { label: 'Connected To', targets: ends(2) }),
        lookup('record1roleid', 'connectionrole', 'Role (From)', 'connection_role_connections1', {
          onDelete: 'restrict',
        }),
        lookup('record2roleid', 'connectionrole', 'Role (To)', 'connection_role_connections2', {
          onDelete: 'restrict',
        }),
        memo('Description', 'Description'),
      ],
    }),
    table({
      schemaName: 'ConnectionRole',
      entitySet: 'connectionroles',
      typeCode: 3231,
      label: 'Connection Role',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      states: ACTIVE_INACTIVE,
      columns: [
        text('Name', 100, 'Name'),
        choice('Category', 'Connection Role Category', ['Business', 'Family', 'Social', 'Sales', 'Other'], 1),
        memo('Description', 'Description'),
      ],
    }),
  ];
}
