/** Values as people see them: the text of formatted-value annotations, in US English. */
import { type Column, isLookup } from './column.ts';
import { currencyOf } from './money.ts';
import type { OrgParts } from './parts.ts';
import { nameOf } from './rules.ts';
import { isReference, type Value, type Values } from './values.ts';

function grouped(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function dayText(value: string): string {
  const [year = '', month = '', date = ''] = value.slice(0, 10).split('-');
  return `${Number(month)}/${Number(date)}/${year}`;
}

function momentText(value: string): string {
  const hours = Number(value.slice(11, 13));
  return `${dayText(value)} ${hours % 12 === 0 ? 12 : hours % 12}:${value.slice(14, 16)} ${hours < 12 ? 'AM' : 'PM'}`;
}

const labelOf = ({ options }: Column, value: number): string | null =>
  options.find((option) => option.value === value)?.label ?? null;

/** The formatted value of a column, or null when there is none. @param values the row it stands in */
export function formattedValue(parts: OrgParts, column: Column, values: Values): string | null {
  const value: Value = values[column.name] ?? null;
  if (value === null) return null;
  if (isLookup(column)) return isReference(value) ? nameOf(parts, value.table, value.id) : null;
  switch (column.type) {
    case 'Boolean':
      return labelOf(column, value === true ? 1 : 0);
    case 'Picklist':
    case 'State':
    case 'Status':
      return labelOf(column, Number(value));
    case 'MultiSelectPicklist':
      return String(value)
        .split(',')
        .map((each) => labelOf(column, Number(each)) ?? each)
        .join('; ');
    case 'Money': {
      const base = currencyOf(parts, {});
      const { symbol, precision } = column.baseOf === null ? currencyOf(parts, values) : base;
      return `${Number(value) < 0 ? '-' : ''}${symbol}${grouped(Math.abs(Number(value)), precision)}`;
    }
    case 'Integer':
    case 'BigInt':
      return grouped(Number(value), 0);
    case 'Decimal':
    case 'Double':
      return grouped(Number(value), column.precision ?? 2);
    case 'DateTime':
      return column.dateOnly ? dayText(String(value)) : momentText(String(value));
    default:
      return null;
  }
}
