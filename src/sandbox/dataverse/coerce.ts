/** Values on their way into a row: types, lengths, ranges and choices, checked as the server checks them. */
import { type Column, isLookup } from './column.ts';
import { badPayload, badRequest, type DataverseError } from './dataverse-error.ts';
import type { Table } from './table.ts';
import { isDay, isGuid, parseStamp, type Value } from './values.ts';

const EDM: Readonly<Partial<Record<Column['type'], string>>> = {
  String: 'Edm.String',
  Memo: 'Edm.String',
  Integer: 'Edm.Int32',
  BigInt: 'Edm.Int64',
  Decimal: 'Edm.Decimal',
  Double: 'Edm.Double',
  Money: 'Edm.Decimal',
  Boolean: 'Edm.Boolean',
  Picklist: 'Edm.Int32',
  State: 'Edm.Int32',
  Status: 'Edm.Int32',
  MultiSelectPicklist: 'Edm.String',
  Uniqueidentifier: 'Edm.Guid',
  EntityName: 'Edm.String',
};

/** Type of a column on the wire. */
export function edmType(column: Column): string {
  if (isLookup(column)) return 'Edm.Guid';
  if (column.type === 'DateTime') return column.dateOnly ? 'Edm.Date' : 'Edm.DateTimeOffset';
  return EDM[column.type] ?? 'Edm.String';
}

function wrongType(table: Table, column: Column, value: unknown): DataverseError {
  const shown = typeof value === 'object' ? 'a structure' : `'${String(value)}'`;
  return badPayload(
    table.entitySet,
    `Microsoft.OData.ODataException: Cannot convert the literal ${shown} to the expected type '${edmType(column)}'.`,
  );
}

/** @throws DataverseError 0x80044331, which names column and maximum */
export function checkLength(table: Table, column: Column, value: string): void {
  if (column.maxLength === null || value.length <= column.maxLength) return;
  throw badRequest(
    '0x80044331',
    `A validation error occurred.  The length of the '${column.name}' attribute of the '${table.name}' entity exceeded the maximum allowed length of '${column.maxLength}'.`,
  );
}

function readNumber(table: Table, column: Column, value: unknown, isWhole: boolean): number {
  if (typeof value !== 'number' || (isWhole && !Number.isInteger(value)))
    throw wrongType(table, column, value);
  const { min, max } = column;
  if ((min === null || value >= min) && (max === null || value <= max)) return value;
  throw badRequest(
    isWhole ? '0x8004432f' : '0x80044330',
    `A validation error occurred.  The value of '${column.name}' on record of type '${table.name}' is outside the valid range.`,
  );
}

function readChoice(table: Table, column: Column, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(table, column, value);
  // A wrong status reason has an error of its own, raised where the state is known.
  if (column.type === 'Status' || column.options.some((option) => option.value === value)) return value;
  const accepted = column.options.map((option) => option.value).join(',');
  throw badRequest(
    '0x8004431a',
    `A validation error occurred.  The value ${value} of '${column.name}' on record of type '${table.name}' is outside the valid range. Accepted Values: ${accepted}`,
  );
}

function readTime(table: Table, column: Column, value: unknown): string {
  if (typeof value !== 'string') throw wrongType(table, column, value);
  if (column.dateOnly) {
    if (!isDay(value)) throw wrongType(table, column, value);
    return value;
  }
  const stamp = parseStamp(value);
  if (stamp === null) throw wrongType(table, column, value);
  return stamp;
}

/** The value to store for what a client sent. Empty text is stored as null. @throws DataverseError */
export function coerce(table: Table, column: Column, value: unknown): Value {
  if (value === null || value === undefined) return null;
  switch (column.type) {
    case 'String':
    case 'Memo':
    case 'EntityName': {
      if (typeof value !== 'string') throw wrongType(table, column, value);
      checkLength(table, column, value);
      return value === '' ? null : value;
    }
    case 'Integer':
    case 'BigInt':
      return readNumber(table, column, value, true);
    case 'Decimal':
    case 'Double':
    case 'Money':
      return readNumber(table, column, value, false);
    case 'Boolean':
      if (typeof value !== 'boolean') throw wrongType(table, column, value);
      return value;
    case 'DateTime':
      return readTime(table, column, value);
    case 'Picklist':
    case 'State':
    case 'Status':
      return readChoice(table, column, value);
    case 'MultiSelectPicklist': {
      if (typeof value !== 'string') throw wrongType(table, column, value);
      const chosen = value.split(',').filter((part) => part.trim() !== '');
      for (const part of chosen) readChoice(table, column, Number(part));
      return chosen.length === 0 ? null : chosen.map((part) => part.trim()).join(',');
    }
    case 'Uniqueidentifier':
      if (typeof value !== 'string' || !isGuid(value)) throw wrongType(table, column, value);
      return value.toLowerCase();
    default:
      throw badPayload(
        table.entitySet,
        'Microsoft.Crm.CrmException: CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.',
      );
  }
}
